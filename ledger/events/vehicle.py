"""Packs into vehicles and out of them, and the sale of vehicles."""

from typing import Annotated, Final

from ledger.claims import Size, codec_of
from ledger.events.recycling import Period
from ledger.events.row import DEVICE, MANY, NONE, OFFICE, Claims, Restricted, Row, event_type
from ledger.fields import AnyItem, City, Count, Hash, Text, integer, parsed
from ledger.identifiers import ItemId
from ledger.vin import Vin
from ledger.vocabulary import Kind, Phase, RemovalReason, Role, VehicleUse

_FITTERS: Final = frozenset({Role.VEHICLE_MAKER, Role.REPAIRER, Role.IMPORTER})
_REMOVERS: Final = frozenset({Role.REPAIRER, Role.ELV_DISMANTLER, Role.VEHICLE_MAKER, Role.SWAP_OPERATOR})
VIN: Final = parsed(Vin.parse, "a VIN of GB 16735", lambda vin: vin.text)
VinText = Annotated[Vin, VIN]


@event_type(
    Row(
        type="pack.fitted",
        act=True,
        roles=_FITTERS,
        purposes=OFFICE,
        kinds=frozenset({Kind.PACK}),
        phases=frozenset({Phase.STOCK, Phase.REMOVED}),
        vehicle=True,
        restricted={"vin": Restricted(codec=codec_of(VinText))},
        correctable=frozenset({"place", "vehicle_model"}),
    )
)
class PackFitted(Claims):
    """A pack goes into a vehicle; the first one creates the vehicle, whose id stands in `prev`."""

    vehicle_model: Text | None = None
    swap_model: bool = False
    max_packs: Annotated[int, integer(1, 16)] | None = None


@event_type(
    Row(
        type="vehicle.sold",
        act=True,
        roles=None,
        purposes=OFFICE,
        kinds=frozenset({Kind.VEHICLE}),
        custody=False,  # the vehicle's maker may report a dealer's sale, see ledger.lifecycle.vehicle
        correctable=frozenset({"place", "city", "use"}),
    )
)
class VehicleSold(Claims):
    """A vehicle goes to a user, who is nobody to the ledger; a sale to an enrolled firm is a transfer."""

    city: City
    use: VehicleUse


@event_type(
    Row(
        type="pack.removed",
        act=True,
        roles=_REMOVERS,
        purposes=DEVICE,
        kinds=frozenset({Kind.PACK}),
        phases=frozenset({Phase.FITTED}),
        vehicle=True,
        correctable=frozenset({"place", "reason", "replaced_by"}),
    )
)
class PackRemoved(Claims):
    """A pack comes out of its vehicle."""

    reason: RemovalReason
    replaced_by: AnyItem | None = None


_POOLERS: Final = frozenset({Role.SWAP_OPERATOR, Role.VEHICLE_MAKER})
_PACKS: Final = frozenset({Kind.PACK})


@event_type(
    Row(
        type="pool.joined",
        act=True,
        roles=_POOLERS,
        purposes=OFFICE,
        subjects=MANY,
        kinds=_PACKS,
        phases=frozenset({Phase.STOCK, Phase.FITTED, Phase.REMOVED}),
        vehicle_optional=True,
    )
)
class PoolJoined(Claims):
    """Packs become part of a swap pool; from here single swaps are no events."""

    pool: Text


@event_type(
    Row(
        type="pool.left",
        act=True,
        roles=_POOLERS,
        purposes=OFFICE,
        subjects=MANY,
        kinds=_PACKS,
        phases=frozenset({Phase.POOLED}),
        vehicle_optional=True,
    )
)
class PoolLeft(Claims):
    """Packs leave a swap pool: into stock, into a vehicle, or taken out for good."""

    phase: Phase


@event_type(
    Row(
        type="pool.reported",
        act=False,
        roles=frozenset({Role.SWAP_OPERATOR}),
        purposes=OFFICE,
        subjects=NONE,
    )
)
class PoolReported(Claims):
    """A swap operator reports a month of a pool: counts, and a commitment to its swap records."""

    pool: Text
    period: Period
    packs: Count
    vehicles: Count
    swaps: Count
    records_root: Hash | None = None


@event_type(
    Row(
        type="vehicle.written_off",
        act=True,
        roles=frozenset({Role.INSURER}),
        purposes=OFFICE,
        kinds=frozenset({Kind.VEHICLE}),
        custody=False,
        restricted={"vin": Restricted(codec=codec_of(VinText))},
        correctable=frozenset({"place", "certificate_sha256"}),
    )
)
class VehicleWrittenOff(Claims):
    """An insurer takes over a vehicle that is not worth repairing."""

    certificate_sha256: Hash


@event_type(
    Row(
        type="vehicle.scrapped",
        act=True,
        roles=frozenset({Role.ELV_DISMANTLER}),
        purposes=OFFICE,
        kinds=frozenset({Kind.VEHICLE}),
        custody=False,
        restricted={"vin": Restricted(codec=codec_of(VinText))},
        correctable=frozenset({"place", "certificate_sha256"}),
    )
)
class VehicleScrapped(Claims):
    """A vehicle ends; each pack that the ledger says is in it is stated present or absent."""

    certificate_sha256: Hash
    present: Annotated[tuple[AnyItem, ...], Size(0, 16)] = ()
    absent: Annotated[tuple[AnyItem, ...], Size(0, 16)] = ()

    def named(self) -> tuple[ItemId, ...]:
        """Return the packs found in the vehicle, then those that were not."""
        return (*self.present, *self.absent)

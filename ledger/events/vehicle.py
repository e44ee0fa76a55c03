"""Packs into vehicles and out of them, and the sale of vehicles."""

from typing import Annotated, Final

from ledger.claims import codec_of
from ledger.events.row import DEVICE, OFFICE, Claims, Restricted, Row, event_type
from ledger.fields import AnyItem, City, Text, integer, parsed
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

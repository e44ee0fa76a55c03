"""Measurements in service."""

from dataclasses import dataclass
from typing import Annotated, Final

from ledger.claims import Size, codec_of
from ledger.events.row import (
    DEVICE,
    LINE,
    MANY,
    OFFICE,
    RIG,
    UNITS,
    About,
    Claims,
    Restricted,
    Row,
    event_type,
)
from ledger.fields import (
    AnyItem,
    Cycles,
    Date,
    EventIdText,
    Hash,
    ModelId,
    Permille,
    Positive,
    PositiveMassG,
    Prose,
    SpecCode,
    TemperatureDc,
    VendorCode,
    integer,
)
from ledger.identifiers import ItemId
from ledger.vocabulary import (
    Hazard,
    HealthMethod,
    HealthQuantity,
    HealthSource,
    IncidentKind,
    Kind,
    RecallRemedy,
    RepairStage,
    Role,
    Severity,
)

_TESTERS: Final = frozenset({Role.REPAIRER, Role.TEST_LAB})
ChargePermille = Annotated[int, integer(0, 1000)]


@event_type(
    Row(
        type="health.measured",
        act=False,
        roles=_TESTERS,
        purposes=RIG,
        subjects=MANY,
        kinds=UNITS,
        holder=True,
        restricted={
            "quantity": Restricted(codec=codec_of(HealthQuantity), required=True),
            "base": Restricted(codec=codec_of(Positive), required=True),
            "measured": Restricted(codec=codec_of(Positive), required=True),
            "soh_permille": Restricted(codec=codec_of(Permille), required=True),
            "source": Restricted(codec=codec_of(HealthSource), required=True),
            "temperature_dc": Restricted(codec=codec_of(TemperatureDc)),
            "soc_permille": Restricted(codec=codec_of(ChargePermille)),
            "cycles": Restricted(codec=codec_of(Cycles)),
            "instrument": Restricted(codec=codec_of(Prose)),
            "calibration_until": Restricted(codec=codec_of(Date)),
            "raw_file_sha256": Restricted(codec=codec_of(Hash)),
        },
        correctable=frozenset({"place", "method"}),
    )
)
class HealthMeasured(Claims):
    """A state of health is measured; the figures are restricted, that and how it was measured is public."""

    method: HealthMethod


_REPORTERS: Final = frozenset({Role.TEST_LAB, Role.INSURER, Role.REPAIRER})
_RELEASERS: Final = frozenset({Role.TEST_LAB, Role.REGULATOR})
_FINDERS: Final = frozenset({Role.REGULATOR})


@event_type(
    Row(
        type="incident.reported",
        act=False,
        roles=_REPORTERS,
        purposes=OFFICE,
        kinds=UNITS,
        holder=True,
        restricted={"text": Restricted(codec=codec_of(Prose))},
        correctable=frozenset({"place", "severity"}),
    )
)
class IncidentReported(Claims):
    """Something happened that may have made a battery unsafe; it is quarantined until that is lifted."""

    kind: IncidentKind
    severity: Severity


@event_type(
    Row(
        type="quarantine.lifted",
        act=False,
        roles=_RELEASERS,
        purposes=OFFICE,
        kinds=UNITS,
        correctable=frozenset({"place", "report_sha256"}),
    )
)
class QuarantineLifted(Claims):
    """A laboratory or the regulator has found a quarantined battery safe."""

    report_sha256: Hash


_LOSS_RESTRICTED: Final = {"police_no": Restricted(codec=codec_of(Prose))}


@event_type(
    Row(
        type="item.lost",
        act=False,
        roles=_FINDERS,
        purposes=DEVICE,
        subjects=MANY,
        holder=True,
        owner=True,
        restricted=_LOSS_RESTRICTED,
        correctable=frozenset({"place", "on"}),
    )
)
class ItemLost(Claims):
    """Items cannot be found; they take no act but collection until they are."""

    on: Date


@event_type(
    Row(
        type="item.stolen",
        act=False,
        roles=_FINDERS,
        purposes=DEVICE,
        subjects=MANY,
        holder=True,
        owner=True,
        restricted=_LOSS_RESTRICTED,
        correctable=frozenset({"place", "on"}),
    )
)
class ItemStolen(Claims):
    """Items were stolen; they take no act but collection until they are found."""

    on: Date


@event_type(
    Row(
        type="item.found",
        act=False,
        roles=_FINDERS,
        purposes=DEVICE,
        subjects=MANY,
        holder=True,
        owner=True,
        restricted=_LOSS_RESTRICTED,
        correctable=frozenset({"place", "on"}),
    )
)
class ItemFound(Claims):
    """Lost, stolen or missing items are back."""

    on: Date


@event_type(
    Row(
        type="item.repaired",
        act=True,
        roles=frozenset({Role.REPAIRER, Role.MANUFACTURER, Role.SECOND_LIFE}),
        purposes=LINE,
        kinds=frozenset({Kind.PACK, Kind.MODULE, Kind.PRODUCT}),
        restricted={
            "insulation_ohm_per_v": Restricted(codec=codec_of(Positive)),
            "fault_codes": Restricted(codec=codec_of(tuple[Prose, ...])),
        },
        correctable=frozenset({"place", "opened"}),
    )
)
class ItemRepaired(Claims):
    """An item is repaired: parts come out, parts go in. A line key signs it in production only."""

    stage: RepairStage
    opened: bool = False
    out: Annotated[tuple[AnyItem, ...], Size(0, 100)] = ()
    in_: Annotated[tuple[AnyItem, ...], Size(0, 100)] = ()
    mass_g: PositiveMassG | None = None
    remanufactured: bool = False

    def named(self) -> tuple[ItemId, ...]:
        """Return the parts taken out, then those put in."""
        return (*self.out, *self.in_)


_RECALLERS: Final = frozenset({Role.MANUFACTURER, Role.IMPORTER, Role.VEHICLE_MAKER, Role.REGULATOR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Which items of a maker a recall is for: every member that is given must fit.

    `codes` lists ids; `made_from` and `made_until` are days of production, both included.
    """

    vendor: VendorCode | None = None
    spec: SpecCode | None = None
    model: ModelId | None = None
    made_from: Date | None = None
    made_until: Date | None = None
    serial_from: Positive | None = None
    serial_until: Positive | None = None
    codes: Annotated[tuple[AnyItem, ...], Size(0, 1000)] = ()


@event_type(
    Row(
        type="recall.opened",
        act=True,
        roles=_RECALLERS,
        purposes=OFFICE,
        about=About.ORGANISATION,
        custody=False,
    )
)
class RecallOpened(Claims):
    """A recall of items of the maker in `prev`; it touches the maker and no battery."""

    selector: Selector
    hazard: Hazard
    remedy: RecallRemedy


@event_type(
    Row(
        type="recall.closed",
        act=True,
        roles=_RECALLERS,
        purposes=OFFICE,
        about=About.ORGANISATION,
        custody=False,
    )
)
class RecallClosed(Claims):
    """A recall ends, by whoever opened it or the regulator."""

    recall: EventIdText


@event_type(
    Row(
        type="recall.remedied",
        act=False,
        roles=_RECALLERS | {Role.REPAIRER},
        purposes=OFFICE,
        subjects=MANY,
        kinds=UNITS,
    )
)
class RecallRemedied(Claims):
    """The remedy of a recall was carried out on these items."""

    recall: EventIdText

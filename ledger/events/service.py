"""Measurements in service."""

from typing import Annotated, Final

from ledger.claims import codec_of
from ledger.events.row import DEVICE, MANY, OFFICE, RIG, UNITS, Claims, Restricted, Row, event_type
from ledger.fields import Cycles, Date, Hash, Permille, Positive, Prose, TemperatureDc, integer
from ledger.vocabulary import HealthMethod, HealthQuantity, HealthSource, IncidentKind, Role, Severity

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

"""Measurements in service."""

from typing import Annotated, Final

from ledger.claims import codec_of
from ledger.events.row import MANY, RIG, UNITS, Claims, Restricted, Row, event_type
from ledger.fields import Cycles, Date, Hash, Permille, Positive, Prose, TemperatureDc, integer
from ledger.vocabulary import HealthMethod, HealthQuantity, HealthSource, Role

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

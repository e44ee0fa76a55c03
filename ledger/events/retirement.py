"""The declaration that a battery is waste, and the way back."""

from typing import Annotated

from ledger.claims import Size, codec_of
from ledger.events.row import MANY, OFFICE, UNITS, Claims, Restricted, Row, event_type
from ledger.fields import EventIdText, Hash
from ledger.vocabulary import Phase, RetirementReason, Role


@event_type(
    Row(
        type="item.retired",
        act=True,
        roles=None,
        purposes=OFFICE,
        subjects=MANY,
        kinds=UNITS,
        phases=frozenset({Phase.STOCK, Phase.REMOVED, Phase.DEPLOYED}),
        correctable=frozenset({"place", "reason"}),
    )
)
class ItemRetired(Claims):
    """The holder declares batteries waste; from here they go to lawful receivers only."""

    reason: RetirementReason


@event_type(
    Row(
        type="item.requalified",
        act=True,
        roles=frozenset({Role.SECOND_LIFE, Role.MANUFACTURER}),
        purposes=OFFICE,
        subjects=MANY,
        kinds=UNITS,
        phases=frozenset({Phase.RETIRED}),
        restricted={"contract_sha256": Restricted(codec=codec_of(Hash))},
    )
)
class ItemRequalified(Claims):
    """Waste becomes a battery again, on measurements and a grading that decided for reuse."""

    measurements: Annotated[tuple[EventIdText, ...], Size(1, 16)]
    grading: EventIdText

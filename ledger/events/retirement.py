"""The declaration that a battery is waste."""

from ledger.events.row import MANY, OFFICE, UNITS, Claims, Row, event_type
from ledger.vocabulary import Phase, RetirementReason


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

"""What later events say of an earlier one: taken back, corrected, disputed, answered by a rectification."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ledger import passport
from ledger.events import correction
from ledger.identifiers import ItemId
from ledger.passport import EventView
from ledger.store import Snapshot

MAX_LATER: Final = 200
"""How many events behind a page are looked at for what they say of those on it."""

_ABOUT_ONE: Final = {
    correction.EventVoided: "voided",
    correction.EventCorrected: "corrected",
    correction.EventDisputed: "disputed",
    correction.DisputeSettled: "settled",
    correction.DisclosureErased: "erased",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark on an event: `said` names the text, `by` is the event that says it."""

    said: str
    by: str


def marks(views: Iterable[EventView]) -> dict[str, list[Mark]]:
    """Return the marks that some events put on others, by the id of the marked event."""
    found: dict[str, list[Mark]] = {}
    for view in views:
        for event, said in _about(view):
            found.setdefault(event, []).append(Mark(said, view.event.id))
    return found


def later(snapshot: Snapshot, item: ItemId, after: int) -> Sequence[EventView]:
    """Return the events of an item behind its `after`th, as far as they are looked at."""
    return passport.history(snapshot, item, after=after, limit=MAX_LATER)


def _about(view: EventView) -> Iterator[tuple[str, str]]:
    claims = view.event.claims
    said = _ABOUT_ONE.get(type(claims))
    if isinstance(claims, correction.StateRectified):
        yield from ((event, "rectified") for event in claims.events)
    elif said is not None:
        event = getattr(claims, "event", None)
        if isinstance(event, str):
            yield event, said

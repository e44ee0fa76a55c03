"""Many scans at once: what a gate asks before a lorry arrives, and carries along where there is no network.

Each scan is answered with the item it names, that item's state and tip, who has it, what it is recalled for,
and its label: which one the ledger says it bears, and whether the one that was scanned is that.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ledger import passport
from ledger.doubts import doubtful
from ledger.identifiers import ItemId
from ledger.label_check import LabelVerdict, check_label
from ledger.label_url import LabelUrl
from ledger.lifecycle.recalls import recalls_of
from ledger.lifecycle.rights import custodian_of
from ledger.names import aliases
from ledger.scan import Scan
from ledger.state import Holder, Item, LoggedEvent, Organisation, RegisteredKey, States, event_fact
from ledger.store import Snapshot
from ledger.vocabulary import Ending

_NONE: Final[tuple[str, ...]] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What one scan names.

    Attributes:
        id: the item or organisation that is known, else the likeliest reading, else None.
        state: what the ledger knows of it, None where that is nothing.
        custodian: of an item, who has it, read through what it is in.
        recalls: of an item, the events that opened the recalls it falls under.
        verdict: of a scanned label, what can be said of it.
        same_as: of an item that was found to be another one, which.
        amber: of an item, whether a thief may have signed an event of its history (`ledger.doubts`).
        recalled_inside: of an item, whether a part in it falls under an open recall, or may.
    """

    id: ItemId | None
    state: Item | Organisation | None = None
    custodian: ItemId | Holder | None = None
    recalls: tuple[str, ...] = _NONE
    verdict: LabelVerdict | None = None
    same_as: ItemId | None = None
    amber: bool = False
    recalled_inside: bool = False


def look_up(snapshot: Snapshot, scans: Sequence[Scan | None], base_url: str) -> list[Found]:
    """Return what scans name, in their order; None is a scan that could not be read.

    Args:
        snapshot: one moment of the ledger.
        scans: what was scanned.
        base_url: where this ledger's labels lead; another one's are not judged here.
    """
    items = {item for scan in scans if scan is not None for item in scan.items}
    links = {scan.alias for scan in scans if scan is not None and scan.alias is not None}
    known = aliases(snapshot, links | {name for item in items for name in (str(item), item.code)})
    states = snapshot.states(items | set(known.values())) if items or known else {}
    named = [_find(states, known, scan) for scan in scans]
    told = [one.state for one in named if isinstance(one.state, Item)]
    in_doubt, recalled = doubtful(snapshot, told), passport.with_recalled_parts(snapshot, told)
    found = [replace(one, amber=one.id in in_doubt, recalled_inside=one.id in recalled) for one in named]
    keys = _label_keys(snapshot, [one.state for one, scan in zip(found, scans, strict=True) if _token(scan)])
    return [
        _judged(one, scan.label, keys, base_url) if scan is not None and scan.label is not None else one
        for one, scan in zip(found, scans, strict=True)
    ]


def _find(states: States, known: Mapping[str, ItemId], scan: Scan | None) -> Found:
    items = () if scan is None else scan.items
    further = [known[name] for name in _names(scan) if name in known]
    for item in (*items, *further):
        state = states.get(item)
        if isinstance(state, Organisation):
            return Found(item, state)
        if isinstance(state, Item):
            recalls = tuple(recall.event for recall in recalls_of(states, state))
            same_as = known.get(str(item)) if state.ended_by is Ending.IDENTIFIED else None
            return Found(item, state, custodian_of(states, state), recalls, same_as=same_as)
    return Found(next(iter(items), None))


def _names(scan: Scan | None) -> Iterator[str]:
    if scan is not None:
        yield from (name for item in scan.items for name in (str(item), item.code))
        if scan.alias is not None:
            yield scan.alias


def _token(scan: Scan | None) -> str | None:
    return None if scan is None or scan.label is None else scan.label.token


def _judged(
    found: Found, label: LabelUrl, keys: Mapping[ItemId, Sequence[RegisteredKey]], base_url: str
) -> Found:
    if label.token is None or found.id is None:
        return found
    item = found.state if isinstance(found.state, Item) else None
    if label.origin != LabelUrl.of(base_url, label.item).origin:
        verdict = LabelVerdict.UNKNOWN
    else:
        verdict = check_label(label, item, () if item is None else keys.get(item.id, ())).verdict
    return replace(found, verdict=verdict)


def _label_keys(
    snapshot: Snapshot, states: Collection[Item | Organisation | None]
) -> dict[ItemId, list[RegisteredKey]]:
    """Return for each item the keys that may have signed a label of it; a few statements for all."""
    items = [state for state in states if isinstance(state, Item)]
    if not items:
        return {}
    events = snapshot.states([event_fact(one.label_event) for one in items if one.label_event is not None])
    issuers = {event.id: event.issuer for event in events.values() if isinstance(event, LoggedEvent)}
    firms = {one.id: {one.maker, issuers.get(one.label_event or "", one.maker)} for one in items}
    keys = passport.keys_of(snapshot, {firm for some in firms.values() for firm in some})
    return {
        item: [key for firm in sorted(some) for key in keys.get(firm, ())] for item, some in firms.items()
    }

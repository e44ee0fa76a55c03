"""What a firm can end by signing for it: findings with their forms, and recalls of what it holds.

Which event ends a finding is said here; whether the firm may state it now is for the lifecycle to say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from api.service import service
from api.sessions import SignedIn
from api.texts import Texts
from ledger import allowed, passport
from ledger.events import REGISTRY, About
from ledger.findings.shown import Finding, FindingState
from ledger.identifiers import ItemId, MalformedIdError
from ledger.instants import format_day, parse_day
from ledger.lifecycle.recalls import recalls_of
from ledger.noticed import Wanted, find
from ledger.state import LOG, Item, Organisation, key_fact
from ledger.store import ItemFilter, Snapshot

ANSWERS: Final[Mapping[str, Sequence[str]]] = {
    "custody.contested": ("dispute.settled",),
    "custody.claimed": ("dispute.settled",),
    "custody.silence": ("dispute.settled",),
    "item.declared": ("production.added",),
    "item.lost": ("item.found",),
    "item.missing": ("item.found",),
    "item.stolen": ("item.found",),
    "key.compromised": ("event.confirmed",),
    "label.voided": ("label.replaced",),
    "pool.report_missing": ("pool.reported",),
    "quarantine.long": ("quarantine.lifted",),
    "recall.open": ("recall.closed",),
    "report.missing": ("report.filed",),
    "split.unaccounted": ("item.found",),
    "transfer.unanswered": ("transfer.accepted", "transfer.rejected"),
    "vehicle.pack_missing": ("item.found",),
}
"""The events that end a finding, by its rule; what several parties may end is asked of each."""
HELD: Final = 2_000
"""How many items of a firm, and how many parts of those, are looked at for recalls."""
_REMEDIED: Final = "recall.remedied"
_OPEN: Final = frozenset({FindingState.OPEN})


@dataclass(frozen=True, slots=True)
class Answer:
    """A form that ends something: its event in words, and where it is."""

    title: str
    path: str


@dataclass(frozen=True, slots=True)
class RecallLine:
    """An open recall of items that the firm has: whose, which, and the form that says it was remedied."""

    event: str
    maker: str
    items: Sequence[ItemId]
    answer: Answer


def answers(
    snapshot: Snapshot, who: SignedIn, told: Sequence[Finding], texts: Texts
) -> dict[str, list[Answer]]:
    """Return the forms with which the firm can end findings now, by the id of the finding."""
    wanted = [one for one in told if one.rule.rule in ANSWERS]
    items = _items(snapshot, wanted)
    may, alone = _allowed(snapshot, who, wanted, items), _alone(snapshot, who) if wanted else set[str]()
    found = dict[str, list[Answer]]()
    for one in wanted:
        item = items.get(one.subject)
        for event in ANSWERS[one.rule.rule]:
            if item is not None and REGISTRY[event].row.about is About.ITEMS:
                path = f"/desk/item/{item.id.code}/{event}" if (item.id, event) in may else None
            else:
                path = _path(one, event, item, who) if event in alone else None
            if path is not None:
                found.setdefault(one.id, []).append(Answer(texts.word("event", event), path))
    return found


def finding_at(snapshot: Snapshot, who: SignedIn, index: int, event: str) -> Finding | None:
    """Return the open finding of the firm that was made at an entry and that an event ends; else None."""
    now_ms = service().clock.now_ms()
    wanted = Wanted(org=who.org.id, states=_OPEN, since=index)
    found = find(snapshot, wanted, now_ms=now_ms, limit=HELD).findings
    ended = [one for one in found if one.index == index and event in ANSWERS.get(one.rule.rule, ())]
    return ended[0] if ended else None


def values_of(finding: Finding) -> dict[str, str]:
    """Return what a form that ends a finding holds at first: what the finding knows."""
    facts = {name: str(fact) for name, fact in finding.facts.items()}
    match finding.rule.rule:
        case "report.missing":
            following = parse_day(facts["until"]) + timedelta(days=1)
            return {"authority": facts["authority"], "from": format_day(following)}
        case "pool.report_missing":
            return {"pool": facts["pool"]}
        case "recall.open":
            return {"recall": facts["recall"]}
    return {}


def recalls_held(snapshot: Snapshot, who: SignedIn, texts: Texts) -> list[RecallLine]:
    """Return the open recalls of what the firm has, and of the parts of that."""
    found = dict[str, list[Item]]()
    makers = passport.open_recalls(snapshot)
    for item in _held(snapshot, who.org.id) if makers else ():
        for recall in recalls_of(makers, item):
            found.setdefault(recall.event, []).append(item)
    orgs = passport.organisations(snapshot, [items[0].maker for items in found.values()])
    return [
        RecallLine(
            event,
            texts.party(items[0].maker, orgs),
            [one.id for one in items],
            Answer(texts.word("event", _REMEDIED), f"/desk/recall/{event}"),
        )
        for event, items in found.items()
    ]


def recalled(snapshot: Snapshot, who: SignedIn, event: str) -> list[Item]:
    """Return the items that the firm has, parts too, for which an open recall is."""
    makers = passport.open_recalls(snapshot)
    held = _held(snapshot, who.org.id) if makers else []
    return [one for one in held if any(recall.event == event for recall in recalls_of(makers, one))]


def _held(snapshot: Snapshot, org: ItemId) -> list[Item]:
    own = snapshot.items(ItemFilter(custodian=str(org)), limit=HELD)
    inside = snapshot.insides([one.id for one in own], limit=HELD) if own else {}
    return [*own, *(part for parts in inside.values() for part in parts)]


def _items(snapshot: Snapshot, found: Sequence[Finding]) -> dict[str, Item]:
    ids = set[ItemId]()
    for one in found:
        try:
            ids.add(ItemId.parse(one.subject))
        except MalformedIdError:
            continue  # a key
    states = passport.find_items(snapshot, [one for one in ids if not one.is_org]) if ids else {}
    return {str(item): state for item, state in states.items()}


def _allowed(
    snapshot: Snapshot, who: SignedIn, found: Sequence[Finding], items: Mapping[str, Item]
) -> set[tuple[ItemId, str]]:
    types = dict[str, set[str]]()
    for one in found:
        if one.subject in items:
            types.setdefault(one.subject, set()).update(ANSWERS[one.rule.rule])
    keys = {key for name, some in types.items() for key in allowed.reads(items[name], who.key, types=some)}
    states = snapshot.states([LOG, *keys]) if types else {}
    index, now_ms = (snapshot.head().size, service().clock.now_ms()) if types else (0, 0)
    return {
        (items[name].id, one.type)
        for name, some in types.items()
        for one in allowed.allowed(states, items[name], who.key, index=index, now_ms=now_ms, types=some)
        if one.refusal is None
    }


def _alone(snapshot: Snapshot, who: SignedIn) -> set[str]:
    states = snapshot.states([LOG, key_fact(who.key.kid), who.org.id])
    now_ms, index = service().clock.now_ms(), snapshot.head().size
    verdicts = allowed.alone(states, who.key, index=index, now_ms=now_ms)
    return {one.type for one in verdicts if one.refusal is None}


def _path(finding: Finding, event: str, item: Item | None, who: SignedIn) -> str | None:
    """Return where the form is of what is about no item; None where another party has to state it."""
    own = finding.orgs[:1] == (who.org.id,)
    if event == "dispute.settled":
        about = finding.facts.get("contested", finding.event)
        return None if item is None or _proposed(item, who.org) else f"/desk/event/{about}/{event}"
    if not own:
        return None
    if event == "event.confirmed":
        return f"/desk/keys/{finding.subject}/confirm"
    return f"/desk/finding/{finding.index}/{event}"


def _proposed(item: Item, org: Organisation) -> bool:
    """Say whether a party has said already how a dispute is to end, and waits for the other."""
    return item.dispute is not None and any(one.org == org.id for one in item.dispute.proposed)

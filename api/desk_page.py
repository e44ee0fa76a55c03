"""What the desk shows a firm, in words: loads, deadlines, findings, and what it may do with an item."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from api.findings import named, words
from api.forms import NoFormError, fields_of
from api.service import service
from api.sessions import SignedIn
from api.texts import Texts, moment
from ledger import allowed, noticed, passport
from ledger.errors import Refusal
from ledger.events import REGISTRY
from ledger.findings.shown import Finding, FindingState
from ledger.identifiers import ItemId
from ledger.instants import Instant, day_of_ms
from ledger.noticed import BEGINNING, Wanted
from ledger.offers import Load, OffersOf, open_offers
from ledger.reading import find_reader
from ledger.state import LOG, Item, Organisation
from ledger.store import Snapshot
from ledger.wording import Wording, wording

LOADED: Final = 200
"""How many items under offer the desk looks at, each way."""
TOLD: Final = 50
PAGES_READ: Final = 5
_DAY_S: Final = 86_400
_OPEN: Final = frozenset({FindingState.OPEN})


@dataclass(frozen=True, slots=True)
class LoadLine:
    """One load on its way: from or to whom, what, since when."""

    consignment: str
    party: str
    items: Sequence[ItemId]
    since: str
    days: int
    continued: bool


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding in words; `due` is the day on which a deadline is over."""

    title: str
    detail: str
    remedy: str
    subject: ItemId | None
    index: int
    event: str
    severity: str
    due: str | None


@dataclass(slots=True)
class Waiting:
    """What waits for a firm. `cut`: there is more than was looked at; `told`: the findings it was made of."""

    arriving: Sequence[LoadLine] = ()
    sent: Sequence[LoadLine] = ()
    to_sign: list[FindingLine] = field(default_factory=list)
    overdue: list[FindingLine] = field(default_factory=list)
    noticed: list[FindingLine] = field(default_factory=list)
    cut: bool = False
    told: Sequence[Finding] = ()

    def named(self) -> set[ItemId]:
        """Return the items that the page names."""
        lines = (*self.to_sign, *self.overdue, *self.noticed)
        loads = (item for load in (*self.arriving, *self.sent) for item in load.items)
        return {*loads, *(one.subject for one in lines if one.subject is not None)}


@dataclass(frozen=True, slots=True)
class Act:
    """An event type on an item's working page: its name, whether it has a form, and why it is refused.

    `act`: it changes the item, where a statement only says something of it.
    """

    type: str
    title: str
    act: bool
    has_form: bool
    reason: str = ""
    rule: str = ""


def waiting(snapshot: Snapshot, who: SignedIn, texts: Texts) -> Waiting:
    """Return what waits for the firm that is signed in."""
    found = Waiting()
    arriving = open_offers(snapshot, OffersOf(to=who.org.id), after=None, limit=LOADED)
    sent = open_offers(snapshot, OffersOf(by=who.org.id), after=None, limit=LOADED)
    parties = {one.offer.by for load in arriving.loads for one in load.offers}
    parties |= {one.offer.to for load in sent.loads for one in load.offers}
    orgs = passport.organisations(snapshot, parties)
    found.arriving = [_load(load, load.offers[0].offer.by, orgs, texts) for load in arriving.loads]
    found.sent = [_load(load, load.offers[0].offer.to, orgs, texts) for load in sent.loads]
    told, cut = _findings(snapshot, who)
    found.cut = cut or arriving.next is not None or sent.next is not None
    _sort(found, told, named(snapshot, told), texts)
    found.told = told
    return found


def _load(load: Load, party: ItemId, orgs: Mapping[ItemId, Organisation], texts: Texts) -> LoadLine:
    since_ms = min(one.offer.offered_at_ms for one in load.offers)
    items = [item for one in load.offers for item in one.items]
    return LoadLine(
        load.consignment,
        texts.name(orgs[party]) if party in orgs else str(party),
        items,
        moment(Instant.from_ms(since_ms)),
        max(0, service().clock.now_ms() - since_ms) // 1000 // _DAY_S,
        load.continued,
    )


def _findings(snapshot: Snapshot, who: SignedIn) -> tuple[tuple[Finding, ...], bool]:
    """Return the open findings that name a firm, newest last, and whether there are more."""
    now_ms = service().clock.now_ms()
    reader = find_reader(snapshot, who.org.id, day_of_ms(now_ms))
    found, after = list[Finding](), BEGINNING
    for _ in range(PAGES_READ):
        page = noticed.find(
            snapshot,
            Wanted(org=who.org.id, states=_OPEN),
            now_ms=now_ms,
            reader=reader,
            after=after,
            limit=TOLD * 3 - len(found),
        )
        found += page.findings
        if page.after is None:
            return tuple(found), False
        if len(found) >= TOLD * 3:
            break
        after = page.after
    return tuple(found), True


def _sort(found: Waiting, told: Sequence[Finding], orgs: Mapping[str, Organisation], texts: Texts) -> None:
    for one in told:
        text = words(one, texts, orgs)
        line = FindingLine(
            title=text["title"],
            detail=text["detail"],
            remedy=text["remedy"],
            subject=None if one.subject.startswith("org:") else ItemId.parse(one.subject),
            index=one.index,
            event=one.event,
            severity=one.severity.value,
            due=one.due,
        )
        where = found.overdue if one.overdue else found.to_sign if one.due else found.noticed
        where.append(line)


def acts_of(snapshot: Snapshot, item: Item, who: SignedIn, texts: Texts) -> tuple[list[Act], list[Act]]:
    """Return what the firm may state about an item with the key it signed in with, and what it may not."""
    states = snapshot.states([LOG, *allowed.reads(item, who.key)])
    now_ms, index = service().clock.now_ms(), snapshot.head().size
    verdicts = allowed.allowed(states, item, who.key, index=index, now_ms=now_ms)
    orgs = _named_in(snapshot, [one.refusal for one in verdicts if one.refusal is not None])
    may, may_not = list[Act](), list[Act]()
    for one in verdicts:
        title, acts = texts.word("event", one.type), REGISTRY[one.type].row.act
        if one.refusal is None:
            may.append(Act(one.type, title, acts, has_form(one.type, texts)))
        else:
            reason = in_words(one.refusal, orgs, texts).detail
            may_not.append(Act(one.type, title, acts, has_form=False, reason=reason, rule=one.refusal.rule))
    return may, may_not


def in_words(refusal: Refusal, orgs: Mapping[str, Organisation], texts: Texts) -> Wording:
    """Return a refusal in words, with firms by their names and batteries by their codes."""
    if refusal.rule == "transfer.none":
        # Nobody named a consignment: there is no offer at all.
        return Wording("", Texts(texts.lang, "desk")("item.no_offer"), "")

    def told(fact: object) -> object:
        if isinstance(fact, str) and fact in orgs:
            return texts.name(orgs[fact])
        return fact.removeprefix("gbt34014:") if isinstance(fact, str) else fact

    facts = {name: told(fact) for name, fact in refusal.facts.items()}
    item = None if refusal.item is None else str(told(refusal.item))
    return wording(refusal.rule, texts.lang, item=item, facts=facts)


def _named_in(snapshot: Snapshot, refusals: Sequence[Refusal]) -> Mapping[str, Organisation]:
    facts = {fact for one in refusals for fact in (one.item, *one.facts.values()) if isinstance(fact, str)}
    ids = [ItemId.parse(fact) for fact in facts if fact.startswith("org:")]
    return {str(org): found for org, found in passport.organisations(snapshot, ids).items()}


def has_form(event: str, texts: Texts) -> bool:
    """Say whether an event type can be filled in on a page."""
    try:
        fields_of(REGISTRY[event], texts, {})
    except NoFormError:
        return False
    return True

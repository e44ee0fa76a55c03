"""What waits for a firm at its desk, in words: loads, deadlines, findings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from api.desk_tasks import Answer, RecallLine, answers, recalls_held
from api.findings import named, words
from api.service import service
from api.sessions import SignedIn
from api.texts import Texts, moment
from ledger import noticed, passport
from ledger.findings.shown import Finding, FindingState
from ledger.identifiers import ItemId, MalformedIdError
from ledger.instants import Instant, day_of_ms
from ledger.noticed import BEGINNING, Wanted
from ledger.offers import Load, OffersOf, open_offers
from ledger.reading import find_reader
from ledger.state import Organisation
from ledger.store import Snapshot

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
    """One finding in words; `due` is the day on which a deadline is over, `answers` are what ends it."""

    title: str
    detail: str
    remedy: str
    subject: ItemId | None
    index: int
    event: str
    severity: str
    due: str | None
    answers: Sequence[Answer] = ()


@dataclass(slots=True)
class Waiting:
    """What waits for a firm.

    Attributes:
        arriving: loads on their way to it.
        sent: loads of its own on their way.
        recalls: open recalls of what it has.
        to_sign: what it can end by signing for it, and is not overdue.
        overdue: deadlines that are over, whoever can end them.
        noticed: what else names it.
        cut: whether there is more than was looked at.
        told: the findings it was made of.
    """

    arriving: Sequence[LoadLine] = ()
    sent: Sequence[LoadLine] = ()
    recalls: Sequence[RecallLine] = ()
    to_sign: list[FindingLine] = field(default_factory=list)
    overdue: list[FindingLine] = field(default_factory=list)
    noticed: list[FindingLine] = field(default_factory=list)
    cut: bool = False
    told: Sequence[Finding] = ()

    def named(self) -> set[ItemId]:
        """Return the items that the page names."""
        lines = (*self.to_sign, *self.overdue, *self.noticed)
        loads = (item for load in (*self.arriving, *self.sent) for item in load.items)
        recalled = (item for recall in self.recalls for item in recall.items)
        return {*loads, *recalled, *(one.subject for one in lines if one.subject is not None)}


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
    found.recalls = recalls_held(snapshot, who, texts)
    _sort(found, told, named(snapshot, told), answers(snapshot, who, told, texts), texts)
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


def _sort(
    found: Waiting,
    told: Sequence[Finding],
    orgs: Mapping[str, Organisation],
    ends: Mapping[str, Sequence[Answer]],
    texts: Texts,
) -> None:
    for one in told:
        text = words(one, texts, orgs)
        line = FindingLine(
            title=text["title"],
            detail=text["detail"],
            remedy=text["remedy"],
            subject=_item(one.subject),
            index=one.index,
            event=one.event,
            severity=one.severity.value,
            due=one.due,
            answers=ends.get(one.id, ()),
        )
        where = found.overdue if one.overdue else found.to_sign if line.answers else found.noticed
        where.append(line)


def _item(subject: str) -> ItemId | None:
    """Return the item that a finding is about; None where it is about a firm, or one of its keys."""
    try:
        found = ItemId.parse(subject)
    except MalformedIdError:
        return None
    return None if found.is_org else found

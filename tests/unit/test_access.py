"""Who reads which restricted claim: every claim against every relation, as docs/events.md says."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Final

import pytest

from ledger import access
from ledger.access import AUTHORITIES, Reader, may_read, reader_of
from ledger.events import REGISTRY, Restricted, Tier
from ledger.events.envelope import Event
from ledger.holdings import FOREVER, Holding, last_held, new_holdings
from ledger.identifiers import ItemId
from ledger.submission import parse
from ledger.vocabulary import Role
from tests.concealed import Followed, SealedStory, documented, sealed_life
from tests.consortium import MAKER, RECYCLER, VEHICLE_MAKER, module, pack, vehicle
from tests.memory import MemoryLedger

NOBODY: Final = frozenset[Role]()
CLAIMS: Final = [
    (kind.row.type, name, claim) for kind in REGISTRY.values() for name, claim in kind.row.restricted.items()
]
NAMES: Final = [f"{kind} {name}" for kind, name, _ in CLAIMS]


def _reader(org: ItemId = RECYCLER.id, *roles: Role) -> Reader:
    return Reader(org, frozenset({org}), frozenset(roles))


def test_the_document_states_the_tier_of_every_restricted_claim_and_of_no_other() -> None:
    assert set(documented()) == {(kind, name) for kind, name, _ in CLAIMS}


@pytest.mark.parametrize(
    ("kind", "name", "claim"), CLAIMS, ids=[f"{kind}.{name}" for kind, name, _ in CLAIMS]
)
def test_a_claim_is_read_by_whom_the_document_says_and_by_nobody_else(
    kind: str, name: str, claim: Restricted
) -> None:
    told = documented()[kind, name]
    assert not may_read(claim, reader=None, author=False, holder=True)
    assert may_read(claim, reader=_reader(), author=True, holder=False)
    assert may_read(claim, reader=_reader(), author=False, holder=True) == (told.tier == "partner")
    for role in Role:
        by_role = told.tier == "partner" and role.value in told.roles
        by_office = told.tier != "issuer" and role in AUTHORITIES
        served = may_read(claim, reader=_reader(RECYCLER.id, role), author=False, holder=False)
        assert served == (by_role or by_office), role


def test_a_claim_for_authorities_is_not_for_partners() -> None:
    any_claim = CLAIMS[0][2]
    claim = replace(any_claim, tier=Tier.AUTHORITY, roles=frozenset({Role.RECYCLER}))
    assert not may_read(claim, reader=_reader(RECYCLER.id, Role.RECYCLER), author=False, holder=True)
    assert may_read(claim, reader=_reader(RECYCLER.id, Role.AUDITOR), author=False, holder=False)


def test_a_role_counts_while_the_licence_lasts_and_nothing_suspends_it() -> None:
    ledger = MemoryLedger()
    ledger.submit_all(sealed_life(SealedStory())[:20])
    org = ledger.org(MAKER.id)
    today = date(2026, 11, 22)
    assert reader_of(org, today).roles == {Role.MANUFACTURER}
    assert reader_of(replace(org, suspended=True), today).roles == NOBODY
    assert reader_of(replace(org, licence_until=date(2026, 11, 21)), today).roles == NOBODY
    assert reader_of(replace(org, licence_until=today), today).roles


def test_who_was_succeeded_passes_its_rights_on() -> None:
    org = ItemId.parse("org:91999999000001038K")
    reader = Reader(org, frozenset({org, MAKER.id}), NOBODY)
    assert access.is_author(_event(), reader)
    assert access.is_holder([PACK], 0, reader, {str(PACK): [_held(PACK, 0, MAKER.id)]})


def test_holdings_say_of_every_firm_and_item_what_following_every_event_says() -> None:
    texts = sealed_life(SealedStory())
    followed, timelines = Followed(texts), dict[str, list[Holding]]()
    for held in _holdings(texts):
        timelines.setdefault(held.item, []).append(held)
    items = {item for event in followed.events for item in event.prev if not item.is_org}
    orgs = {event.iss for event in followed.events}
    assert len(items) > 20
    for item in items:
        for org in orgs:
            end = followed.ends.get((org, item))
            expected = FOREVER if end == float("inf") else end
            assert last_held(timelines, item, [org]) == expected, (org, item)


def _holdings(texts: list[str]) -> Iterator[Holding]:
    ledger = MemoryLedger()
    for index, text in enumerate(texts):
        before = dict(ledger.states)
        ledger.submit(text)
        changed = {key: state for key, state in ledger.states.items() if before.get(key) is not state}
        yield from new_holdings(before, changed, index)


CAR, PACK, MODULE = vehicle(1), pack(1), module(1)
A, B, C = MAKER.id, VEHICLE_MAKER.id, RECYCLER.id


def _held(
    item: ItemId, index: int, by: object, inside: ItemId | None = None, owner: object = None
) -> Holding:
    return Holding(
        str(item), index, str(by), str(owner or by), str(by), None if inside is None else str(inside)
    )


LIFE: Final = {
    str(MODULE): [_held(MODULE, 3, A), _held(MODULE, 5, "inherited", PACK), _held(MODULE, 40, C)],
    str(PACK): [_held(PACK, 5, A), _held(PACK, 10, "inherited", CAR), _held(PACK, 30, B)],
    str(CAR): [_held(CAR, 10, B), _held(CAR, 20, "user")],
}


def test_a_right_is_read_through_what_an_item_was_in_then() -> None:
    assert last_held(LIFE, MODULE, [A]) == 10  # its pack went into B's car
    assert last_held(LIFE, MODULE, [B]) == 40  # it left B's pack
    assert last_held(LIFE, MODULE, [C]) == FOREVER
    assert last_held(LIFE, PACK, [B]) == FOREVER
    assert last_held(LIFE, CAR, [B]) == 20
    assert last_held(LIFE, CAR, [C]) is None
    assert last_held(LIFE, CAR, [C, B]) == 20


def test_an_owner_that_differs_from_the_container_s_keeps_its_right() -> None:
    life = {**LIFE, str(PACK): [_held(PACK, 5, A), _held(PACK, 10, "inherited", CAR, owner=C)]}
    assert last_held(life, PACK, [C]) == FOREVER
    assert last_held(life, PACK, [A]) == 10


def test_what_the_timelines_do_not_say_nobody_held() -> None:
    assert last_held({}, PACK, [A]) is None
    assert last_held({str(MODULE): [_held(MODULE, 3, "inherited", PACK)]}, MODULE, [A]) is None
    endless = {str(PACK): [_held(PACK, 0, "inherited", PACK)]}
    assert last_held(endless, PACK, [A]) is None


def test_the_event_that_ends_a_right_is_the_last_its_holder_reads() -> None:
    event = _event()
    reader, timelines = _reader(A), {str(item): [_held(item, 0, A), _held(item, 7, B)] for item in event.prev}
    assert [access.is_holder(event.prev, index, reader, timelines) for index in (0, 6, 7, 8)] == [
        True
    ] * 3 + [False]


def _event() -> Event:
    events = (parse(text).event for text in sealed_life(SealedStory()))
    return next(event for event in events if event.type == "transfer.offered")

"""What the desk says a firm may do is what the lifecycle takes, and its reasons are the lifecycle's."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import allowed, lifecycle
from ledger.errors import Refusal
from ledger.events import About
from ledger.events.custody import ConsentGiven, TransferOffered
from ledger.events.envelope import Event
from ledger.identifiers import ItemId
from ledger.rules import LATEST, rule_set
from ledger.state import Item, Key, RegisteredKey, State, key_fact
from ledger.vocabulary import Kind, Purpose, Right
from tests.lives import opening, whole_life
from tests.memory import MemoryLedger, OnlyRead
from tests.scenario import MAKER, PARTIES, RECYCLER, VEHICLE_MAKER, Party, Story, module, pack
from tests.scenario_last import LastStory

BY_CLAIMS = ("consent.given", "transfer.offered")
"""What is refused for each right or act with a reason of its own: the first of them is told."""
LABELS = ("label.attached", "label.printed", "label.voided")


class Replay:
    """A life told step by step: each event with the states that stood before it."""

    def __init__(self) -> None:
        story, ledger = Story(), MemoryLedger()
        self.steps = list[tuple[Event, dict[Key, State], int]]()
        for text in [*opening(story), *whole_life(story)]:
            before, size = dict(ledger.states), ledger.size
            self.steps.append((ledger.submit(text), before, size))
        self.states = ledger.states


REPLAY = Replay()


def verdicts(
    states: dict[Key, State], item: ItemId, kid: str, *, index: int, now_ms: int
) -> dict[str, Refusal | None]:
    found, key = states[item], states[key_fact(kid)]
    assert isinstance(found, Item)
    assert isinstance(key, RegisteredKey)
    read = OnlyRead(states, allowed.reads(found, key))
    told = allowed.allowed(read, found, key, index=index, now_ms=now_ms)
    return {one.type: one.refusal for one in told}


def subjects(event: Event, states: dict[Key, State]) -> list[ItemId]:
    row = event.claims.row
    if row.about is not About.ITEMS or row.creates is not None:
        return []
    return [item for item in event.subjects if isinstance(states.get(item), Item)]


def test_what_the_ledger_took_was_allowed_before() -> None:
    checked = set()
    for event, states, index in REPLAY.steps:
        for item in subjects(event, states):
            told = verdicts(states, item, event.kid, index=index, now_ms=event.iat * 1000)
            assert told[event.type] is None, (event.type, str(item), told[event.type])
            checked.add(event.type)
    assert len(checked) > 10


def _names_the_load(event: Event, found: State) -> bool:
    """Say whether an answer to an offer names the open one; any other load has a reason of its own."""
    load = getattr(event.claims, "consignment", None)
    offer = found.offer if isinstance(found, Item) else None
    return load is None or offer is None or load == offer.consignment


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(REPLAY.steps) - 1), st.integers(0, len(REPLAY.steps) - 1), st.sampled_from(PARTIES))
def test_what_is_not_allowed_is_refused_with_the_same_reason(told: int, at: int, party: Party) -> None:
    # An event of the life, as any firm would state it at any moment of that life.
    event, _, _ = REPLAY.steps[told]
    _, states, index = REPLAY.steps[at]
    kid = party.key(Purpose.OFFICE).verifier.thumbprint()
    if key_fact(kid) not in states:
        return
    for item in subjects(event, states):
        refusal = verdicts(states, item, kid, index=index, now_ms=event.iat * 1000).get(event.type)
        if refusal is None:
            continue
        with pytest.raises(Refusal) as caught:
            _state_again(states, event, party, kid, index)
        same = event.type not in BY_CLAIMS and _names_the_load(event, states[item])
        if len(event.prev) == 1 and same:
            assert caught.value.rule == refusal.rule


def _state_again(states: dict[Key, State], event: Event, party: Party, kid: str, index: int) -> None:
    """Apply an event as another firm would have stated it, on the tips of the moment."""
    prev = {item: getattr(states.get(item), "tip", None) for item in event.prev}
    members = {
        name: getattr(event, name) for name in ("id", "aud", "jti", "iat", "type", "at", "claims", "sd")
    }
    again = Event(**members, kid=kid, iss=party.id, prev=prev)
    read = OnlyRead(states, lifecycle.reads(again))
    lifecycle.apply(read, again, index=index, logged_at_ms=event.iat * 1000)


def _stands_at(item: ItemId, phase: str) -> tuple[dict[Key, State], int, int]:
    """Return the states, index and time of the last moment of the life at which an item is in a phase."""
    for event, states, index in reversed(REPLAY.steps):
        found = states.get(item)
        if isinstance(found, Item) and found.phase == phase:
            return states, index, event.iat * 1000
    raise AssertionError(phase)


def test_a_pack_in_a_car_is_not_retired_and_the_rule_says_why() -> None:
    states, index, now_ms = _stands_at(pack(1), "fitted")
    kid = VEHICLE_MAKER.key(Purpose.OFFICE).verifier.thumbprint()
    refusal = verdicts(states, pack(1), kid, index=index, now_ms=now_ms)["item.retired"]
    assert refusal is not None
    assert refusal.rule in {"lifecycle.phase", "custody.holder"}


def test_who_has_not_the_role_is_told_so() -> None:
    states, index, now_ms = _stands_at(pack(1), "fitted")
    kid = MAKER.key(Purpose.OFFICE).verifier.thumbprint()
    refusal = verdicts(states, pack(1), kid, index=index, now_ms=now_ms)["pack.removed"]
    assert refusal is not None
    assert refusal.rule == "org.role"


def test_a_key_of_the_wrong_purpose_is_told_so() -> None:
    states, index, now_ms = _stands_at(pack(1), "fitted")
    kid = MAKER.key(Purpose.ADMIN).verifier.thumbprint()
    told = verdicts(states, pack(1), kid, index=index, now_ms=now_ms)
    assert {refusal.rule for refusal in told.values() if refusal is not None} == {"key.purpose"}
    assert None not in told.values()


def test_of_a_label_the_maker_and_the_holder_speak_as_long_as_it_is_worn() -> None:
    story, ledger = LastStory(), MemoryLedger()
    ledger.submit_all([*opening(story), story.pack_manufactured(pack(1)), story.label_replaced(pack(1), 1)])

    def told(party: Party) -> str | None:
        kid = party.key(Purpose.OFFICE).verifier.thumbprint()
        found = verdicts(ledger.states, pack(1), kid, index=ledger.size, now_ms=story.now_ms)
        rules = {None if (one := found[name]) is None else one.rule for name in LABELS}
        assert len(rules) == 1
        return rules.pop()

    assert (told(MAKER), told(RECYCLER)) == (None, "label.party")
    ledger.submit(story.label_voided(pack(1)))
    assert told(MAKER) == "label.void"


def test_only_what_can_be_about_the_item_is_told() -> None:
    states, index, now_ms = _stands_at(module(10), "part")
    kid = RECYCLER.key(Purpose.OFFICE).verifier.thumbprint()
    told = verdicts(states, module(10), kid, index=index, now_ms=now_ms)
    assert "vehicle.sold" not in told
    assert "pack.fitted" not in told
    assert "key.added" not in told
    item = states[module(10)]
    assert isinstance(item, Item)
    assert item.kind is Kind.MODULE
    assert set(told) == set(allowed.applicable(item, rule_set(LATEST)))


def test_what_nobody_lost_is_not_found_and_what_is_known_is_not_added() -> None:
    states, index, now_ms = _stands_at(pack(1), "stock")
    for party, event, rule in (
        (VEHICLE_MAKER, "item.found", "flag.not_lost"),
        (MAKER, "production.added", "production.known"),
    ):
        kid = party.key(Purpose.OFFICE).verifier.thumbprint()
        refusal = verdicts(states, pack(1), kid, index=index, now_ms=now_ms)[event]
        assert refusal is not None
        assert refusal.rule == rule


def test_who_has_no_right_offers_none_and_who_owns_nothing_consents_to_no_end_of_it() -> None:
    states, index, now_ms = _stands_at(pack(1), "fitted")
    item = states[pack(1)]
    assert isinstance(item, Item)
    key = states[key_fact(RECYCLER.key(Purpose.OFFICE).verifier.thumbprint())]
    assert isinstance(key, RegisteredKey)
    told = verdicts(states, pack(1), key.kid, index=index, now_ms=now_ms)
    refusal = told["transfer.offered"]
    assert refusal is not None
    assert refusal.rule == "transfer.right"
    read = OnlyRead(states, allowed.reads(item, key))
    # A rectification gives rights to whom has none yet.
    (left,) = allowed.passing(read, item, key, ConsentGiven, index=index, now_ms=now_ms)
    assert isinstance(left, ConsentGiven)
    assert left.act == "state.rectified"


def test_who_holds_or_owns_it_offers_that_right_and_no_other() -> None:
    states, index, now_ms = _stands_at(pack(1), "stock")
    item = states[pack(1)]
    assert isinstance(item, Item)
    holder = next(one for one in PARTIES if one.id == item.custodian)
    key = states[key_fact(holder.key(Purpose.OFFICE).verifier.thumbprint())]
    assert isinstance(key, RegisteredKey)
    read = OnlyRead(states, allowed.reads(item, key))
    found = allowed.passing(read, item, key, TransferOffered, index=index, now_ms=now_ms)
    held = {Right.CUSTODY: item.custodian, Right.OWNERSHIP: item.owner, Right.OPERATOR: item.operator}
    rights = [one.rights for one in found if isinstance(one, TransferOffered)]
    assert rights == [(right,) for right in Right if held[right] == holder.id]

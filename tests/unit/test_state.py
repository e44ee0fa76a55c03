"""States: the key each is found by, and its one JSON form."""

import pytest

from crypto.strictjson import Json
from ledger.claims import MalformedClaimError
from ledger.state import (
    LOG,
    Fact,
    FactKind,
    Filing,
    Holder,
    Item,
    Log,
    LoggedEvent,
    Model,
    Organisation,
    RegisteredKey,
    State,
    event_fact,
    key_fact,
    model_fact,
    state_class,
    state_from_json,
    state_to_json,
    vendor_fact,
)
from ledger.vocabulary import Flag, Kind, Phase
from tests.consortium import MAKER, pack
from tests.memory import World
from tests.storyteller import PACK_G


def plain() -> Item:
    return Item(
        id=pack(1),
        kind=Kind.PACK,
        phase=Phase.STOCK,
        custodian=MAKER.id,
        owner=Holder.USER,
        operator=Holder.NOBODY,
        maker=MAKER.id,
    )


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        (pack(1), Item),
        (MAKER.id, Organisation),
        (key_fact("k"), RegisteredKey),
        (vendor_fact("ZZZ"), Filing),
        (model_fact("m"), Model),
        (event_fact("e"), LoggedEvent),
        (LOG, Log),
    ],
)
def test_a_key_says_what_is_found_under_it(key: Fact, kind: type[State]) -> None:
    assert state_class(key) is kind


def test_a_fact_is_written_as_its_kind_and_name() -> None:
    assert str(Fact(FactKind.VENDOR, "ZZZ")) == "vendor/ZZZ"
    assert str(LOG) == "log/"


def test_an_item_leaves_out_what_is_at_its_default() -> None:
    assert state_to_json(plain()) == {
        "id": str(pack(1)),
        "kind": "pack",
        "phase": "stock",
        "custodian": str(MAKER.id),
        "owner": "user",
        "operator": "nobody",
        "maker": str(MAKER.id),
    }


def test_every_state_of_a_ledger_comes_back_from_its_json() -> None:
    world = World()
    world.log(world.story.pack_manufactured(pack(1)))
    kinds = set()
    for key, state in world.ledger.states.items():
        assert state_from_json(key, state_to_json(state)) == state
        kinds.add(type(state))
    assert kinds == {Item, Organisation, RegisteredKey, Filing, Model, LoggedEvent, Log}


@pytest.mark.parametrize(
    "change",
    [
        {"custodian": "org:1"},
        {"custodian": "gbt34014:1"},
        {"custodian": "thief"},
        {"custodian": None},
        {"phase": "gone"},
        {"mass_g": -1},
        {"flags": ["nice"]},
        {"tip": ""},
        {"colour": "red"},
    ],
)
def test_a_changed_state_is_seen_for_what_it_is(change: dict[str, Json]) -> None:
    told: dict[str, Json] = {**state_to_json(plain()), **change}
    with pytest.raises(MalformedClaimError):
        state_from_json(pack(1), told)


def test_the_other_way_round_the_form_is_the_same() -> None:
    told: dict[str, Json] = {**state_to_json(plain()), "mass_g": PACK_G, "flags": ["missing"]}
    again = state_from_json(pack(1), told)
    assert isinstance(again, Item)
    assert (again.mass_g, again.flags) == (PACK_G, (Flag.MISSING,))
    assert state_to_json(again) == told

"""Labels replaced by whoever has the item."""

import pytest

from crypto.encoding import b64url_encode
from ledger.events.production import LabelClaim, LabelReplaced
from ledger.identifiers import ItemId
from ledger.label import Label, sign_label
from tests.consortium import COLLECTOR, FLEET, MAKER, module, pack
from tests.labels import ED25519, FACTS, URL
from tests.memory_more import MoreWorld
from tests.scenario_more import label, local


def made() -> MoreWorld:
    """Pack 1 in the maker's stock, without a label."""
    world = MoreWorld()
    world.log(world.story.pack_manufactured(pack(1), [module(1)]))
    return world


def test_an_item_without_a_label_gets_its_first() -> None:
    world = made()
    event = world.log(world.story.label_replaced(pack(1), 1))
    found = world.item(pack(1))
    assert (found.label_number, found.label_sha256, found.tip) == (1, label(1).sha256, event.id)


def test_the_next_label_voids_the_one_before() -> None:
    world = made()
    world.log(world.story.label_replaced(pack(1), 1), world.story.label_replaced(pack(1), 5, voided=1))
    assert (world.item(pack(1)).label_number, world.item(pack(1)).label_sha256) == (5, label(5).sha256)


@pytest.mark.parametrize("voided", [None, 2])
def test_the_label_voided_is_the_one_it_bears(voided: int | None) -> None:
    world = made()
    world.log(world.story.label_replaced(pack(1), 1))
    refusal = world.refused(world.story.label_replaced(pack(1), 3, voided=voided), "label.voided", pack(1))
    assert refusal.facts == {"borne": 1}


def test_a_label_that_it_does_not_bear_is_not_voided() -> None:
    world = made()
    refusal = world.refused(world.story.label_replaced(pack(1), 2, voided=1), "label.voided", pack(1))
    assert refusal.facts == {"borne": 0}


@pytest.mark.parametrize("number", [1, 2])
def test_the_next_label_has_a_higher_number(number: int) -> None:
    world = made()
    world.log(world.story.label_replaced(pack(1), 2))
    refusal = world.refused(world.story.label_replaced(pack(1), number, voided=2), "label.number", pack(1))
    assert refusal.facts == {"borne": 2}


def test_only_the_holder_labels() -> None:
    world = made()
    world.refused(world.story.label_replaced(pack(1), 1, by=FLEET), "custody.holder", pack(1))


def test_a_part_is_labelled_inside() -> None:
    world = made()
    world.log(world.story.label_replaced(module(1), 1))
    assert world.item(module(1)).label_number == 1


def test_what_was_declared_at_a_gate_is_labelled_there() -> None:
    world = MoreWorld()
    item: ItemId = local(COLLECTOR, "GATE-1")
    world.log(world.story.item_declared(item), world.story.label_replaced(item, 1, by=COLLECTOR))
    assert world.item(item).label_number == 1


def test_a_lot_bears_no_label() -> None:
    world = MoreWorld()
    lot = MAKER.lot("L-1")
    world.log(world.story.lot_declared(lot, by=MAKER))
    world.refused(world.story.label_replaced(lot, 1), "lifecycle.kind", lot)


def test_the_token_disclosed_is_the_one_whose_hash_is_claimed() -> None:
    world = made()
    token = sign_label(FACTS, URL.prefix, ED25519)
    claim = LabelClaim(number=1, sha256=b64url_encode(Label.parse(token).sha256()))
    claims = LabelReplaced(place=MAKER.place, label=claim)
    world.tell(MAKER, claims, pack(1), restricted={"label_token": token})


def test_another_token_is_not_disclosed() -> None:
    world = made()
    token = sign_label(FACTS, URL.prefix, ED25519)
    claims = LabelReplaced(place=MAKER.place, label=label(1))
    text = world.story.tell(MAKER, claims, pack(1), restricted={"label_token": token})
    world.refused(text, "label.token")

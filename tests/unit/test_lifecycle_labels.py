"""Labels: named when the item is made or its label replaced, then printed, attached and voided."""

import pytest

from crypto.encoding import b64url_encode
from ledger.events.labels import LabelAttached, LabelPrinted, LabelReplaced, LabelVoided
from ledger.events.production import LabelClaim, PackManufactured
from ledger.events.registry import ModelDeclared
from ledger.identifiers import ItemId
from ledger.label import Label, sign_label
from ledger.rules import LATEST
from ledger.state import LabelUse, Model, model_fact
from ledger.vocabulary import Category, Chemistry, Hazard, Kind, LabelGround, Purpose
from tests.consortium import COLLECTOR, FLEET, MADE_ON, MAKER, VEHICLE_MAKER, Party, module, pack
from tests.labels import ED25519, FACTS, URL
from tests.lives import opening
from tests.memory import MemoryLedger
from tests.memory_last import LastWorld
from tests.memory_more import MoreWorld
from tests.scenario_last import LastStory
from tests.scenario_more import label, local
from tests.storyteller import PACK_G


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


# What is stated of the label that an item wears

ONE = pack(1)


def labelled() -> LastWorld:
    """Pack 1 in the maker's stock, wearing label 1."""
    world = LastWorld()
    world.log(world.story.pack_manufactured(ONE, [module(1)]), world.story.label_replaced(ONE, 1))
    return world


def test_copies_of_a_label_are_counted() -> None:
    world = labelled()
    tip = world.item(ONE).tip
    world.log(world.story.label_printed(ONE), world.story.label_printed(ONE, copies=3))
    assert (world.item(ONE).worn, world.item(ONE).tip) == (LabelUse(number=1, copies=4), tip)


def test_a_label_was_seen_on_its_item() -> None:
    world = labelled()
    world.log(world.story.label_attached(ONE))
    event = world.log(world.story.label_attached(ONE))
    assert world.item(ONE).worn == LabelUse(number=1, attached=event.id)


def test_a_label_is_voided_and_stays_the_one_that_was_named() -> None:
    world = labelled()
    world.log(world.story.label_printed(ONE), world.story.label_voided(ONE))
    found = world.item(ONE)
    assert (found.label_number, found.label_sha256) == (1, label(1).sha256)
    assert found.worn == LabelUse(number=1, copies=1, voided=LabelGround.STOLEN)


def test_nothing_more_is_said_of_a_void_label() -> None:
    world = labelled()
    story = world.story
    world.log(story.label_voided(ONE, why=LabelGround.LOST))
    world.refused(story.label_printed(ONE), "label.void", ONE)
    world.refused(story.label_attached(ONE), "label.void", ONE)
    refusal = world.refused(story.label_voided(ONE), "label.void", ONE)
    assert refusal.facts == {"number": 1, "why": "lost"}


def test_after_a_void_label_comes_the_next_and_nothing_is_voided_by_it() -> None:
    world = labelled()
    world.log(world.story.label_voided(ONE))
    world.refused(world.story.label_replaced(ONE, 2, voided=1), "label.voided", ONE)
    world.refused(world.story.label_replaced(ONE, 1), "label.number", ONE)
    world.log(world.story.label_replaced(ONE, 2))
    assert world.item(ONE).worn == LabelUse(number=2)


@pytest.mark.parametrize("number", [2, 65_535])
def test_only_the_label_that_it_wears_is_spoken_of(number: int) -> None:
    world = labelled()
    world.refused(world.story.label_printed(ONE, number), "label.not_worn", ONE)
    world.refused(world.story.label_attached(ONE, number), "label.not_worn", ONE)
    refusal = world.refused(world.story.label_voided(ONE, number), "label.not_worn", ONE)
    assert refusal.facts == {"borne": 1, "number": number}


def test_of_an_item_without_a_label_none_is_spoken_of() -> None:
    world = LastWorld()
    world.log(world.story.pack_manufactured(ONE))
    refusal = world.refused(world.story.label_voided(ONE), "label.not_worn", ONE)
    assert refusal.facts == {"borne": 0, "number": 1}


def test_a_label_with_another_token_is_neither_printed_nor_attached() -> None:
    world = labelled()
    other = LabelClaim(number=1, sha256=label(9).sha256)
    for claims in (
        LabelPrinted(place=MAKER.place, label=other, copies=1),
        LabelAttached(place=MAKER.place, label=other),
    ):
        refusal = world.refused(world.story.tell(MAKER, claims, ONE), "label.other", ONE)
        assert refusal.facts == {"number": 1}


def sold() -> LastWorld:
    """Pack 1 with its label at the vehicle maker's."""
    world = labelled()
    world.log(*world.story.transfer(MAKER, VEHICLE_MAKER, ONE))
    return world


@pytest.mark.parametrize("by", [MAKER, VEHICLE_MAKER], ids=["maker", "holder"])
def test_maker_and_holder_speak_of_a_label(by: Party) -> None:
    world = sold()
    world.log(
        world.story.label_printed(ONE, by=by),
        world.story.label_attached(ONE, by=by),
        world.story.label_voided(ONE, by=by),
    )
    assert world.item(ONE).worn is not None


def test_nobody_else_speaks_of_a_label() -> None:
    world = sold()
    story = world.story
    world.refused(story.label_printed(ONE, by=FLEET), "label.party", ONE)
    world.refused(story.label_attached(ONE, by=FLEET), "label.party", ONE)
    refusal = world.refused(story.label_voided(ONE, by=FLEET), "label.party", ONE)
    assert refusal.facts == {"maker": str(MAKER.id)}


def test_a_line_prints_and_attaches_and_an_office_voids() -> None:
    world = labelled()
    line = MAKER.key(Purpose.LINE)
    world.log(world.story.key_added(MAKER, Purpose.LINE))
    void = LabelVoided(place=MAKER.place, number=1, why=LabelGround.DAMAGED)
    world.refused(world.story.tell(MAKER, void, ONE, key=line), "key.purpose")
    world.tell(MAKER, LabelPrinted(place=MAKER.place, label=label(1), copies=1), ONE, key=line)
    world.tell(MAKER, LabelAttached(place=MAKER.place, label=label(1)), ONE, key=line)


def test_a_replacement_that_is_taken_back_brings_the_label_before_back_as_it_was() -> None:
    world = labelled()
    world.log(world.story.label_printed(ONE, copies=2))
    replaced = world.log(world.story.label_replaced(ONE, 2, voided=1))
    world.log(world.story.label_voided(ONE, 2), world.story.event_voided(replaced, MAKER))
    assert world.item(ONE).worn == LabelUse(number=1, copies=2)


def test_the_number_of_a_void_label_does_not_come_again_where_its_replacement_was_taken_back() -> None:
    world = labelled()
    replaced = world.log(world.story.label_replaced(ONE, 2, voided=1))
    world.log(world.story.label_voided(ONE, 2), world.story.event_voided(replaced, MAKER))
    assert world.item(ONE).worn == LabelUse(number=1)
    refusal = world.refused(world.story.label_replaced(ONE, 2, voided=1), "label.number", ONE)
    assert refusal.facts == {"borne": 2}


def test_a_void_label_is_void_on_what_is_made_again() -> None:
    world = LastWorld()
    claims = PackManufactured(
        place=MAKER.place, model=MAKER.model(), mass_g=PACK_G, manufactured_on=MADE_ON, label=label(1)
    )
    made = world.tell(MAKER, claims, ONE)
    world.log(world.story.label_voided(ONE), world.story.event_voided(made, MAKER))
    world.tell(MAKER, claims, ONE)
    assert world.item(ONE).worn == LabelUse(number=1, voided=LabelGround.STOLEN)


@pytest.mark.parametrize(("version", "kept"), [("2026.13", ()), (LATEST, (Hazard.HIGH_VOLTAGE,))])
def test_a_model_keeps_its_hazards_under_the_set_that_says_so(version: str, kept: tuple[Hazard, ...]) -> None:
    ledger, story = MemoryLedger(), LastStory()
    ledger.submit_all(opening(story, version))
    claims = ModelDeclared(
        model=MAKER.model("HV"),
        kind=Kind.PACK,
        category=Category.EV,
        chemistry=Chemistry.LFP,
        mass_g=PACK_G,
        rated_capacity_mah=1,
        rated_energy_wh=1,
        nominal_voltage_mv=1,
        hazards=(Hazard.HIGH_VOLTAGE,),
    )
    ledger.submit(story.tell(MAKER, claims, MAKER.id))
    known = ledger.states[model_fact(MAKER.model("HV"))]
    assert isinstance(known, Model)
    assert known.hazards == kept

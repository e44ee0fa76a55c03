"""Assembling products from used items, and putting them to work."""

import dataclasses

import pytest

from ledger import gbt34014
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.lifecycle.rights import MAX_DEPTH, custodian_of, operator_of, owner_of
from ledger.vocabulary import (
    Application,
    Ending,
    Flag,
    Kind,
    Material,
    Phase,
    Right,
    Status,
)
from tests.consortium import (
    COLLECTOR,
    FLEET,
    MADE_ON,
    MAKER,
    SECOND_LIFE,
    module,
    pack,
    product,
    sign,
    vehicle,
)
from tests.memory import World
from tests.starts import (
    HOUSING,
    assembly,
    output,
    received,
    split,
)
from tests.storyteller import MODULE_G, PACK_G

# Assembling


def test_a_product_is_built_from_modules_of_several_packs() -> None:
    world = received(1, 2)
    for number in (1, 2):
        parts = [output(module(10 * number + place)) for place in (1, 2)]
        world.log(split(world, pack(number), *parts))
    event = world.tell(SECOND_LIFE, assembly(module(11), module(21)), product(1))
    built, part = world.item(product(1)), world.item(module(11))
    assert (built.kind, built.phase, built.status) == (Kind.PRODUCT, Phase.STOCK, Status.REPURPOSED)
    assert {built.custodian, built.owner, built.operator, built.maker} == {SECOND_LIFE.id}
    assert (built.parts, built.depth, built.mass_g, built.tip) == (2, 1, 2 * MODULE_G, event.id)
    assert built.application is Application.TELECOM_BACKUP
    assert (part.phase, part.parent, part.status) == (Phase.PART, product(1), Status.REPURPOSED)
    # The maker answered for the module; the assembler answers for what it is part of now.
    states = world.ledger.states
    assert (custodian_of(states, part), owner_of(states, part)) == (SECOND_LIFE.id, SECOND_LIFE.id)
    assert operator_of(states, part) == MAKER.id
    assert operator_of(states, built) == SECOND_LIFE.id


def test_whole_packs_and_removed_ones_are_inputs_too() -> None:
    world = received(1, 2)
    world.tell(SECOND_LIFE, assembly(pack(1), pack(2), mass_g=2 * PACK_G), product(1))
    assert (world.item(product(1)).parts, world.item(product(1)).depth) == (2, 2)
    assert custodian_of(world.ledger.states, world.item(module(11))) == SECOND_LIFE.id


def test_a_product_weighs_at_least_its_inputs() -> None:
    world = received()
    text = world.story.tell(SECOND_LIFE, assembly(pack(1), mass_g=PACK_G - 1), product(1))
    refusal = world.refused(text, "balance.mass")
    assert refusal.facts["outputs_g"] == PACK_G


def test_what_is_built_around_used_batteries_weighs_no_more_than_they_do() -> None:
    world = received()
    heavy = world.story.tell(SECOND_LIFE, assembly(pack(1), mass_g=2 * PACK_G + 1), product(1))
    refusal = world.refused(heavy, "balance.mass")
    assert refusal.facts == {
        "inputs_g": PACK_G,
        "outputs_g": 2 * PACK_G + 1,
        "tolerance_ppm": 1_000_000,
    }
    world.tell(SECOND_LIFE, assembly(pack(1), mass_g=2 * PACK_G), product(1))


@pytest.mark.parametrize("phase", ["part", "deployed"])
def test_what_works_or_is_inside_is_no_input(phase: str) -> None:
    world = received()
    world.log(world.story.product_deployed(pack(1)))
    item = {"part": module(11), "deployed": pack(1)}[phase]
    text = world.story.tell(SECOND_LIFE, assembly(item, mass_g=PACK_G), product(1))
    refusal = world.refused(text, "lifecycle.phase", item)
    assert refusal.facts["phase"] == phase


def test_material_is_no_input() -> None:
    world = received()
    housing = output(HOUSING, 40_000, material=Material.HOUSING)
    world.log(split(world, pack(1), output(module(11)), output(module(12)), housing))
    text = world.story.tell(SECOND_LIFE, assembly(HOUSING), product(1))
    world.refused(text, "lifecycle.kind", HOUSING)


def test_an_input_that_does_not_exist_is_refused() -> None:
    world = received()
    text = world.story.tell(SECOND_LIFE, assembly(module(99)), product(1))
    world.refused(text, "prev.unknown", module(99))


def test_an_input_in_other_hands_is_refused() -> None:
    world = received(1, 2)
    world.log(*world.story.transfer(SECOND_LIFE, FLEET, pack(2), load="away"))
    text = world.story.tell(SECOND_LIFE, assembly(pack(1), pack(2), mass_g=2 * PACK_G), product(1))
    world.refused(text, "custody.holder", pack(2))


def test_an_input_keeps_another_owner() -> None:
    world = received()
    world.log(world.story.transfer_offered(SECOND_LIFE, FLEET, pack(1), rights=[Right.OWNERSHIP]))
    world.log(world.story.transfer_accepted(FLEET, pack(1)))
    world.tell(SECOND_LIFE, assembly(pack(1), mass_g=PACK_G), product(1))
    assert world.item(pack(1)).owner == FLEET.id


def test_a_product_has_a_new_id_and_a_code_of_reuse() -> None:
    world = received(1, 2)
    world.tell(SECOND_LIFE, assembly(pack(1), mass_g=PACK_G), product(1))
    again = world.story.tell(SECOND_LIFE, assembly(pack(2), mass_g=PACK_G), product(1))
    world.refused(again, "item.exists", product(1))
    first_use = pack(77)
    world.refused(
        world.story.tell(SECOND_LIFE, assembly(pack(2), mass_g=PACK_G), first_use), "code.kind", first_use
    )
    for odd in (vehicle(1), SECOND_LIFE.lot("P")):
        world.refused(
            world.story.tell(SECOND_LIFE, assembly(pack(2), mass_g=PACK_G), odd), "code.scheme", odd
        )
    theirs = ItemId.parse(f"local:{MAKER.id.value}:P")
    world.refused(
        world.story.tell(SECOND_LIFE, assembly(pack(2), mass_g=PACK_G), theirs), "item.namespace", theirs
    )
    world.tell(SECOND_LIFE, assembly(pack(2), mass_g=PACK_G), ItemId.parse("gbt45565:P-1"))


def test_a_products_model_is_its_assemblers_and_a_products() -> None:
    world = received()
    claims = assembly(pack(1), mass_g=PACK_G, model=SECOND_LIFE.model("BOX"))
    world.refused(world.story.tell(SECOND_LIFE, claims, product(1)), "model.unknown")
    foreign = dataclasses.replace(claims, model=MAKER.model())
    world.refused(world.story.tell(SECOND_LIFE, foreign, product(1)), "model.issuer", MAKER.model())
    world.log(world.story.model_declared(SECOND_LIFE, SECOND_LIFE.model("PACK")))
    as_pack = dataclasses.replace(claims, model=SECOND_LIFE.model("PACK"))
    world.refused(world.story.tell(SECOND_LIFE, as_pack, product(1)), "model.kind")
    world.log(world.story.model_declared(SECOND_LIFE, SECOND_LIFE.model("BOX"), Kind.PRODUCT))
    world.tell(SECOND_LIFE, claims, product(1))
    assert world.item(product(1)).model == SECOND_LIFE.model("BOX")


def test_products_lie_in_products_only_so_deep() -> None:
    world = received(modules=0)
    inside = pack(1)
    for level in range(1, MAX_DEPTH + 1):
        world.tell(SECOND_LIFE, assembly(inside, mass_g=PACK_G), product(level))
        inside = product(level)
    assert custodian_of(world.ledger.states, world.item(pack(1))) == SECOND_LIFE.id
    refusal = world.refused(
        world.story.tell(SECOND_LIFE, assembly(inside, mass_g=PACK_G), product(99)),
        "assembly.depth",
        product(99),
    )
    assert refusal.facts == {"depth": MAX_DEPTH + 1, "limit": MAX_DEPTH}
    world.log(world.story.health_measured(pack(1)))


def test_a_disputed_input_comes_out_of_its_product_with_its_dispute() -> None:
    world = received()
    world.log(world.story.item_collected(pack(1)))
    world.tell(SECOND_LIFE, assembly(pack(1), mass_g=PACK_G), product(1))
    world.refused(world.story.item_collected(pack(1)), "transfer.inside", pack(1))
    world.log(split(world, product(1), output(pack(1), PACK_G)))
    assert world.item(pack(1)).flags == (Flag.DISPUTED,)
    world.wait(days=15)
    world.log(world.story.item_collected(pack(1)))
    assert world.item(pack(1)).custodian == COLLECTOR.id


def test_a_product_taken_apart_gives_its_inputs_back() -> None:
    world = received()
    world.tell(SECOND_LIFE, assembly(pack(1), mass_g=PACK_G), product(1))
    world.log(split(world, product(1), output(pack(1), PACK_G)))
    assert (world.item(pack(1)).phase, world.item(pack(1)).parent) == (Phase.RETIRED, None)
    assert world.item(product(1)).ended_by is Ending.SPLIT


# Applications


def assembled_at(world: World, text: str, application: Application) -> str:
    claims = assembly(pack(1), mass_g=PACK_G, application=application)
    prev = {pack(1): world.story.tips[pack(1)], product(1): None}
    return sign(SECOND_LIFE, claims, prev, at=Instant.parse(text))


def test_electric_bicycles_are_refused_from_the_day_the_order_is_in_force() -> None:
    world = received()
    late = assembled_at(world, "2026-04-01T00:00:00+08:00", Application.ELECTRIC_BICYCLE)
    refusal = world.refused(late, "application.prohibited", product(1), logged_at_ms=world.story.now_ms)
    assert (refusal.facts["application"], refusal.facts["since"]) == ("electric_bicycle", "2026-04-01")
    assert "Order 73" in str(refusal.facts["basis"])


def test_an_electric_bicycle_of_the_day_before_is_recorded() -> None:
    world = received()
    early = assembled_at(world, "2026-03-31T23:59:59+08:00", Application.ELECTRIC_BICYCLE)
    world.log(early, logged_at_ms=world.story.now_ms)
    assert world.item(product(1)).application is Application.ELECTRIC_BICYCLE


@pytest.mark.parametrize(
    "application", [one for one in Application if one is not Application.ELECTRIC_BICYCLE]
)
def test_other_applications_are_allowed(application: Application) -> None:
    world = received()
    world.tell(SECOND_LIFE, assembly(pack(1), mass_g=PACK_G, application=application), product(1))
    world.log(world.story.product_deployed(product(1), application=application))
    deployed = world.item(product(1))
    assert (deployed.phase, deployed.application) == (Phase.DEPLOYED, application)


def test_a_pack_is_not_deployed_in_a_bicycle_either() -> None:
    world = received()
    text = world.story.product_deployed(pack(1), application=Application.ELECTRIC_BICYCLE)
    world.refused(text, "application.prohibited", pack(1))


def test_a_product_works_in_what_it_was_built_for() -> None:
    world = received()
    world.tell(SECOND_LIFE, assembly(pack(1), mass_g=PACK_G), product(1))
    refusal = world.refused(
        world.story.product_deployed(product(1), application=Application.UPS),
        "application.other",
        product(1),
    )
    assert refusal.facts == {"built_for": "telecom_backup"}


def test_what_is_deployed_is_not_deployed_again() -> None:
    world = received()
    world.log(world.story.product_deployed(pack(1)))
    world.refused(world.story.product_deployed(pack(1)), "lifecycle.phase", pack(1))


def test_a_filed_code_of_reuse_is_its_filers() -> None:
    world = received()
    world.log(world.story.coding_filed(MAKER, "ZZY"))
    code = gbt34014.parse(product(1).value)
    assert (code.vendor, code.date) == ("ZZY", MADE_ON)
    text = world.story.tell(SECOND_LIFE, assembly(pack(1), mass_g=PACK_G), product(1))
    world.refused(text, "code.vendor", product(1))

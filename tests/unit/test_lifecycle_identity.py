"""What an item answers to: a local item found to be a known one, and further codes on labels."""

import pytest

from ledger.identifiers import ItemId
from ledger.state import Alias, alias_fact
from ledger.vocabulary import Ending, Flag, Kind, Phase, Right, Why
from tests.consortium import COLLECTOR, FLEET, MAKER, RECYCLER, SECOND_LIFE, module, pack, product
from tests.memory_last import LastWorld
from tests.scenario_more import local

ONE, LOCAL, OTHER = pack(1), local(COLLECTOR, "X-1"), local(COLLECTOR, "X-2")


def both() -> LastWorld:
    """A known pack and a local one, both the collector's."""
    world = LastWorld()
    world.log(world.story.pack_manufactured(ONE))
    world.log(*world.story.transfer(MAKER, COLLECTOR, ONE))
    world.log(world.story.item_declared(LOCAL, COLLECTOR))
    return world


def bearer(world: LastWorld, text: str) -> ItemId:
    """Return the item that answers to a code."""
    alias = world.ledger.states[alias_fact(text)]
    assert isinstance(alias, Alias)
    return alias.item


# Identified


def test_the_local_item_ends_and_its_id_leads_to_the_other() -> None:
    world = both()
    known = world.item(ONE)
    world.log(world.story.item_identified(LOCAL, ONE))
    ended = world.item(LOCAL)
    assert (ended.phase, ended.ended_by, ended.identified_as) == (Phase.ENDED, Ending.IDENTIFIED, ONE)
    assert bearer(world, str(LOCAL)) == ONE
    assert (world.item(ONE).phase, world.item(ONE).mass_g, world.item(ONE).owner) == (
        known.phase,
        known.mass_g,
        known.owner,
    )
    assert world.item(ONE).count == known.count + 1


def test_only_who_has_both_identifies() -> None:
    world = both()
    world.refused(world.story.item_identified(LOCAL, ONE, FLEET), "custody.holder")
    world.log(*world.story.transfer(COLLECTOR, RECYCLER, ONE, load="away"))
    world.refused(world.story.item_identified(LOCAL, ONE), "custody.holder", ONE)


def test_only_a_local_item_is_identified() -> None:
    world = both()
    world.refused(world.story.item_identified(ONE, LOCAL), "identity.local", ONE)


def test_a_pack_is_not_a_module() -> None:
    world = both()
    world.log(world.story.module_manufactured(module(1)))
    world.log(*world.story.transfer(MAKER, COLLECTOR, module(1), load="module"))
    world.refused(world.story.item_identified(LOCAL, module(1)), "lifecycle.kind", module(1))


def test_an_item_at_work_is_not_identified() -> None:
    world = both()
    world.log(world.story.product_deployed(ONE, by=COLLECTOR))
    world.refused(world.story.item_identified(LOCAL, ONE), "lifecycle.phase", ONE)


def test_what_is_contested_keeps_its_name() -> None:
    world = both()
    world.log(world.story.item_collected(ONE, by=RECYCLER))
    world.refused(world.story.item_identified(LOCAL, ONE), "dispute.open", ONE)


def test_a_local_item_that_holds_others_is_taken_apart_first() -> None:
    world = both()
    whole = local(SECOND_LIFE, "P")
    world.log(world.story.module_manufactured(module(1)))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, module(1), load="module"))
    world.log(world.story.product_assembled(whole, module(1)))
    world.log(world.story.module_manufactured(module(2)))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, module(2), load="module 2"))
    world.log(world.story.product_assembled(product(1), module(2)))
    world.refused(world.story.item_identified(whole, product(1), SECOND_LIFE), "identity.parts", whole)


def test_its_owner_agrees_where_that_is_another_firm() -> None:
    world = both()
    world.log(*world.story.transfer(COLLECTOR, FLEET, LOCAL, load="owned", rights=[Right.OWNERSHIP]))
    world.refused(world.story.item_identified(LOCAL, ONE), "owner.consent", LOCAL)
    world.log(world.story.consent_given(FLEET, COLLECTOR, LOCAL, act="item.identified"))
    world.log(world.story.item_identified(LOCAL, ONE))
    assert world.item(LOCAL).identified_as == ONE


def test_a_quarantine_goes_over_to_the_item_it_is() -> None:
    world = both()
    world.log(world.story.incident_reported(LOCAL), world.story.item_identified(LOCAL, ONE))
    assert world.item(ONE).flags == (Flag.QUARANTINED,)


def test_one_item_may_answer_to_a_chain_of_names() -> None:
    world = both()
    world.log(world.story.item_declared(OTHER, COLLECTOR))
    world.log(world.story.item_identified(LOCAL, OTHER), world.story.item_identified(OTHER, ONE))
    assert (bearer(world, str(LOCAL)), bearer(world, str(OTHER))) == (OTHER, ONE)
    world.refused(world.story.item_identified(LOCAL, ONE), "lifecycle.ended", LOCAL)


def test_names_do_not_go_in_circles() -> None:
    world = both()
    world.log(world.story.item_declared(OTHER, COLLECTOR))
    world.log(world.story.item_identified(LOCAL, OTHER))
    world.refused(world.story.item_identified(OTHER, LOCAL), "lifecycle.ended", LOCAL)


def test_a_clone_is_never_the_item_whose_code_it_bears() -> None:
    world = both()
    world.log(world.story.item_declared(OTHER, COLLECTOR, why=Why.CLONE, clone_of=ONE))
    world.refused(world.story.item_identified(OTHER, ONE), "identity.clone", OTHER)


def test_an_id_that_was_identified_names_no_new_item() -> None:
    world = both()
    world.log(world.story.item_identified(LOCAL, ONE))
    world.refused(world.story.item_declared(LOCAL, COLLECTOR), "item.exists", LOCAL)


# Further codes


def test_a_new_code_on_a_label_leads_to_the_item() -> None:
    world = both()
    world.log(world.story.label_coded(ONE, "NEW-CODE", by=COLLECTOR))
    assert bearer(world, "NEW-CODE") == ONE


def test_the_next_label_may_say_the_same_code() -> None:
    world = both()
    world.log(world.story.label_coded(ONE, "NEW-CODE", by=COLLECTOR))
    world.log(world.story.label_coded(ONE, "NEW-CODE", 2, by=COLLECTOR, voided=1))
    assert world.item(ONE).label_number == 2


def test_a_code_leads_to_one_item() -> None:
    world = both()
    world.log(world.story.label_coded(ONE, "NEW-CODE", by=COLLECTOR))
    world.refused(world.story.label_coded(LOCAL, "NEW-CODE", by=COLLECTOR), "alias.taken", "NEW-CODE")


def test_the_id_of_an_item_is_nobody_elses_code() -> None:
    world = both()
    world.log(world.story.pack_manufactured(pack(2)))
    world.refused(world.story.label_coded(pack(2), ONE.value), "alias.taken", ONE)
    world.refused(world.story.label_coded(pack(2), pack(2).value), "alias.form", pack(2))


def test_a_code_that_an_item_bears_makes_no_other_item() -> None:
    world = LastWorld()
    world.log(world.story.pack_manufactured(ONE), world.story.label_coded(ONE, pack(2).value))
    world.refused(world.story.pack_manufactured(pack(2)), "alias.taken", pack(2))
    world.refused(world.story.item_declared(pack(2), RECYCLER), "alias.taken", pack(2))


@pytest.mark.parametrize("code", ["vehicle:00000000-0000-4000-8000-000000000009", str(MAKER.lot("L"))])
def test_a_battery_bears_no_code_of_a_vehicle_or_a_lot(code: str) -> None:
    world = both()
    world.refused(world.story.label_coded(ONE, code, by=COLLECTOR), "alias.form")


def test_a_code_in_anothers_namespace_is_not_borne() -> None:
    world = both()
    world.refused(world.story.label_coded(ONE, str(local(FLEET, "Y")), by=COLLECTOR), "item.namespace")


def test_a_filed_vendor_code_is_borne_by_its_filers_items_only() -> None:
    world = both()
    world.refused(world.story.label_coded(ONE, pack(9).value, by=COLLECTOR), "code.vendor", pack(9))


def test_a_code_says_what_the_item_is() -> None:
    world = LastWorld()
    world.log(world.story.pack_manufactured(ONE))
    world.refused(world.story.label_coded(ONE, module(9).value), "code.kind", module(9))
    assert world.item(ONE).kind is Kind.PACK

"""Vendor codes with their specifications, and models."""

from ledger.events import registry
from ledger.state import (
    Filing,
    Model,
    Spec,
    model_fact,
    vendor_fact,
)
from ledger.vocabulary import Chemistry, Kind
from tests.consortium import (
    MAKER,
    RECYCLER,
    SECOND_LIFE,
)
from tests.memory import World


def spec(code: str, chemistry: Chemistry = Chemistry.LFP) -> Spec:
    return Spec(spec=code, chemistry=chemistry)


def test_a_vendor_code_has_one_filer() -> None:
    world = World()
    refusal = world.refused(world.story.coding_filed(SECOND_LIFE, "ZZZ"), "code.vendor_filed", "ZZZ")
    assert refusal.facts["org"] == str(MAKER.id)


def test_specifications_are_added_and_never_changed() -> None:
    world = World()
    world.tell(MAKER, registry.CodingFiled(vendor="ZZZ", specs=(spec("02"),)), MAKER.id)
    filing = world.ledger.states[vendor_fact("ZZZ")]
    assert isinstance(filing, Filing)
    assert [one.spec for one in filing.specs] == ["01", "02"]
    again = registry.CodingFiled(vendor="ZZZ", specs=(spec("03"), spec("01", Chemistry.NMC)))
    world.refused(world.story.tell(MAKER, again, MAKER.id), "code.spec_filed", "ZZZ/01")
    twice = registry.CodingFiled(vendor="ZZZ", specs=(spec("03"), spec("03")))
    world.refused(world.story.tell(MAKER, twice, MAKER.id), "code.spec_filed", "ZZZ/03")


def test_a_recycler_files_no_codes() -> None:
    world = World()
    world.refused(world.story.coding_filed(RECYCLER, "ZZX"), "org.role", RECYCLER.id)


def test_a_model_stands_under_its_makers_own_name() -> None:
    world = World()
    world.refused(
        world.story.model_declared(SECOND_LIFE, model=MAKER.model("B")), "model.issuer", MAKER.model("B")
    )


def test_a_model_is_declared_once_and_its_numbers_have_no_gap() -> None:
    world = World()
    first = MAKER.model()
    stem = first.removesuffix("@1")
    world.refused(world.story.model_declared(model=first), "model.declared_before", first)
    refusal = world.refused(world.story.model_declared(model=f"{stem}@3"), "model.number", f"{stem}@3")
    assert refusal.facts["expected"] == f"{stem}@2"
    event = world.log(world.story.model_declared(model=f"{stem}@2"))
    model = world.ledger.states[model_fact(f"{stem}@2")]
    assert isinstance(model, Model)
    assert (model.org, model.kind, model.declared) == (MAKER.id, Kind.PACK, event.id)

"""The demonstration's story keeps every rule, shows every event type, and is always the same."""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from cli.demo import story
from cli.demo.capacity import END_OF_LIFE_MAH, NOMINAL_MAH, MeasuredCell, matched, measured_cells, scaled
from cli.demo.consortium import BANK, COLLECTOR, FIRMS, PACK_MAKER, REGISTRAR, SECOND_LIFE, SWAP_OPERATOR
from cli.demo.keyring import Keyring
from cli.demo.making import REAL_CELLS
from cli.demo.pen import Pen
from cli.demo.world import BEGIN, World, chance
from crypto.keys import PrivateKey
from crypto.note import NoteSigner
from ledger.events import REGISTRY
from ledger.events.production import PackManufactured
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.lifecycle.recalls import recalls_of
from ledger.sequencer.genesis import Founder, compose
from ledger.state import Holder, Item
from ledger.vocabulary import Ending, Flag, Kind, Material, Phase, Purpose, Why
from tests.memory import MemoryLedger

ORIGIN = "test.example/packtrace"
HOME = NoteSigner("moved.example/packtrace", PrivateKey.from_seed(bytes(32))).verifier_key
LOGGED_AT = Instant.parse("2026-11-22T12:00:00+08:00")


class Told:
    """A story told to a ledger in memory."""

    def __init__(self, folder: Path, packs: int, until: Instant = LOGGED_AT) -> None:
        keyring = Keyring(folder)
        self.ledger = MemoryLedger()
        self.world = World(Pen(keyring, ORIGIN, self._found(keyring)), until.ms)
        self.texts = list(story.tell(self.world, "http://127.0.0.1:8000", packs, HOME))
        self.events = [self.ledger.submit(text, logged_at_ms=LOGGED_AT.ms) for text in self.texts]
        self.items = [state for state in self.ledger.states.values() if isinstance(state, Item)]

    def _found(self, keyring: Keyring) -> dict[ItemId, str]:
        founder = Founder(
            org=REGISTRAR.id,
            name_zh=REGISTRAR.name_zh,
            name_en=REGISTRAR.name_en,
            district=REGISTRAR.district,
            admin=keyring.key(REGISTRAR, Purpose.ADMIN),
            recovery=keyring.key(REGISTRAR, Purpose.RECOVERY).verifier,
            office=keyring.key(REGISTRAR).verifier,
        )
        first = compose(founder, ORIGIN, now_ms=BEGIN.ms, random=bytes(20))
        events = [self.ledger.submit(text, logged_at_ms=LOGGED_AT.ms) for text in first]
        return {REGISTRAR.id: events[-1].id}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """A story of as few packs as there may be."""
    return Told(tmp_path_factory.mktemp("keys"), story.LEAST_PACKS)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """A story of eighty packs."""
    return Told(tmp_path_factory.mktemp("keys"), 80)


def test_the_smallest_story_shows_every_event_type(small: Told) -> None:
    # The log's first two entries are the registrar's enrolment and its key; its index comes with the log.
    assert {event.type for event in small.events} == set(REGISTRY) - {"index.published"}


def test_lives_end_at_every_stage(large: Told) -> None:
    stages = {(item.phase, item.ended_by) for item in large.items if item.kind is Kind.PACK}
    assert stages == {
        (Phase.STOCK, None),
        (Phase.FITTED, None),
        (Phase.POOLED, None),
        (Phase.REMOVED, None),
        (Phase.RETIRED, None),
        (Phase.DEPLOYED, None),
        (Phase.ENDED, Ending.IDENTIFIED),
        (Phase.ENDED, Ending.SPLIT),
        (Phase.ENDED, Ending.PROCESSED),
    }
    assert any(item.offer for item in large.items)
    assert {Flag.DISPUTED, Flag.MISSING} <= {flag for item in large.items for flag in item.flags}
    assert {item.phase for item in large.items if item.kind is Kind.PRODUCT} == {Phase.DEPLOYED}
    assert {item.phase for item in large.items if item.kind is Kind.MODULE} >= {Phase.PART, Phase.ENDED}


def test_as_many_packs_are_made_as_were_asked_for(small: Told, large: Told) -> None:
    made = [item for told in (small, large) for item in told.items if item.kind is Kind.PACK]
    assert sum(item.declared is None for item in made) == story.LEAST_PACKS + 80


def test_what_the_line_did_not_make_was_declared(small: Told) -> None:
    declared = {item.id: item for item in small.items if item.declared is not None}
    assert {item.declared for item in declared.values()} == {
        Why.LEGACY,
        Why.CLONE,
        Why.IMPORT,
        Why.UNREADABLE,
    }
    genuine = small.ledger.item(small.world.samples["copied"])
    assert (genuine.declared, genuine.custodian) == (None, Holder.INHERITED)
    assert declared[small.world.samples["remembered"]].model == PACK_MAKER.model("LFP41")


def test_a_cabinet_holds_a_module_that_was_recalled_after_it_was_built(small: Told) -> None:
    cabinet = small.world.samples["recalled cabinet"]
    parts = [item for item in small.items if item.parent == cabinet]
    assert sum(bool(recalls_of(small.ledger.states, part)) for part in parts) == 1


def test_a_pack_that_was_not_in_its_scrapped_van_is_with_the_collector(small: Told) -> None:
    found = small.ledger.item(small.world.samples["absent"])
    assert (found.phase, found.custodian, found.flags) == (Phase.RETIRED, COLLECTOR.id, ())


def test_a_pooled_pack_is_the_banks(small: Told) -> None:
    pooled = small.ledger.item(small.world.samples["pooled"])
    assert (pooled.phase, pooled.custodian, pooled.owner) == (Phase.POOLED, SWAP_OPERATOR.id, BANK.id)


def test_every_module_of_eight_has_sixteen_cells(small: Told) -> None:
    made = [event.claims for event in small.events if isinstance(event.claims, PackManufactured)]
    modules = [module for claims in made for module in claims.modules]
    assert len(modules) == 8 * story.LEAST_PACKS
    assert {module.cell_count for module in modules} == {16}


def test_the_real_codes_come_out_of_a_module_as_cells(small: Told) -> None:
    cells = [small.ledger.item(ItemId("gbt34014", code)) for code in REAL_CELLS]
    assert [cell.kind for cell in cells] == [Kind.CELL, Kind.CELL]
    assert {cell.custodian for cell in cells} == {SECOND_LIFE.id}


def test_material_goes_on_to_cathode_powder(small: Told) -> None:
    materials = {item.lot.material for item in small.items if item.lot is not None}
    assert {
        Material.BLACK_MASS,
        Material.LITHIUM_CARBONATE,
        Material.IRON_PHOSPHATE,
        Material.CATHODE_POWDER,
    } <= materials


def test_events_stand_in_the_order_in_which_they_happened(large: Told) -> None:
    days = [event.at.ms // 86_400_000 for event in large.events]
    assert days == sorted(days)
    assert Instant.from_ms(large.events[0].at.ms).day.year == 2021


def test_every_firm_says_in_both_names_that_it_does_not_exist() -> None:
    assert all("虚构" in firm.name_zh and "fictional" in firm.name_en for firm in FIRMS)
    assert all(firm.id.value[2:8] == "999999" for firm in FIRMS)


def test_the_same_keys_tell_the_same_story_byte_for_byte(tmp_path: Path) -> None:
    assert Told(tmp_path, 12).texts == Told(tmp_path, 12).texts


def test_other_keys_tell_of_the_same_items(tmp_path: Path) -> None:
    one, other = Told(tmp_path / "one", 12), Told(tmp_path / "other", 12)
    assert one.texts != other.texts
    assert [sorted(event.prev) for event in one.events] == [sorted(event.prev) for event in other.events]


def test_a_longer_story_has_the_same_samples(small: Told, large: Told) -> None:
    for name in ("split", "recycled", "removed", "taxi", "real cell 1", "graded", "collected"):
        assert large.world.samples[name] == small.world.samples[name]


def test_nothing_happens_after_the_time_it_is_told_at(tmp_path: Path) -> None:
    until = Instant.parse("2024-01-01T00:00:00+08:00")
    told = Told(tmp_path, 12, until)
    assert told.texts
    assert max(event.at.ms for event in told.events) < until.ms + 86_400_000


def test_measurements_fall_as_the_cells_wear(large: Told) -> None:
    measured = Counter(
        item for event in large.events if event.type == "health.measured" for item in event.prev
    )
    assert max(measured.values()) >= 4


def test_keys_are_files_that_only_their_owner_may_read(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path / "keys")
    files = list(keyring.folder.iterdir())
    assert len(files) > 2 * len(FIRMS)
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert "PRIVATE" not in repr(keyring.key(REGISTRAR))


@cache
def cell() -> MeasuredCell:
    return measured_cells()[60]


def test_all_measured_cells_are_carried_with_their_life() -> None:
    cells = measured_cells()
    assert len(cells) == 124
    assert (cells[0].life, cells[-1].life) == (148, 2237)
    assert all(one.points[-1][1] == END_OF_LIFE_MAH for one in cells)


def test_a_cell_has_its_measured_capacity_at_measured_cycles() -> None:
    assert [cell().capacity_mah(cycle) for cycle, _ in cell().points] == [mah for _, mah in cell().points]


def test_capacity_between_two_measurements_lies_between_them() -> None:
    left, right = cell().points[-2:]
    middle = (left[0] + right[0]) // 2
    assert right[1] < cell().capacity_mah(middle) < left[1]


def test_nothing_is_made_up_beyond_the_measured_life() -> None:
    assert cell().capacity_mah(cell().life + 500) == END_OF_LIFE_MAH
    assert cell().capacity_mah(0) == cell().points[0][1]


def test_a_scaled_capacity_keeps_its_share_of_the_nominal_one() -> None:
    assert scaled(END_OF_LIFE_MAH, 100_000) == 80_000
    assert scaled(NOMINAL_MAH, 100_000) == 100_000


def test_a_maker_matches_cells_of_neighbouring_life() -> None:
    chosen = matched(chance("a pack"), 8)
    order = measured_cells()
    places = [order.index(one) for one in chosen]
    assert len(set(places)) == 8
    assert max(places) - min(places) < 24

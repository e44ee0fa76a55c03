"""The ways of packs: from making to what became of them, counted and found again."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.store import counts as counts_module
from ledger.vocabulary import Ending, Phase
from ledger.ways import STAGES, Stretch, Way, along, stretches
from tests.scenario import MAKER, VEHICLE_MAKER, module, pack, vehicle
from tests.site import Site

WAYS = st.dictionaries(
    st.builds(
        Way,
        st.booleans(),
        st.booleans(),
        st.booleans(),
        st.sampled_from([phase.value for phase in Phase]),
        st.sampled_from(["", *(ending.value for ending in Ending)]),
    ),
    st.integers(1, 100),
    max_size=12,
)


@given(WAYS)
def test_as_many_packs_leave_a_stage_as_came_to_it(counts: dict[Way, int]) -> None:
    told = stretches(counts)
    packs = sum(count for way, count in counts.items() if way.ending not in {"voided", "identified"})
    for stage in range(STAGES - 1):
        assert sum(count for one, count in told.items() if one.stage == stage) == packs
    for one, count in told.items():
        assert sum(counts[way] for way in along(counts, one)) == count


def test_a_stretch_that_nobody_went_has_no_ways() -> None:
    way = Way(made=True, fitted=False, wasted=False, phase="stock")
    assert along({way: 1}, Stretch(0, "made", "was_fitted")) == []


@pytest.fixture
def site(request: pytest.FixtureRequest, database_url: str) -> Iterator[Site]:
    """A ledger with one pack each that was recycled, is in a car and lies in stock."""
    found = Site(request.getfixturevalue("tmp_path"), database_url)
    found.found()
    found.life()
    story = found.story
    found.submit([story.pack_manufactured(pack(n), [module(10 * n)]) for n in (2, 3)])
    found.submit([*story.transfer(MAKER, VEHICLE_MAKER, pack(2)), story.pack_fitted(pack(2), vehicle(2))])
    yield found
    found.close()


def test_packs_are_counted_by_the_way_they_went_and_found_on_it(site: Site) -> None:
    with site.service.snapshot() as snapshot:
        counts = snapshot.count_ways()
        assert counts == {
            Way(made=True, fitted=True, wasted=True, phase="ended", ending="split"): 1,
            Way(made=True, fitted=True, wasted=False, phase="fitted"): 1,
            Way(made=True, fitted=False, wasted=False, phase="stock"): 1,
        }
        for stretch, count in stretches(counts).items():
            rows, following = snapshot.tips_on_ways(along(counts, stretch), after="", limit=9)
            assert (len(rows), following) == (count, None)
        wanted = along(counts, Stretch(0, "made", "was_fitted"))
        [(first, _)], following = snapshot.tips_on_ways(wanted, after="", limit=1)
        assert following == first
        [(second, _)], following = snapshot.tips_on_ways(wanted, after=first, limit=9)
        assert ({first, second}, following) == ({str(pack(1)), str(pack(2))}, None)
        assert snapshot.tips_on_ways([], after="", limit=9) == ([], None)


def test_packs_that_one_event_moved_stand_on_one_line(site: Site) -> None:
    packs = [pack(4), pack(5)]
    site.submit([site.story.pack_manufactured(one, [module(10 * int(one.value[-1]))]) for one in packs])
    site.submit(list(site.story.transfer(MAKER, VEHICLE_MAKER, *packs)))
    page = site.get("/dashboard/packs?stage=0&source=made&target=never_fitted").text
    found = re.findall(r'href="/e/([^"?]+)', page)
    assert len(found) == len(set(found)) == len([pack(3), packs])
    assert all(f"<code>{one.code}</code>" in page for one in (pack(3), *packs))


def test_a_page_of_packs_looks_at_so_many_and_says_where_to_go_on(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts_module, "MAX_LOOKED_AT", 2)
    with site.service.snapshot() as snapshot:
        wanted = [Way(made=True, fitted=False, wasted=False, phase="stock")]
        assert snapshot.tips_on_ways(wanted, after="", limit=9) == ([], str(pack(2)))
        [(found, _)], following = snapshot.tips_on_ways(wanted, after=str(pack(2)), limit=9)
        assert (found, following) == (str(pack(3)), None)

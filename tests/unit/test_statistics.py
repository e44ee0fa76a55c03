"""Statistics over HTTP: every figure as a hand computes it, and each with the events it rests on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.measures import ALLOWED, By, Measure
from tests.integration.test_lineage import forty_packs
from tests.scenario import MAKER, RECYCLER, pack
from tests.site import Site, problem


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A ledger with the forty packs in it, which the tests here only read."""
    found = Site(tmp_path_factory.mktemp("site"))
    found.found()
    found.submit(forty_packs(found.story))
    yield found
    found.close()


def ask(site: Site, query: str, lang: str = "en") -> dict[str, Any]:
    """Return statistics."""
    answer = site.get(f"/v1/statistics?{query}", Accept_Language=lang)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.get_json()
    return told


def by_key(told: dict[str, Any]) -> dict[str, Any]:
    """Return figures by their keys."""
    return {one["key"]: one for one in told["figures"]}


def test_packs_are_counted_with_their_mass(site: Site) -> None:
    told = ask(site, "measure=packs&by=phase", "zh-CN")
    found = by_key(told)
    assert {key: (one["count"], one["mass_g"]) for key, one in found.items()} == {
        "ended": (40, 16_000_000),
        "stock": (1, 400_000),
    }
    assert found["stock"]["label"] == "库存"
    assert told["size"] == site.get("/readyz").get_json()["size"]
    assert by_key(ask(site, "measure=packs&by=kind"))["module"]["count"] == 80
    [maker] = ask(site, "measure=packs&by=maker")["figures"]
    assert (maker["key"], maker["label"], maker["count"]) == (str(MAKER.id), MAKER.name, 41)
    districts = by_key(ask(site, "measure=packs&by=district"))
    assert {key: one["count"] for key, one in districts.items()} == {
        RECYCLER.district: 40,
        MAKER.district: 1,
    }
    assert by_key(ask(site, "measure=packs&by=model"))[MAKER.model()]["count"] == 41


@pytest.mark.parametrize("by", [one.value for one in ALLOWED[Measure.PACKS]])
def test_every_counted_pack_leads_to_a_signed_event_page_by_page(site: Site, by: str) -> None:
    for figure in ask(site, f"measure=packs&by={by}")["figures"]:
        events: list[str] = []
        after: str | None = ""
        while after is not None:
            page = ask(site, f"measure=packs&by={by}&key={figure['key']}&limit=30&after={after}")
            events += page["events"]
            after = page["next"]
        assert len(events) == figure["count"]
        assert site.get(f"/v1/events/{events[-1]}").status_code == 200


def test_flows_of_material_are_what_went_in_and_came_out(site: Site) -> None:
    found = by_key(ask(site, "measure=flows&by=material"))
    assert (found["black_mass"]["used_g"], found["black_mass"]["made_g"]) == (5_000_000, 6_000_000)
    assert (found["units"]["used_g"], found["units"]["label"]) == (16_000_000, "whole units")
    steps = by_key(ask(site, "measure=flows&by=step"))
    assert steps["hydromet"] == {
        "key": "hydromet",
        "label": steps["hydromet"]["label"],
        "batches": 1,
        "input_g": 5_800_000,
        "added_g": 200_000,
        "output_g": 3_400_000,
        "losses_g": 2_500_000,
        "unaccounted_g": 100_000,
        "gain_g": 0,
    }


def test_recovery_is_told_by_batch_lot_recycler_year_and_element(site: Site) -> None:
    rates = {}
    for by in ("batch", "lot", "recycler", "year", "element"):
        for figure in ask(site, f"measure=recovery&by={by}&until=2026-06-30")["figures"]:
            for one in figure["recovery"]:
                if one["permille"] is not None:
                    rates[by, figure["key"], one["element"]] = one["permille"]
    leached = f"{RECYCLER.id} hydromet"
    assert {key[0] for key in rates} == {"batch", "lot", "recycler", "year", "element"}
    assert rates["recycler", leached, "Li"] == rates["year", leached, "Li"] == 872
    assert rates["element", "Li hydromet", "Li"] == 872
    assert set(rates.values()) == {872}
    gone = ask(site, "measure=recovery&by=year&until=2030-06-30")["figures"]
    assert gone == []


def test_the_year_of_a_recycler_ends_with_the_day_that_is_named(site: Site) -> None:
    day = "2026-06-01"  # the story is told on one day
    assert len(ask(site, f"measure=recovery&by=year&until={day}")["figures"]) == 2
    assert ask(site, "measure=recovery&by=year&until=2026-05-31")["figures"] == []
    assert len(ask(site, "measure=recovery&by=year&until=2027-05-31")["figures"]) == 2
    assert ask(site, "measure=recovery&by=year&until=2027-06-01")["figures"] == []
    assert ask(site, "measure=recovery&by=year&until=2028-02-29")["figures"] == []


def test_a_figure_of_batches_lists_their_events(site: Site) -> None:
    [figure, _] = ask(site, "measure=recovery&by=recycler")["figures"]
    told = ask(site, f"measure=recovery&by=recycler&key={figure['key']}")
    assert (len(told["events"]), told["next"]) == (1, None)
    assert site.get(f"/v1/events/{told['events'][0]}/account").get_json()["kind"] == "batch"


def test_the_time_to_retirement_is_counted_in_days(site: Site) -> None:
    [figure] = ask(site, "measure=time_to_retirement&by=year")["figures"]
    # Made on 1 June 2026; the clock of the log stands thirty days later.
    assert (figure["key"], figure["count"], figure["median_days"], figure["mean_days"]) == (
        "2026",
        40,
        30,
        30,
    )
    told = ask(site, "measure=time_to_retirement&by=year&key=2026&limit=1")
    assert (len(told["events"]), told["next"]) == (1, "1")
    assert ask(site, "measure=time_to_retirement&by=year&key=2026&limit=1&after=1")["next"] is None
    [of_model] = ask(site, "measure=time_to_retirement&by=model")["figures"]
    assert of_model["key"] == MAKER.model()


@pytest.mark.parametrize(
    ("by", "key"), [("model", f"{MAKER.model()} Li"), ("year", "2026 Li"), ("element", "Li")]
)
def test_claimed_content_stands_beside_what_the_ledger_proves(site: Site, by: str, key: str) -> None:
    [figure] = ask(site, f"measure=recycled_content&by={by}")["figures"]
    assert figure["key"] == key
    assert (figure["post_consumer_g"], figure["provable_g"], figure["not_assessed"]) == (11_000, 11_220, 0)


def test_figures_follow_the_log(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.found()
    assert ask(site, "measure=packs&by=phase")["figures"] == []
    site.submit([site.story.pack_manufactured(pack(1))])
    told = {ask(site, "measure=packs&by=phase")["size"] for _ in range(200)}
    assert max(told) == site.service.sequencer.released().checkpoint.size
    site.close()


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("measure=packs&by=step", "by"),
        ("measure=apples&by=phase", "measure"),
        ("by=phase", "measure"),
        ("measure=packs&by=phase&until=0001-01-01", "until"),
        ("measure=packs&by=phase&limit=9999", "limit"),
    ],
)
def test_what_cannot_be_measured_is_refused(site: Site, query: str, path: str) -> None:
    answer = site.get(f"/v1/statistics?{query}")
    assert (answer.status_code, problem(answer)["facts"]["path"]) == (400, path)


def test_a_figure_that_is_not_there_has_no_events(site: Site) -> None:
    answer = site.get("/v1/statistics?measure=packs&by=phase&key=pooled")
    assert (answer.status_code, problem(answer)["rule"]) == (404, "statistics.key")


def test_every_measure_answers_for_all_it_may_be_told_apart_by(site: Site) -> None:
    for measure in Measure:
        for by in By:
            expected = 200 if by in ALLOWED[measure] else 400
            assert site.get(f"/v1/statistics?measure={measure}&by={by}").status_code == expected

"""Generations and accounts over HTTP: forty packs become a carbonate that is claimed in a new one."""

from collections.abc import Iterator

import pytest

from tests.integration.test_lineage import BLACK, CARBONATE, NEW, SOLD, forty_packs
from tests.scenario import MAKER, module, pack
from tests.site import Site, problem


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A ledger with the forty packs in it, which the tests here only read."""
    found = Site(tmp_path_factory.mktemp("site"))
    found.found()
    found.submit(forty_packs(found.story))
    yield found
    found.close()


def test_a_tree_goes_both_ways_with_masses_and_events(site: Site) -> None:
    told = site.get(f"/v1/items/{BLACK}/tree").get_json()
    made, *packs = told["up"]["acts"]
    assert {act["course"] for act in packs} == {"made"}
    assert (made["course"], made["type"], made["course_word"]) == (
        "processed",
        "batch.processed",
        "processed",
    )
    assert made["outputs"] == [{"id": str(BLACK), "mass_g": 6_000_000}]
    assert {"id": str(pack(7)), "mass_g": 400_000} in made["inputs"]
    assert told["items"][str(pack(7))]["kind"] == "pack"
    assert [act["course"] for act in told["down"]["acts"]] == ["processed", "divided", "claimed"]
    assert told["down"]["truncated"] is False
    assert site.get(f"/v1/events/{made['event']}").status_code == 200


def test_a_new_pack_names_the_model_whose_content_was_claimed(site: Site) -> None:
    told = site.get(f"/v1/items/{NEW}/tree?direction=up").get_json()
    name = f"{MAKER.model()} 2026"
    assert "down" not in told
    assert told["items"][name] == {"kind": "model", "model": MAKER.model(), "year": 2026}
    assert told["made_of"] is None


def test_a_tree_is_cut_where_it_is_asked_to_be(site: Site) -> None:
    told = site.get(f"/v1/items/{SOLD}/tree?depth=1&direction=up").get_json()
    assert (told["up"]["truncated"], told["up"]["not_followed"], told["up"]["items"]) == (True, 1, 1)
    assert problem(site.get(f"/v1/items/{SOLD}/tree?depth=99"))["facts"]["path"] == "depth"
    assert problem(site.get(f"/v1/items/{SOLD}/tree?limit=100000"))["facts"]["path"] == "limit"
    assert problem(site.get(f"/v1/items/{SOLD}/tree?element=Au"))["facts"]["path"] == "element"


def test_a_lot_says_what_it_is_made_of_to_the_last_microgram(site: Site) -> None:
    told = site.get(f"/v1/items/{SOLD}/tree?element=Li", Accept_Language="zh-CN").get_json()["made_of"]
    assert told["total_ug"] == 18_700 * 10**6 == sum(one["share_ug"] for one in told["ends"])
    assert told["sources"] == [{"source": "waste", "word": "废电池", "share_ug": 18_700 * 10**6}]
    assert len(told["ends"]) == 40
    assert site.get(f"/v1/items/{SOLD}/tree?element=Co").get_json()["made_of"] is None


def test_a_batch_has_an_account_with_targets_beside_its_figures(site: Site) -> None:
    made = site.get(f"/v1/items/{CARBONATE}/account").get_json()["made_by"]
    told = site.get(f"/v1/events/{made['event']}/account").get_json()
    assert told.pop("size") == site.service.sequencer.released().checkpoint.size
    assert told == made
    sources = site.get(f"/v1/items/{CARBONATE}/account").get_json()["sources"]
    assert {one["source"] for one in sources} == {"waste", "virgin", "added"}
    assert sum(one["share_g"] for one in sources) == 700_000
    lithium = next(one for one in told["recovery"] if one["element"] == "Li")
    assert (lithium["permille"], lithium["cannot_be_assessed"]) == (872, [])
    assert [(one["id"], one["permille"], one["basis_status"]) for one in lithium["targets"]] == [
        ("cn-2024", 900, "secondary"),
        ("eu-2027", 500, "unverified"),
        ("eu-2031", 800, "unverified"),
    ]
    cobalt = next(one for one in told["recovery"] if one["element"] == "Co")
    assert cobalt["permille"] is None
    assert cobalt["cannot_be_assessed"][0]["gap"] == "element"


def test_a_claim_has_an_account_of_what_the_ledger_proves(site: Site) -> None:
    down = site.get(f"/v1/items/{SOLD}/tree?direction=down").get_json()["down"]["acts"]
    told = site.get(f"/v1/events/{down[-1]['event']}/account").get_json()
    assert (told["kind"], told["claimed_g"], told["provable_g"]) == ("content", 11_000, 11_220)


def test_what_holds_no_material_has_no_account(site: Site) -> None:
    unit = site.get(f"/v1/items/{pack(1)}/account")
    assert (unit.status_code, problem(unit)["rule"]) == (404, "account.none")
    first = site.get(f"/v1/items/{module(1)}/tree?direction=down").get_json()["down"]["acts"][0]
    made = site.get(f"/v1/events/{first['event']}/account")
    assert (made.status_code, problem(made)["rule"]) == (404, "account.none")
    assert site.get("/v1/events/nothing/account").status_code == 404

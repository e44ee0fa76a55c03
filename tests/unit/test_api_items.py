"""Items, organisations, codes, labels and rules over HTTP."""

import io
from collections.abc import Iterator

import pytest
import zxingcpp
from PIL import Image

from ledger.label_url import LabelUrl
from ledger.rules import LATEST, RULE_FILES
from ledger.state import Item, state_from_json
from tests.scenario import MAKER, RECYCLER, REGISTRAR, SECOND_LIFE, module, pack, product, vehicle
from tests.site import BASE_URL, Site, bearer, problem


class Told(Site):
    """A site with a whole life told."""

    token = ""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """A ledger with whole lives in it, which the tests here only read."""
    found = Told(tmp_path_factory.mktemp("site"))
    found.found()
    found.token = found.life()
    found.submit([found.story.pack_manufactured(pack(2), [module(11), module(12)])])
    yield found
    found.close()


def test_an_item_is_told_with_its_state_and_who_has_it(site: Told) -> None:
    told = site.get(f"/v1/items/{product(1).code}").get_json()
    assert told["custodian"]["organisation"]["name_en"] == SECOND_LIFE.name
    state = state_from_json(product(1), told["state"])
    assert isinstance(state, Item)
    assert state.phase == "deployed"


def test_the_custodian_of_a_part_is_read_from_what_it_is_in(site: Told) -> None:
    told = site.get(f"/v1/items/{module(11)}").get_json()
    assert told["state"]["custodian"] == "inherited"
    assert told["custodian"]["id"] == str(MAKER.id)
    assert told["inside"] == [str(pack(2))]


def test_an_item_is_found_by_its_id_and_by_its_bare_code(site: Told) -> None:
    assert site.get(f"/v1/items/{pack(1)}").get_json() == site.get(f"/v1/items/{pack(1).code}").get_json()
    lot = RECYCLER.lot("BM-1")
    assert site.get(f"/v1/items/{lot}").get_json()["state"]["remaining_g"] == 80_000
    assert site.get(f"/v1/items/{vehicle(1)}").get_json()["custodian"]["id"] == "user"


def test_an_answer_that_is_known_is_not_sent_again(site: Told) -> None:
    first = site.get(f"/v1/items/{pack(1)}")
    assert site.get(f"/v1/items/{pack(1)}", If_None_Match=first.headers["ETag"]).status_code == 304


def test_a_history_comes_page_by_page(site: Told) -> None:
    whole = site.get(f"/v1/items/{pack(1)}/events").get_json()
    first = site.get(f"/v1/items/{pack(1)}/events?limit=3").get_json()
    rest = site.get(f"/v1/items/{pack(1)}/events?after={first['next']}").get_json()
    assert whole["next"] is None
    assert first["events"] + rest["events"] == whole["events"]
    assert [one["event"] for one in first["events"]] == [
        "pack.manufactured",
        "transfer.offered",
        "transfer.accepted",
    ]


def test_a_tree_names_parts_and_what_they_are_in(site: Told) -> None:
    told = site.get(f"/v1/items/{pack(2)}/tree").get_json()
    assert [part["id"] for part in told["parts"]] == [str(module(11)), str(module(12))]
    assert site.get(f"/v1/items/{module(11)}/tree").get_json()["inside"] == [str(pack(2))]


def test_items_are_listed_by_what_they_are(site: Told) -> None:
    packs = site.get("/v1/items?kind=pack").get_json()
    assert [one["id"] for one in packs["items"]] == [str(pack(1)), str(pack(2))]
    first = site.get("/v1/items?kind=module&limit=4").get_json()
    rest = site.get(f"/v1/items?kind=module&after={first['next']}").get_json()
    assert len(first["items"]) + len(rest["items"]) == 6
    assert rest["next"] is None
    assert site.get("/v1/items?prefix=lot:").get_json()["items"][0]["id"].startswith("lot:")
    assert problem(site.get("/v1/items?kind=boat"))["facts"]["path"] == "kind"


def test_a_gate_looks_up_ids_and_raw_scans_at_once(site: Told) -> None:
    queries = [str(pack(1)), pack(1).code.lower(), str(LabelUrl.of(BASE_URL, pack(2))), pack(9).code, "?"]
    told = site.client.post("/v1/items/lookup", json={"items": queries}).get_json()
    assert [one["id"] for one in told["items"]] == [
        str(pack(1)),
        str(pack(1)),
        str(pack(2)),
        str(pack(9)),
        None,
    ]
    assert [one["state"] is not None for one in told["items"]] == [True, True, True, False, False]
    assert told["items"][0]["query"] == str(pack(1))
    assert told["size"] == site.get("/readyz").get_json()["size"]


def test_too_many_look_ups_are_refused(site: Told) -> None:
    answer = site.client.post("/v1/items/lookup", json={"items": ["x"] * 1001})
    assert (answer.status_code, problem(answer)["rule"]) == (413, "http.too_many")
    assert site.client.post("/v1/items/lookup", data="x", content_type="text/plain").status_code == 415


@pytest.mark.parametrize("path", ["", "/events", "/tree"])
def test_an_item_nobody_recorded_is_not_there(site: Told, path: str) -> None:
    answer = site.get(f"/v1/items/{pack(9)}{path}")
    assert (answer.status_code, problem(answer)["rule"]) == (404, "item.unknown")


@pytest.mark.parametrize(
    "path", ["/v1/items/rubbish", "/v1/items/nope:1", "/v1/orgs/rubbish", "/label/x.svg"]
)
def test_an_address_that_is_no_id_is_refused(site: Told, path: str) -> None:
    answer = site.get(path)
    assert (answer.status_code, problem(answer)["rule"]) == (400, "item.malformed")


def test_organisations_and_their_keys_are_told(site: Told) -> None:
    every = site.get("/v1/orgs").get_json()["organisations"]
    assert str(MAKER.id) in {one["id"] for one in every}
    one = site.get(f"/v1/orgs/{MAKER.id}").get_json()
    assert one == site.get(f"/v1/orgs/{MAKER.id.value}").get_json()
    keys = site.get(f"/v1/orgs/{MAKER.id}/keys").get_json()["keys"]
    assert {key["purpose"] for key in keys} == {"admin", "office"}
    events = site.get(f"/v1/orgs/{MAKER.id}/events?limit=2").get_json()
    assert [one["event"] for one in events["events"]] == ["org.enrolled", "key.added"]
    assert events["next"] == 2


def test_a_firm_that_is_not_enrolled_is_not_there(site: Told) -> None:
    for path in ("", "/keys", "/events"):
        answer = site.get(f"/v1/orgs/org:duns:123456789{path}")
        assert (answer.status_code, problem(answer)["rule"]) == (404, "org.unknown")


def test_the_bundle_holds_every_key_as_of_a_checkpoint(site: Told) -> None:
    told = site.get("/v1/keys").get_json()
    assert told["checkpoint"] == site.get("/log/checkpoint").text
    assert told["vkey"] == site.service.vkey.format()
    assert {key["org"] for key in told["keys"]} >= {str(MAKER.id), str(REGISTRAR.id)}


def test_one_key_is_asked_for_with_its_firm(site: Told) -> None:
    kid = MAKER.key().verifier.thumbprint()
    told, whole = (site.get(f"/v1/keys{query}").get_json() for query in (f"?kid={kid}", ""))
    assert [(key["kid"], key["org"]) for key in told["keys"]] == [(kid, str(MAKER.id))]
    assert [one["id"] for one in told["organisations"]] == [str(MAKER.id)]
    assert told["keys"][0] in whole["keys"]
    assert {name: told[name] for name in ("v", "origin", "vkey", "checkpoint")} == {
        name: whole[name] for name in ("v", "origin", "vkey", "checkpoint")
    }


def test_a_key_that_nobody_registered_is_in_no_bundle(site: Told) -> None:
    told = site.get(f"/v1/keys?kid={'A' * 43}").get_json()
    assert (told["keys"], told["organisations"]) == ([], [])
    assert site.get("/v1/keys?kid=").status_code == 400


def test_the_keys_of_a_firm_come_page_by_page(site: Told) -> None:
    whole = site.get(f"/v1/orgs/{MAKER.id}/keys").get_json()
    first = site.get(f"/v1/orgs/{MAKER.id}/keys?limit=1").get_json()
    rest = site.get(f"/v1/orgs/{MAKER.id}/keys?after={first['next']}").get_json()
    assert whole["next"] is None
    assert (first["next"], rest["next"]) == (first["keys"][0]["kid"], None)
    assert first["keys"] + rest["keys"] == whole["keys"]


def test_a_scan_is_read_part_by_part(site: Told) -> None:
    code = pack(1).code
    told = site.client.post("/v1/codes/decode", json={"scan": [code[14:].lower(), code[:14]]}).get_json()
    assert told["readable"]
    assert told["items"][0]["id"] == str(pack(1))
    assert told["items"][0]["known"]
    assert "reordered" in told["repairs"]
    assert told["items"][0]["parts"][0]["text"] == code[:3]


def test_a_scan_that_cannot_be_read_says_which_part_is_wrong(site: Told) -> None:
    told = site.client.post("/v1/codes/decode", json={"scan": pack(1).code[:3] + "X" + pack(1).code[4:]})
    parts = told.get_json()["parts"]
    assert told.status_code == 200
    assert not told.get_json()["readable"]
    assert [part["field"] for part in parts if not part["ok"]] == ["kind"]
    assert site.client.post("/v1/codes/decode", json={"scan": 7}).status_code == 400
    assert site.client.post("/v1/codes/decode", json={"scan": []}).status_code == 400


def test_an_id_that_is_no_battery_code_has_no_parts(site: Told) -> None:
    told = site.client.post("/v1/codes/decode", json={"scan": str(RECYCLER.lot("BM-1"))}).get_json()
    assert (told["kind"], told["items"][0]["parts"], told["items"][0]["known"]) == ("id", [], True)


def test_a_rule_set_is_served_byte_for_byte(site: Told) -> None:
    answer = site.get(f"/v1/rules/{LATEST}")
    assert answer.data == RULE_FILES[LATEST]
    assert problem(site.get("/v1/rules/1999.1"))["rule"] == "rules.unknown"


def _decoded(png: bytes) -> str:
    found = zxingcpp.read_barcode(Image.open(io.BytesIO(png)).convert("L"))
    assert found is not None
    return str(found.text)


def test_the_label_of_a_pack_opens_its_page(site: Told) -> None:
    answer = site.get(f"/label/{pack(1).code}.png")
    assert answer.content_type == "image/png"
    url = _decoded(answer.data)
    assert url == f"{BASE_URL.upper()}/P/{pack(1).code}"
    page = site.client.get(url.removeprefix(BASE_URL.upper()), follow_redirects=True)
    assert page.status_code == 200
    assert pack(1).code in page.text


def test_its_maker_gets_the_label_with_its_token(site: Told) -> None:
    path = f"/label/{pack(1).code}.png"
    answer = site.get(path, Authorization=bearer(MAKER, path))
    assert answer.headers["Cache-Control"] == "private, no-store"
    url = _decoded(answer.data)
    assert url == f"{BASE_URL.upper()}/P/{pack(1).code}/{site.token}"
    page = site.get(url.removeprefix(BASE_URL.upper()))
    assert "This label is genuine" in page.text


def test_nobody_else_gets_the_token(site: Told) -> None:
    path = f"/label/{pack(1).code}.png"
    answer = site.get(path, Authorization=bearer(SECOND_LIFE, path))
    assert _decoded(answer.data) == f"{BASE_URL.upper()}/P/{pack(1).code}"


def test_an_item_without_a_token_has_the_plain_label(site: Told) -> None:
    path = f"/label/{pack(2).code}.svg"
    answer = site.get(path, Authorization=bearer(MAKER, path))
    assert answer.content_type.startswith("image/svg+xml")
    assert answer.data == site.get(path).data


def test_there_is_no_label_for_what_nobody_recorded(site: Told) -> None:
    assert site.get(f"/label/{pack(9).code}.svg").status_code == 404

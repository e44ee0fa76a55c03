"""Shares: a link that shows chosen claims of one item until its end, and nothing else to anybody else."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import create_engine, text
from werkzeug.test import TestResponse

from crypto.encoding import b64url_decode
from crypto.sdjwt import parse_disclosure
from crypto.strictjson import Json
from ledger import shares
from ledger.instants import Instant
from ledger.shares import DAY_MS
from ledger.verdict import Verdict
from ledger.verify import ReceiptCheck, verify_receipt
from tests.scenario import LAB, MAKER, VEHICLE_MAKER, Party, pack
from tests.site import BASE_URL, NOW_MS, Site, bearer, problem, signed_post
from tests.unit.test_sessions import at_desk

PATH: Final = "/v1/shares"


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    """A ledger with a labelled pack that a laboratory measured."""
    found = Site(tmp_path, database_url)
    found.found()
    made, _ = found.labelled_pack(pack(1), [])
    found.submit([made, found.story.health_measured(pack(1)), found.story.pack_manufactured(pack(2))])
    yield found
    found.close()


def event_id(site: Site, event_type: str) -> str:
    return next(event.id for event in site.story.events.values() if event.type == event_type)


def wish(site: Site, *names: str, item: str = "", event: str = "health.measured", days: float = 30) -> Json:
    until = Instant.from_ms(NOW_MS + int(days * DAY_MS)).text
    claims: list[Json] = [{"event": event_id(site, event), "names": list(names or ("soh_permille",))}]
    return {"item": item or str(pack(1)), "claims": claims, "until": until}


def issue(site: Site, body: Json, by: Party = LAB) -> TestResponse:
    return site.client.post(PATH, **signed_post(by, PATH, body))


def link(site: Site, *names: str, days: float = 30) -> tuple[str, dict[str, Any]]:
    answer = issue(site, wish(site, *names, days=days))
    assert answer.status_code == 201, answer.text
    told = answer.get_json()
    assert told["link"].startswith(f"{BASE_URL}/p/{pack(1).code}?share=")
    return told["link"].removeprefix(BASE_URL), told


def test_a_link_shows_the_chosen_claims_and_no_other_on_the_page_and_as_data(site: Site) -> None:
    address, _ = link(site, "soh_permille", "cycles")
    page = site.get(address, Accept="text/html", Accept_Language="en")
    assert "State of health in ‰" in page.text
    assert "shows it to whoever has this link" in page.text
    assert "Temperature" not in page.text
    told = site.get(address, Accept="application/json").get_json()["shared"]
    assert told["issuer"] == str(LAB.id)
    assert told["events"][0]["restricted"] == {"soh_permille": 800, "cycles": 1_000}
    texts = told["events"][0]["disclosures"]
    assert {parse_disclosure(one).name for one in texts} == {"soh_permille", "cycles"}


def test_what_a_link_shows_is_proven_by_the_receipt(site: Site) -> None:
    address, _ = link(site)
    [event] = site.get(address, Accept="application/json").get_json()["shared"]["events"]
    receipt = site.get(f"/v1/events/{event['id']}/receipt").data
    found = verify_receipt(receipt, None, disclosures=event["disclosures"])
    assert found.checks[ReceiptCheck.DISCLOSED].verdict is Verdict.UNKNOWN
    assert found.checks[ReceiptCheck.DISCLOSED].facts["claims"] == "soh_permille"


def test_neither_a_cache_nor_a_referrer_nor_an_index_keeps_a_link(site: Site) -> None:
    address, _ = link(site)
    for accept in ("text/html", "application/json"):
        answer = site.get(address, Accept=accept)
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert "ETag" not in answer.headers
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Robots-Tag"] == "noindex, noarchive"
    plain = site.get(f"/p/{pack(1).code}", Accept="text/html")
    assert "no-store" not in plain.headers["Cache-Control"]
    assert "State of health in ‰" not in plain.text


def test_the_secret_is_long_and_stands_neither_in_the_database_nor_in_the_log(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    address, _ = link(site)
    secret = address.partition("share=")[2]
    assert len(b64url_decode(secret)) == shares.SECRET_BYTES
    site.get(address)
    site.get(f"/p/{pack(2).code}?share={secret}")
    assert secret not in caplog.text
    engine = create_engine(site.config.database_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM share")).all()
    engine.dispose()
    assert secret not in str(rows)


def test_a_link_ends_at_its_end_by_revocation_and_with_its_issuer(site: Site) -> None:
    (first, one), (second, _), (third, _) = link(site, days=1), link(site, days=2), link(site, days=80)
    revoke = f"{PATH}/{one['id']}"
    assert site.get(first).status_code == 200
    token = bearer(MAKER, revoke, htm="DELETE")
    stranger = site.client.delete(revoke, headers={"Authorization": token})
    assert (stranger.status_code, problem(stranger)["rule"]) == (404, "share.unknown")
    token = bearer(LAB, revoke, htm="DELETE")
    assert site.client.delete(revoke, headers={"Authorization": token}).status_code == 200
    assert site.get(first).status_code == 404
    site.clock.now = NOW_MS + 2 * DAY_MS - 1
    assert site.get(second).status_code == 200
    site.clock.now += 1
    ended = site.get(second, Accept="application/json")
    assert (ended.status_code, problem(ended)["rule"]) == (404, "share.unknown")
    assert site.get(third).status_code == 200
    site.submit([site.story.org_suspended(LAB)])
    assert site.get(third).status_code == 404


def test_a_guess_shows_nothing_and_tells_nothing(site: Site) -> None:
    link(site)
    for secret in ["", "x", "A" * 32, "A" * 100]:
        answer = site.get(f"/p/{pack(1).code}?share={secret}", Accept="application/json")
        assert (answer.status_code, problem(answer)["rule"]) == (404, "share.unknown")


def test_a_link_is_of_one_item(site: Site) -> None:
    address, _ = link(site)
    other = address.replace(pack(1).code, pack(2).code)
    assert site.get(other).status_code == 404


def test_a_firm_shares_only_what_it_stated_about_that_item_and_not_for_long(site: Site) -> None:
    refused: list[tuple[Party, Json, str]] = [
        (MAKER, wish(site), "share.claim"),
        (VEHICLE_MAKER, wish(site), "share.claim"),
        (LAB, wish(site, "nothing"), "share.claim"),
        (LAB, wish(site, item=str(pack(2))), "share.claim"),
        (MAKER, wish(site, "label_token", event="pack.manufactured"), "share.claim"),
        (LAB, wish(site, item=str(pack(9))), "item.unknown"),
        (LAB, wish(site, days=91), "share.until"),
        (LAB, wish(site, days=0), "share.until"),
        (LAB, wish(site, days=-1), "share.until"),
    ]
    for by, body, rule in refused:
        assert problem(issue(site, body, by))["rule"] == rule


def test_a_share_names_events_of_the_log(site: Site) -> None:
    body: Json = {
        "item": str(pack(1)),
        "claims": [{"event": "A" * 43, "names": ["soh_permille"]}],
        "until": Instant.from_ms(NOW_MS + DAY_MS).text,
    }
    assert problem(issue(site, body))["rule"] == "event.unknown"


def test_a_body_of_another_form_is_refused(site: Site) -> None:
    until, item = "2026-12-01T00:00:00+08:00", str(pack(1))
    one: dict[str, Json] = {"event": "A" * 43, "names": ["a"]}
    bodies: list[Json] = [
        {},
        {"item": item, "claims": [], "until": until},
        {"item": item, "claims": [1], "until": until},
        {"item": item, "claims": [{"event": "x", "names": ["a"]}], "until": until},
        {"item": item, "claims": [one], "until": "soon"},
        {"item": item, "claims": [{**one, "more": 1}], "until": until},
        {"item": "no item", "claims": [one], "until": until},
    ]
    for body in bodies:
        assert issue(site, body).status_code == 400


def test_a_token_goes_with_one_body(site: Site) -> None:
    sent = signed_post(LAB, PATH, wish(site))
    sent["data"] = signed_post(LAB, PATH, wish(site, "cycles"))["data"]
    assert problem(site.client.post(PATH, **sent))["rule"] == "token.body"
    without = signed_post(LAB, PATH, wish(site))
    without["headers"] = {"Authorization": bearer(LAB, PATH, htm="POST")}
    assert problem(site.client.post(PATH, **without))["rule"] == "token.body"
    assert site.client.post(PATH, json=wish(site)).status_code == 401


def test_a_firm_lists_its_own_shares_without_their_secrets(site: Site) -> None:
    links = [link(site) for _ in range(3)]
    first = site.get(f"{PATH}?limit=2", Authorization=bearer(LAB, PATH)).get_json()
    rest = site.get(f"{PATH}?after={first['next']}", Authorization=bearer(LAB, PATH)).get_json()
    listed = first["shares"] + rest["shares"]
    assert {one["id"] for one in listed} == {told["id"] for _, told in links}
    assert not any("link" in one for one in listed)
    assert site.get(PATH, Authorization=bearer(MAKER, PATH)).get_json()["shares"] == []


def test_openings_stand_among_the_reads_up_to_a_bound(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.shares.MAX_OPENINGS_KEPT", 2)
    address, told = link(site)
    for _ in range(3):
        site.get(address)
    reads = f"/v1/items/{pack(1)}/reads"
    rows = site.get(reads, Authorization=bearer(MAKER, reads)).get_json()["reads"]
    assert [row["reader"] for row in rows] == [f"share:{told['id']}"] * 2
    assert rows[0]["claims"] == ["soh_permille"]
    [mine] = site.get(PATH, Authorization=bearer(LAB, PATH)).get_json()["shares"]
    assert mine["opened"] == 3


def test_open_shares_have_a_bound(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.shares.MAX_OPEN", 1)
    link(site)
    assert problem(issue(site, wish(site)))["rule"] == "share.too_many"


def test_a_secret_is_made_of_enough_chance() -> None:
    with pytest.raises(ValueError, match="at least 24"):
        shares.new_share(None, None, 0, share_id="", random=b"short")  # type: ignore[arg-type]  # it looks first


def test_the_desk_lists_what_a_firm_may_show_and_the_links_that_are_open(site: Site) -> None:
    page = f"/desk/item/{pack(1).code}/share"
    lab, maker = at_desk(site, LAB), at_desk(site, MAKER)
    text = lab.get(page, headers={"Accept-Language": "en"}).text
    assert f'data-event="{event_id(site, "health.measured")}"' in text
    assert 'value="soh_permille"' in text
    assert "label_token" not in text
    assert "State of health in" in text
    assert "soh_permille" not in maker.get(page).text
    assert "data-revoke" not in text
    _, told = link(site, "soh_permille")
    assert f'data-revoke="{told["id"]}"' in lab.get(page).text
    assert "data-revoke" not in maker.get(page).text
    assert "data-revoke" not in lab.get(page.replace(pack(1).code, pack(2).code)).text

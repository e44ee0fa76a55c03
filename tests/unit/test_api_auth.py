"""Bearer tokens: who may read restricted claims, and every way a token fails."""

from collections.abc import Iterator
from typing import Any

import pytest

from crypto import jws
from crypto.keys import PrivateKey
from ledger.instants import Instant
from ledger.vocabulary import Purpose
from tests.consortium import private_key
from tests.scenario import COLLECTOR, FLEET, LAB, MAKER, START, pack
from tests.site import BASE_URL, NOW_MS, Site, bearer, problem


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A ledger with a measured pack and keys of several purposes, which the tests here only read."""
    found = Site(tmp_path_factory.mktemp("site"))
    found.found()
    story = found.story
    texts = [story.pack_manufactured(pack(1)), story.health_measured(pack(1))]
    texts += [story.key_added(LAB, purpose) for purpose in (Purpose.RIG, Purpose.LINE, Purpose.READER)]
    texts += [story.key_added(LAB, Purpose.OFFICE, 2), story.key_revoked(LAB, LAB.key(Purpose.OFFICE, 2))]
    texts += [story.org_suspended(FLEET)]
    found.submit(texts)
    yield found
    found.close()


@pytest.fixture(scope="module")
def path(site: Site) -> str:
    """The address of the measurement."""
    events = site.get(f"/v1/items/{pack(1).code}/events").get_json()["events"]
    return f"/v1/events/{events[1]['id']}"


def _read(site: Site, path: str, authorization: str) -> dict[str, Any]:
    answer = site.get(path, Authorization=authorization)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in answer.headers
    found: dict[str, Any] = answer.get_json()
    return found


def test_without_a_token_restricted_claims_stay_concealed(site: Site, path: str) -> None:
    answer = site.get(path)
    assert "restricted" not in answer.get_json()
    assert "Authorization" in answer.headers["Vary"]


@pytest.mark.parametrize("purpose", [Purpose.OFFICE, Purpose.READER, Purpose.ADMIN])
def test_the_issuer_reads_its_restricted_claims(site: Site, path: str, purpose: Purpose) -> None:
    told = _read(site, path, bearer(LAB, path, key=LAB.key(purpose)))
    assert told["restricted"]["soh_permille"] == 800
    assert len(told["disclosures"]) == len(told["data"]["_sd"])


def test_an_organisation_without_a_right_reads_what_the_public_reads(site: Site, path: str) -> None:
    assert "restricted" not in _read(site, path, bearer(COLLECTOR, path))


def test_the_scheme_is_read_in_any_case(site: Site, path: str) -> None:
    assert "restricted" in _read(site, path, bearer(LAB, path).replace("Bearer", "bearer"))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"aud": "else.example/log"}, "token.audience"),
        ({"htm": "POST"}, "token.method"),
        ({"htu": f"{BASE_URL}/v1/orgs"}, "token.method"),
        ({"exp": NOW_MS // 1000 + 301}, "token.time"),
        ({"exp": NOW_MS // 1000}, "token.time"),
        ({"iat": NOW_MS // 1000 - 299, "exp": NOW_MS // 1000 - 1}, "token.time"),
        ({"iat": NOW_MS // 1000 + 61, "exp": NOW_MS // 1000 + 90}, "token.time"),
        ({"iss": str(MAKER.id)}, "token.key"),
        ({"iss": 7}, "token.malformed"),
        ({"iat": True}, "token.malformed"),
        ({"exp": "later"}, "token.malformed"),
        ({"exp": None}, "token.malformed"),
        ({"jti": "with space"}, "token.malformed"),
        ({"jti": 7}, "token.malformed"),
        ({"more": "claims"}, "token.malformed"),
        ({"body_sha256": "x"}, "token.malformed"),
    ],
)
def test_a_token_for_anything_else_is_refused(
    site: Site, path: str, changes: dict[str, Any], rule: str
) -> None:
    answer = site.get(path, Authorization=bearer(LAB, path, **changes))
    assert answer.status_code == 401
    assert problem(answer)["rule"] == rule
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("key", "rule"),
    [
        (LAB.key(Purpose.RIG), "token.purpose"),
        (LAB.key(Purpose.LINE), "token.purpose"),
        (LAB.key(Purpose.OFFICE, 2), "token.key"),
        (private_key("nobody's"), "token.key"),
    ],
)
def test_a_key_that_may_not_read_is_refused(site: Site, path: str, key: PrivateKey, rule: str) -> None:
    answer = site.get(path, Authorization=bearer(LAB, path, key=key))
    assert (answer.status_code, problem(answer)["rule"]) == (401, rule)


def test_a_suspended_firm_reads_nothing(site: Site, path: str) -> None:
    answer = site.get(path, Authorization=bearer(FLEET, path))
    assert (answer.status_code, problem(answer)["rule"]) == (403, "token.suspended")


def test_a_forged_signature_is_refused(site: Site, path: str) -> None:
    head, payload, signature = bearer(LAB, path).split(".")
    other = bearer(LAB, path, iat=NOW_MS // 1000 - 1).rpartition(".")[2]
    assert signature != other
    answer = site.get(path, Authorization=f"{head}.{payload}.{other}")
    assert (answer.status_code, problem(answer)["rule"]) == (401, "token.signature")


def test_a_token_serves_once(site: Site, path: str) -> None:
    token = bearer(LAB, path)
    _read(site, path, token)
    for method in (site.client.get, site.client.head):
        answer = method(path, headers={"Authorization": token})
        assert answer.status_code == 401
    assert problem(site.get(path, Authorization=token))["rule"] == "token.replayed"


@pytest.mark.parametrize(
    "authorization",
    ["Basic dXNlcjpwdw==", "Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Bearer " + "x" * 5000],
)
def test_what_is_no_token_is_refused(site: Site, path: str, authorization: str) -> None:
    answer = site.get(path, Authorization=authorization)
    assert (answer.status_code, problem(answer)["rule"]) == (401, "token.malformed")


def test_another_kind_of_signed_text_is_no_token(site: Site, path: str) -> None:
    answer = site.get(path, Authorization=bearer(LAB, path, typ="battery-event+sd-jwt"))
    assert (answer.status_code, problem(answer)["rule"]) == (401, "token.malformed")
    text = jws.sign(b"[1", LAB.key(), "access+jwt")
    assert site.get(path, Authorization=f"Bearer {text}").status_code == 401


def test_a_token_serves_head_as_it_serves_get(site: Site, path: str) -> None:
    answer = site.client.head(path, headers={"Authorization": bearer(LAB, path)})
    assert answer.status_code == 200


def test_an_event_of_a_compromised_key_is_amber(tmp_path_factory: pytest.TempPathFactory) -> None:
    found = Site(tmp_path_factory.mktemp("amber"))
    found.found()
    story = found.story
    found.submit([story.key_added(MAKER, Purpose.LINE)])
    item = pack(1)
    found.submit([story.pack_manufactured(item)])
    since = Instant.from_ms(START.ms)
    found.submit([story.key_revoked(MAKER, MAKER.key(), compromised_since=since)])
    made = found.get(f"/v1/items/{item.code}/events").get_json()["events"][0]
    assert made["amber"]
    assert "compromised" in found.get(f"/p/{item.code}").text
    found.close()

"""Sessions of the desk: opened by a key of the ledger, once for each challenge, no longer than the key."""

import re
from collections.abc import Iterator
from hashlib import sha256
from html import unescape
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.sessions import CHALLENGE_S, LIFE_S, MAX_OF_A_KEY
from crypto import strictjson
from crypto.encoding import b64url_encode
from crypto.keys import PrivateKey
from crypto.strictjson import Json
from ledger.vocabulary import Purpose
from tests.scenario import MAKER, ORIGIN, RECYCLER, VEHICLE_MAKER, Party, module, pack
from tests.site import Site, bearer, problem

PATH = "/desk/sign-in"
OPEN = {PATH, f"{PATH}/<kid>", "/desk/find"}
"""What the desk shows to nobody in particular."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A ledger whose keys and clock stay as they are; every test has browsers of its own."""
    yield from opened(tmp_path_factory.mktemp("site"))


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    """A ledger for a test that changes it."""
    yield from opened(tmp_path)


def opened(folder: Path) -> Iterator[Site]:
    """Yield a ledger with its firms and two packs, one of them under offer."""
    found = Site(folder)
    found.found()
    story = found.story
    found.submit(
        [story.pack_manufactured(pack(1), [module(1)]), story.pack_manufactured(pack(2), [module(2)])]
    )
    found.submit([story.transfer_offered(MAKER, VEHICLE_MAKER, pack(1), load="first")])
    yield found
    found.close()


def challenge(client: FlaskClient) -> str:
    """Open the page and return what it gives to sign."""
    text = client.get(PATH, headers={"Accept-Language": "en"}).text
    found = re.search(r'data-challenge="([^"]+)"', text)
    assert found is not None
    return unescape(found[1])


def sign_in(
    client: FlaskClient, party: Party, given: str, *, key: PrivateKey | None = None, **changes: Json
) -> TestResponse:
    """Sign in as a firm's browser would; `changes` go into the token."""
    body = strictjson.dumps({"challenge": given}).encode()
    digest = b64url_encode(sha256(body).digest())
    token = bearer(party, PATH, key=key, **{"htm": "POST", "body_sha256": digest, **changes})  # type: ignore[arg-type]  # claims, and no other argument
    return client.post(PATH, data=body, content_type="application/json", headers={"Authorization": token})


def at_desk(site: Site, party: Party = VEHICLE_MAKER, key: PrivateKey | None = None) -> FlaskClient:
    """Return a browser that is signed in."""
    client = site.app.test_client()
    assert sign_in(client, party, challenge(client), key=key).status_code == 204
    return client


def is_out(client: FlaskClient) -> bool:
    """Say whether the desk sends a browser to its sign-in page."""
    answer = client.get("/desk")
    assert answer.status_code in {200, 303}
    return answer.status_code == 303 and "/desk/sign-in" in answer.headers["Location"]


def csrf_of(client: FlaskClient) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get("/desk").text)
    assert found is not None
    return found[1]


def test_a_firm_signs_in_with_its_key_and_sees_its_desk(site: Site) -> None:
    client = at_desk(site)
    text = client.get("/desk", headers={"Accept-Language": "en"}).text
    assert pack(1).code in text
    assert "Vehicle" in text


def test_nobody_sees_the_desk_without_signing_in(site: Site) -> None:
    assert is_out(site.client)
    for path in (f"/desk/item/{pack(1).code}", "/desk/keys", f"/desk/item/{pack(1).code}/item.retired"):
        assert site.get(path).status_code == 303
    answer = site.client.post("/desk/prepare", json={})
    assert (answer.status_code, problem(answer)["rule"]) == (401, "session.none")


def test_every_page_of_the_desk_leads_to_the_sign_in_page_and_back(site: Site) -> None:
    parts = {"code": pack(1).code, "event": "item.retired", "kid": "A" * 43, "event_id": "A" * 43}
    parts |= {"consignment": "first", "index": "1"}
    for rule in site.app.url_map.iter_rules():
        if not rule.rule.startswith("/desk") or "GET" not in (rule.methods or ()) or rule.rule in OPEN:
            continue
        path = re.sub(r"<(\w+)>", lambda found: parts[found[1]], rule.rule)
        answer = site.get(f"{path}?lang=en&after=3")
        assert answer.status_code == 303
        onward = f"{path}?after=3"
        assert answer.headers["Location"] == f"{PATH}?{urlencode({'next': onward, 'lang': 'en'}, safe='/?')}"


def test_what_was_sent_in_an_ended_session_is_not_sent_again(site: Site) -> None:
    answer = site.client.post("/desk/sign-out", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["Location"]) == (303, PATH)


def test_the_cookie_stays_with_this_site_and_out_of_scripts(site: Site) -> None:
    client = site.app.test_client()
    answer = sign_in(client, MAKER, challenge(client))
    jar: SimpleCookie = SimpleCookie()
    for line in answer.headers.getlist("Set-Cookie"):
        jar.load(line)
    found = jar["__Host-packtrace-desk"]
    assert found["httponly"]
    assert found["secure"]
    assert found["samesite"] == "Strict"
    assert (found["path"], found["domain"]) == ("/", "")
    assert int(found["max-age"]) == LIFE_S


def test_a_token_opens_one_session(site: Site) -> None:
    client = site.app.test_client()
    given = challenge(client)
    assert sign_in(client, MAKER, given, jti="once").status_code == 204
    again = sign_in(client, MAKER, given, jti="once")
    assert (again.status_code, problem(again)["rule"]) == (401, "token.replayed")


def test_a_challenge_is_used_once(site: Site) -> None:
    client = site.app.test_client()
    given = challenge(client)
    assert sign_in(client, MAKER, given).status_code == 204
    again = sign_in(client, MAKER, given)
    assert (again.status_code, problem(again)["rule"]) == (401, "session.challenge")


def test_a_browser_cannot_be_signed_in_by_another_ones_token(site: Site) -> None:
    # Who lures somebody into the attacker's own account has no cookie that goes with the challenge.
    attacker, victim = site.app.test_client(), site.app.test_client()
    given = challenge(attacker)
    challenge(victim)
    answer = sign_in(victim, RECYCLER, given)
    assert problem(answer)["rule"] == "session.challenge"
    nobody = sign_in(site.app.test_client(), RECYCLER, "")
    assert problem(nobody)["rule"] == "session.challenge"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"aud": "other.example/log"}, "token.audience"),
        ({"htu": "https://evil.example/desk/sign-in"}, "token.method"),
        ({"htm": "PUT"}, "token.method"),
        ({"body_sha256": "A" * 43}, "token.body"),
        ({"exp": 1}, "token.time"),
        ({"iss": str(RECYCLER.id)}, "token.key"),
    ],
)
def test_a_signature_for_anything_else_opens_nothing(site: Site, changes: dict[str, Json], rule: str) -> None:
    client = site.app.test_client()
    answer = sign_in(client, MAKER, challenge(client), **changes)  # type: ignore[arg-type]  # claims, and no key
    assert (answer.status_code, problem(answer)["rule"]) == (401, rule)
    assert is_out(client)


def test_a_sign_in_without_a_token_is_refused(site: Site) -> None:
    client = site.app.test_client()
    answer = client.post(PATH, json={"challenge": challenge(client)})
    assert problem(answer)["rule"] == "token.missing"


def test_a_session_that_was_there_before_is_not_taken_over(site: Site) -> None:
    # Session fixation: a secret planted before signing in is worth nothing after it.
    client = site.app.test_client()
    client.set_cookie("__Host-packtrace-desk", "planted", domain="localhost", secure=True)
    assert is_out(client)
    assert sign_in(client, MAKER, challenge(client)).status_code == 204
    found = client.get_cookie("__Host-packtrace-desk")
    assert found is not None
    assert found.value != "planted"
    other = site.app.test_client()
    other.set_cookie("__Host-packtrace-desk", "planted", domain="localhost", secure=True)
    assert is_out(other)


def test_signing_in_again_ends_the_earlier_session_of_the_browser(site: Site) -> None:
    client = at_desk(site)
    earlier = client.get_cookie("__Host-packtrace-desk")
    assert earlier is not None
    assert sign_in(client, VEHICLE_MAKER, challenge(client)).status_code == 204
    thief = site.app.test_client()
    thief.set_cookie("__Host-packtrace-desk", earlier.value, domain="localhost", secure=True)
    assert is_out(thief)
    assert not is_out(client)


def test_a_session_ends_after_an_hour(own_site: Site) -> None:
    client = at_desk(own_site)
    own_site.clock.now += (LIFE_S - 1) * 1000
    assert not is_out(client)
    own_site.clock.now += 1_000
    assert is_out(client)
    assert CHALLENGE_S < LIFE_S


def test_signing_out_ends_the_session_everywhere(site: Site) -> None:
    client = at_desk(site)
    kept = client.get_cookie("__Host-packtrace-desk")
    assert kept is not None
    answer = client.post("/desk/sign-out", data={"csrf": csrf_of(client)})
    assert answer.status_code == 303
    assert is_out(client)
    thief = site.app.test_client()
    thief.set_cookie("__Host-packtrace-desk", kept.value, domain="localhost", secure=True)
    assert is_out(thief)


def test_a_post_without_the_sessions_token_changes_nothing(site: Site) -> None:
    client = at_desk(site)
    other = csrf_of(at_desk(site, MAKER))
    for given in ({}, {"csrf": ""}, {"csrf": other}):
        answer = client.post("/desk/sign-out", data=given)
        assert (answer.status_code, problem(answer)["rule"]) == (403, "session.csrf")
    for path in ("/desk/prepare",):
        answer = client.post(path, json={"code": "x"}, headers={"X-CSRF-Token": other})
        assert problem(answer)["rule"] == "session.csrf"
    assert not is_out(client)


def test_a_revoked_key_is_out_at_once(own_site: Site) -> None:
    client = at_desk(own_site)
    own_site.submit([own_site.story.key_revoked(VEHICLE_MAKER, VEHICLE_MAKER.key())])
    assert is_out(client)
    told = own_site.get(f"{PATH}/{VEHICLE_MAKER.key().verifier.thumbprint()}").get_json()
    assert (told["state"], told["renews"]) == ("ended", True)


def test_a_suspended_firm_is_out_at_once(own_site: Site) -> None:
    client = at_desk(own_site)
    own_site.submit([own_site.story.org_suspended(VEHICLE_MAKER)])
    assert is_out(client)


def test_a_key_of_a_line_opens_no_desk(own_site: Site) -> None:
    line = MAKER.key(Purpose.LINE)
    own_site.submit([own_site.story.key_added(MAKER, Purpose.LINE)])
    client = own_site.app.test_client()
    answer = sign_in(client, MAKER, challenge(client), key=line)
    assert problem(answer)["rule"] == "token.purpose"


def test_a_key_has_so_many_sessions_and_one_more_ends_the_oldest(own_site: Site) -> None:
    clients = []
    for _ in range(MAX_OF_A_KEY + 1):
        own_site.clock.now += 1
        clients.append(at_desk(own_site))
    assert is_out(clients[0])
    assert not any(is_out(one) for one in clients[1:])


def test_a_browser_is_told_whose_its_key_is(site: Site) -> None:
    kid = MAKER.key().verifier.thumbprint()
    told = site.get(f"{PATH}/{kid}").get_json()
    assert (told["state"], told["org"]) == ("valid", str(MAKER.id))
    assert site.get(f"{PATH}/{'A' * 43}").get_json() == {"state": "unknown"}
    assert site.get(f"{PATH}/short").status_code == 404


@pytest.mark.parametrize(
    "onward", ["https://evil.example", "//evil.example", "/desk//evil.example", "/desk/\\e", "/p/x"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(site: Site, onward: str) -> None:
    text = site.client.get(PATH, query_string={"next": onward}).text
    assert 'data-onward="/desk"' in text


def test_a_session_is_for_reading_pages_and_signs_nothing(site: Site) -> None:
    # The cookie alone reads no restricted claim over the interface and submits nothing.
    client = at_desk(site)
    assert client.get("/v1/shares").status_code == 401
    assert ORIGIN not in client.get("/desk").headers.get("Set-Cookie", "")
    assert client.get("/desk").headers["Cache-Control"] == "private, no-store"

"""What an attacker sends over HTTP: odd addresses, headers and bodies, and bodies that cost too much."""

import random
import re
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from markupsafe import escape
from sqlalchemy import event
from werkzeug.test import TestResponse

from crypto import sdjwt
from ledger.events import second_life
from ledger.vocabulary import Application, Right, Role
from tests.scenario import MAKER, PACK_G, SECOND_LIFE, Party, module, pack, product
from tests.site import SD_JWT, Site, bearer, problem

JSON: Final = "application/json"
LINES: Final = "application/x-ndjson"
MIB: Final = 1024 * 1024
NAMES: Final = [
    *("", "..", "%00", "a%00b", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "%ff%fe", "%0d%0aSet-Cookie:%20a=b"),
    *(
        "<script>alert(1)</script>",
        "%22%20onload=%22alert(1)",
        "{item}",
        "{0.__class__}",
        "%E2%80%AE",
        "a" * 5000,
    ),
    *(
        "虚构",
        "٣",
        "0",
        "-1",
        "9" * 4400,
        "000.p/1",
        "0/000.p/300",
        "0/x999/000",
        "entries/000.p/2",
        "~",
        "%25",
    ),
    *(pack(1).code, str(pack(1)), product(1).code, str(MAKER.id), "lifecycle.ended", "2026.11", "site.css"),
]
PARAMETERS: Final = [
    "lang",
    "after",
    "limit",
    "page",
    "q",
    "atomic",
    "dry_run",
    "kind",
    "prefix",
    "owner",
    "x",
]
HEADERS: Final[dict[str, list[str]]] = {
    "Accept-Language": ["zh-CN", "en", "garbage;;;q=nan", "en;q=1e999", "zh" * 400, "\xff", "-,_,;q", "*"],
    "Accept": ["*/*", "text/html", "text/html;q=0,*/*", "a/b;q=x", ",,,", "text/html;level=1;q=0.5"],
    "If-None-Match": ["*", '"a","b', 'W/"x"', ",,,"],
    "Range": ["bytes=0-", "bytes=5-1", "bytes=" + "9" * 40 + "-", "x=1"],
    "If-Modified-Since": ["x", "Wed, 99 Foo 99999"],
    "Content-Encoding": ["gzip", "identity", ""],
    "Transfer-Encoding": ["chunked", "gzip, chunked"],
    "Authorization": ["Bearer", "Bearer x.y.z", "Basic eDp5", "\xff", bearer(MAKER, "/else")],
    "Content-Length": ["-1", "x", "3"],
    "Host": ["evil.example", "a b", "[::1", "<b>"],
}
BODIES: Final = [
    *(
        "",
        "null",
        "[]",
        "NaN",
        "9" * 5000,
        "[" * 100_000,
        '{"a":' * 5000,
        "\xff",
        '{"events":[1]}',
        '{"events":["~"]}',
    ),
    *(
        '{"items":["\\u0000"]}',
        '{"items":["\\ud800"]}',
        '{"items":[{}]}',
        '{"scan":[[]]}',
        '{"scan":"a","scan":"b"}',
    ),
]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A ledger that holds a whole life."""
    site = Site(tmp_path_factory.mktemp("site"))
    site.found()
    site.life()
    yield site
    site.close()


def check_answer(answer: TestResponse, shown: str) -> None:
    """Check that an answer is no failure of ours, tells nothing of the inside, and is in its language."""
    body = answer.get_data().decode("utf-8", "replace")
    assert answer.status_code < 500, shown
    assert not re.search(r"Traceback|site-packages|sqlalchemy|psycopg|File \"", body), shown
    assert "alert(1)</script>" not in body or answer.content_type != "text/html; charset=utf-8", shown
    # The sign-in page keeps where somebody wanted to go, which is a path of the desk or nothing.
    assert "evil" not in answer.headers.get("Location", "").partition("?")[0], shown
    assert "Set-Cookie" not in answer.headers or " /desk/sign-in" in shown, shown
    if answer.status_code >= 400 and not answer.content_type.startswith("text/html") and body:
        members = problem(answer)
        assert all(members[name] for name in ("type", "rule", "title", "detail", "remedy")), shown
        in_chinese = re.search("[\u4e00-\u9fff]", members["title"]) is not None
        assert in_chinese is (answer.headers["Content-Language"] == "zh-CN"), shown


def send_odd_request(site: Site, chance: random.Random, address: str, texts: list[str]) -> None:
    """Send one request to an address of ours, odd in several ways."""
    path = re.sub(r"\{[^}]*\}", lambda _: chance.choice(NAMES), address)
    path += chance.choice(["", "", "", "/", "//", "/..", "%00"])
    given = [f"{chance.choice(PARAMETERS)}={chance.choice(NAMES)}" for _ in range(chance.randrange(3))]
    chosen = chance.sample(sorted(HEADERS), chance.randrange(4))
    headers = {name: chance.choice(HEADERS[name]) for name in chosen}
    method = chance.choice(["GET", "GET", "GET", "POST", "POST", "HEAD", "OPTIONS", "PUT", "TRACE", "FOO"])
    options: dict[str, Any] = {}
    if method == "POST":
        text = chance.choice(texts)
        cut, kept = chance.randrange(len(text)), chance.randrange(60)
        mutated = text[:cut] + chance.choice(["", "~", ".", "\x00", "é", "A"]) + text[cut + kept :]
        options["data"] = chance.choice([mutated, *BODIES]).encode("latin-1", "replace")
        options["content_type"] = chance.choice([SD_JWT, JSON, LINES, "text/plain", ""])
    shown = f"{method} {path[:200]}?{'&'.join(given)[:200]} {headers}"
    # Two slashes at the beginning would name a host to the test client, not to a server.
    path = "/" + path.lstrip("/")
    answer = site.client.open(f"{path}?{'&'.join(given)}", method=method, headers=headers, **options)
    check_answer(answer, shown)
    answer.close()  # a file that HEAD asked for is open until then


def test_no_request_however_odd_is_our_failure(tmp_path: Path, database_url: str) -> None:
    site = Site(tmp_path, database_url)
    site.found()
    site.life()
    chance = random.Random(20261122)  # noqa: S311  the same requests at every run
    addresses = [*site.get("/openapi.json").get_json()["paths"], "/static/../wsgi.py", "/find", "/p//{x}"]
    events = site.get("/v1/events?limit=1000").get_json()["events"]
    texts = [site.story.pack_manufactured(pack(9)), *(event["jws"] + "~" for event in events[:8])]
    for address in addresses:
        for _ in range(30):
            send_odd_request(site, chance, address, texts)
    site.close()


@pytest.mark.parametrize("path", ["/v1/events/%00", "/v1/events/a%00/receipt", "/p/%00", "/problems/%00"])
def test_a_name_with_a_nul_is_not_there(tmp_path: Path, database_url: str, path: str) -> None:
    site = Site(tmp_path, database_url)
    assert problem(site.get(path))["rule"] == "http.not_found"
    for name in ("prefix", "after", "owner", "model"):
        assert problem(site.get(f"/v1/items?{name}=a%00"))["rule"] == "http.parameter"
    site.close()


@pytest.mark.parametrize("path", ["/v1//orgs", "/p//x", "/find//"])
def test_no_redirect_leads_to_the_host_that_a_request_names(told: Site, path: str) -> None:
    answer = told.client.get(path, headers={"Host": "evil.example"})
    assert answer.headers.get("Location", "/").startswith("/")
    assert "evil" not in answer.text


def test_a_label_with_and_without_a_token_are_kept_apart_by_caches(told: Site) -> None:
    for form in ("svg", "png"):
        assert "Authorization" in told.get(f"/label/{pack(1).code}.{form}").headers["Vary"]


HOSTILE_NAMES: Final = [
    '"><script>alert(1)</script>',
    "'{0.__class__}{{7*7}}",
    "שלום עולם العربية",
    "W" * 200,
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_firms_name_is_shown_as_text_whatever_it_holds(tmp_path: Path, name: str, language: str) -> None:
    site = Site(tmp_path)
    site.found()
    firm = Party(77, name, name, "330109", (Role.RECYCLER, Role.COLLECTION_POINT))
    site.submit([site.story.org_enrolled(firm), site.story.key_added(firm)])
    site.submit([site.story.pack_manufactured(pack(1)), *site.story.transfer(MAKER, firm, pack(1))])
    page = site.get(f"/p/{pack(1).code}", Accept="text/html", Accept_Language=language).text
    assert str(escape(name)) in page
    # The page has a script of its own, in a file.
    assert not re.search(r"<script(?! type=\"module\" src=\"/static/)", page)
    assert "49" not in page or "7*7" in page
    assert site.get(f"/v1/orgs/{firm.id}").get_json()["name_en"] == name
    site.close()


def _bombs() -> dict[str, tuple[str, str, bytes]]:
    name = b',"%x":1'
    return {
        "many tiny lines": ("/v1/events", LINES, b'""\n' * (16 * MIB // 3)),
        "many empty lines": ("/v1/events", LINES, b"\n" * (16 * MIB)),
        "many tiny events": ("/v1/events", JSON, b'{"events":[' + b'"",' * (4 * MIB) + b'""]}'),
        "many lists": ("/v1/events", JSON, b'{"events":[' + b"[]," * (4 * MIB) + b"[]]}"),
        "many tiny ids": ("/v1/items/lookup", JSON, b'{"items":[' + b'"",' * (4 * MIB) + b'""]}'),
        "many objects": ("/v1/items/lookup", JSON, b'{"items":[' + b"{}," * (4 * MIB) + b"{}]}"),
        "many members": ("/v1/items/lookup", JSON, b'{"x":1' + b"".join(name % n for n in range(MIB)) + b"}"),
        "a long member": ("/v1/codes/decode", JSON, b'{"' + b"x" * (15 * MIB) + b'":1}'),
        "only separators": ("/v1/events", SD_JWT, b"~" * (15 * MIB)),
        "deep": ("/v1/events", JSON, b'{"events":' + b"[" * (15 * MIB)),
        "one number": ("/v1/codes/decode", JSON, b'{"scan":' + b"9" * (15 * MIB) + b"}"),
    }


@pytest.mark.parametrize("bomb", _bombs())
def test_a_body_costs_no_more_than_its_size_allows(told: Site, bomb: str) -> None:
    path, kind, body = _bombs()[bomb]
    began = time.process_time()
    answer = told.client.post(path, data=body, content_type=kind)
    assert time.process_time() - began < 3
    assert answer.status_code in {400, 413}
    assert len(answer.data) < 2_000


def test_lists_in_lists_are_refused_before_they_take_memory(told: Site) -> None:
    _, _, body = _bombs()["many lists"]
    tracemalloc.start()
    told.client.post("/v1/events", data=body, content_type=JSON)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 80 * MIB


def test_disclosures_that_no_digest_asks_for_are_not_read(told: Site) -> None:
    measured = told.story.health_measured(pack(1))
    extra = sdjwt.disclose("more", "x" * 1000, b"y" * 16).text
    began = time.process_time()
    answer = told.post_one(measured + f"{extra}~" * (10 * MIB // len(extra)))
    assert problem(answer)["rule"] == "format.disclosure"
    assert time.process_time() - began < 1


def test_a_tree_is_read_with_one_statement_for_each_level(told: Site) -> None:
    story, packs = told.story, [pack(number) for number in range(20, 24)]
    texts = [story.pack_manufactured(one, [module(number)]) for number, one in enumerate(packs, 20)]
    texts += story.transfer(MAKER, SECOND_LIFE, *packs, load="tree", rights=(Right.CUSTODY, Right.OWNERSHIP))
    texts += [story.item_retired(SECOND_LIFE, *packs), story.item_graded(*packs)]
    claims = second_life.ProductAssembled(
        place=SECOND_LIFE.place,
        inputs=tuple(packs),
        application=Application.TELECOM_BACKUP,
        standard="GB-T-36276",
        mass_g=PACK_G * len(packs),
    )
    told.submit([*texts, story.tell(SECOND_LIFE, claims, product(9))])
    asked = list[str]()
    engine = told.service.store._engine
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    tree = told.get(f"/v1/items/{product(9)}/tree").get_json()
    assert [len(part["parts"]) for part in tree["parts"]] == [1] * len(packs)
    assert sum("item.container IN" in statement for statement in asked) == 2

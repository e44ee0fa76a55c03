"""The import of tables over HTTP: mapped, checked at row and column, handed out to be signed, not kept."""

import dataclasses
import itertools
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest
from flask.testing import FlaskClient
from openpyxl import Workbook  # type: ignore[import-untyped]  # it has no types
from werkzeug.test import TestResponse

from api import importing
from cli.signing import sign_event
from ledger.claims import decode
from ledger.events import REGISTRY
from ledger.events.envelope import event_id
from ledger.identifiers import ItemId
from ledger.importing.headers import draft
from ledger.importing.mapping import format_mapping
from ledger.importing.table import Limits, Row
from ledger.instants import Instant
from ledger.uuid7 import RANDOM_BYTES, uuid7
from ledger.wording import Language, places, read
from tests.consortium import vin
from tests.scenario import MAKER, RECYCLER, VEHICLE_MAKER, Party, module, pack
from tests.site import BASE_URL, NOW_MS, Site, problem
from tests.tables import KINDS, Rows, csv_bytes, moment, xlsx
from tests.unit.test_sessions import at_desk, csrf_of

PACKS, MODULES = KINDS[0], KINDS[2]
_COUNT: Final = itertools.count(1)
ASK: Final = {"Accept": "application/json", "Accept-Language": "en"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A ledger with its firms, codes and models; audited at the end."""
    found = Site(tmp_path_factory.mktemp("site"))
    found.found()
    yield found
    found.close()


def post(
    client: FlaskClient, step: str, data: bytes, lang: str = "en", *, csrf: str | None = None, **parts: object
) -> TestResponse:
    """Take a step with a table and the parts of its form."""
    headers = {**ASK, "Accept-Language": lang, "X-CSRF-Token": csrf_of(client) if csrf is None else csrf}
    form = {"table": (BytesIO(data), "table"), **parts}
    return client.post(f"/desk/import/{step}", data=form, headers=headers, content_type="multipart/form-data")


def members(event: str, header: tuple[str, ...], **changes: object) -> str:
    """Return the drafted mapping as the page sends it, with changes."""
    guess = draft(event, Row(1, header)).mapping
    whole = dataclasses.replace(guess, **changes)  # type: ignore[arg-type]  # members of a mapping
    return json.dumps(tomllib.loads(format_mapping(whole, {}, "")))


def checked(client: FlaskClient, rows: Rows, mapping: str, lang: str = "en") -> dict[str, Any]:
    """Have a table checked, and return what is told."""
    answer = post(client, "check", xlsx(rows), lang, mapping=mapping)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"
    found: dict[str, Any] = answer.get_json()
    return found


def signed(found: Mapping[str, Any], party: Party) -> list[str]:
    """Sign what was handed out, as the browser does: in its order, on the ids of the events before."""
    ids: dict[str, str] = {}
    texts = []
    for one in found["drafts"]:
        text = sign_event(
            decode(REGISTRY[found["event"]["event"]], one["data"]),
            party.key(),
            aud=found["event"]["aud"],
            iss=ItemId.parse(found["event"]["iss"]),
            jti=uuid7(NOW_MS, next(_COUNT).to_bytes(RANDOM_BYTES)),
            iat=NOW_MS // 1000,
            at=Instant.from_ms(NOW_MS) if one["at"] is None else Instant.parse(one["at"]),
            prev={ItemId.parse(item): ids.get(tip, tip) for item, tip in one["prev"].items()},
            restricted=one["restricted"],
        )
        ids[one["name"]] = event_id(text.partition("~")[0].rpartition(".")[0].encode())
        texts.append(text)
    return texts


def test_the_page_and_its_steps_are_for_who_is_signed_in(site: Site) -> None:
    stranger = site.app.test_client()
    assert "/desk/sign-in" in stranger.get("/desk/import").headers["Location"]
    for step in ("columns", "check"):
        assert problem(post(stranger, step, b"a\n1\n", csrf="x"))["rule"] == "session.none"
        assert problem(post(at_desk(site), step, b"a\n1\n", csrf="x"))["rule"] == "session.csrf"


def test_a_table_is_taken_for_what_its_headers_tell(site: Site) -> None:
    client = at_desk(site, MAKER)
    for kind in (PACKS, MODULES):
        page = post(client, "columns", kind.write(kind.rows(5)), "zh").text
        assert f'<option value="{kind.event}" selected>' in page
        for header in kind.header:
            assert f'data-header="{header}"' in page
    assert "451.25" in post(client, "columns", PACKS.write(PACKS.rows(5))).text
    loads = post(client, "columns", KINDS[4].write(KINDS[4].rows(40))).text
    assert '<option value="consignment" data-uuid selected>' in loads


def test_only_what_the_firm_may_state_is_offered(site: Site) -> None:
    offered = post(at_desk(site, VEHICLE_MAKER), "columns", b"code,reason\nx,y\n").text
    assert 'value="pack.fitted"' in offered
    assert 'value="pack.manufactured"' not in offered


def test_a_key_that_may_state_nothing_of_a_table_is_told_so(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = at_desk(site, MAKER)
    monkeypatch.setattr(importing, "choices", lambda *_: [])
    assert "may state nothing" in client.get("/desk/import", headers=ASK).text
    assert problem(post(client, "columns", b"code\nx\n"))["rule"] == "http.malformed"


def test_a_vehicle_that_is_new_gets_one_id_and_its_vin_is_concealed(site: Site) -> None:
    made = [site.story.pack_manufactured(pack(n), [module(10 * n)]) for n in (80, 81)]
    moved = [text for n in (80, 81) for text in site.story.transfer(MAKER, VEHICLE_MAKER, pack(n))]
    site.submit([*made, *moved])
    header = ("电池包编码", "VIN", "车型", "电池包上限", "行政区划")
    rows: Rows = [
        [pack(80).value, vin(1).text, "TAXI-1", 2, "440307"],
        [pack(81).value, vin(1).text, "", "", "440307"],
    ]
    mapping = members("pack.fitted", header, constants={"vehicle": "new"})
    found = checked(at_desk(site, VEHICLE_MAKER), [list(header), *rows], mapping)
    assert found["problems"] == []
    first, second = found["drafts"]
    [vehicle] = [item for item in first["prev"] if item.startswith("vehicle:")]
    assert (first["prev"][vehicle], second["prev"][vehicle]) == (None, "draft-0")
    assert first["restricted"] == {"vin": vin(1).text}
    assert vin(1).text in str(found["preview"][0]["told"])
    site.submit(signed(found, VEHICLE_MAKER))


def test_a_mapping_from_last_time_is_taken_as_it_is(site: Site) -> None:
    text = format_mapping(draft(MODULES.event, Row(1, tuple(MODULES.header))).mapping, {}, "kept")
    kept = text.replace('claim = "cell_count"', 'claim = "-"').replace("trim = false", "trim = true")
    data = MODULES.write(MODULES.rows(3))
    page = post(at_desk(site, MAKER), "columns", data, mapping=(BytesIO(kept.encode()), "m.toml")).text
    assert re.search(r'data-header="电芯数" data-claim="-"', page)
    assert '<input id="trim" type="checkbox" checked>' in page


def test_which_sheet_is_asked_and_not_guessed(site: Site) -> None:
    book, out = Workbook(), BytesIO()
    book.active.append(["电池包编码"])
    book.create_sheet("二").append(["电池包编码"])
    book["二"].append([pack(1).value])
    book.save(out)
    client = at_desk(site, MAKER)
    told = problem(post(client, "columns", out.getvalue()))
    assert (told["rule"], told["status"], told["facts"]["sheets"]) == ("import.sheet", 422, ["Sheet", "二"])
    assert 'data-sheet="二"' in post(client, "columns", out.getvalue(), sheet="二").text


def test_every_problem_is_told_at_its_cell_in_both_languages_and_nothing_is_handed_out(site: Site) -> None:
    site.submit([site.story.pack_manufactured(pack(50), [module(500)])])
    rows = PACKS.rows(8)
    rows[1][2] = "451,5"
    rows[2][1] = MAKER.model("NOPE")
    rows[3][0] = pack(50).value
    rows[4][6] = module(500).value
    rows[5][7] = 4_000
    rows[6][3] = "2026-02-30"
    client, mapping = at_desk(site, MAKER), members(PACKS.event, tuple(PACKS.header))
    told = {lang: checked(client, [list(PACKS.header), *rows], mapping, lang) for lang in ("en", "zh")}
    for found in told.values():
        assert [(one["row"], one["column"], one["rule"]) for one in found["problems"]] == [
            (3, "C", "import.number"),
            (4, "B", "model.unknown"),
            (5, "A", "item.exists"),
            (6, "G", "lifecycle.phase"),
            (7, "C", "balance.mass"),
            (8, "D", "import.day"),
        ]
        assert (found["rows"], found["wrong"]) == (8, 6)
        assert "drafts" not in found
    for zh, en in zip(told["zh"]["problems"], told["en"]["problems"], strict=True):
        assert zh["detail"] != en["detail"]
        assert zh["remedy"] != en["remedy"]


def test_what_is_handed_out_is_logged_when_it_is_signed(site: Site) -> None:
    client = at_desk(site, MAKER)
    before = site.service.sequencer.released().checkpoint.size
    rows = PACKS.rows(20)
    found = checked(client, [list(PACKS.header), *rows], members(PACKS.event, tuple(PACKS.header)))
    assert (found["rows"], found["count"], found["wrong"]) == (20, 20, 0)
    assert len(found["preview"]) == 3
    assert ["Mass", "451.25 kg"] in found["preview"][0]["told"]
    assert site.service.sequencer.released().checkpoint.size == before
    site.submit(signed(found, MAKER))
    again = checked(client, [list(PACKS.header), *rows], members(PACKS.event, tuple(PACKS.header)))
    assert {one["row"] for one in again["problems"]} == set(range(2, 22))


def test_rows_that_build_on_each_other_are_chained_and_only_causes_are_told(site: Site) -> None:
    site.submit([site.story.pack_manufactured(pack(60), [module(600)])])
    client, header = at_desk(site, MAKER), ("电池编码", "阶段类别", "行政区划", "时间")
    rows: Rows = [[pack(60).value, "service", "330109", str(moment(60 * number))] for number in range(5)]
    unknown = [pack(61).value, "service", "330109", str(moment(0))]
    mapping = members("item.repaired", header)
    found = checked(client, [list(header), *rows[:2], unknown, *rows[2:]], mapping)
    assert [(one["row"], one["column"], one["rule"]) for one in found["problems"]] == [
        (4, "A", "prev.unknown")
    ]
    found = checked(client, [list(header), *rows], mapping)
    assert [one["prev"][str(pack(60))] for one in found["drafts"][1:]] == [f"draft-{n}" for n in range(4)]
    site.submit(signed(found, MAKER))


def test_two_offers_of_one_battery_in_one_table_are_one_too_many(site: Site) -> None:
    site.submit([site.story.pack_manufactured(pack(70), [module(700)])])
    client, header = at_desk(site, MAKER), ("电池包编码", "接收单位", "权利", "数量", "批次号", "行政区划")
    offers = [[pack(70).value, VEHICLE_MAKER.id.value, "保管", 1, f"L-{n}", "330109"] for n in (1, 2)]
    found = checked(client, [list(header), *offers], members("transfer.offered", header))
    assert [(one["row"], one["rule"]) for one in found["problems"]] == [(3, "transfer.open")]


def test_restricted_claims_are_checked_before_they_are_concealed(site: Site) -> None:
    client = at_desk(site, MAKER)
    site.submit([site.story.pack_manufactured(pack(71), [module(710)])])
    header = ("电池编码", "方法", "测量量", "基准值", "实测值", "SOH(‰)", "数据来源", "行政区划")
    first = [pack(71).value, "容量测试", "容量", 100, 90, 900, "测试台", "330109"]
    wrong = [pack(71).value, "容量测试", "容量", 100, 80, 900, "测试台", "330109"]
    mapping = members("health.measured", header)
    found = checked(client, [list(header), first, wrong], mapping)
    assert [(one["row"], one["column"], one["rule"]) for one in found["problems"]] == [
        (3, "F", "health.permille")
    ]
    site.submit(signed(checked(client, [list(header), first], mapping), MAKER))


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"a\n" + b"1\n" * 11, "import.too_large"),
        (b"a\n" + b"1" * 1_000, "import.too_large"),
        (b"a\n", "import.empty"),
        (b"PK\x03\x04nothing", "import.xlsx"),
        (b"\xff\xfe\x00", "import.encoding"),
    ],
    ids=["rows", "bytes", "empty", "xlsx", "encoding"],
)
def test_a_file_that_is_none_is_refused_as_a_whole(
    site: Site, monkeypatch: pytest.MonkeyPatch, data: bytes, rule: str
) -> None:
    monkeypatch.setattr(importing, "LIMITS", Limits(file_bytes=1_000, rows=10))
    client = at_desk(site, MAKER)
    for step in ("columns", "check"):
        told = problem(post(client, step, data, mapping=members("item.retired", ("item",))))
        assert (told["rule"], told["status"]) == (rule, 422)
        assert told["detail"]
        assert told["remedy"]
        page = client.get(told["type"].removeprefix(BASE_URL), headers={"Accept-Language": "en"})
        assert told["title"] in page.text


@pytest.mark.parametrize(
    ("mapping", "rule"),
    [
        ("", "http.malformed"),
        ("[]", "http.malformed"),
        ('{"version":1}', "import.mapping_member"),
        ('{"version":1,"event":"pack.manufactured","column":[1]}', "import.mapping_member"),
        ('{"version":1,"event":"org.enrolled"}', "import.mapping_member"),
    ],
)
def test_a_mapping_that_is_none_is_refused(site: Site, mapping: str, rule: str) -> None:
    assert problem(post(at_desk(site, MAKER), "check", b"a\n1\n", mapping=mapping))["rule"] == rule


def test_what_another_firm_would_have_to_sign_is_refused_before_anybody_signs(site: Site) -> None:
    rows = [["item", "reason"], [pack(71).value, "damage"]]
    mapping = members("item.retired", ("item", "reason"), constants={"place.district": "330109"})
    found = checked(at_desk(site, RECYCLER), rows, mapping)
    assert [(one["column"], one["rule"]) for one in found["problems"]] == [("A", "custody.holder")]


def test_what_a_table_says_is_text_on_the_page(site: Site) -> None:
    data = csv_bytes([["<b>x</b>", "\"'><i>"], ["<script>", "&"]])
    page = post(at_desk(site, MAKER), "columns", data).text
    assert "<b>x" not in page
    assert "<script>" not in page
    assert "<i>" not in page
    assert "<b>x</b>" in unescape(page)


def test_both_languages_have_the_same_words() -> None:
    zh, en = (read("api", "importing", lang) for lang in Language)
    assert {name: list(entries) for name, entries in zh.items()} == {
        name: list(entries) for name, entries in en.items()
    }
    for section, entries in en.items():
        for name, text in entries.items():
            assert places(text) == places(zh[section][name]), name


def test_every_word_of_the_page_is_used() -> None:
    root = Path(__file__).parents[2]
    sources = [*root.glob("templates/import*.html"), *root.glob("api/importing*.py")]
    scripts = "".join(path.read_text("utf-8") for path in root.glob("static/desk/import*.js"))
    pages = "".join(path.read_text("utf-8") for path in sources)
    for section, entries in read("api", "importing", Language.EN).items():
        for name in entries:
            if section == "words":
                assert re.search(rf"\b{name}\b", scripts), name
            elif section not in {"target", "group"}:
                assert f"{section}.{name}" in pages, name

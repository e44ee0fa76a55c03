"""The pages for people: whole in both languages, without script, small, and true to the ledger."""

import gc
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from api.language import language_of
from ledger.events import production
from ledger.vocabulary import DisputeOutcome, Kind, Phase, Why
from ledger.wording import Language, places, read
from tests.scenario import (
    COLLECTOR,
    FLEET,
    MADE_ON,
    MAKER,
    PACK_G,
    RECYCLER,
    SECOND_LIFE,
    VEHICLE_MAKER,
    Story,
    module,
    pack,
    product,
    vehicle,
)
from tests.site import BASE_URL, Site

NEVER_RECORDED = pack(9)
LOT = RECYCLER.lot("BM-1")
SLUDGE, SLUDGE_PART = RECYCLER.lot("SLUDGE"), RECYCLER.lot("SLUDGE-A")


class Told(Site):
    """A site with whole lives told."""

    token = ""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """A ledger with an item in every phase, which the tests here only read."""
    found = Told(tmp_path_factory.mktemp("site"), demo=True)
    found.found()
    found.token = found.life()
    story = found.story
    texts = [story.pack_manufactured(pack(number), [module(10 * number)]) for number in range(2, 9)]
    texts += [story.transfer_offered(MAKER, FLEET, pack(2), load="open")]
    texts += [*story.transfer(MAKER, VEHICLE_MAKER, pack(3), pack(4), load="cars")]
    texts += [story.pack_fitted(pack(3), vehicle(3)), story.pack_fitted(pack(4), vehicle(4))]
    texts += [story.pack_removed(pack(4), vehicle(4)), story.vehicle_sold(vehicle(3))]
    texts += [story.item_retired(MAKER, pack(5)), story.item_collected(pack(6))]
    texts += [story.transfer_offered(MAKER, SECOND_LIFE, pack(7), load="split")]
    texts += [story.transfer_accepted(SECOND_LIFE, pack(7), load="split")]
    texts += [story.item_split(pack(7), [], unaccounted=[module(70)])]
    texts += _unlucky(story)
    claims = production.ItemDeclared(
        place=COLLECTOR.place, kind=Kind.PACK, phase=Phase.RETIRED, why=Why.LEGACY
    )
    texts += [story.tell(COLLECTOR, claims, pack(40))]
    found.submit(texts)
    yield found
    found.close()


def _unlucky(story: Story) -> list[str]:
    """Packs 20 to 28, one for each thing that may be wrong; the sludge is divided."""
    packs = [pack(number) for number in range(20, 29)]
    stolen, lost, hurt, abroad, gone, claimed, contested, granted, sludge_pack = packs
    texts = [story.pack_manufactured(one, [module(10 * int(one.value[-7:]))]) for one in packs]
    texts += [story.item_stolen(MAKER, stolen), story.item_lost(MAKER, lost)]
    texts += [story.incident_reported(hurt), story.item_exported(MAKER, abroad)]
    texts += [story.item_retired(MAKER, gone), story.residue_disposed(gone, by=MAKER)]
    texts += [story.item_collected(claimed), *story.transfer(MAKER, FLEET, contested, load="contested")]
    texts += [story.event_disputed(story.last, MAKER), story.item_collected(granted)]
    collected = story.last
    for by in (MAKER, COLLECTOR):
        texts.append(story.dispute_settled(collected, by, DisputeOutcome.CLAIMANT_TAKES))
    texts += [story.item_lost(MAKER, sludge_pack), story.lot_declared(SLUDGE, mass_g=1_000)]
    return [*texts, story.lot_divided(SLUDGE, {SLUDGE_PART: 400})]


PAGES = [
    "/",
    "/docs",
    "/problems/balance.mass",
    "/problems/prev.items",
    "/nothing",
    "/find?q=%3F",
    f"/p/{NEVER_RECORDED.code}",
    f"/p/{LOT}",
    f"/p/{COLLECTOR.lot('NEVER')}",
    f"/p/{vehicle(1)}",
    f"/p/{vehicle(3)}",
    f"/p/{product(1).code}",
    *(f"/p/{module(number).code}" for number in (1, 3, 20, 70)),
    *(f"/p/{pack(number).code}" for number in range(1, 9)),
]


def _page(site: Site, path: str, lang: Language = Language.EN) -> str:
    answer = site.get(path, Accept="text/html", Accept_Language=lang.value)
    assert answer.content_type == "text/html; charset=utf-8"
    assert answer.headers["Content-Language"] == lang.value
    return answer.text


@pytest.mark.parametrize("lang", list(Language))
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_whole_small_and_without_inline_script(site: Told, path: str, lang: Language) -> None:
    text = _page(site, path, lang)
    assert f'<html lang="{lang.value}">' in text
    assert text.rstrip().endswith("</html>")
    assert len(text.encode()) < 100_000
    assert not re.search(
        r"<script(?! type=\"module\" src=\"/static/)|<style|\sstyle=|\son\w+=|javascript:", text
    )
    assert not re.search(r"https?://(?!packs\.example)", text.replace("http://www.w3.org", ""))
    assert 'hreflang="' in text


@pytest.mark.parametrize("path", [path for path in PAGES if path != "/docs"])
def test_a_page_in_chinese_says_nothing_in_english_words_of_ours(site: Told, path: str) -> None:
    zh = _page(site, path, Language.ZH)
    texts = read("api", "pages", Language.EN)
    for section, entries in texts.items():
        for name, text in entries.items():
            if section != "site" and len(text) > 12 and not places(text):
                assert text not in zh, (section, name)


def test_the_page_says_in_plain_words_what_it_is_and_where_it_is(site: Told) -> None:
    assert "Battery pack made by Pack Maker (battery maker) on 1\u00a0June\u00a02026." in _page(
        site, f"/p/{pack(2).code}"
    )
    assert "It is in stock with Pack Maker (battery maker)." in _page(site, f"/p/{pack(2).code}")
    assert "由虚构电池厂（电池生产企业）于2026年6月1日制造。" in _page(
        site, f"/p/{pack(2).code}", Language.ZH
    )


def test_whoever_declared_a_battery_is_not_said_to_have_made_it(site: Told) -> None:
    page = _page(site, f"/p/{pack(40).code}")
    assert "Battery pack, declared by a firm that received it;" in page
    assert "Battery pack made by" not in page


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (pack(1).code, "It has been taken apart. Its parts live on, see below."),
        (pack(2).code, "It is on offer to Taxi Fleet"),
        (pack(3).code, "It drives in a vehicle, which is with a private user."),
        (pack(4).code, "It was taken out of its vehicle and is with Vehicle Maker"),
        (pack(5).code, "It is declared waste and is with Pack Maker"),
        (
            pack(6).code,
            "In dispute: Collection Point (collection point, vehicle dismantler) says that it has it.",
        ),
        (pack(20).code, "Reported stolen. Tell the police"),
        (module(200).code, "What it is in was reported stolen."),
        (pack(21).code, "Reported lost."),
        (module(210).code, "What it is in was reported lost."),
        (pack(22).code, "Quarantined after an incident"),
        (pack(23).code, "It was exported to DE."),
        (module(230).code, "It was exported to DE."),
        (pack(24).code, "It was disposed of as waste"),
        (pack(26).code, "In dispute: Pack Maker (battery maker) contests what Taxi Fleet"),
        (pack(27).code, "In dispute until Collection Point"),
        (module(70).code, "Missing: it was not there when what it was in was taken apart or scrapped."),
        (str(SLUDGE), "Divided into"),
        (str(SLUDGE_PART), "Divided from"),
        (module(1).code, "It is built into a larger unit, which is with Second Life"),
        (module(3).code, "It has been recycled."),
        (module(70).code, "Nobody is on record as holding it."),
        (product(1).code, "It works in its second life (backup power of telecom stations)"),
        (str(vehicle(1)), "The vehicle is with a private user."),
        (str(LOT), "Black mass, a lot of 80 kg, entered by Recycler"),
        (str(LOT), "80 kg of it is left."),
    ],
)
def test_each_stage_of_life_has_its_sentence(site: Told, path: str, sentence: str) -> None:
    assert sentence in _page(site, f"/p/{path}")


def test_the_timeline_names_what_when_who_where_and_its_proof(site: Told) -> None:
    text = _page(site, f"/p/{pack(1).code}")
    events = site.get(f"/v1/items/{pack(1)}/events").get_json()["events"]
    for one in events:
        assert f'<a href="/e/{one["id"]}">' in text
        assert f'<a href="/v1/events/{one["id"]}/receipt">' in text
        assert f"entry {one['index']}" in text
    assert text.count("Signed by ") == len(events)
    assert "2026-06-01 " in text
    assert "(UTC+08:00)" in text
    assert "Zhejiang 330109" in text
    assert "7 concealed claims" in text
    assert "mentions this item only" in text


def test_parts_and_origins_are_linked(site: Told) -> None:
    text = _page(site, f"/p/{pack(1).code}")
    assert f'<a href="/p/{module(1).code}">' in text
    assert "Taken apart into" in text
    assert "Came out of" in _page(site, f"/p/{module(1).code}")
    assert "Built into" in _page(site, f"/p/{module(1).code}")
    assert "Went into" in _page(site, f"/p/{module(3).code}")
    assert "In it now" in _page(site, f"/p/{pack(2).code}")
    ended = _page(site, f"/p/{pack(24).code}")
    assert ("In it now" in ended, "In it at its end" in ended) == (False, True)
    assert "Made from" in _page(site, f"/p/{LOT}")
    assert "Built from" in _page(site, f"/p/{product(1).code}")


def test_an_event_that_another_one_names_is_linked_by_the_beginning_of_its_id(site: Told) -> None:
    text = _page(site, f"/p/{pack(26).code}")
    found = re.findall(r'<dd><a href="/e/([\w-]{43})"><code>([\w-]{12})…</code></a></dd>', text)
    assert found
    assert all(event.startswith(shown) for event, shown in found)


def test_the_code_is_explained_part_by_part(site: Told) -> None:
    text = _page(site, f"/p/{pack(1).code}", Language.ZH)
    assert "磷酸铁锂电池" in text
    assert "2026 年" in text


def test_a_code_nobody_recorded_is_explained_all_the_same(site: Told) -> None:
    answer = site.get(f"/p/{NEVER_RECORDED.code}", Accept="text/html")
    assert answer.status_code == 404
    assert "Not in this ledger" in answer.text
    assert "lithium iron phosphate" in answer.text


def test_the_language_can_be_switched_and_stays(site: Told) -> None:
    text = site.get(f"/p/{pack(1).code}?lang=zh-CN", Accept_Language="en").text
    assert '<html lang="zh-CN">' in text
    assert f'href="/p/{module(1).code}?lang=zh-CN"' in text
    assert f'href="/p/{pack(1).code}?lang=en"' in text


def test_other_spellings_lead_to_the_one_address(site: Told) -> None:
    for path in (f"/P/{pack(1).code}", f"/p/{pack(1).code.lower()}"):
        answer = site.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (308, f"/p/{pack(1).code}")
    shouted = site.get(f"/P/{str(LOT).upper()}")
    assert shouted.headers["Location"].replace("%3A", ":") == f"/p/{LOT}"
    assert site.get("/p/rubbish").status_code == 404
    assert site.get(f"/p/{MAKER.id}").status_code == 404


def test_programs_get_the_item_as_json_at_the_same_address(site: Told) -> None:
    answer = site.get(f"/p/{pack(1).code}", Accept="application/json")
    assert answer.get_json() == site.get(f"/v1/items/{pack(1)}").get_json()
    assert "Accept" in answer.headers["Vary"]


def test_the_search_box_takes_what_a_person_types_or_scans(site: Told) -> None:
    dirty = f" {pack(1).code[14:].lower()} {pack(1).code[:14]}"
    answer = site.get(f"/find?q={quote(dirty)}&lang=zh-CN")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/p/{pack(1).code}?lang=zh-CN"
    assert site.get("/find?q=+").headers["Location"] == "/"
    assert site.get("/find?q=%E5%93%88", Accept="text/html").status_code == 404
    assert site.get(f"/find?q={MAKER.id}", Accept="text/html").status_code == 404


def _label(site: Told, code: str, token: str, lang: Language = Language.EN) -> str:
    answer = site.get(f"/P/{code}/{token}", Accept="text/html", Accept_Language=lang.value)
    return answer.text


def test_a_genuine_label_is_said_to_be(site: Told) -> None:
    text = _label(site, pack(1).code, site.token)
    assert "This label is genuine" in text
    assert "The label says: lithium iron phosphate (LFP), 400 kg, 600 V, 60 kWh" in text
    assert "Beware: high voltage." in text
    assert "标签为真" in _label(site, pack(1).code, site.token, Language.ZH)
    assert "This label is genuine" in _label(site, pack(1).code.lower(), site.token.lower())


def test_a_label_copied_to_another_battery_does_not_match(site: Told) -> None:
    assert "This label does not match" in _label(site, pack(2).code, site.token)


@pytest.mark.parametrize("token", ["RUBBISH", "A" * 500])
def test_what_is_no_token_does_not_match(site: Told, token: str) -> None:
    assert "This label does not match" in _label(site, pack(1).code, token)


def test_nothing_is_said_of_the_label_of_an_unknown_battery(site: Told) -> None:
    text = _label(site, NEVER_RECORDED.code, site.token)
    assert "Nothing can be said about this label" in text
    assert "Not in this ledger" in text


def test_a_long_history_is_shown_page_by_page(tmp_path: Path) -> None:
    found = Site(tmp_path)
    found.found()
    story = found.story
    claims = production.PackManufactured(
        place=MAKER.place,
        model=MAKER.model(),
        mass_g=PACK_G,
        manufactured_on=MADE_ON,
        modules=tuple(production.ModuleEntry(id=module(number), mass_g=1_000) for number in range(1, 41)),
    )
    found.submit([story.tell(MAKER, claims, pack(1))])
    found.submit([story.health_measured(pack(1)) for _ in range(85)])
    last, first = _page(found, f"/p/{pack(1).code}"), _page(found, f"/p/{pack(1).code}?page=1")
    assert "Events 81 to 86 of 86" in last
    assert "Events 1 to 40 of 86" in first
    assert "Earlier events" in last
    assert "Later events" in first
    assert "and 28 more" in first
    assert "and 16 more" in last
    assert len(first.encode()) < 100_000
    assert "Events 81 to 86" in _page(found, f"/p/{pack(1).code}?page=99")
    found.close()


def test_the_home_page_counts_and_shows_examples_in_the_demonstration(site: Told, tmp_path: Path) -> None:
    text = _page(site, "/")
    assert "the firms on these pages do not exist" in text
    assert f'href="/p/{pack(2).code}"' in text
    assert "battery packs" in text
    plain = Site(tmp_path)
    assert "do not exist" not in _page(plain, "/")
    assert "Batteries to look at" not in _page(plain, "/")
    plain.close()


def test_every_answer_carries_the_security_headers(site: Told) -> None:
    for path in ("/", "/v1/orgs", "/static/site.css", "/nothing"):
        with site.get(path) as answer:
            headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe-inline" not in headers["Content-Security-Policy"]
        assert headers["Strict-Transport-Security"].startswith("max-age=")


def test_a_doubled_slash_in_an_address_leads_to_no_other_host(site: Told) -> None:
    text = site.get("//evil.example/x", Accept="text/html").text
    assert 'href="//' not in text


def test_the_period_and_moisture_of_a_batch_are_told(site: Told) -> None:
    text = _page(site, f"/p/{LOT}")
    assert "Moisture 0.5 %" in text
    assert " – 2026-" in text


def test_the_rule_page_explains_a_refusal(site: Told) -> None:
    told = _page(site, "/problems/balance.mass")
    assert "More mass came out than went in" in told
    assert "{outputs_g} came out" in told
    assert "产出质量大于投入" in _page(site, "/problems/balance.mass", Language.ZH)
    assert site.get("/problems/no.such").status_code == 404


def test_language_tags_that_only_look_alike_are_not_taken(site: Told) -> None:
    with site.app.test_request_context("/?lang=zht", headers={"Accept-Language": "zh_CN"}) as context:
        assert language_of(context.request) is Language.ZH
    assert BASE_URL


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_file_that_is_not_sent_again_is_closed(site: Told, method: str) -> None:
    known = site.get("/static/site.css")
    tag = known.headers["ETag"]
    known.close()
    answer = site.client.open("/static/site.css", method=method, headers={"If-None-Match": tag})
    assert answer.status_code == 304
    del answer
    gc.collect()

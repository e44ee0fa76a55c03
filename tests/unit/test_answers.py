"""What pages answer first, what they mark, and who a firm is: true to the ledger in each case."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from api.handing_in import outlets
from api.health_chart import Measured, draw
from api.texts import Texts
from crypto.strictjson import Json
from ledger.events import registry, service
from ledger.instants import Instant
from ledger.vocabulary import Ground, Purpose, Role, SiteKind, Why
from ledger.wording import Language
from tests.scenario import (
    COLLECTOR,
    FLEET,
    LAB,
    MAKER,
    RECYCLER,
    REGISTRAR,
    SECOND_LIFE,
    START,
    VEHICLE_MAKER,
    module,
    pack,
)
from tests.scenario_last import LastStory
from tests.scenario_more import local
from tests.site import Site, bearer

HOUR_MS: Final = 3_600_000
RIGHT: Final[dict[str, Json]] = {
    "quantity": "capacity_mah",
    "base": 100_000,
    "measured": 78_000,
    "soh_permille": 780,
    "source": "bench",
}
COPY: Final = local(COLLECTOR, "COPY-1")


class Told(Site):
    """A site with what pages answer about. `token` is of the label of pack 4."""

    token = ""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, demo=True)
        self.story = self.tale = LastStory()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """A ledger with packs that are measured, corrected, recalled, copied and signed for by a thief."""
    found = Told(tmp_path_factory.mktemp("answers"))
    found.found()
    story = found.tale
    made, found.token = found.labelled_pack(pack(4), [module(40)])
    texts = [
        made,
        story.pack_manufactured(pack(1), [module(10)]),
        story.health_measured(pack(1), soh_permille=900),
        story.health_measured(pack(1)),
    ]
    texts.append(story.event_corrected(story.last, LAB, restricted=RIGHT))
    texts += [story.pack_manufactured(pack(number), [module(10 * number)]) for number in (2, 3)]
    texts.append(story.recall_opened(service.Selector(codes=(pack(2),))))
    texts.append(story.item_declared(COPY, why=Why.CLONE, clone_of=pack(3)))
    texts.append(story.item_retired(MAKER, pack(3)))
    texts.append(story.event_voided(story.last, MAKER))
    texts += [story.pack_manufactured(pack(6), [module(60)]), *story.transfer(MAKER, SECOND_LIFE, pack(6))]
    texts.append(story.item_split(pack(6), [module(60)]))
    texts.append(story.event_voided(story.last, SECOND_LIFE))
    found.submit(texts)
    _firms(found)
    yield found
    found.close()


def _firms(site: Told) -> None:
    story = site.tale
    outlet = registry.SiteSet(
        site="01", name="一号网点", district=MAKER.place.district, kinds=(SiteKind.OUTLET,)
    )
    roles = registry.OrgRolesSet(roles=(Role.SECOND_LIFE,), licence_until=date(2020, 1, 1))
    texts = [
        story.tell(COLLECTOR, outlet, COLLECTOR.id, key=COLLECTOR.key(Purpose.ADMIN)),
        story.tell(REGISTRAR, roles, SECOND_LIFE.id),
        story.tell(REGISTRAR, registry.OrgSuspended(ground=Ground.OWN_REQUEST), RECYCLER.id),
        story.org_succeeded(FLEET, VEHICLE_MAKER),
        story.key_revoked(LAB, LAB.key(), compromised_since=START),
    ]
    site.submit(texts)


def page(site: Site, path: str, lang: str = "en", **headers: str) -> str:
    """Return a page as text."""
    return site.get(path, Accept="text/html", Accept_Language=lang, **headers).text


def test_a_genuine_label_is_answered_first(site: Told) -> None:
    text = page(site, f"/p/{pack(4).code}/{site.token}")
    assert "Yes, as far as a label can tell" in text
    assert text.index("Is it genuine?") < text.index("What happened")


def test_a_forged_label_is_not_called_genuine(site: Told) -> None:
    assert "Not shown: the label does not match" in page(site, f"/p/{pack(4).code}/{site.token[:-8]}AAAAAAAA")


def test_what_a_stolen_key_signed_is_marked_and_said_at_once(site: Told) -> None:
    text = page(site, f"/p/{pack(1).code}")
    assert "signed with a key that was reported as stolen" in text
    assert text.count("key reported stolen") == 3


def test_a_copy_is_called_one(site: Told) -> None:
    assert "it bears a code that belongs to another battery" in page(site, f"/p/{COPY}")


def test_a_recalled_pack_says_so_and_another_does_not(site: Told) -> None:
    assert "Yes, an open recall is for it." in page(site, f"/p/{pack(2).code}")
    assert "No open recall is for it." in page(site, f"/p/{pack(3).code}")


def test_an_act_taken_back_is_marked_on_the_page_and_on_its_own(site: Told) -> None:
    events = site.get(f"/v1/items/{pack(3)}/events").get_json()["events"]
    [retired] = [one["id"] for one in events if one["event"] == "item.retired"]
    assert ' voided">' in page(site, f"/p/{pack(3).code}")
    assert "taken back" in page(site, f"/e/{retired}")


def test_a_reader_with_a_right_sees_health_drawn_and_as_corrected(site: Told) -> None:
    path = f"/p/{pack(1).code}"
    answer = site.get(path, Accept="text/html", Accept_Language="en", Authorization=bearer(MAKER, path))
    assert answer.text.count("<circle") == 2
    assert "78 % of its rated capacity was measured on" in answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "<circle" not in page(site, path)
    assert "The figure is confidential" in page(site, path)


def test_one_measurement_is_a_dot_and_many_are_a_line() -> None:
    def at(day: int, soh: int) -> Measured:
        return Measured(f"e{day}", Instant.from_ms(START.ms + day * 24 * HOUR_MS), soh)

    assert draw([]) is None
    one = draw([at(1, 1_020)])
    assert one is not None
    assert len(one.dots) == 1
    many = draw([at(1, 950), at(100, 520), at(200, 150)])
    assert many is not None
    assert [dot.x for dot in many.dots] == sorted(dot.x for dot in many.dots)
    assert [dot.y for dot in many.dots] == sorted(dot.y for dot in many.dots)
    assert all(many.left <= dot.x <= many.right and 0 <= dot.y <= many.height for dot in many.dots)


def test_the_nearest_places_come_first_and_none_that_may_not_take_it(site: Told) -> None:
    with site.app.test_request_context(), site.service.snapshot() as snapshot:
        found = outlets(snapshot, MAKER.place.district, date(2026, 11, 22), Texts(Language.EN))
    assert found[0].org == COLLECTOR.id
    assert (found[0].name, found[0].near) == ("一号网点", "same district")
    assert {RECYCLER.id, SECOND_LIFE.id, FLEET.id}.isdisjoint(one.org for one in found)


@pytest.mark.parametrize(
    ("org", "said"),
    [
        (COLLECTOR.id, "一号网点"),
        (SECOND_LIFE.id, "licence expired"),
        (RECYCLER.id, "The registrar has suspended it"),
        (FLEET.id, "It has ended."),
        (VEHICLE_MAKER.id, "Took over from"),
        (LAB.id, "is not to be relied on until the firm confirms it"),
    ],
)
def test_the_page_of_a_firm_says_how_it_stands(site: Told, org: str, said: str) -> None:
    text = page(site, f"/o/{org}")
    assert said in text
    assert "registered in entry" in text


def test_the_page_of_an_event_names_signer_items_and_proof(site: Told) -> None:
    events = site.get(f"/v1/items/{pack(1)}/events").get_json()["events"]
    text = page(site, f"/e/{events[1]['id']}", "zh-CN")
    assert f'href="/o/{LAB.id}' in text
    assert f'href="/p/{pack(1).code}' in text
    assert f'href="/e/{events[0]["id"]}' in text
    assert f"/v1/events/{events[1]['id']}/receipt" in text
    assert "密钥已报被盗" in text


@pytest.mark.parametrize("path", ["/e/nothing", "/o/org:91999999DEM000014G", "/o/nothing"])
def test_what_is_not_there_is_not_found(site: Told, path: str) -> None:
    assert site.get(path, Accept="text/html").status_code in {400, 404}


def test_the_pages_of_firms_and_events_run_no_script(site: Told) -> None:
    assert "script-src 'none'" in site.get(f"/o/{MAKER.id}").headers["Content-Security-Policy"]
    own = site.get(f"/p/{pack(1).code}", Accept="text/html").headers["Content-Security-Policy"]
    assert "script-src 'self'" in own
    assert "unsafe" not in own


def test_the_script_of_the_page_is_one_of_ours() -> None:
    script = (Path(__file__).parents[2] / "static/check.js").read_text(encoding="utf-8")
    assert 'import("./verify/dossier.js")' in script
    assert "://" not in script


def test_a_split_that_was_taken_back_ties_nothing(site: Told) -> None:
    assert "Taken apart into" not in page(site, f"/p/{pack(6).code}")
    told = page(site, f"/p/{module(60).code}")
    assert "Made for" in told
    assert "Came out of" not in told

"""The words of the pages: claims, quantities, parties and places as people write them."""

import re
from pathlib import Path

import pytest

from api.claims_text import Words, code_list, lines_of, orgs_in, region, restricted_lines, say
from api.texts import Texts, moment, quantity
from crypto.sdjwt import disclose
from ledger.events import REGISTRY, production
from ledger.instants import Instant
from ledger.state import Holder
from ledger.vocabulary import MassBasis
from ledger.wording import Language, UnknownTextError, places, read
from tests.scenario import (
    FLEET,
    MAKER,
    RECYCLER,
    Story,
    module,
    pack,
    vehicle,
)

ROOT = Path(__file__).parents[2]
EN, ZH = Texts(Language.EN), Texts(Language.ZH)
LOT = RECYCLER.lot("BM-1")


def test_both_languages_have_the_same_texts_with_the_same_places() -> None:
    zh, en = (read("api", "pages", lang) for lang in Language)
    assert {name: list(entries) for name, entries in zh.items()} == {
        name: list(entries) for name, entries in en.items()
    }
    for section, entries in en.items():
        for name, text in entries.items():
            assert places(text) == places(zh[section][name]), name


def test_every_text_is_used_and_every_text_used_is_there() -> None:
    sources = [*(ROOT / "templates").glob("*.html"), *(ROOT / "api").glob("*.py")]
    written = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    made = (
        "passport.",
        "label.",
        "home.kind_",
        "home.door_",
        "findings.",
        "witnesses.",
        "glance.",
        "mark.",
        "check.",
        "org.key_",
    )
    for section, entries in read("api", "pages", Language.EN).items():
        for name in entries:
            full = f"{section}.{name}"
            assert full in written or full.startswith(made), full
    for named in re.findall(r't\("(\w+\.\w+)"', written):
        section, _, name = named.partition(".")
        assert name in read("api", "pages", Language.EN)[section] or name.endswith("_"), named


def test_every_event_type_puts_its_claims_into_words() -> None:
    story = Story()
    story.founding()
    story.pack_manufactured(pack(1), {module(1): [module(2)]})
    story.transfer(MAKER, FLEET, pack(1))
    story.key_revoked(MAKER, MAKER.key())
    story.coding_filed()
    story.model_declared()
    story.org_suspended(FLEET)
    story.item_collected(pack(1))
    story.item_graded(pack(1))
    story.vehicle_sold(vehicle(1))
    story.lot_declared(LOT)
    story.batch_processed(pack(1), made={RECYCLER.lot("A"): 5}, drawn={LOT: 1})
    story.event_corrected(story.last, RECYCLER, claims={"place": {"district": "330109"}})
    for event in story.events.values():
        for texts in (EN, ZH):
            lines = lines_of(event.claims, Words(texts, {}))
            assert lines
            for line in lines:
                assert "".join(span.text for row in line.rows for span in row).strip()
    assert set(orgs_in(story.last.claims)) == set()


def test_quantities_and_times_are_written_as_people_do() -> None:
    assert quantity("rated_capacity_mah", 100_000) == "100 Ah"
    assert quantity("rated_energy_wh", 60_480) == "60.48 kWh"
    assert quantity("moisture_ppm", 5_000) == "0.5 %"
    assert quantity("count", 1_234) == "1,234"
    assert moment(Instant.parse("2026-06-01T08:00:00-03:30")) == "2026-06-01 08:00 (UTC-03:30)"
    assert region("330109", ZH) == "浙江省 330109"
    assert region("DE-BY", EN) == "DE-BY"


def test_a_yes_within_a_group_of_claims_has_its_name() -> None:
    value = True
    for name in ("counts_as_recycled", "home"):
        for texts, yes in ((EN, " yes"), (ZH, " 是")):
            words = Words(texts, {}).named(name, nested=True)
            told = "".join(span.text for span in say(value, words))
            assert told.endswith(yes)
            assert name not in told


def test_parties_and_codes_have_words() -> None:
    assert EN.party(Holder.USER, {}) == "a private user"
    assert EN.party(FLEET.id, {}) == str(FLEET.id)
    assert code_list(MassBasis) == "mass_basis"
    with pytest.raises(UnknownTextError):
        EN("passport.no_such")


def test_a_claim_that_differs_from_its_model_is_told_in_one_line() -> None:
    differs = production.RatedDifference(rated_capacity_mah=99_000, nominal_voltage_mv=600_000)
    claims = production.ModuleManufactured(
        place=MAKER.place,
        model=MAKER.model("M"),
        mass_g=1,
        manufactured_on=Instant.parse("2026-06-01T00:00:00+08:00").day,
        differs=differs,
    )
    line = next(one for one in lines_of(claims, Words(EN, {})) if one.name == "Differs from the model")
    assert "".join(span.text for row in line.rows for span in row) == "99 Ah · 600 V"


def test_a_vin_that_is_shown_to_somebody_is_not_shown_in_full() -> None:
    [line] = restricted_lines(
        [disclose("vin", "LZZ1A2B3XN0000017", bytes(16))],
        REGISTRY["pack.fitted"].row.restricted,
        Words(Texts(Language.EN), {}),
    )
    assert [span.text for row in line.rows for span in row] == ["LZZ…0017"]

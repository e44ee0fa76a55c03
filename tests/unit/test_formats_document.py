"""docs/formats.md says what the code does: limits, lists and names are compared, references lead on."""

import re
from pathlib import Path

import pytest

from crypto import jws, note, sdjwt, strictjson
from ledger import cells, gbt34014, identifiers, label, label_render, tiles
from ledger.events import envelope
from ledger.label_url import LabelUrl
from ledger.rules import LATEST, rule_set
from ledger.sequencer import clock
from ledger.state import FactKind, Holder
from ledger.submission import LIMITS, MAX_TEXT
from ledger.vocabulary import Chemistry, Hazard
from tests.labels import ED25519, FACTS, LARGEST_FACTS, URL, WIDE_URL

REPOSITORY = Path(__file__).parents[2]
TEXT = (REPOSITORY / "docs/formats.md").read_text(encoding="utf-8")
FLOWING = re.sub(r"\s+", " ", TEXT)
HEADINGS = re.findall(r"(?m)^##+ (.*)$", TEXT)
REFERENCE = re.compile(r"docs/formats\.md(?:,? section (\d)|, ([A-Z][a-z]+(?: [a-z]+)*))")
SOURCES = [
    path
    for folder in ("crypto", "ledger", "api", "cli", "witness", "tests")
    for path in (REPOSITORY / folder).rglob("*.py")
    if path.name != Path(__file__).name
]


def section(heading: str) -> str:
    return TEXT.partition(f" {heading}\n")[2].partition("\n#")[0]


def test_every_reference_in_the_code_leads_to_a_heading() -> None:
    named = {match for path in SOURCES for match in REFERENCE.findall(path.read_text(encoding="utf-8"))}
    known = {
        part for heading in HEADINGS for part in (heading.partition(". ")[0], heading.rpartition(". ")[2])
    }
    assert {number or name for number, name in named} <= known
    assert ("2", "") in named
    assert ("", "Root of trust") in named


@pytest.mark.parametrize(
    "said",
    [
        f"JWS | {envelope.MAX_JWS_BYTES:,} bytes",
        f"{sdjwt.MAX_DISCLOSURE_BYTES:,} characters; `cell_codes` {LIMITS['cell_codes']:,}",
        f"{MAX_TEXT // 2**20} MiB",
        f"items in `prev` | {envelope.MAX_PREV} |",
        f"at most {tiles.MAX_ENTRY_SIZE:,} bytes",
        f"more than {strictjson.MAX_DEPTH} arrays and objects",
        f"`typ` | `{envelope.TYP}`",
        f"at most {note.MAX_SIGNATURES} signature lines and {note.MAX_NOTE_BYTES:,} bytes",
        f"more than {clock.MAX_DRIFT_MS // 1000} s off",
        f"first {cells.SALT_BYTES} bytes of HMAC-SHA-256",
        f"at most {label.MAX_TOKEN} characters",
        f"at most {rule_set(LATEST).clock.signed_ahead_s} s ahead",
        f"at most {rule_set(LATEST).clock.happened_ahead_s:,} s ahead",
    ],
)
def test_a_limit_is_the_one_in_the_code(said: str) -> None:
    assert said in FLOWING


def test_the_header_and_the_claims_have_the_members_listed() -> None:
    assert set(re.findall(r"(?m)^\| `(\w+)` \|", section("Header"))) == jws.HEADER_MEMBERS
    claims = re.findall(r"(?m)^\| `(\w+)` \|", section("Claims"))
    assert set(claims) == envelope._MEMBERS | {"_sd_alg"}


def test_every_scheme_of_an_id_is_listed() -> None:
    listed = set(re.findall(r"(?m)`([a-z0-9]+):", section("1. Item ids").partition("**Battery")[0]))
    assert listed - {"scheme"} == set(identifiers._CHECKS)


def test_the_years_of_a_code_are_those_listed() -> None:
    letters = "".join(gbt34014.YEARS)
    assert letters == "123456789" + "".join(sorted(set("ABCDEFGHIJKLMNOPQRSTUVWXY") - set("IOQU")))
    assert (min(gbt34014.YEARS.values()), max(gbt34014.YEARS.values())) == (2011, 2040)
    assert "".join(gbt34014.MONTHS) == "123456789ABC"
    assert "".join(gbt34014.DAYS) == letters + "0"


def test_hazard_bits_and_chemistry_texts_are_those_listed() -> None:
    bits = ", ".join(f"{1 << bit} `{hazard}`" for bit, hazard in enumerate(Hazard))
    assert f"a sum of bits: {bits} |" in TEXT
    texts = [f"`{label._CHEMISTRY_TEXTS[chemistry]}`" for chemistry in Chemistry]
    assert ", ".join(texts).replace("`EDLC`", "`EDLC` (supercapacitor)") in TEXT


def test_the_figures_of_labels_are_measured() -> None:
    small, large = (label.sign_label(facts, URL.prefix, ED25519) for facts in (FACTS, LARGEST_FACTS))
    sizes = [len(label.Label.parse(token).encode()) for token in (small, large)]
    assert (len(small), len(large), sizes) == (183, 196, [114, 122])
    url = str(
        LabelUrl(WIDE_URL.origin, WIDE_URL.item, label.sign_label(LARGEST_FACTS, WIDE_URL.prefix, ED25519))
    )
    assert (len(WIDE_URL.origin.removeprefix("HTTPS://")), len(url)) == (25, 259)
    assert len(label_render.qr_matrix(url)) == 61


def test_facts_and_holders_are_those_listed() -> None:
    listed = section("9. States")
    assert {f"`{kind}/" in listed for kind in FactKind} == {True}
    assert ", ".join(f"`{holder}`" for holder in Holder) in re.sub(r"\s+", " ", listed)

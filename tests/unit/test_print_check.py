"""Prints: codes read off a picture, put together label by label, and what speaks against each."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from cli import main
from cli.client import Client
from cli.photos import MAX_PIXELS
from cli.prints import Checker
from crypto.encoding import b64url_encode
from crypto.keys import PrivateKey
from ledger.identifiers import ItemId
from ledger.keybundle import KnownKey
from ledger.label import Label, sign_label
from ledger.label_render import render_png as bare_png
from ledger.label_url import LabelUrl
from ledger.printing.check import Code, Fault, Printed, Signature, Standing, Symbology, labels_of
from ledger.printing.formats import Format, render
from ledger.printing.layout import Imprint
from ledger.printing.typeface import own_typeface
from ledger.wording import Language, read
from tests.consortium import pack
from tests.labels import ED25519, ES256, FACTS, OTHER, URL

PACKS: Final = [pack(number) for number in range(1, 9)]
Members = Mapping[str, Any] | None


def signed(item: ItemId = PACKS[0], signer: PrivateKey = ED25519) -> LabelUrl:
    """Return the address of a label with its token."""
    url = LabelUrl.of("https://sudian.example", item)
    return replace(url, token=sign_label(FACTS, url.prefix, signer))


def qr(url: LabelUrl) -> Code:
    """Return a QR code as it is read."""
    return Code(Symbology.QR, str(url))


def matrix(item: ItemId) -> Code:
    """Return a Data Matrix as it is read."""
    return Code(Symbology.DATA_MATRIX, item.code)


def judged(*codes: Code, keys: Sequence[PrivateKey] = (ED25519,), whole: bool = True) -> list[Printed]:
    """Return the labels of a picture, judged by keys alone."""
    verifiers = [one.verifier for one in keys]
    return [one.signed(verifiers).judged(whole=whole) for one in labels_of(codes)]


def test_a_whole_label_whose_codes_agree_and_whose_token_holds_is_good() -> None:
    url = signed()
    [found] = judged(matrix(PACKS[0]), qr(url), keys=(OTHER, ED25519))
    assert (found.faults, found.signature, found.facts) == ((), Signature.HOLDS, FACTS)
    assert (found.item, found.url, found.signer) == (PACKS[0], url, ED25519.verifier)
    assert found.sha256 == b64url_encode(Label.parse(url.token or "").sha256())


def test_codes_of_a_sheet_are_put_together_by_what_they_name() -> None:
    codes = [qr(signed(item)) for item in PACKS] + [matrix(item) for item in reversed(PACKS)]
    found = judged(*codes)
    assert [one.item for one in found] == PACKS
    assert not any(one.faults for one in found)


def test_a_data_matrix_of_another_battery_is_found_on_a_whole_sheet() -> None:
    codes = [qr(signed(item)) for item in PACKS[:3]] + [matrix(PACKS[0]), matrix(PACKS[2]), matrix(PACKS[7])]
    assert [one.faults for one in judged(*codes)] == [(), (Fault.CODES_DIFFER,), ()]


def test_a_line_code_of_the_same_battery_agrees_and_a_parcels_code_is_nobodys_business() -> None:
    line = Code(Symbology.CODE_128, PACKS[0].code)
    parcel = Code(Symbology.CODE_128, "SF1234567890123")
    [found] = judged(parcel, qr(signed()), matrix(PACKS[0]), line)
    assert (found.faults, len(found.codes)) == ((), 3)


@pytest.mark.parametrize(
    ("codes", "fault"),
    [
        ([matrix(PACKS[0])], Fault.NO_QR),
        ([qr(signed())], Fault.NO_MATRIX),
        ([Code(Symbology.QR, "https://example.org/menu"), matrix(PACKS[0])], Fault.NO_LABEL),
        ([qr(LabelUrl(URL.origin, PACKS[0])), matrix(PACKS[0])], Fault.NO_TOKEN),
        ([qr(signed(PACKS[1])), matrix(PACKS[0])], Fault.CODES_DIFFER),
        ([qr(replace(signed(PACKS[1]), item=PACKS[0])), matrix(PACKS[0])], Fault.FORGED),
        ([qr(replace(signed(), token="RUBBISH")), matrix(PACKS[0])], Fault.FORGED),
        ([qr(signed(signer=ES256)), matrix(PACKS[0])], Fault.UNKNOWN_KEY),
    ],
    ids=lambda one: one.value if isinstance(one, Fault) else "",
)
def test_what_is_not_good_has_its_reason(codes: list[Code], fault: Fault) -> None:
    [found] = judged(*codes)
    assert fault in found.faults


def test_a_qr_code_alone_is_good_where_no_more_is_expected() -> None:
    [found] = judged(qr(signed()), whole=False)
    assert found.faults == ()


@given(st.lists(st.builds(Code, st.sampled_from(Symbology), st.text(max_size=40)), max_size=6))
def test_whatever_is_read_is_judged(codes: list[Code]) -> None:
    for one in judged(*codes):
        assert one.faults or one.codes[0].label is not None


class Told:
    """A ledger that answers every scan in the same way."""

    def __init__(self, state: Members, label: Members) -> None:
        self.row = {"state": state, "label": label}
        self.asked = list[str]()

    def lookup(self, items: Sequence[str]) -> list[dict[str, Any]]:
        """Return the answer once for each scan."""
        self.asked += items
        return [self.row for _ in items]


SHA256: Final = b64url_encode(Label.parse(signed().token or "").sha256())
NAMED: Final[Mapping[str, Any]] = {"number": 1, "sha256": SHA256, "voided": None, "scanned": "genuine"}
STATE: Final[Mapping[str, Any]] = {}
UNNAMED: Final = {**NAMED, "number": None, "sha256": None, "scanned": "unknown"}
ANSWERS: Final[list[tuple[Members, Members, Standing, tuple[Fault, ...]]]] = [
    (STATE, NAMED, Standing.NAMED, ()),
    (STATE, {**NAMED, "sha256": "L"}, Standing.REPLACED, (Fault.REPLACED,)),
    (STATE, {**NAMED, "voided": "stolen"}, Standing.VOIDED, (Fault.VOIDED,)),
    (STATE, UNNAMED, Standing.UNNAMED, (Fault.UNNAMED,)),
    (None, None, Standing.UNKNOWN, (Fault.UNKNOWN_ITEM,)),
]


@pytest.mark.parametrize(("state", "label", "standing", "faults"), ANSWERS, ids=lambda one: str(one)[:12])
def test_with_a_key_the_ledger_is_asked_only_whether_the_label_counts(
    tmp_path: Path,
    state: Members,
    label: Members,
    standing: Standing,
    faults: tuple[Fault, ...],
) -> None:
    known = {ED25519.verifier.thumbprint(): KnownKey(ED25519.verifier)}
    checker = Checker(keys=known, client=cast("Client", Told(state, label)), whole=True)
    [found] = checker.check(photo(tmp_path))
    assert (found.printed.standing, found.printed.faults) == (standing, faults)


@pytest.mark.parametrize(
    ("scanned", "fault"), [("forged", Fault.FORGED), ("unknown", Fault.UNKNOWN_KEY), ("voided", None)]
)
def test_without_a_key_the_ledgers_word_is_taken(tmp_path: Path, scanned: str, fault: Fault | None) -> None:
    label = {**NAMED, "scanned": scanned}
    checker = Checker(keys=None, client=cast("Client", Told(STATE, label)), whole=True)
    [found] = checker.check(photo(tmp_path))
    assert found.printed.faults == (() if fault is None else (fault,))


def test_what_names_no_battery_is_not_told_to_the_ledger(tmp_path: Path) -> None:
    path, ledger = tmp_path / "menu.png", Told(STATE, NAMED)
    path.write_bytes(bare_png("HTTPS://EXAMPLE.ORG/MENU"))
    [found] = Checker(keys=None, client=cast("Client", ledger), whole=False).check(path)
    assert (found.printed.faults, ledger.asked) == ((Fault.NO_LABEL,), [])


@cache
def drawn(url: LabelUrl) -> Image.Image:
    """Draw a label as it comes out of a printer of 203 dots to the inch."""
    data = render([Imprint.of(url)], "100x60", Format.PNG, own_typeface(), dpi=203)
    return Image.open(io.BytesIO(data)).convert("L")


def photo(folder: Path, url: LabelUrl | None = None) -> Path:
    """Return a photograph of a label: turned, a little blurred, on grey, as JPEG."""
    picture = Image.new("L", (1200, 900), 150)
    picture.paste(drawn(url or signed()), (200, 200))
    path = folder / "photo.jpg"
    turned = picture.rotate(7, Image.Resampling.BICUBIC, fillcolor=150)
    turned.filter(ImageFilter.GaussianBlur(0.8)).save(path, quality=80)
    return path


def run(*arguments: str, code: int = 0) -> Result:
    """Run the command without a ledger; it must end with this exit code."""
    result = CliRunner().invoke(main, ("label", "--check", *arguments), env={"LC_ALL": "C"})
    assert result.exit_code == code, (result.output, result.exception)
    return result


@pytest.fixture
def key(tmp_path: Path) -> str:
    """A file with the public key of the line."""
    path = tmp_path / "line.jwk"
    path.write_text(json.dumps(ED25519.verifier.jwk()))
    return str(path)


def test_a_photograph_is_checked_without_a_network(tmp_path: Path, key: str) -> None:
    told = run(str(photo(tmp_path)), "--key", key).output
    assert "QR code     HTTPS://SUDIAN.EXAMPLE/P/" in told
    assert f"Data Matrix {PACKS[0].code}" in told
    assert "print       good" in told
    assert (signed().token or "?") not in told


def test_a_bad_print_ends_with_1_and_its_reason_in_both_languages(tmp_path: Path, key: str) -> None:
    bad = str(photo(tmp_path, signed(signer=OTHER)))
    assert "not good [unknown_key]" in run(bad, "--key", key, code=1).output
    told = CliRunner().invoke(main, ("label", "--check", bad, "--key", key, "--lang", "zh")).output
    assert "不合格 [unknown_key]" in told


def test_what_programs_are_told(tmp_path: Path, key: str) -> None:
    good, empty = photo(tmp_path), tmp_path / "empty.png"
    Image.new("L", (300, 200), 255).save(empty)
    told = json.loads(run(str(good), str(empty), "--key", key, "--json", code=1).output)
    assert told["result"] == "bad"
    [first, second] = told["pictures"]
    assert (second["labels"], second["faults"]) == ([], ["no_code"])
    [label] = first["labels"]
    assert (label["item"], label["signature"], label["number"]) == (str(PACKS[0]), "holds", 1)
    assert (label["sha256"], label["standing"], label["faults"]) == (SHA256, "not_asked", [])


def test_a_scratched_data_matrix_is_missed(tmp_path: Path, key: str) -> None:
    picture = drawn(signed()).copy()
    ImageDraw.Draw(picture).rectangle((310, 230, 380, 300), fill=255)
    path = tmp_path / "scratched.png"
    picture.save(path)
    assert "[no_matrix]" in run(str(path), "--key", key, code=1).output
    assert "good" in run(str(path), "--key", key, "--sheet", "qr").output


def test_the_qr_code_alone_is_checked_as_such(tmp_path: Path, key: str) -> None:
    path = tmp_path / "qr.png"
    path.write_bytes(bare_png(str(signed())))
    run(str(path), "--key", key, "--sheet", "qr")


def test_what_is_no_picture_or_too_large_is_refused_in_a_sentence(tmp_path: Path, key: str) -> None:
    text, large = tmp_path / "label.pdf", tmp_path / "large.png"
    text.write_bytes(b"%PDF-1.7")
    assert "no picture" in run(str(text), "--key", key, code=1).stderr
    Image.new("1", (MAX_PIXELS // 8_000 + 1, 8_000)).save(large)
    assert "80 million" in run(str(large), "--key", key, code=1).stderr
    assert "No such file" in run(str(tmp_path / "none.png"), "--key", key, code=1).stderr


def test_labels_are_printed_only_with_a_key_and_a_file_to_write() -> None:
    told = CliRunner().invoke(main, ("label", "ZZZPB01DEMO000C2L0000001"), env={"LC_ALL": "C"})
    assert (told.exit_code, "--key and -o" in told.stderr) == (2, True)


def test_every_code_and_fault_has_its_words_in_both_languages() -> None:
    zh, en = (read("cli", "prints", lang) for lang in Language)
    assert {area: set(names) for area, names in zh.items()} == {
        area: set(names) for area, names in en.items()
    }
    assert set(en["fault"]) == set(Fault)
    assert set(en["code"]) == set(Symbology)
    assert set(en["signature"]) == set(Signature)
    assert set(en["standing"]) == set(Standing)

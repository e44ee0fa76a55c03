"""Printed labels: every form and format becomes pixels, off which a decoder not ours reads both codes."""

import io
import itertools
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Final

import pypdfium2  # type: ignore[import-untyped]  # it ships no types
import pytest
import resvg_py
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from crypto.keys import Signer
from ledger.identifiers import ItemId
from ledger.label import LabelFacts, sign_label
from ledger.label_render import qr_matrix, qr_version
from ledger.label_url import LabelUrl, MalformedLabelError
from ledger.printing import words
from ledger.printing.codes import data_matrix
from ledger.printing.formats import Format, render
from ledger.printing.layout import SIZES, Imprint, lay_out
from ledger.printing.marks import collection_symbol
from ledger.printing.sheet import FORMS, MAX_LABELS, RULER_MM, SHEETS
from ledger.printing.typeface import MalformedFontError, Typeface, own_typeface
from ledger.printing.zpl import compressed
from ledger.vocabulary import Hazard
from tests.labels import ED25519, ES256, FACTS, LARGEST_FACTS, LONGEST, URL, WIDE_URL
from tests.zpl import printed, uncompressed

FACE: Final = own_typeface()
DPI: Final = (203, 300)
DARK: Final = 128
LOCAL: Final = "local:91330000577307779U:A-1"
LONGEST_LOCAL: Final = f"local:91330000577307779U:{'MW' * 20}"
Box = tuple[float, float, float, float]


def imprint(url: LabelUrl = URL, facts: LabelFacts = FACTS, signer: Signer = ED25519) -> Imprint:
    """A signed label of a maker."""
    signed = replace(url, token=sign_label(facts, url.prefix, signer))
    return Imprint.of(signed, maker=("宁德示范电池制造有限公司", "Demo Battery"), model="ZZZPB01")


USUAL: Final = imprint()
LARGEST: Final = imprint(WIDE_URL, LARGEST_FACTS, ES256)
LABELS: Final = {"usual": USUAL, "largest": LARGEST}


def made(labels: Sequence[Imprint], form: str, kind: Format, dpi: int = 300) -> bytes:
    # Formats without dots are the same for every resolution.
    return _made(tuple(labels), form, kind, dpi if kind in {Format.PNG, Format.ZPL} else 300)


@cache
def _made(labels: tuple[Imprint, ...], form: str, kind: Format, dpi: int) -> bytes:
    return render(labels, form, kind, FACE, dpi=dpi)


def barcodes(picture: Image.Image) -> list[zxingcpp.Barcode]:
    kinds = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.DataMatrix])
    return zxingcpp.read_barcodes(picture, kinds, try_rotate=False, try_invert=False)


def read(picture: Image.Image) -> set[tuple[str, str]]:
    """What a scanner reads of a label: the text of each code with its kind."""
    return {(one.symbology.name, one.text) for one in barcodes(picture)}


def codes_of(label: Imprint) -> set[tuple[str, str]]:
    return {("QRCode", str(label.url)), ("DataMatrix", label.url.item.code)}


def pdf_pages(data: bytes, dpi: int) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(data)
    return [page.render(scale=dpi / 72).to_pil() for page in document]


def pdf_text(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def pixels(data: bytes, kind: Format, dpi: int) -> list[Image.Image]:
    match kind:
        case Format.SVG:
            svg = resvg_py.svg_to_bytes(svg_string=data.decode(), dpi=dpi, skip_system_fonts=True)
            return [Image.open(io.BytesIO(bytes(svg))).convert("L")]
        case Format.PNG:
            return [Image.open(io.BytesIO(data))]
        case Format.PDF:
            return pdf_pages(data, dpi)
        case Format.ZPL:
            return printed(data.decode())


@pytest.mark.parametrize("dpi", DPI)
@pytest.mark.parametrize("kind", list(Format))
@pytest.mark.parametrize("form", SIZES)
@pytest.mark.parametrize("which", LABELS)
def test_both_codes_of_a_label_are_read_off_its_pixels(which: str, form: str, kind: Format, dpi: int) -> None:
    label, plan = LABELS[which], SIZES[form]
    (picture,) = pixels(made([label], form, kind, dpi), kind, dpi)
    assert codes_of(label) <= read(picture)
    assert picture.width == pytest.approx(plan.width * dpi / 25.4, abs=1)
    assert picture.height == pytest.approx(plan.height * dpi / 25.4, abs=1)


@pytest.mark.parametrize("dpi", DPI)
@pytest.mark.parametrize("kind", [Format.SVG, Format.PNG, Format.PDF])
@pytest.mark.parametrize("form", SHEETS)
def test_every_label_of_a_sheet_is_read(form: str, kind: Format, dpi: int) -> None:
    sheet = SHEETS[form]
    labels = [imprint(replace(URL, item=item(number))) for number in range(sheet.count)]
    (picture,) = pixels(made(labels, form, kind, dpi), kind, dpi)
    scale = dpi / 25.4
    for place, label in enumerate(labels):
        x, y = sheet.corner(place)
        seen = (x * scale, y * scale, (x + sheet.plan.width) * scale, (y + sheet.plan.height) * scale)
        assert codes_of(label) <= read(picture.crop(seen))


def item(number: int) -> ItemId:
    return ItemId.parse(f"gbt34014:ZZZPB01ABC0001G1{'123456789A'[number % 10]}{number:07}")


@pytest.mark.parametrize("form", FORMS)
def test_nothing_that_a_printer_may_cut_off_stands_at_an_edge(form: str) -> None:
    margin_mm, count = (4.8, SHEETS[form].count) if form in SHEETS else (1.4, 1)
    labels = [imprint(replace(URL, item=item(number)), LARGEST_FACTS) for number in range(count)]
    (picture,) = pixels(made(labels, form, Format.PNG), Format.PNG, 300)
    dark = picture.convert("L").point(lambda value: 255 * (value < DARK)).getbbox()
    assert dark is not None
    left, top, right, bottom = dark
    edge = round(margin_mm * 300 / 25.4)
    assert min(left, top, picture.width - right, picture.height - bottom) >= edge


def test_labels_of_a_roll_come_out_one_by_one() -> None:
    labels = [imprint(replace(URL, item=item(number))) for number in range(3)]
    for kind in (Format.PDF, Format.ZPL):
        pictures = pixels(made(labels, "70x40", kind, 203), kind, 203)
        assert [codes_of(label) <= read(one) for label, one in zip(labels, pictures, strict=True)] == [
            True
        ] * 3


def test_the_qr_code_of_a_label_is_at_level_q_and_at_most_version_11() -> None:
    for label in LABELS.values():
        (picture,) = pixels(made([label], "100x60", Format.PNG), Format.PNG, 300)
        code = next(one for one in barcodes(picture) if one.text == str(label.url))
        assert (code.ec_level, qr_version(qr_matrix(code.text)) <= 11) == ("Q", True)


@pytest.mark.parametrize("form", SIZES)
def test_quiet_zones_stay_white_whatever_the_label_says(form: str) -> None:
    for dpi in DPI:
        (picture,) = pixels(made([LARGEST], form, Format.PNG, dpi), Format.PNG, dpi)
        for kind, modules in (("QRCode", 4), ("DataMatrix", 1)):
            code = next(one for one in barcodes(picture) if one.symbology.name == kind)
            corners = [code.position.top_left, code.position.bottom_right]
            left, top, right, bottom = corners[0].x, corners[0].y, corners[1].x, corners[1].y
            # The module in dots: from the QR code's own size, and from the 22 cells of a code of 26 letters.
            cells = 61 if kind == "QRCode" else 20
            quiet = round((right - left) / cells * modules) - 2
            ring = picture.crop((left - quiet, top - quiet, right + quiet, bottom + quiet)).copy()
            ring.paste(255, (quiet - 2, quiet - 2, ring.width - quiet + 2, ring.height - quiet + 2))
            assert ring.point(lambda value: 255 * (value < 128)).getbbox() is None, (form, dpi, kind)


@pytest.mark.parametrize("form", FORMS)
def test_the_text_of_the_pdf_holds_the_chinese_and_the_english(form: str) -> None:
    label = imprint(facts=replace(FACTS, hazards=frozenset(Hazard)))
    text = pdf_text(made([label], form, Format.PDF))
    told = [
        *words.title(label.url.item),
        *words.both("text", "scan"),
        "宁德示范电池制造有限公司",
        "磷酸铁锂 LFP",
    ]
    told += [one for hazard in Hazard for one in words.both("hazard", hazard)]
    for name, value in words.facts_told(label.facts):
        told += [*name, value]
    assert [one for one in told if one not in text] == []
    assert "001CB240000003" in text
    assert "B3C0221953" in text


def test_the_font_of_a_pdf_is_embedded_and_only_its_letters() -> None:
    data = made([USUAL], "100x60", Format.PDF)
    assert b"/FontFile2" in data
    assert len(data) < 60_000


def test_a_page_of_the_pdf_is_as_large_as_the_label_and_asks_not_to_be_scaled() -> None:
    for form, plan in SIZES.items():
        data = made([USUAL, LARGEST], form, Format.PDF)
        sizes = [page.get_size() for page in pypdfium2.PdfDocument(data)]
        assert sizes == [pytest.approx((plan.width / 25.4 * 72, plan.height / 25.4 * 72), abs=0.02)] * 2
        assert b"/PrintScaling /None" in data
    sheet = pypdfium2.PdfDocument(made([USUAL], "a4", Format.PDF))[0]
    assert sheet.get_size() == pytest.approx((595.28, 841.89), abs=0.01)


def objects(data: bytes) -> list[pypdfium2.PdfObject]:
    return list(pypdfium2.PdfDocument(data)[0].get_objects())


def rectangles(data: bytes) -> list[Box]:
    """The boxes of what is drawn on the first page of a PDF, in mm from its bottom left."""
    return [tuple(25.4 / 72 * one for one in drawn.get_bounds()) for drawn in objects(data)]


@pytest.mark.parametrize("form", SHEETS)
def test_the_ruler_of_a_sheet_measures_what_it_says(form: str) -> None:
    boxes = rectangles(made([USUAL], form, Format.PDF))
    ticks = sorted(
        left for left, bottom, right, top in boxes if right - left < 0.2 and top < 18 and top - bottom > 1
    )
    assert len(ticks) == RULER_MM + 1
    assert ticks[-1] - ticks[0] == pytest.approx(RULER_MM, abs=0.01)
    steps = [after - before for before, after in itertools.pairwise(ticks)]
    assert steps == [pytest.approx(1, abs=0.01)] * RULER_MM


@pytest.mark.parametrize("form", SIZES)
def test_the_qr_code_of_a_pdf_has_the_size_of_its_plan(form: str) -> None:
    edge = SIZES[form].qr[2]
    drawn = rectangles(made([LARGEST], form, Format.PDF))[0]
    assert drawn[2] - drawn[0] == pytest.approx(edge * 61 / 69, abs=0.02)
    assert drawn[3] - drawn[1] == pytest.approx(edge * 61 / 69, abs=0.02)


@pytest.mark.parametrize("item", [str(LONGEST), LOCAL, LONGEST_LOCAL])
@pytest.mark.parametrize("form", SIZES)
def test_nothing_is_drawn_outside_of_a_label_or_over_a_code_or_over_letters(form: str, item: str) -> None:
    plan = SIZES[form]
    url = LabelUrl.of("https://passports.sudian.example1", ItemId.parse(item))
    maker = ("宁德示范动力电池制造股份有限公司宁德示范动力电池制造股份有限公司第一分厂",)
    label = replace(imprint(url, replace(LARGEST_FACTS, hazards=frozenset(Hazard))), maker=maker)
    data = made([label], form, Format.PDF)
    boxes = rectangles(data)
    assert all(one[0] >= -0.01 and one[2] <= plan.width + 0.01 for one in boxes)
    assert all(one[1] >= -0.01 and one[3] <= plan.height + 0.01 for one in boxes)
    for code in boxes[:2]:
        assert [one for one in boxes[2:] if overlap(one, code)] == []
    letters = [
        number for number, drawn in enumerate(objects(data)) if drawn.type == pypdfium2.raw.FPDF_PAGEOBJ_TEXT
    ]
    over = [
        (boxes[one], boxes[other])
        for one in letters
        for other in range(len(boxes))
        if other != one and overlap(boxes[one], boxes[other])
    ]
    assert over == []


def test_the_separate_collection_symbol_of_the_large_label_is_50_mm() -> None:
    points = [point for area in collection_symbol() if area.dark for point in area.placed(0, 0, 50).ring]
    for axis in (0, 1):
        assert min(one[axis] for one in points) == pytest.approx(0, abs=0.05)
        assert max(one[axis] for one in points) == pytest.approx(50, abs=0.05)
    assert SIZES["100x150"].symbol[2] == 50


def overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@pytest.mark.parametrize("kind", list(Format))
def test_the_same_label_is_the_same_bytes(kind: Format) -> None:
    assert render([USUAL], "70x40", kind, FACE) == render([USUAL], "70x40", kind, FACE)


def test_the_font_has_every_letter_that_labels_can_say() -> None:
    assert FACE.covers(words.letters())
    assert FACE.covers("".join(chr(code) for code in range(32, 127)))


def test_a_name_with_other_letters_is_said_in_its_english_form() -> None:
    label = replace(USUAL, maker=("龘龘电池", "Dragon Battery"))
    assert "Dragon Battery · ZZZPB01" in pdf_text(made([label], "100x60", Format.PDF))
    nameless = replace(USUAL, maker=("龘龘电池",), model=None)
    assert "龘" not in pdf_text(made([nameless], "100x60", Format.PDF))


def test_a_file_that_is_no_font_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("fonts")
    for name, data in (("a.ttf", b"no font"), ("b.txt", FACE.path.read_bytes()), ("c.otf", b"")):
        (folder / name).write_bytes(data)
        with pytest.raises(MalformedFontError):
            Typeface.read(folder / name)
    with pytest.raises(MalformedFontError):
        Typeface.read(folder / "none.ttf")


def rows_of(width: int) -> st.SearchStrategy[bytes]:
    piece = st.tuples(st.sampled_from([b"\x00", b"\xff", b"\x0f", b"\xa5"]), st.integers(1, 30))
    filled = st.lists(piece, min_size=1).map(lambda some: b"".join(one * count for one, count in some))
    return filled.map(lambda data: (data * width)[:width])


@given(
    st.integers(1, 30).flatmap(lambda width: st.tuples(st.just(width), st.lists(rows_of(width), max_size=8)))
)
def test_rows_of_dots_come_back_from_compressed_zpl(drawn: tuple[int, list[bytes]]) -> None:
    width, rows = drawn
    data = b"".join(rows)
    assert uncompressed(compressed(data, width), width) == data


def test_a_run_longer_than_a_letter_says_is_written_with_several() -> None:
    data = b"\xaa" + b"\x11" * 700 + b"\xbb"
    assert uncompressed(compressed(data, len(data)), len(data)) == data


@pytest.mark.parametrize(
    ("labels", "form", "kind"),
    [
        ([], "100x60", Format.PDF),
        ([USUAL] * (MAX_LABELS + 1), "100x60", Format.PDF),
        ([USUAL], "a3", Format.PDF),
        ([USUAL], "a4", Format.ZPL),
        ([USUAL] * 2, "100x60", Format.SVG),
        ([USUAL] * 9, "a4", Format.PNG),
    ],
)
def test_what_does_not_go_together_is_refused(labels: list[Imprint], form: str, kind: Format) -> None:
    with pytest.raises(MalformedLabelError):
        made(labels, form, kind)


def test_a_code_too_large_for_the_label_is_refused() -> None:
    small = replace(SIZES["70x40"], qr=(1.0, 1.0, 17.0))
    with pytest.raises(MalformedLabelError, match="larger"):
        lay_out(LARGEST, small, FACE)
    with pytest.raises(MalformedLabelError, match="larger"):
        lay_out(LARGEST, replace(small, qr=(1.0, 1.0, 17.24)), FACE, dpi=300)


@pytest.mark.parametrize("text", ["", "A" * 121, "编码", "A\n"])
def test_a_data_matrix_holds_a_short_text_of_printable_ascii(text: str) -> None:
    with pytest.raises(MalformedLabelError, match="120"):
        data_matrix(text)


def test_a_label_without_a_token_has_no_imprint() -> None:
    with pytest.raises(MalformedLabelError):
        Imprint.of(URL)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gbt34014:ZZZPB010000000C720000012", "动力电池包"),
        ("gbt34014:ZZZMB010000000C720000012", "动力电池模块"),
        ("gbt34014:001CB240000003B3C0221953", "动力电池单体"),
        (str(LONGEST), "梯次利用电池产品"),
        (LOCAL, "动力电池"),
    ],
)
def test_a_label_is_headed_by_what_its_code_says_it_is(text: str, expected: str) -> None:
    assert words.title(ItemId.parse(text))[0] == expected


def test_the_svg_says_its_text_to_those_who_hear_it() -> None:
    svg = made([USUAL], "100x60", Format.SVG).decode()
    assert "<title" in svg
    assert "磷酸铁锂 LFP" in svg.partition("<desc>")[2].partition("</desc>")[0]
    assert "<text" not in svg
    assert "<script" not in svg
    assert "style=" not in svg

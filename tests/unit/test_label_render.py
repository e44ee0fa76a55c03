"""Pictures of labels: a decoder that is not ours reads them, at the version and level of the format."""

import io
import re
from dataclasses import replace
from typing import Final
from xml.etree import ElementTree as ET

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from ledger.identifiers import ItemId
from ledger.label import sign_label
from ledger.label_render import printed_lines, qr_matrix, qr_version, render_png, render_svg
from ledger.label_url import LabelUrl, MalformedLabelError
from tests.labels import CELL, ED25519, FACTS, LARGEST_FACTS, LONGEST, URL, WIDE_URL

SVG: Final = "{http://www.w3.org/2000/svg}"
USUAL: Final = str(replace(URL, token=sign_label(FACTS, URL.prefix, ED25519)))
LARGEST: Final = str(replace(WIDE_URL, token=sign_label(LARGEST_FACTS, WIDE_URL.prefix, ED25519)))
LINES: Final = {USUAL: printed_lines(CELL), LARGEST: printed_lines(LONGEST)}


def png(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("L")


def drawn(svg: str, scale: int) -> Image.Image:
    """The rectangles of the SVG's path, drawn as the SVG says."""
    root = ET.fromstring(svg)  # noqa: S314  the text is our own
    _, _, width, height = (int(float(number)) for number in root.attrib["viewBox"].split())
    picture = Image.new("L", (width * scale, height * scale), 255)
    draw = ImageDraw.Draw(picture)
    path = root.find(f"{SVG}path")
    assert path is not None
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path.attrib["d"]):
        left, top, right = int(x) * scale, int(y) * scale, (int(x) + int(length)) * scale
        draw.rectangle((left, top, right - 1, top + scale - 1), fill=0)
    return picture


def read(picture: Image.Image) -> zxingcpp.Barcode:
    barcode = zxingcpp.read_barcode(picture)
    assert barcode is not None
    assert barcode.symbology == zxingcpp.BarcodeFormat.QRCode
    return barcode


@pytest.mark.parametrize("url", [USUAL, LARGEST])
@pytest.mark.parametrize("with_lines", ["with its text", "bare"])
def test_another_decoder_reads_the_png_at_level_q(url: str, with_lines: str) -> None:
    barcode = read(png(render_png(url, LINES[url] if with_lines != "bare" else (), module_px=4)))
    assert (barcode.text, barcode.ec_level) == (url, "Q")


@pytest.mark.parametrize("url", [USUAL, LARGEST])
@pytest.mark.parametrize("with_lines", ["with its text", "bare"])
def test_another_decoder_reads_the_drawn_svg_at_level_q(url: str, with_lines: str) -> None:
    barcode = read(drawn(render_svg(url, LINES[url] if with_lines != "bare" else ()), 4))
    assert (barcode.text, barcode.ec_level) == (url, "Q")


def test_the_largest_label_of_a_battery_code_is_version_11() -> None:
    assert len(LARGEST) == 259
    assert qr_version(qr_matrix(LARGEST)) == 11
    assert qr_version(qr_matrix(USUAL)) <= 11


def test_four_modules_around_the_code_stay_white() -> None:
    picture = png(render_png(USUAL, module_px=1))
    width = picture.width
    assert width == picture.height == len(qr_matrix(USUAL)) + 8
    dark = picture.point(lambda value: 255 - value).getbbox()
    assert dark == (4, 4, width - 4, width - 4)


def test_the_text_keeps_out_of_the_quiet_zone() -> None:
    picture = png(render_png(USUAL, LINES[USUAL], module_px=8))
    below = (0, picture.width - 4 * 8, picture.width, picture.width)
    assert picture.crop(below).point(lambda value: 255 - value).getbbox() is None
    svg = ET.fromstring(render_svg(USUAL, LINES[USUAL]))  # noqa: S314  the text is our own
    for text in svg.iter(f"{SVG}text"):
        # Capitals of common monospace fonts are at most 0.74 of the size high.
        assert float(text.attrib["y"]) - 0.74 * float(text.attrib["font-size"]) >= picture.width / 8


def test_the_picture_is_the_same_bytes_each_time() -> None:
    assert render_png(USUAL, LINES[USUAL]) == render_png(USUAL, LINES[USUAL])
    assert render_svg(USUAL, LINES[USUAL]) == render_svg(USUAL, LINES[USUAL])


@pytest.mark.parametrize(
    ("item", "lines"),
    [
        (str(CELL), ("001CB240000003", "B3C0221953")),
        (str(LONGEST), ("ZZZPB01ABC0001", "C720000012RP")),
        ("gbt34014:ZZZPB01C720000012RP", ("ZZZPB01", "C720000012RP")),
        ("lot:91330000577307779U:BM-01", ("LOT:91330000577307779U", ":BM-01")),
    ],
)
def test_the_code_stands_below_in_readable_lines(item: str, lines: tuple[str, ...]) -> None:
    assert printed_lines(ItemId.parse(item)) == lines
    svg = ET.fromstring(render_svg(USUAL, lines))  # noqa: S314  the text is our own
    assert tuple(text.text for text in svg.iter(f"{SVG}text")) == lines


def test_the_longest_line_fits_the_smallest_label() -> None:
    url = str(LabelUrl.of("http://h", ItemId.parse("gbt45565:A")))
    picture = png(render_png(url, ("W" * 22,), module_px=8))
    text = picture.crop((0, picture.width, picture.width, picture.height))
    dark = text.point(lambda value: 255 - value).getbbox()
    assert dark is not None
    assert dark[0] > 0
    assert dark[2] < text.width


def test_the_longest_line_of_an_svg_is_made_small_enough() -> None:
    svg = ET.fromstring(render_svg("HTTP://H/P/GBT45565:A", ("W" * 22,)))  # noqa: S314  the text is our own
    text = svg.find(f"{SVG}text")
    assert text is not None
    assert float(text.attrib["font-size"]) * 22 * 0.602 < float(svg.attrib["viewBox"].split()[2])


def test_text_that_is_markup_stays_text() -> None:
    svg = ET.fromstring(render_svg(USUAL, ("<a>&",)))  # noqa: S314  the text is our own
    assert [text.text for text in svg.iter(f"{SVG}text")] == ["<a>&"]


@pytest.mark.parametrize("url", ["", "https://lower.example", "HTTPS://溯电", "A" * 1001])
def test_a_url_outside_the_alphanumeric_set_is_not_drawn(url: str) -> None:
    for render in (render_svg, render_png):
        with pytest.raises(MalformedLabelError):
            render(url)

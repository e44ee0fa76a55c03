"""Pictures of a label: SVG text and PNG bytes of a QR code, with the code in readable letters below it.

The QR code is at error level Q in alphanumeric mode with four modules of quiet zone (docs/formats.md, section
7). Given the same text the picture is the same bytes. Nothing is read or written here.
"""

import io
import re
from collections.abc import Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape

from PIL import Image, ImageDraw, ImageFont
from qrcode.constants import ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.main import QRCode

from ledger.identifiers import ItemId
from ledger.label_url import MalformedLabelError

QUIET_ZONE: Final = 4
MAX_URL: Final = 1000

_ALPHANUMERIC: Final = re.compile(r"[0-9A-Z $%*+./:-]+")
_LINE_MODULES: Final = 5
_LETTER_MODULES: Final = 4.5
# Advance of a letter of a monospace font, in its size; the widest in use have 0.602.
_ADVANCE: Final = 0.61
_DESIGN: Final = {19: 7, 24: 14, 26: 14}
_MAX_LINE: Final = 22

Matrix = Sequence[Sequence[bool]]


def qr_matrix(url: str) -> Matrix:
    """Return the modules of the QR code of a URL, true where dark, without the quiet zone.

    Raises:
        MalformedLabelError: the URL is longer than 1,000 characters or outside QR's alphanumeric set.
    """
    if len(url) > MAX_URL or not _ALPHANUMERIC.fullmatch(url):
        raise MalformedLabelError("a label's URL is at most 1,000 characters of QR's alphanumeric set")
    code = QRCode(error_correction=ERROR_CORRECT_Q, border=0)
    # Unoptimised, the whole text is one segment, and qrcode takes the densest mode that holds it.
    code.add_data(url, optimize=0)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.get_matrix()]


def link_code(link: str) -> tuple[int, str]:
    """Return the QR code of any link: its edge in modules, quiet zone and all, and an SVG path.

    Raises:
        MalformedLabelError: the link is longer than 1,000 characters.
    """
    if len(link) > MAX_URL:
        raise MalformedLabelError("a link is at most 1,000 characters")
    code = QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(link)
    code.make(fit=True)
    matrix = [[bool(module) for module in row] for row in code.get_matrix()]
    return len(matrix) + 2 * QUIET_ZONE, _path(matrix)


def qr_version(matrix: Matrix) -> int:
    """Return the version of a QR code from its size: 21 modules are version 1, four more each next one."""
    return (len(matrix) - 17) // 4


def printed_lines(item: ItemId) -> tuple[str, ...]:
    """Return what stands below the QR code: a battery code's design and production parts, or the id."""
    code = item.code.upper()
    if item.scheme == "gbt34014":
        cut = _DESIGN[len(code)]
        return (code[:cut], code[cut:])
    return tuple(code[start : start + _MAX_LINE] for start in range(0, len(code), _MAX_LINE))


def render_svg(url: str, lines: Sequence[str] = (), *, module_mm: float = 0.5) -> str:
    """Return a label as SVG: the QR code of `url` and `lines` below it; without lines the bare QR code.

    Args:
        url: what the QR code says, in capitals.
        lines: text below it, from `printed_lines`.
        module_mm: edge of a module, in mm, when printed in its own size.

    Raises:
        MalformedLabelError: the URL does not go into an alphanumeric QR code.
    """
    matrix = qr_matrix(url)
    width = len(matrix) + 2 * QUIET_ZONE
    height = width + _text_modules(lines)
    path = _path(matrix)
    letter = min(_LETTER_MODULES, (width - QUIET_ZONE) / (_ADVANCE * max(map(len, lines), default=1)))
    texts = "".join(
        f'<text x="{width / 2:g}" y="{_baseline(width, place)}" text-anchor="middle" '
        f'font-family="monospace" font-size="{letter:g}">{escape(line)}</text>'
        for place, line in enumerate(lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width * module_mm:g}mm" height="{height * module_mm:g}mm" shape-rendering="crispEdges">'
        f'<rect width="{width}" height="{height}" fill="#fff"/><path d="{path}" fill="#000"/>{texts}</svg>\n'
    )


def render_png(url: str, lines: Sequence[str] = (), *, module_px: int = 8) -> bytes:
    """Return a label as a PNG of black and white: the QR code of `url` and `lines` below it.

    Args:
        url: what the QR code says, in capitals.
        lines: text below it, from `printed_lines`.
        module_px: edge of a module, in pixels.

    Raises:
        MalformedLabelError: the URL does not go into an alphanumeric QR code.
    """
    matrix = qr_matrix(url)
    width = len(matrix) + 2 * QUIET_ZONE
    picture = Image.new("1", (width * module_px, (width + _text_modules(lines)) * module_px), 1)
    draw = ImageDraw.Draw(picture)
    for x, y, length in _runs(matrix):
        corner = ((x + length) * module_px - 1, (y + 1) * module_px - 1)
        draw.rectangle(((x * module_px, y * module_px), corner), fill=0)
    font = _font_that_fits(lines, size=_LINE_MODULES * module_px, width=(width - QUIET_ZONE) * module_px)
    for place, line in enumerate(lines):
        foot = (width * module_px / 2, _baseline(width, place) * module_px)
        draw.text(foot, line, fill=0, font=font, anchor="ms")
    file = io.BytesIO()
    picture.save(file, format="PNG", optimize=True)
    return file.getvalue()


def _text_modules(lines: Sequence[str]) -> int:
    """Height of the text below the square of the QR code and its quiet zone, in modules."""
    return len(lines) * _LINE_MODULES


def _baseline(width: int, place: int) -> int:
    """Where the letters of a line stand, in modules from the top: capitals keep clear of the quiet zone."""
    return width + (place + 1) * _LINE_MODULES - 1


def _font_that_fits(
    lines: Sequence[str], *, size: float, width: int
) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The built-in font at `size` pixels, or smaller where the longest line is wider than `width` pixels."""
    font = ImageFont.load_default(size=size)
    longest = max((font.getlength(line) for line in lines), default=0)
    return font if longest <= width else ImageFont.load_default(size=size * width / longest)


def _path(matrix: Matrix) -> str:
    return "".join(f"M{x} {y}h{length}v1h-{length}z" for x, y, length in _runs(matrix))


def _runs(matrix: Matrix) -> Iterator[tuple[int, int, int]]:
    """Rows of dark modules as x, y and length, in modules, the quiet zone counted in."""
    for y, row in enumerate(matrix, start=QUIET_ZONE):
        start = None
        for x, dark in enumerate((*row, False), start=QUIET_ZONE):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                yield start, y, x - start
                start = None

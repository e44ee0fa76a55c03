"""Labels for thermal printers that speak ZPL II: each one graphic of the printer's own dots.

The whole label is a graphic field (`^GFA`), its Chinese with it, because printers have no Chinese letters and
choose version and level of a code themselves; what is printed is then what was tested. Rows are in ZPL II's
compressed hexadecimal: `G` to `Y` and `g` to `z` before a digit repeat it, a comma fills a row with white, an
exclamation mark with black, a colon repeats the row above.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from PIL import Image

from ledger.printing.raster import picture
from ledger.printing.shapes import Drawing
from ledger.printing.typeface import Typeface

_DARKER_THAN: Final = 128
_STEP: Final = 20
_MOST: Final = 400
"""The largest repeat that one letter says is `z`: 20 times 20."""


def render_zpl(drawings: Sequence[Drawing], face: Typeface, dpi: int) -> str:
    """Return labels as one ZPL II text, `^XA` to `^XZ` for each, for a printer of `dpi` dots to the inch."""
    return "".join(_format(picture(drawing, face, dpi)) for drawing in drawings)


def _format(image: Image.Image) -> str:
    """One label: its width and length in dots, black on white, no change of what the printer keeps."""
    row_bytes = (image.width + 7) // 8
    total = row_bytes * image.height
    graphic = compressed(_dots(image), row_bytes)
    size = f"^PW{image.width}^LL{image.height}^LH0,0"
    return f"^XA{size}^FO0,0^GFA,{total},{total},{row_bytes},{graphic}^FS^XZ\n"


def _dots(image: Image.Image) -> bytes:
    """The dots row by row, eight in a byte, a printed one as 1; a row is filled up with white."""
    return (
        image.point(lambda value: 255 * (value < _DARKER_THAN))
        .convert("1", dither=Image.Dither.NONE)
        .tobytes()
    )


def compressed(data: bytes, row_bytes: int) -> str:
    """Return rows of dots in the compressed hexadecimal of ZPL II."""
    above: bytes | None = None
    parts: list[str] = []
    for start in range(0, len(data), row_bytes):
        row = data[start : start + row_bytes]
        parts.append(":" if row == above else _row(row.hex().upper()))
        above = row
    return "".join(parts)


def _row(digits: str) -> str:
    """A row, its end of zeros as a comma and its end of ones as an exclamation mark."""
    for digit, sign in (("0", ","), ("F", "!")):
        if digits.endswith(digit):
            return "".join(_runs(digits.rstrip(digit))) + sign
    return "".join(_runs(digits))


def _runs(digits: str) -> Iterator[str]:
    for digit, run in groupby(digits):
        yield _counted(len(list(run)), digit)


def _counted(count: int, digit: str) -> str:
    """A digit `count` times: `z` for each 400, a small letter for the twenties, a capital for the rest."""
    if count == 1:
        return digit
    many, rest = divmod(count, _MOST)
    twenties, ones = divmod(rest, _STEP)
    signs = "z" * many
    signs += chr(ord("f") + twenties) if twenties else ""
    signs += chr(ord("F") + ones) if ones else ""
    return signs + digit

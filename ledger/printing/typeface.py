"""The letters of a label: how wide they are and what their outlines are, from one font file.

The font of our own has the letters of the label's texts and of many firms' names (`docs/make_label_font.py`,
docs/adr/0008-carry-a-small-font-for-labels.md); a firm that needs others names a file of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

# fontTools ships no types.
from fontTools.pens.svgPathPen import SVGPathPen  # type: ignore[import-untyped]
from fontTools.pens.transformPen import TransformPen  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont, TTLibError  # type: ignore[import-untyped]

from ledger.errors import MalformedError

_SUFFIXES: Final = frozenset({".ttf", ".otf"})
_MAX_FONT: Final = 32 * 1024 * 1024


class MalformedFontError(MalformedError):
    """A file is no font that labels can be set in."""


@dataclass(frozen=True, slots=True)
class Typeface:
    """A font that was read.

    Attributes:
        path: its file, which Pillow and the PDF read again.
    """

    path: Path
    _font: Any = field(repr=False, compare=False)
    _glyphs: Any = field(repr=False, compare=False)
    _names: dict[int, str] = field(repr=False, compare=False)
    _em: int

    @classmethod
    def read(cls, path: Path) -> "Typeface":
        """Read a TrueType or OpenType font.

        Raises:
            MalformedFontError: it is none, or cannot be read.
        """
        try:
            if path.suffix not in _SUFFIXES or path.stat().st_size > _MAX_FONT:
                raise MalformedFontError("a font is a .ttf or .otf file of at most 32 MiB")
            font = TTFont(path)
            names, em = font.getBestCmap(), font["head"].unitsPerEm
            return cls(path, font, font.getGlyphSet(), dict(names or {}), em)
        except (OSError, TTLibError, KeyError, AssertionError, ValueError) as error:
            raise MalformedFontError("not a font that can be read") from error

    def covers(self, text: str) -> bool:
        """Say whether the font has every letter of a text."""
        return all(ord(letter) in self._names for letter in text)

    def first_covered(self, texts: Sequence[str]) -> str | None:
        """Return the first text that can be set, None where there is none."""
        return next((text for text in texts if self.covers(text)), None)

    def width(self, text: str, size: float) -> float:
        """Return how wide a line is at a size, in the unit of the size."""
        units: int = sum(self._glyphs[self._name(letter)].width for letter in text)
        return units * size / self._em

    def outline(self, text: str, x: float, y: float, size: float) -> str:
        """Return the outlines of a line as an SVG path, its left end and baseline at (x, y)."""
        scale = size / self._em
        pen = SVGPathPen(self._glyphs, ntos=lambda number: f"{number:.2f}".rstrip("0").rstrip("."))
        for letter in text:
            glyph = self._glyphs[self._name(letter)]
            glyph.draw(TransformPen(pen, (scale, 0, 0, -scale, x, y)))
            x += glyph.width * scale
        commands: str = pen.getCommands()
        return commands

    def _name(self, letter: str) -> str:
        return self._names.get(ord(letter), ".notdef")


@cache
def typeface_at(path: Path) -> Typeface:
    """Return the font of a file, read once; raises MalformedFontError."""
    return Typeface.read(path)


def own_typeface() -> Typeface:
    """Return the font that comes with the program."""
    # A clone or an installed folder: the font is always a file of its own.
    return typeface_at(Path(str(resources.files("ledger.printing") / "label.ttf")))

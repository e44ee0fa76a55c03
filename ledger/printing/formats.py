"""Labels in the format asked for: the one door of the route and of the command."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from ledger.label_url import MalformedLabelError
from ledger.printing.layout import SIZES, Imprint
from ledger.printing.pdf import render_pdf
from ledger.printing.raster import render_png
from ledger.printing.sheet import FORMS, pages
from ledger.printing.typeface import Typeface
from ledger.printing.vector import render_svg
from ledger.printing.zpl import render_zpl

DEFAULT_FORM: Final = "100x60"
DEFAULT_DPI: Final = 300


class Format(StrEnum):
    """How labels leave, by the end of a file's name."""

    SVG = "svg"
    PNG = "png"
    PDF = "pdf"
    ZPL = "zpl"

    @property
    def media_type(self) -> str:
        """What HTTP calls it."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES: Final = {
    Format.SVG: "image/svg+xml",
    Format.PNG: "image/png",
    Format.PDF: "application/pdf",
    Format.ZPL: "application/zpl",
}
_OF_DOTS: Final = frozenset({Format.PNG, Format.ZPL})


def render(
    imprints: Sequence[Imprint], form: str, kind: Format, face: Typeface, *, dpi: int = DEFAULT_DPI
) -> bytes:
    """Return labels in a format.

    Args:
        imprints: the labels, 1 to 96; SVG and PNG hold one page.
        form: one of `FORMS`; a thermal printer takes those from a roll.
        kind: the format.
        face: what they are set in.
        dpi: dots to the inch of PNG and ZPL; the other formats have no dots.

    Raises:
        MalformedLabelError: the labels do not go into this form and format, or their codes not on a label.
    """
    if form not in FORMS:
        raise MalformedLabelError(f"labels are printed as {', '.join(FORMS)}")
    if kind is Format.ZPL and form not in SIZES:
        raise MalformedLabelError("a thermal printer takes labels from a roll: " + ", ".join(SIZES))
    drawings = pages(imprints, form, face, dpi=dpi if kind in _OF_DOTS else None)
    if kind in {Format.SVG, Format.PNG} and len(drawings) > 1:
        raise MalformedLabelError(f"{kind} holds one page, these are {len(drawings)}: take pdf")
    match kind:
        case Format.SVG:
            return render_svg(drawings[0], face).encode()
        case Format.PNG:
            return render_png(drawings[0], face, dpi)
        case Format.PDF:
            return render_pdf(drawings, face)
        case Format.ZPL:
            return render_zpl(drawings, face, dpi).encode("ascii")

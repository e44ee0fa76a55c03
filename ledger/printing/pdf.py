"""Drawings as pages of a PDF in their own size: vectors, and text that can be searched, its font embedded."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from fpdf import FPDF
from fpdf.prefs import ViewerPreferences

from ledger.printing.shapes import Area, Cells, Drawing, Letters, Shape
from ledger.printing.typeface import Typeface

_FAMILY: Final = "label"
_POINTS_PER_MM: Final = 72 / 25.4
_BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands for the day it was made, which a label does not have: the same labels are the same bytes."""


def render_pdf(drawings: Sequence[Drawing], face: Typeface) -> bytes:
    """Return a PDF with one page for each drawing, of the drawing's size."""
    pdf = FPDF(unit="mm")
    pdf.set_creation_date(_BEGINNING)
    pdf.set_title("; ".join(drawing.title for drawing in drawings))
    pdf.set_lang("zh-CN")
    pdf.set_auto_page_break(auto=False)
    pdf.set_margin(0)
    # Whoever prints it must get it 1:1; a reader that heeds this does not scale to fit.
    pdf.viewer_preferences = ViewerPreferences(print_scaling="None")
    pdf.add_font(_FAMILY, fname=face.path)
    for drawing in drawings:
        pdf.add_page(format=(drawing.width, drawing.height))
        for shape in drawing.shapes:
            _draw(pdf, shape)
    return bytes(pdf.output())


def _draw(pdf: FPDF, shape: Shape) -> None:
    match shape:
        case Cells():
            _draw_cells(pdf, shape)
        case Area():
            pdf.set_fill_color(0 if shape.dark else 255)
            pdf.polygon(shape.ring, style="F")
        case Letters():
            pdf.set_font(_FAMILY, size=shape.size * _POINTS_PER_MM)
            pdf.text(shape.x, shape.y, shape.text)


def _draw_cells(pdf: FPDF, cells: Cells) -> None:
    """All modules are one path: rectangles of their own would show hair lines where they meet."""
    with pdf.new_path() as path:
        path.style.fill_color = "#000000"
        path.style.stroke_color = None
        for column, row, length in cells.runs():
            corner = (cells.x + column * cells.module, cells.y + row * cells.module)
            path.rectangle(*corner, length * cells.module, cells.module)

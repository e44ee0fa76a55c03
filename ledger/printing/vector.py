"""A drawing as SVG in millimetres; letters are outlines, so it needs no font and looks alike everywhere."""

from typing import Final
from xml.sax.saxutils import escape

from ledger.printing.shapes import Area, Cells, Drawing, Letters, Shape
from ledger.printing.typeface import Typeface

_WHITE: Final = "#fff"


def render_svg(drawing: Drawing, face: Typeface) -> str:
    """Return a drawing as SVG of its own size; what its text says stands in `desc` for those who hear it."""
    width, height = _number(drawing.width), _number(drawing.height)
    told = "\n".join(shape.text for shape in drawing.shapes if isinstance(shape, Letters))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
        f'viewBox="0 0 {width} {height}" role="img" aria-labelledby="title">'
        f'<title id="title">{escape(drawing.title)}</title><desc>{escape(told)}</desc>'
        f'<rect width="{width}" height="{height}" fill="{_WHITE}"/>'
    )
    return head + "".join(_drawn(shape, face) for shape in drawing.shapes) + "</svg>\n"


def _drawn(shape: Shape, face: Typeface) -> str:
    match shape:
        case Cells():
            return _cells(shape)
        case Letters():
            return f'<path d="{face.outline(shape.text, shape.x, shape.y, shape.size)}"/>'
        case Area():
            fill = "" if shape.dark else f' fill="{_WHITE}"'
            line = "L".join(f"{_number(x)} {_number(y)}" for x, y in shape.ring)
            return f'<path d="M{line}z"{fill}/>'


def _cells(cells: Cells) -> str:
    """The modules in units of their own, so that no edge is rounded."""
    runs = "".join(f"M{x} {y}h{length}v1h-{length}z" for x, y, length in cells.runs())
    place = f"translate({_number(cells.x)} {_number(cells.y)}) scale({cells.module:.6f})"
    return f'<path transform="{place}" shape-rendering="crispEdges" d="{runs}"/>'


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")

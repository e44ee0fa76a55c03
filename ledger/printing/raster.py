"""A drawing as dots: PNG for screens and label printers' drivers, and the dots of a thermal printer."""

import io
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from ledger.printing.layout import MM_PER_INCH
from ledger.printing.shapes import Area, Cells, Drawing, Letters
from ledger.printing.typeface import Typeface

RESOLUTIONS: Final = (203, 300, 600)
"""Dots in an inch of usual label printers."""
_FINER: Final = 4
"""Areas are drawn so many times larger and made small again, which smooths their edges."""
_WHITE: Final = 255


def picture(drawing: Drawing, face: Typeface, dpi: int) -> Image.Image:
    """Return a drawing in grey, black on white, `dpi` dots to the inch."""
    scale = dpi / MM_PER_INCH
    size = (round(drawing.width * scale), round(drawing.height * scale))
    image = Image.new("L", size, _WHITE)
    draw = ImageDraw.Draw(image)
    for shape in drawing.shapes:
        match shape:
            case Cells():
                _draw_cells(draw, shape, scale)
            case Area():
                _draw_area(image, shape, scale)
            case Letters():
                font = ImageFont.truetype(face.path, shape.size * scale)
                draw.text((shape.x * scale, shape.y * scale), shape.text, fill=0, font=font, anchor="ls")
    return image


def render_png(drawing: Drawing, face: Typeface, dpi: int) -> bytes:
    """Return a drawing as PNG that says its resolution."""
    file = io.BytesIO()
    picture(drawing, face, dpi).save(file, format="PNG", dpi=(dpi, dpi))
    return file.getvalue()


def _draw_cells(draw: ImageDraw.ImageDraw, cells: Cells, scale: float) -> None:
    """Every module has the same number of dots, from a corner that is a whole dot."""
    left, top, module = round(cells.x * scale), round(cells.y * scale), max(1, round(cells.module * scale))
    for column, row, length in cells.runs():
        x, y = left + column * module, top + row * module
        draw.rectangle((x, y, x + length * module - 1, y + module - 1), fill=0)


def _draw_area(image: Image.Image, area: Area, scale: float) -> None:
    xs, ys = [x * scale for x, _ in area.ring], [y * scale for _, y in area.ring]
    left, top = int(min(xs)), int(min(ys))
    width, height = int(max(xs)) - left + 2, int(max(ys)) - top + 2
    stencil = Image.new("L", (width * _FINER, height * _FINER), 0)
    ring = [((x - left) * _FINER, (y - top) * _FINER) for x, y in zip(xs, ys, strict=True)]
    ImageDraw.Draw(stencil).polygon(ring, fill=_WHITE)
    stencil = stencil.resize((width, height), Image.Resampling.BOX)
    image.paste(0 if area.dark else _WHITE, (left, top), stencil)

"""One label: what stands on it, and where on a label of a size.

A size is a plan: places and sizes in millimetres. Codes get the largest module that fits their place, in
whole dots where the label is for a printer of some resolution, because nothing prints a module of four and a
half dots. Text that is too long is set smaller, never cut.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from ledger.identifiers import ItemId
from ledger.label import Label, LabelFacts
from ledger.label_render import QUIET_ZONE, printed_lines, qr_matrix
from ledger.label_url import LabelUrl, MalformedLabelError
from ledger.printing import codes, words
from ledger.printing.marks import Mark, collection_symbol, hazard_mark
from ledger.printing.shapes import Cells, Drawing, Letters, Matrix, Shape, box
from ledger.printing.typeface import Typeface
from ledger.vocabulary import Hazard

MM_PER_INCH: Final = 25.4
SMALLEST_MODULE: Final = 0.25
"""In mm: a module of two dots of a 203 dpi printer, which a phone still reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imprint:
    """What is printed.

    Attributes:
        url: what the QR code says, with its token.
        facts: what the token says.
        maker: the firm's names, the one to be preferred first.
        model: the model's id.
    """

    url: LabelUrl
    facts: LabelFacts
    maker: tuple[str, ...] = ()
    model: str | None = None

    @classmethod
    def of(cls, url: LabelUrl, *, maker: tuple[str, ...] = (), model: str | None = None) -> Self:
        """Return the imprint of a signed label; raises MalformedLabelError where the URL has no token."""
        return cls(url=url, facts=Label.parse(url.token or "").facts, maker=maker, model=model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Where things stand on a label of a size, in mm; a place is (x, y, edge), with the quiet zone of a code.

    Attributes:
        width: of the label.
        height: of the label.
        qr: place of the QR code.
        matrix: place of the Data Matrix.
        symbol: place of the separate-collection symbol.
        text: where the column of text begins, and how wide it is.
        title: baseline and size of the first line.
        maker: baseline and size of the line below it.
        facts: baseline of the first row of facts, and the size of their values.
        name: size of their names.
        value: where a value stands beside or below its name.
        columns: in how many columns facts are set.
        row: how far two rows of facts are apart.
        code: left end, first baseline and size of the code in letters, and how many lines it has.
        scan: left end and baseline of the words on what the QR code is for, their room and number of lines.
        marks: place of the first hazard mark.
        pitch: how far marks are apart, across and down.
        marks_in_row: how many marks stand in a row.
        caption: size of the words below a mark.
    """

    width: float
    height: float
    qr: tuple[float, float, float]
    matrix: tuple[float, float, float]
    symbol: tuple[float, float, float]
    text: tuple[float, float]
    title: tuple[float, float]
    maker: tuple[float, float]
    facts: tuple[float, float]
    name: float
    value: tuple[float, float]
    columns: int
    row: float
    code: tuple[float, float, float, int]
    scan: tuple[float, float, float, int]
    marks: tuple[float, float, float]
    pitch: tuple[float, float]
    marks_in_row: int
    caption: float


SIZES: Final[Mapping[str, Plan]] = {
    "100x150": Plan(
        width=100, height=150,
        qr=(2.0, 2.0, 52.5), matrix=(56.0, 26.0, 24.5), symbol=(46.5, 97.0, 50.0),
        text=(4.0, 92.0), title=(60.5, 5.8), maker=(66.3, 3.2),
        facts=(72.2, 3.6), name=2.4, value=(0, 3.8), columns=2, row=7.9,
        code=(57.5, 10.5, 4.6, 2), scan=(57.5, 21.0, 40.0, 2),
        marks=(4.0, 97.5, 11.6), pitch=(21.0, 17.0), marks_in_row=2, caption=2.1,
    ),
    "100x60": Plan(
        width=100, height=60,
        qr=(1.5, 1.0, 35.2), matrix=(37.5, 27.9, 12.3), symbol=(82.6, 42.4, 15.0),
        text=(38.5, 59.0), title=(5.7, 4.2), maker=(9.5, 2.4),
        facts=(13.4, 2.6), name=1.85, value=(0, 2.72), columns=2, row=5.25,
        code=(51.0, 33.4, 4.4, 2), scan=(4.2, 38.1, 31.0, 2),
        marks=(2.5, 42.6, 10.5), pitch=(15.8, 0), marks_in_row=5, caption=1.95,
    ),
    "70x40": Plan(
        width=70, height=40,
        qr=(0.8, 0.3, 25.6), matrix=(58.6, 8.6, 10.6), symbol=(58.5, 28.3, 10.0),
        text=(27.6, 40.8), title=(4.2, 2.9), maker=(7.2, 1.8),
        facts=(10.9, 1.85), name=1.75, value=(20.4, 0), columns=1, row=2.3,
        code=(27.6, 25.5, 2.8, 1), scan=(2.6, 27.4, 55.5, 1),
        marks=(1.6, 28.0, 6.5), pitch=(11.4, 0), marks_in_row=5, caption=1.65,
    ),
}  # fmt: skip
"""Labels from a roll, by width and height in mm."""


def lay_out(imprint: Imprint, plan: Plan, face: Typeface, *, dpi: int | None = None) -> Drawing:
    """Return a label of a size.

    Args:
        imprint: what it says.
        plan: its size, of `SIZES`.
        face: what it is set in.
        dpi: dots in an inch of the printer whose dots the modules of the codes are made of; None for a format
            without dots.

    Raises:
        MalformedLabelError: its codes do not fit with modules of 0.25 mm.
    """
    code = imprint.url.item.code.upper()
    shapes = (
        _code(qr_matrix(str(imprint.url)), plan.qr, QUIET_ZONE, dpi),
        _code(codes.data_matrix(code), plan.matrix, codes.QUIET_ZONE, dpi),
        *_head(imprint, plan, face),
        *_facts(imprint, plan, face),
        *_letters_of_code(imprint, plan, face),
        *_scan(plan, face),
        *_marks(imprint, plan, face),
        *_placed(collection_symbol(), plan.symbol),
    )
    return Drawing(plan.width, plan.height, shapes, f"{' '.join(words.title(imprint.url.item))} {code}")


def _code(rows: Matrix, place: tuple[float, float, float], quiet: int, dpi: int | None) -> Cells:
    """A code in the middle of its place, with the largest module that fits."""
    x, y, edge = place
    count = len(rows) + 2 * quiet
    module = edge / count
    if dpi is not None:
        dot = MM_PER_INCH / dpi
        module = int(module / dot) * dot
    if module < SMALLEST_MODULE - 0.001:
        raise MalformedLabelError("the label is too small for what its code says: take a larger one")
    margin = (edge - count * module) / 2 + quiet * module
    return Cells(x + margin, y + margin, module, rows)


def _fitted(face: Typeface, line: Letters, width: float) -> Letters:
    """A line, smaller where it is wider than its room."""
    wide = face.width(line.text, line.size)
    return line if wide <= width else replace(line, size=line.size * width / wide)


def _head(imprint: Imprint, plan: Plan, face: Typeface) -> Iterator[Shape]:
    (x, width), (y, size) = plan.text, plan.title
    zh, en = words.title(imprint.url.item)
    yield Letters(x, y, size, zh)
    after = face.width(zh, size) + size / 2
    yield _fitted(face, Letters(x + after, y, size * 0.62, en), width - after)
    below, small = plan.maker
    # A model's id begins with that of the firm, whose name stands here already.
    told = [face.first_covered(imprint.maker), (imprint.model or "").rpartition("/")[2]]
    line = " · ".join(one for one in told if one)
    if line:
        yield _fitted(face, Letters(x, below, small, line), width)


def _facts(imprint: Imprint, plan: Plan, face: Typeface) -> Iterator[Shape]:
    (x, width), (y, size), (across, down) = plan.text, plan.facts, plan.value
    column = width / plan.columns
    baseline, letters = plan.maker
    yield box(x, baseline + letters * 0.4, width, 0.2)
    for place, ((zh, en), value) in enumerate(words.facts_told(imprint.facts)):
        left = x + column * (place % plan.columns)
        top = y + plan.row * (place // plan.columns)
        yield _fitted(face, Letters(left, top, plan.name, f"{zh} {en}"), (across or column) - 1)
        room = plan.matrix[0] - left if plan.columns == 1 else column
        yield _fitted(face, Letters(left + across, top + down, size, value), room - across - 1)


def _letters_of_code(imprint: Imprint, plan: Plan, face: Typeface) -> Iterator[Shape]:
    x, y, size, count = plan.code
    for place, line in enumerate(_lines(imprint.url.item, count)):
        yield _fitted(face, Letters(x, y + place * size * 1.15, size, line), plan.width - x - 2)


def _lines(item: ItemId, count: int) -> Sequence[str]:
    """The code in `count` lines: a battery code in its parts, any other id in pieces of one length."""
    parts = printed_lines(item)
    if item.scheme == "gbt34014":
        return parts if count > 1 else [" ".join(parts)]
    code = "".join(parts)
    length = max(-(-len(code) // count), len(parts[0]))
    return [code[start : start + length] for start in range(0, len(code), length)]


def _scan(plan: Plan, face: Typeface) -> Iterator[Shape]:
    x, y, width, count = plan.scan
    told = words.both("text", "scan")
    for place, line in enumerate(told if count > 1 else ["  ".join(told)]):
        letters = _fitted(face, Letters(x, y, plan.caption, line), width)
        yield replace(letters, y=y + place * letters.size * 1.2)


def _marks(imprint: Imprint, plan: Plan, face: Typeface) -> Iterator[Shape]:
    x, y, edge = plan.marks
    (across, down), size = plan.pitch, plan.caption
    # In the order of their bits, as the token has them.
    for place, hazard in enumerate(one for one in Hazard if one in imprint.facts.hazards):
        left, top = x + across * (place % plan.marks_in_row), y + down * (place // plan.marks_in_row)
        yield from _placed(hazard_mark(hazard), (left + (across - edge) / 2, top, edge))
        for line, text in enumerate(words.both("hazard", hazard)):
            foot = top + edge + size * (0.95 + 1.1 * line)
            letters = _fitted(face, Letters(left, foot, size, text), across - 0.6)
            yield replace(letters, x=left + (across - face.width(text, letters.size)) / 2)


def _placed(mark: Mark, place: tuple[float, float, float]) -> Iterator[Shape]:
    for area in mark:
        yield area.placed(*place)

"""What is asked of labels to print."""

from typing import Final

from marshmallow import fields, validate

from api.schemas import Body, Query
from ledger.printing.formats import DEFAULT_DPI, DEFAULT_FORM, Format
from ledger.printing.sheet import FORMS

MAX_LABELS: Final = 48
"""Labels of one request: some three seconds of work."""
RESOLUTIONS: Final = (203, 300)
_SHEET: Final = {"description": "a label from a roll by its size in mm, or a sheet of labels"}
_DPI: Final = {"description": "dots to the inch of png and zpl"}


class LabelQuery(Query):
    """How one label is printed; without `sheet`, SVG and PNG are the QR code alone."""

    sheet = fields.String(load_default=None, validate=validate.OneOf(FORMS), metadata=_SHEET)
    dpi = fields.Integer(load_default=DEFAULT_DPI, validate=validate.OneOf(RESOLUTIONS), metadata=_DPI)


class DeskLabelQuery(LabelQuery):
    """How a label is printed from the desk."""

    format = fields.String(
        load_default=Format.PDF.value, validate=validate.OneOf([one.value for one in Format])
    )


class LabelsBody(Body):
    """Whole labels of several items."""

    items = fields.List(
        fields.String(validate=validate.Length(1, 200)),
        required=True,
        validate=validate.Length(1, MAX_LABELS),
        metadata={"description": "item ids, codes or further codes, at most 48", "maxItems": MAX_LABELS},
    )
    format = fields.String(
        load_default=Format.PDF.value,
        validate=validate.OneOf([one.value for one in Format]),
        metadata={"description": "svg and png hold one page"},
    )
    sheet = fields.String(load_default=DEFAULT_FORM, validate=validate.OneOf(FORMS), metadata=_SHEET)
    dpi = fields.Integer(load_default=DEFAULT_DPI, validate=validate.OneOf(RESOLUTIONS), metadata=_DPI)

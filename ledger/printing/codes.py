"""The Data Matrix beside the QR code: ECC 200, the bare code and nothing else, for scanners on the line."""

from typing import Final

from pystrich.datamatrix import DataMatrixData, DataMatrixEncoder
from pystrich.datamatrix.renderer import DataMatrixRenderer

from ledger.label_url import MalformedLabelError
from ledger.printing.shapes import Matrix

QUIET_ZONE: Final = 2
"""In modules; ISO/IEC 16022 asks for one, printers blur."""
MAX_TEXT: Final = 120


def data_matrix(text: str) -> Matrix:
    """Return the modules of a text as a square, true where dark, without the quiet zone.

    Raises:
        MalformedLabelError: the text is empty, longer than 120 characters or not printable ASCII.
    """
    if not 0 < len(text) <= MAX_TEXT or not text.isascii() or not text.isprintable():
        raise MalformedLabelError("a label's Data Matrix holds 1 to 120 printable ASCII characters")
    encoder = DataMatrixEncoder(DataMatrixData(text, encoding="ascii"))
    drawn = DataMatrixRenderer(encoder.matrix, encoder.regions, quiet_zone=0)
    return [[cell == 1 for cell in row] for row in drawn.matrix]

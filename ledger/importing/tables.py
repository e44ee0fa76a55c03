"""A table from the bytes of a file, whichever of the two forms it has."""

from ledger.importing.csvtable import read_csv
from ledger.importing.table import ANY_HONEST, Limits, Table
from ledger.importing.xlsxtable import MAGIC, read_xlsx


def read_table(data: bytes, sheet: str | None = None, limits: Limits = ANY_HONEST) -> Table:
    """Return the table of a CSV or XLSX file, told apart by their first bytes.

    Raises:
        ImportRefusal: it is neither, too large, or it is not clear which sheet is meant.
    """
    return read_xlsx(data, sheet, limits) if data.startswith(MAGIC) else read_csv(data, limits)

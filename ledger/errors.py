"""What the ledger refuses, one class per reason. The base class is what callers catch."""


class LedgerError(Exception):
    """Base of everything this package refuses on purpose."""


class MalformedError(LedgerError):
    """Bytes or text from outside do not have the form their format demands."""

"""The audit: verifies a whole log from its bytes, with nothing but the root of trust.

It shares the pure modules with the writer and never its code path: not the sequencer, not the store. It does
no I/O of its own; a `Source` reads for it, and nothing that a source gives is believed before it hashes to
what the log's key has signed.
"""

from ledger.audit.findings import Check, Finding, Kind
from ledger.audit.report import Counts, Report
from ledger.audit.run import Progress, audit
from ledger.audit.source import NotServedError, Source, SourceError
from ledger.trust import MalformedTrustError, Trust

__all__ = [
    "Check",
    "Counts",
    "Finding",
    "Kind",
    "MalformedTrustError",
    "NotServedError",
    "Progress",
    "Report",
    "Source",
    "SourceError",
    "Trust",
    "audit",
]

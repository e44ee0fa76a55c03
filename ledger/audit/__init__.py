"""The audit: verifies a whole log from its bytes, with nothing but the root of trust.

It shares the pure modules with the writer and never its code path: not the sequencer, not the store. A
`Source` reads for it, and nothing that a source gives is believed before it hashes to what the log's key has
signed. Its only I/O of its own is a scratch file without a name.
"""

from ledger.audit.findings import Check, Finding, Kind
from ledger.audit.following import Step
from ledger.audit.replay import Replay
from ledger.audit.report import Counts, Report
from ledger.audit.run import audit
from ledger.audit.sample import Drawn, Sample, draw
from ledger.audit.saved import SavedAuditError
from ledger.audit.source import Keeper, NotServedError, Source, SourceError, Teller
from ledger.audit.telling import Progress
from ledger.trust import MalformedTrustError, Trust

__all__ = [
    "Check",
    "Counts",
    "Drawn",
    "Finding",
    "Keeper",
    "Kind",
    "MalformedTrustError",
    "NotServedError",
    "Progress",
    "Replay",
    "Report",
    "Sample",
    "SavedAuditError",
    "Source",
    "SourceError",
    "Step",
    "Teller",
    "Trust",
    "audit",
    "draw",
]

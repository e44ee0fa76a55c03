"""The only writer: what waits goes into the log as one transaction, and out as a released checkpoint.

`queue` takes submissions from many threads, `admission` is the door each of them passes, `batch` judges,
`commit` writes and releases, `recovery` checks what a crash left behind, `genesis` begins a log. `seen` and
`clock` are what the writer trusts outside the database.
"""

from ledger.sequencer.queue import Sequencer

__all__ = ["Sequencer"]

"""A server's worker that waits only a second for a request, so that a test need not wait a minute."""

from typing import ClassVar

from cli.worker import FinishingWorker


class ImpatientWorker(FinishingWorker):
    """The worker of the command, with less patience."""

    read_s: ClassVar[float] = 1.0

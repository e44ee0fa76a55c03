"""The server's worker: it finishes what it has begun, however it is told to stop."""

from types import FrameType

from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]  # it has no types


class FinishingWorker(ThreadWorker):  # type: ignore[misc]  # the same
    """Threads that answer the requests in hand before they stop, after Ctrl-C too.

    Whoever submitted an event should hear whether it was logged. And gunicorn's own immediate stop takes, in
    a signal handler, a lock that the interrupted thread may hold: it then hangs until it is killed.
    """

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """Stop as for SIGTERM."""
        self.handle_exit(sig, frame)

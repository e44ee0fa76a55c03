"""The server's worker: it finishes what it has begun, and waits for no request without end."""

import contextlib
import socket
import time
from types import FrameType
from typing import Any, ClassVar

from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]  # it has no types


class FinishingWorker(ThreadWorker):  # type: ignore[misc]  # the same
    """Threads that answer the requests in hand before they stop, after Ctrl-C too.

    Whoever submitted an event should hear whether it was logged. And gunicorn's own immediate stop takes, in
    a signal handler, a lock that the interrupted thread may hold: it then hangs until it is killed.

    A client that sends its request drop by drop would keep a thread for as long as it likes; as many such
    clients as there are threads would stop the server. After `read_s` seconds nothing more is read from it.
    """

    read_s: ClassVar[float] = 60.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  the base class's own
        super().__init__(*args, **kwargs)
        self._begun: dict[TConn, float] = {}

    def handle(self, conn: TConn) -> object:
        """Handle a request in a thread."""
        self._begun[conn] = time.monotonic()
        try:
            return super().handle(conn)
        finally:
            del self._begun[conn]

    def notify(self) -> None:
        """Tell the parent process that the worker lives, about once a second, and stop late reading."""
        super().notify()
        latest = time.monotonic() - self.read_s
        for conn, begun in list(self._begun.items()):
            if begun < latest:
                # It may be closed already. What is read is answered; a thread that waits sees the end.
                with contextlib.suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RD)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; whoever waits for new entries is answered now with what there is."""
        hurry = getattr(getattr(self, "wsgi", None), "extensions", {}).get("packtrace.hurry")
        if hurry is not None:
            hurry()
        super().handle_exit(sig, frame)

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """Stop as for SIGTERM."""
        self.handle_exit(sig, frame)

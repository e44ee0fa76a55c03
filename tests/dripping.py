"""A server that drips: it sends the beginning of an answer, then a byte at a time until it is left."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

PAUSE_S: Final = 0.02
MAX_BYTES: Final = 1_500


class Dripping:
    """One that listens; `left` is set once somebody who asked has hung up before the last byte."""

    def __init__(self, beginning: bytes) -> None:
        self._beginning = beginning
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._ended = threading.Event()
        self.left = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def begin(self) -> None:
        """Answer whoever asks, one after the other."""
        self._thread.start()

    def end(self) -> None:
        """Answer nobody any more."""
        self._ended.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while not self._ended.is_set():
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            with line:
                self._drip(line)

    def _drip(self, line: socket.socket) -> None:
        line.recv(65_536)
        try:
            line.sendall(self._beginning)
            for _ in range(MAX_BYTES):
                if self._ended.wait(PAUSE_S):
                    return
                line.sendall(b"x")
        except OSError:
            self.left.set()


@contextmanager
def dripping(beginning: bytes) -> Iterator[Dripping]:
    """Run such a server until the context ends."""
    server = Dripping(beginning)
    server.begin()
    try:
        yield server
    finally:
        server.end()

"""Requests over HTTP that are cut off after a time, however slowly the other side drips.

The timeouts of `requests` begin anew with every byte that comes, in the greeting of TLS, in the head of an
answer and in its body. Here a timer shuts the connection instead, whatever is being read from it.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection


class CutOffError(Exception):
    """A request took longer than it may."""


class _Lines:
    """The connections of one session, each by a second handle, and whether they are cut.

    TLS takes the first handle for itself while it greets, and an answer that is read to the end of its
    connection keeps it when the connection counts as closed; a shutdown through any handle ends it for all.
    """

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._handles: Final[set[socket.socket]] = set()
        self._let_go: Final[set[socket.socket]] = set()
        self._is_asking = False
        self.is_cut = False

    def add(self, made: socket.socket) -> socket.socket:
        """Return a second handle of a connection; one that comes too late is cut at once."""
        handle = made.dup()
        with self._lock:
            self._handles.add(handle)
            if self.is_cut:
                _shut(handle)
        return handle

    def let_go(self, handle: socket.socket) -> None:
        """Close a handle, but only when nothing is read any more."""
        with self._lock:
            self._let_go.add(handle)
            self._close_those_let_go()

    def begin(self) -> None:
        """A request begins."""
        with self._lock:
            self._is_asking, self.is_cut = True, False

    def end(self) -> None:
        """It has ended, and its answer is read."""
        with self._lock:
            self._is_asking = False
            self._close_those_let_go()

    def cut(self) -> None:
        """End every connection."""
        with self._lock:
            self.is_cut = True
            for handle in self._handles:
                _shut(handle)

    def _close_those_let_go(self) -> None:
        while self._let_go and not self._is_asking:
            handle = self._let_go.pop()
            self._handles.discard(handle)
            handle.close()


class _Own(threading.local):
    """What each thread has for itself: a session, and the connections that it holds open."""

    def __init__(self) -> None:
        self.lines: Final = _Lines()
        self.session: Final = requests.Session()
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, _Adapter())


@contextmanager
def session_for(seconds: float) -> Iterator[requests.Session]:
    """Yield this thread's session; what it asks and reads is cut off after so many seconds.

    Its connections stay open for the next time. Not to be entered twice in one thread.

    Raises:
        CutOffError: the time ran out, whatever was read by then and whatever error came of it.
    """
    lines = _OWN.lines
    lines.begin()
    timer = threading.Timer(seconds, lines.cut)
    timer.daemon = True
    timer.start()
    try:
        yield _OWN.session
    finally:
        timer.cancel()
        # Once it is joined, it cuts nothing of the next request.
        timer.join()
        lines.end()
        if lines.is_cut:
            # A head that ends early reads as a whole one, so this counts and not what was read.
            raise CutOffError(f"cut off after {seconds} s")


class _Cut(HTTPConnection):
    """A connection that the timer of its thread can end."""

    _handle: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        made = super()._new_conn()
        self._lines = _OWN.lines
        self._handle = self._lines.add(made)
        return made

    def close(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            self._lines.let_go(handle)
        super().close()


class _CutTls(_Cut, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Cut


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _CutTls


class _Adapter(HTTPAdapter):
    """Gives `requests` connections that can be cut, to a server and to a proxy."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  the base class's own
        super().init_poolmanager(*args, **kwargs)
        _give_pools(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> ProxyManager:  # noqa: ANN401  the same
        manager: ProxyManager = super().proxy_manager_for(proxy, **kwargs)
        _give_pools(manager)
        return manager


def _give_pools(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


def _shut(handle: socket.socket) -> None:
    # It may have ended by itself.
    with suppress(OSError):
        handle.shutdown(socket.SHUT_RDWR)


_OWN: Final = _Own()

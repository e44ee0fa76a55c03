"""The few places for requests that wait: more of them than these would keep every thread of the server."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from api.errors import HttpError

PLACES: Final = 6
"""How many requests may wait at a time in one process; `packtrace serve` gives it 16 threads."""

_FREE: Final = threading.BoundedSemaphore(PLACES)


@contextmanager
def waiting_place() -> Iterator[None]:
    """Hold one of the places to wait in; raises HttpError `http.waiting` where all are taken."""
    if not _FREE.acquire(blocking=False):
        raise HttpError("http.waiting", limit=PLACES)
    try:
        yield
    finally:
        _FREE.release()

"""Entries read from their bytes, here or in a process of its own: that part of an audit runs in parallel.

What an entry means depends on all before it and is judged in one place; what its bytes say does not.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Final, Protocol

from crypto.keys import Verifier
from ledger.audit.entries import ReadEntry, read_entry

Chunk = Sequence[bytes | None]
"""Entries in a row; None where the bytes of one could not be read."""
_AHEAD: Final = 3
"""How many chunks wait for the process, so that it is never idle while the judge is busy."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Entries in a row as they were served and as they read; None where there were no bytes."""

    data: Chunk
    read: Sequence[ReadEntry | None]


class Reader(Protocol):
    """Reads chunks of entries."""

    def learn(self, kid: str, key: Verifier) -> None:
        """Take in a key under which later entries may be verified ahead."""
        ...

    def read(self, chunks: Iterable[Chunk]) -> Iterator[Bundle]:
        """Yield the chunks in their order, read."""
        ...

    def close(self) -> None:
        """Stop what it started."""
        ...


class HereReader:
    """Reads entries in this process."""

    def __init__(self) -> None:
        self._keys: Final = dict[str, Verifier]()

    def learn(self, kid: str, key: Verifier) -> None:
        """Take in a key."""
        self._keys[kid] = key

    def read(self, chunks: Iterable[Chunk]) -> Iterator[Bundle]:
        """Yield the chunks in their order, read; one is fetched when it is asked for."""
        for chunk in chunks:
            yield Bundle(chunk, _read(chunk, self._keys))

    def close(self) -> None:
        """There is nothing to stop."""


class ProcessReader:
    """Reads entries in a process of its own, ahead of whoever asks, which is told every key once.

    One is enough: reading is a third of the work, and what is read has to be taken over by the judge.
    """

    def __init__(self) -> None:
        # A fork would copy the connections of whoever calls, and threads of theirs that hold locks.
        self._worker: Final = ProcessPoolExecutor(1, get_context("spawn"))
        self._untold = dict[str, Verifier]()

    def learn(self, kid: str, key: Verifier) -> None:
        """Take in a key; the process hears of it with its next chunk."""
        self._untold[kid] = key

    def read(self, chunks: Iterable[Chunk]) -> Iterator[Bundle]:
        """Yield the chunks in their order, read; some are fetched ahead."""
        waiting = deque[tuple[Chunk, Future[list[ReadEntry | None]]]]()
        for chunk in chunks:
            waiting.append((chunk, self._submit(chunk)))
            if len(waiting) > _AHEAD:
                yield _result(*waiting.popleft())
        while waiting:
            yield _result(*waiting.popleft())

    def close(self) -> None:
        """Stop the process."""
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _submit(self, chunk: Chunk) -> "Future[list[ReadEntry | None]]":
        keys, self._untold = self._untold, {}
        return self._worker.submit(_read_with, chunk, keys)


def reader(jobs: int) -> Reader:
    """Return what reads in this process, where it is the only one, or in a second one."""
    return HereReader() if jobs == 1 else ProcessReader()


def _result(chunk: Chunk, future: "Future[list[ReadEntry | None]]") -> Bundle:
    return Bundle(chunk, future.result())


def _read(chunk: Chunk, keys: dict[str, Verifier]) -> list[ReadEntry | None]:
    return [None if data is None else read_entry(data, keys) for data in chunk]


_KEYS: Final = dict[str, Verifier]()
"""The keys that this process was told."""


def _read_with(chunk: Chunk, keys: dict[str, Verifier]) -> list[ReadEntry | None]:
    _KEYS.update(keys)
    return _read(chunk, _KEYS)

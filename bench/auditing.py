"""What an audit of a long log takes: `python -m bench.auditing FOLDER [ENTRIES]`.

Makes a log of whole lives of packs in the folder, where there is none yet, audits it in processes of its own,
and prints for each how long it took, how much processor time in all processes, and the most memory of the
one that judges. Processor time is what holds on a machine that others use too.
"""

import json
import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Final, NamedTuple

from cli.sources import FolderSource
from crypto import jws
from ledger import checkpoint
from ledger.audit import audit
from ledger.checkpoint import Checkpoint
from ledger.entry import Entry
from ledger.merkle import HASH_SIZE
from ledger.tiles import (
    TILE_SIZE,
    TILE_WIDTH,
    RightEdge,
    edge_keys,
    encode_bundle,
    entries_path,
    tile_path,
)
from ledger.trust import Trust
from tests.audits import LOG, lives
from tests.memory import opening
from tests.scenario import Story

ENTRIES: Final = 100_000
PER_PACK: Final = 6.3
STORY: Final = 2_000
"""Packs of one story, whose clock goes on by a minute with each event: treatment steps end within a month."""


class Taken(NamedTuple):
    """What one audit took: seconds, seconds of processor time, MiB; and how many entries it was of."""

    entries: int
    wall_s: float
    cpu_s: float
    rss_mib: int


def main() -> None:
    """Make the log and measure."""
    folder, entries = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else ENTRIES
    if not (folder / "checkpoint").exists():
        make(folder, entries)
    print("| how | entries | entries/s | s | processor s | MiB |\n|---|---:|---:|---:|---:|---:|")
    state = folder / "audit.state"
    state.unlink(missing_ok=True)
    for how, jobs, kept in (
        ("--jobs 1", 1, None),
        ("--jobs 2", 2, None),
        ("kept", 1, state),
        ("--state", 1, state),
    ):
        # A process of its own for each, whose memory is that of one audit.
        with ProcessPoolExecutor(1, get_context("spawn")) as alone:
            taken = alone.submit(_audit, folder, jobs, kept).result()
        rate = taken.entries / taken.wall_s
        print(
            f"| {how} | {taken.entries:,} | {rate:,.0f} | {taken.wall_s:.0f} | {taken.cpu_s:.0f} "
            f"| {taken.rss_mib} |",
            flush=True,
        )


def make(folder: Path, entries: int) -> None:
    """Write a log of about so many entries as a static copy, a bundle at a time.

    Nothing is judged here: the stories sign what the rules allow, and the audit says whether they do.
    """
    edge, now_ms, root = RightEdge(), 0, ""
    for bundle in _batched(_told(int(entries / PER_PACK)), TILE_WIDTH):
        some = list[Entry]()
        for text in bundle:
            told = jws.parse(text.partition("~")[0])
            # What a story signs next may be of an earlier hour, which a log takes as well.
            now_ms = max(now_ms, json.loads(told.payload)["iat"] * 1000)
            some.append(Entry(now_ms, told.text))
        root = root or some[0].event_id
        _put(
            folder,
            entries_path(edge.size // TILE_WIDTH, len(some)),
            encode_bundle([e.encode() for e in some]),
        )
        edge, changed = edge.append([one.leaf_hash for one in some])
        for tile in changed:
            # A narrower tile of an earlier size is of no use to whoever reads the whole log.
            if len(tile.data) == TILE_SIZE:
                _put(folder, tile_path(tile.level, tile.n, len(tile.data) // HASH_SIZE), tile.data)
    for level, n, width in edge_keys(edge.size):
        _put(folder, tile_path(level, n, width), edge.levels[level])
    (folder / "trust.json").write_text(Trust(LOG.verifier_key, root).format())
    (folder / "checkpoint").write_text(checkpoint.sign(Checkpoint(LOG.name, edge.size, edge.root()), LOG))


def _told(packs: int) -> Iterator[str]:
    """Yield the submissions of so many packs, story by story."""
    yield from opening(Story("long"))
    for first in range(1, packs, STORY):
        yield from lives(Story(f"long {first}"), first, min(STORY, packs - first + 1))


def _batched(texts: Iterator[str], count: int) -> Iterator[list[str]]:
    while some := list(islice(texts, count)):
        yield some


def _put(folder: Path, name: str, data: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _audit(folder: Path, jobs: int, kept: Path | None) -> Taken:
    source, start = FolderSource(folder), time.perf_counter()
    trust = Trust.parse(source.trust())
    if kept is None:
        report = audit(source, trust, items=False, jobs=jobs)
    elif kept.exists():
        with kept.open("rb") as lines:
            report = audit(source, trust, items=False, resumed=lines)
    else:
        with kept.open("wb") as file:
            report = audit(source, trust, items=False, save=file.writelines)
    if not report.ok:
        raise SystemExit(f"the log is not sound: {report.findings[:1]}")
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    cpu_s = own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime
    return Taken(report.size, time.perf_counter() - start, cpu_s, own.ru_maxrss // 1024)


if __name__ == "__main__":
    main()

"""Tiles and entry bundles as the source serves them; what is missing or malformed is a finding, once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from ledger.audit.findings import Finding, Findings, Kind
from ledger.audit.report import Counts
from ledger.audit.source import NotServedError, Source, SourceError
from ledger.tiles import (
    TILE_WIDTH,
    MalformedTileError,
    TileKey,
    decode_bundle,
    decode_tile,
    entries_path,
    tile_path,
)

MISSING_LIMIT: Final = 256

T = TypeVar("T")


class TooMuchMissingError(SourceError):
    """So much of the log is not served that going on would tell nothing more."""


@dataclass(slots=True)
class Served:
    """Reads tiles and bundles. None stands for one that is not served or has not its form.

    The tile read last on each level is kept: it is asked for again when one below it is wrong.
    """

    source: Source
    findings: Findings
    counts: Counts
    _kept: dict[int, tuple[TileKey, Sequence[bytes] | None]] = field(default_factory=dict)
    _missing: int = 0

    def tile(self, key: TileKey) -> Sequence[bytes] | None:
        """Return the hashes of a tile of exactly this width."""
        kept = self._kept.get(key.level)
        if kept is None or kept[0] != key:
            kept = key, self._read_tile(key)
            self._kept[key.level] = kept
        return kept[1]

    def bundle(self, n: int, width: int) -> Sequence[bytes] | None:
        """Return the entries of a bundle of exactly this width."""
        self.counts.bundles += 1
        paths = [entries_path(n, width), *([entries_path(n)] if width < TILE_WIDTH else [])]
        return self._read(
            Kind.BUNDLE, paths, width, lambda data, path: _decode_bundle(data, width, exact=path == paths[0])
        )

    def _read_tile(self, key: TileKey) -> Sequence[bytes] | None:
        self.counts.tiles += 1
        level, n, width = key
        paths = [tile_path(level, n, width), *([tile_path(level, n)] if width < TILE_WIDTH else [])]
        return self._read(
            Kind.TILE, paths, width, lambda data, path: _decode_tile(data, width, exact=path == paths[0])
        )

    def _read(
        self, kind: Kind, paths: Sequence[str], width: int, decode: Callable[[bytes, str], T]
    ) -> T | None:
        try:
            data, path = self._fetch(paths)
            return decode(data, path)
        except NotServedError as error:
            self.findings.add(Finding(kind=kind, reason="missing", path=paths[0], facts={"why": error}))
            self._missing += 1
            if self._missing > MISSING_LIMIT:
                raise TooMuchMissingError(f"more than {MISSING_LIMIT} tiles are missing") from error
        except MalformedTileError as error:
            facts = {"why": error, "width": width}
            self.findings.add(Finding(kind=kind, reason="malformed", path=paths[0], facts=facts))
        return None

    def _fetch(self, paths: Sequence[str]) -> tuple[bytes, str]:
        try:
            return self.source.tile(paths[0]), paths[0]
        except NotServedError:
            if len(paths) == 1:
                raise
        # A log may drop a partial tile once the full one is there (C2SP tlog-tiles, Partial Tiles).
        return self.source.tile(paths[1]), paths[1]


def _decode_tile(data: bytes, width: int, *, exact: bool) -> Sequence[bytes]:
    hashes = decode_tile(data, width)
    if exact and len(b"".join(hashes)) != len(data):
        raise MalformedTileError(f"{len(data)} bytes are more than {width} hashes")
    return hashes


def _decode_bundle(data: bytes, width: int, *, exact: bool) -> Sequence[bytes]:
    entries = decode_bundle(data, width)
    if exact and sum(len(entry) + 2 for entry in entries) != len(data):
        raise MalformedTileError(f"the bundle holds more than {width} entries")
    return entries

"""The log as C2SP tlog-tiles: checkpoint, tiles and entry bundles, byte for byte, with their caching.

What is served never goes beyond the released checkpoint. Partial tiles of any width that ever was are cut
from the current one; a full tile never changes, so whoever has it may keep it for a year.
"""

import gzip
from typing import Final

from flask import Blueprint, Response, request

from api.answers import BYTES, FRESH, IMMUTABLE, TEXT, answer, plain
from api.errors import HttpError
from api.service import service
from ledger.entry import Entry
from ledger.merkle import HASH_SIZE
from ledger.tiles import (
    TILE_WIDTH,
    MalformedTileError,
    TileKey,
    encode_bundle,
    parse_entries_path,
    parse_tile_path,
    tile_width,
)
from ledger.trust import Trust

BLUEPRINT: Final = Blueprint("log", __name__)
_GZIP_LEVEL: Final = 6


@BLUEPRINT.get("/log/checkpoint")
def checkpoint() -> Response:
    """The latest checkpoint, a signed note: with witnesses, the newest that satisfies their policy."""
    return plain(service().published().note, TEXT, cache=FRESH)


@BLUEPRINT.get("/log/tile/entries/<path:number>")
def entries(number: str) -> Response:
    """An entry bundle: full, or of any width the log ever had."""
    try:
        n, width = parse_entries_path(f"tile/entries/{number}")
    except MalformedTileError as error:
        raise HttpError("http.not_found", path=request.path) from error
    _check_width(0, n, width)
    start = n * TILE_WIDTH
    with service().snapshot() as snapshot:
        bundle = encode_bundle(snapshot.entries(start, start + width))
    return _compressed(bundle)


@BLUEPRINT.get("/log/tile/<path:place>")
def tile(place: str) -> Response:
    """A tile of hashes: full, or of any width the log ever had."""
    try:
        key = parse_tile_path(f"tile/{place}")
    except MalformedTileError as error:
        raise HttpError("http.not_found", path=request.path) from error
    _check_width(key.level, key.n, key.width)
    with service().snapshot() as snapshot:
        data = snapshot.tiles([TileKey(key.level, key.n)])[0]
    return plain(data[: key.width * HASH_SIZE], BYTES, cache=IMMUTABLE)


@BLUEPRINT.get("/v1/trust")
def trust() -> Response:
    """The log's key and the id of its first event. A convenience: who verifies pins them from elsewhere."""
    with service().snapshot() as snapshot:
        first = snapshot.entries(0, 1)
    if not first:
        raise HttpError("http.not_found", path=request.path)
    found = Trust(service().vkey, Entry.decode(first[0]).event_id)
    return answer({"v": 1, "origin": found.origin, "vkey": found.vkey.format(), "root": found.root})


def _check_width(level: int, n: int, width: int) -> None:
    """Raise HttpError `http.not_found` for a tile that is wider than the released log has it."""
    size = service().sequencer.released().checkpoint.size
    if width > tile_width(level, n, size):
        raise HttpError("http.not_found", path=request.path)


def _compressed(bundle: bytes) -> Response:
    if not request.accept_encodings.quality("gzip"):
        response = plain(bundle, BYTES, cache=IMMUTABLE)
    else:
        # No time in the header: the same bundle is the same bytes wherever it is asked for.
        response = plain(gzip.compress(bundle, _GZIP_LEVEL, mtime=0), BYTES, cache=IMMUTABLE)
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    return response

"""Documents by hash: what claims name and the log does not hold. Public where a public claim names them.

A claim opens a document only where who states it has put it: whoever knows a hash and no more opens nothing.
A document is served as bytes to be saved, never as something a browser runs or shows.
"""

import re
from collections.abc import Collection, Iterator
from typing import Final

from flask import Blueprint, Response, request

from api.answers import BYTES, IMMUTABLE, PRIVATE, answer
from api.auth import known_reader, reader, reader_as_known, record
from api.errors import HttpError
from api.schemas import load_query
from api.schemas.queries import NoQuery
from api.service import service
from ledger import reading
from ledger.docstore import MAX_BYTES
from ledger.identifiers import ItemId
from ledger.passport import UnknownSubjectError
from ledger.store import Document

BLUEPRINT: Final = Blueprint("documents", __name__)
MAX_BYTES_OF_AN_ORG: Final = 10 * 1024**3
_HASH: Final = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")


@BLUEPRINT.put("/v1/documents/<sha256>")
def put(sha256: str) -> Response:
    """Keep a document under the base64url of its SHA-256; 201 once it is on the disk, 200 if it was there."""
    load_query(NoQuery, request)
    _check_hash(sha256)
    _check_length()
    asking = known_reader(request)
    with service().store.beside(write=False) as beside:
        held = beside.document_bytes(str(asking))
    if held + (request.content_length or 0) > MAX_BYTES_OF_AN_ORG:
        raise HttpError("document.quota", asking, limit_bytes=MAX_BYTES_OF_AN_ORG)
    size = service().documents.keep(sha256, request.stream)
    with service().store.beside() as beside:
        new = beside.add_document(Document(sha256, str(asking), size, service().clock.now_ms()))
    return answer({"sha256": sha256, "size": size}, 201 if new else 200, cache=PRIVATE)


@BLUEPRINT.get("/v1/documents/<sha256>")
def get(sha256: str) -> Response:
    """A document that a public claim names; or, to who may read it, one that a restricted claim names."""
    load_query(NoQuery, request)
    _check_hash(sha256)
    asking = reader(request)
    with service().store.beside(write=False) as beside:
        putters = {one.org for one in beside.documents(sha256)}
    with service().snapshot() as snapshot:
        public = snapshot.is_stated_document(sha256, putters)
    if not public and (asking is None or not _may_read(sha256, asking, putters)):
        raise UnknownSubjectError("document.unknown", sha256)
    found = service().documents.read(sha256)
    if found is None:
        raise UnknownSubjectError("document.unknown", sha256)
    return _bytes(sha256, *found, cache=IMMUTABLE if public and asking is None else PRIVATE)


def _may_read(sha256: str, asking: ItemId, putters: Collection[str]) -> bool:
    """Say whether a firm may read a document that no public claim names, and keep that it does."""
    if str(asking) in putters:
        return True
    with service().snapshot() as snapshot:
        known = reader_as_known(snapshot, asking)
        revealed = None if known is None else reading.reveal_document(snapshot, sha256, known, putters)
    if revealed is None or not service().documents.has(sha256):
        return False
    record(asking, [revealed])
    return True


def _bytes(sha256: str, size: int, chunks: Iterator[bytes], *, cache: str) -> Response:
    response = Response(chunks, content_type=BYTES, headers={"Cache-Control": cache})
    response.content_length = size
    response.headers["Content-Disposition"] = f'attachment; filename="{sha256}.bin"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.vary.add("Authorization")
    return response


def _check_hash(sha256: str) -> None:
    if not _HASH.fullmatch(sha256):
        raise HttpError("http.malformed", path="sha256", reason="not the SHA-256 of a document in base64url")


def _check_length() -> None:
    """Refuse what cannot be kept before any of it is read."""
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise HttpError("http.encoding", found=request.headers["Content-Encoding"])
    if request.content_length is not None and request.content_length > MAX_BYTES:
        raise HttpError("document.size", limit_bytes=MAX_BYTES)

"""Documents in a folder, each under its hash: written whole or not at all, and never changed.

A document that was kept is on the disk: file and folder are flushed before `keep` returns.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from crypto.encoding import b64url_decode, b64url_encode
from ledger.durable import flush_folder
from ledger.errors import Refusal, TooLargeError

MAX_BYTES: Final = 16 * 1024 * 1024
CHUNK: Final = 65_536


class DocumentError(Refusal):
    """The bytes are not those of the hash they were sent under."""


class DocumentFolder:
    """The documents in one folder, which several processes may share."""

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder

    def keep(self, sha256: str, body: IO[bytes]) -> int:
        """Keep a document and return its length in bytes.

        Args:
            sha256: base64url of its hash.
            body: its bytes, read to the end and never held in memory at once.

        Raises:
            TooLargeError: `document.size`: it is longer than `MAX_BYTES`.
            DocumentError: `document.hash`: it has another hash.
            OSError: the folder cannot be written.
        """
        place = self._place(sha256)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Named like no document, so that what a crash leaves behind is never served.
        with tempfile.NamedTemporaryFile(dir=place.parent, prefix="part-", delete=False) as file:
            part = Path(file.name)
            try:
                size = _copy(sha256, body, file)
                part.replace(place)
            finally:
                part.unlink(missing_ok=True)
        for folder in (place.parent, place.parent.parent):
            flush_folder(folder)
        return size

    def has(self, sha256: str) -> bool:
        """Say whether a document is there."""
        return self._place(sha256).is_file()

    def read(self, sha256: str) -> tuple[int, Iterator[bytes]] | None:
        """Return a document's length and its bytes, chunk by chunk; None where it is not there."""
        try:
            file = self._place(sha256).open("rb")
        except FileNotFoundError:
            return None
        return os.fstat(file.fileno()).st_size, _chunks(file)

    def _place(self, sha256: str) -> Path:
        # In hex, because names in base64url differ by case alone, which some disks do not tell apart.
        digest = b64url_decode(sha256).hex()
        return self._folder / digest[:2] / digest


def _copy(sha256: str, body: IO[bytes], file: IO[bytes]) -> int:
    found, size = hashlib.sha256(), 0
    while chunk := body.read(CHUNK):
        size += len(chunk)
        if size > MAX_BYTES:
            raise TooLargeError("document.size", sha256, limit_bytes=MAX_BYTES)
        found.update(chunk)
        file.write(chunk)
    if b64url_encode(found.digest()) != sha256:
        raise DocumentError("document.hash", sha256, found=b64url_encode(found.digest()))
    file.flush()
    os.fsync(file.fileno())
    return size


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk

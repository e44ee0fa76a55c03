"""Cosignatures (C2SP tlog-cosignature): a witness's dated word that a checkpoint extends all it saw before.

They are signature lines of the checkpoint's own note. What follows the key ID is a time, eight bytes of POSIX
seconds big-endian, and a signature by Ed25519 (note type 04) or ML-DSA-44 (note type 06). The first covers
the text of the note, the second a structure that names the cosigner too; neither covers the other lines.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from crypto import mldsa44, note
from crypto.encoding import b64_decode, b64_encode
from crypto.errors import (
    InvalidSignatureError,
    MalformedBase64Error,
    MalformedKeyError,
    MalformedNoteError,
)
from crypto.keys import Algorithm, PrivateKey, Signer, Verifier
from crypto.mldsa44 import MlDsa44PrivateKey, MlDsa44Verifier
from crypto.note import NoteSignature

TIME_BYTES: Final = 8
MAX_TIME_S: Final = 2**63 - 1
MAX_NAME_BYTES: Final = 255
_ED25519_SIGNATURE_BYTES: Final = 64
_ED25519_HEADER: Final = "cosignature/v1"
_SUBTREE_LABEL: Final = b"subtree/v1\n\0"
_ROOT_BYTES: Final = 32
_LINES: Final = 3
_MAX_SIZE: Final = 2**63 - 1


class CosignatureType(IntEnum):
    """The note types of cosignatures."""

    ED25519 = 0x04
    ML_DSA_44 = 0x06


@dataclass(frozen=True, slots=True)
class CosignerKey:
    """A named key that verifies cosignatures; its text form is a vkey of type 04 or 06.

    Raises:
        MalformedNoteError: the name breaks the format or is longer than 255 bytes, or the key is of another
            algorithm.
    """

    name: str
    verifier: Verifier | MlDsa44Verifier

    def __post_init__(self) -> None:
        note.check_name(self.name)
        if len(self.name.encode("utf-8")) > MAX_NAME_BYTES:
            raise MalformedNoteError(f"a cosigner's name has at most {MAX_NAME_BYTES} bytes")
        if isinstance(self.verifier, Verifier) and self.verifier.algorithm is not Algorithm.ED25519:
            raise MalformedNoteError("a cosignature is made with Ed25519 or ML-DSA-44")

    @property
    def type(self) -> CosignatureType:
        """The note type of its signatures."""
        if isinstance(self.verifier, MlDsa44Verifier):
            return CosignatureType.ML_DSA_44
        return CosignatureType.ED25519

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that, with the name, select the key of a signature line; they never identify it."""
        return note.key_id(self.name, self.type, self.verifier.key)

    @classmethod
    def parse(cls, text: str) -> "CosignerKey":
        """Return the key of a vkey of type 04 or 06.

        Raises:
            MalformedNoteError: not three parts, a wrong key ID, another type, or a key not safe to trust.
        """
        name, hex_id, data = note.split_vkey(text)
        try:
            key = cls(name, _verifier_of(data[0], data[1:]))
        except MalformedKeyError as error:
            raise MalformedNoteError(f"vkey: {error.reason}") from error
        if key.key_id.hex() != hex_id:
            raise MalformedNoteError("vkey: key ID is not the one of this name and key")
        return key

    def format(self) -> str:
        """Return the vkey."""
        return f"{self.name}+{self.key_id.hex()}+{b64_encode(bytes([self.type]) + self.verifier.key)}"

    def verify(self, text: str, signature: bytes) -> None:
        """Verify what follows the key ID in a line of this key, over the text of a checkpoint's note.

        Raises:
            InvalidSignatureError: it does not hold, or is not a time and a signature.
            MalformedNoteError: the text has no form that this type can cover.
        """
        time_s = time_of(signature)
        message = _message(self.type, self.name, time_s, text)
        self.verifier.verify(message, signature[TIME_BYTES:])


@dataclass(frozen=True, slots=True)
class Cosigner:
    """What makes cosignatures under a name.

    Raises:
        MalformedNoteError: as `CosignerKey` does.
    """

    name: str
    signer: Signer | MlDsa44PrivateKey

    def __post_init__(self) -> None:
        CosignerKey(self.name, self.signer.verifier)

    @property
    def key(self) -> CosignerKey:
        """The key that verifies these cosignatures."""
        return CosignerKey(self.name, self.signer.verifier)

    def cosign(self, text: str, time_s: int) -> NoteSignature:
        """Return the signature line over the text of a checkpoint's note, at a time in POSIX seconds.

        Raises:
            MalformedNoteError: the text has no form that this type can cover, or the time is out of range.
        """
        if not 0 < time_s <= MAX_TIME_S:
            raise MalformedNoteError("the time of a cosignature is out of range")
        key = self.key
        signature = self.signer.sign(_message(key.type, self.name, time_s, text))
        return NoteSignature(self.name, key.key_id, time_s.to_bytes(TIME_BYTES) + signature)


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A verified cosignature.

    Attributes:
        key: Who made it.
        time_s: When, in POSIX seconds, by its maker's clock; 0 says nothing of time.
        line: The signature line itself.
    """

    key: CosignerKey
    time_s: int
    line: NoteSignature


def time_of(signature: bytes) -> int:
    """Return the time of what follows the key ID in a cosignature's line, in POSIX seconds; not verified.

    Raises:
        InvalidSignatureError: it is of no cosignature's length, or beyond 2^63 - 1.
    """
    lengths = (_ED25519_SIGNATURE_BYTES, mldsa44.SIGNATURE_BYTES)
    if len(signature) - TIME_BYTES not in lengths:
        raise InvalidSignatureError("a cosignature is a time and a signature")
    time_s = int.from_bytes(signature[:TIME_BYTES])
    if time_s > MAX_TIME_S:
        raise InvalidSignatureError("the time of a cosignature is out of range")
    return time_s


def open_cosignatures(checkpoint_note: str | bytes, keys: Sequence[CosignerKey]) -> tuple[Cosignature, ...]:
    """Return the cosignatures on a note by these keys, each key's latest, in the order of the keys.

    Lines of unknown keys are left alone. The note's own signature is none of this function's business.

    Raises:
        MalformedNoteError: the note breaks the format, or two different keys share name and key ID.
        InvalidSignatureError: a line of a known key does not verify.
    """
    known: dict[tuple[str, bytes], CosignerKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.key_id), key) != key:
            raise MalformedNoteError(f"two keys of {key.name} share a key ID")
    text, lines = note.parse(checkpoint_note)
    found: dict[CosignerKey, Cosignature] = {}
    for line in lines:
        signed_by = known.get((line.name, line.key_id))
        if signed_by is not None:
            signed_by.verify(text, line.signature)
            made = Cosignature(signed_by, time_of(line.signature), line)
            found[signed_by] = max(found.get(signed_by, made), made, key=lambda one: one.time_s)
    return tuple(found[key] for key in known.values() if key in found)


def load_cosigner(name: str, pem: bytes, password: bytes | None) -> Cosigner:
    """Return the cosigner with the private key, Ed25519 or ML-DSA-44, of a PKCS#8 PEM text.

    Raises:
        MalformedKeyError: not such a key, or not with this password.
        MalformedNoteError: the name breaks the format.
    """
    try:
        return Cosigner(name, MlDsa44PrivateKey.from_pem(pem, password))
    except MalformedKeyError:
        return Cosigner(name, PrivateKey.from_pem(pem, password))


def _verifier_of(type_byte: int, key: bytes) -> Verifier | MlDsa44Verifier:
    if type_byte == CosignatureType.ED25519:
        return Verifier(Algorithm.ED25519, key)
    if type_byte == CosignatureType.ML_DSA_44:
        return MlDsa44Verifier(key)
    raise MalformedKeyError("not of type 0x04 or 0x06")


def _message(kind: CosignatureType, name: str, time_s: int, text: str) -> bytes:
    if kind is CosignatureType.ED25519:
        return f"{_ED25519_HEADER}\ntime {time_s}\n{text}".encode()
    origin, size, root = _tree_of(text)
    return b"".join(
        (
            _SUBTREE_LABEL,
            _prefixed(name),
            struct.pack(">Q", time_s),
            _prefixed(origin),
            # A checkpoint is the subtree of all leaves: from 0 up to, and without, its size.
            struct.pack(">QQ", 0, size),
            root,
        )
    )


def _tree_of(text: str) -> tuple[str, int, bytes]:
    """Return origin, size and root of a checkpoint; extension lines are in no such cosignature, so none."""
    *lines, rest = text.split("\n")
    if rest or len(lines) != _LINES:
        raise MalformedNoteError("ML-DSA-44 cosigns a checkpoint of exactly three lines")
    origin, size, encoded = lines
    try:
        root = b64_decode(encoded)
    except MalformedBase64Error as error:
        raise MalformedNoteError(f"the root: {error.reason}") from error
    plain = size.isascii() and size.isdigit() and len(size) <= len(str(_MAX_SIZE))
    if not plain or str(int(size)) != size or int(size) > _MAX_SIZE or len(root) != _ROOT_BYTES:
        raise MalformedNoteError("the size is no plain decimal number, or the root no hash")
    return origin, int(size), root


def _prefixed(text: str) -> bytes:
    data = text.encode("utf-8")
    if not 1 <= len(data) <= MAX_NAME_BYTES:
        raise MalformedNoteError(f"a name has 1 to {MAX_NAME_BYTES} bytes")
    return bytes([len(data)]) + data

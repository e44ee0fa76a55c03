"""Signed notes and verifier keys (C2SP signed-note v1.0.0), Ed25519 signatures of type 0x01.

A note is text that ends in a newline, a blank line, and one signature line for each signer:
`— <key name> <base64(4-byte key ID || signature)>`. Signatures by unknown keys, of other types too, are left
alone: that is how witnesses can add theirs to a checkpoint that old readers still open.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from crypto.encoding import b64_decode, b64_encode
from crypto.errors import (
    InvalidSignatureError,
    MalformedBase64Error,
    MalformedKeyError,
    MalformedNoteError,
)
from crypto.keys import Algorithm, Signer, Verifier

TYPE_ED25519: Final = 0x01
KEY_ID_BYTES: Final = 4
MAX_NOTE_BYTES: Final = 1_000_000
MAX_SIGNATURES: Final = 100
_BLANK_LINE: Final = "\n\n"
_LINE_START: Final = "\u2014 "
_FOREIGN: Final = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A named Ed25519 key that verifies notes; its text form is called a vkey.

    Raises:
        MalformedNoteError: the name breaks the format or the key is not Ed25519.
    """

    name: str
    verifier: Verifier

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.verifier.algorithm is not Algorithm.ED25519:
            raise MalformedNoteError("a note is signed with Ed25519")

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that, with the name, select the key of a signature line; they never identify it."""
        return key_id(self.name, TYPE_ED25519, self.verifier.key)

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Return the key of a vkey, `<name>+<hex key ID>+<base64(type || key)>`.

        Raises:
            MalformedNoteError: not three parts, a wrong key ID, another type, or a key not safe to trust.
        """
        name, hex_id, data = split_vkey(text)
        try:
            key = cls(name, Verifier(Algorithm.ED25519, data[1:]))
        except MalformedKeyError as error:
            raise MalformedNoteError(f"vkey: {error.reason}") from error
        if data[0] != TYPE_ED25519:
            raise MalformedNoteError("vkey: not of type 0x01")
        if key.key_id.hex() != hex_id:
            raise MalformedNoteError("vkey: key ID is not the one of this name and key")
        return key

    def format(self) -> str:
        """Return the vkey."""
        encoded = b64_encode(bytes([TYPE_ED25519]) + self.verifier.key)
        return f"{self.name}+{self.key_id.hex()}+{encoded}"


@dataclass(frozen=True, slots=True)
class NoteSigner:
    """A signer of notes under a key name.

    Raises:
        MalformedNoteError: the name breaks the format or the key is not Ed25519.
    """

    name: str
    signer: Signer

    def __post_init__(self) -> None:
        VerifierKey(self.name, self.signer.verifier)

    @property
    def verifier_key(self) -> VerifierKey:
        """The key that verifies this signer's notes."""
        return VerifierKey(self.name, self.signer.verifier)


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: who is said to have signed, and the bytes after the key ID."""

    name: str
    key_id: bytes
    signature: bytes

    def format(self) -> str:
        """Return the line, newline included."""
        return f"{_LINE_START}{self.name} {b64_encode(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class OpenedNote:
    """A note with at least one verified signature.

    `text` ends in a newline. `verified_by` are the keys whose signature holds, in the order of the note;
    `unknown` are the lines nobody here can check.
    """

    text: str
    verified_by: tuple[VerifierKey, ...]
    unknown: tuple[NoteSignature, ...]


def key_id(name: str, signature_type: int, public_key: bytes) -> bytes:
    """Return the key ID: the first 4 bytes of SHA-256(name || LF || type || key)."""
    data = name.encode("utf-8") + b"\n" + bytes([signature_type]) + public_key
    return hashlib.sha256(data).digest()[:KEY_ID_BYTES]


def split_vkey(text: str) -> tuple[str, str, bytes]:
    """Return a vkey's name, its key ID in hex, and type byte and key; the three are not compared yet.

    Raises:
        MalformedNoteError: not three parts, or the last is not base64 of anything.
    """
    name, plus, rest = text.partition("+")
    hex_id, second_plus, encoded = rest.partition("+")
    if not plus or not second_plus or not encoded:
        raise MalformedNoteError("a vkey is name, key ID and key, joined by +")
    try:
        return name, hex_id, b64_decode(encoded)
    except MalformedBase64Error as error:
        raise MalformedNoteError(f"vkey: {error.reason}") from error


def parse_lines(text: str) -> tuple[NoteSignature, ...]:
    """Return signature lines that stand alone, as a witness answers with them; none of them verified.

    Raises:
        MalformedNoteError: not 1 to 100 signature lines, each with its newline.
    """
    *lines, rest = text.split("\n")
    if rest or not 0 < len(lines) <= MAX_SIGNATURES:
        raise MalformedNoteError(f"not 1 to {MAX_SIGNATURES} signature lines, each with its newline")
    return tuple(_parse_line(line) for line in lines)


def sign(text: str, signers: Iterable[NoteSigner]) -> str:
    """Return the note of `text`, with one line for each signer in order.

    Raises:
        MalformedNoteError: no signer, the text does not end in a newline, or it holds a control character.
    """
    _check_characters(text)
    if not text.endswith("\n"):
        raise MalformedNoteError("the text of a note ends in a newline")
    lines = [
        NoteSignature(each.name, each.verifier_key.key_id, each.signer.sign(text.encode("utf-8"))).format()
        for each in signers
    ]
    if not 0 < len(lines) <= MAX_SIGNATURES:
        raise MalformedNoteError(f"a note has 1 to {MAX_SIGNATURES} signatures")
    return f"{text}\n{''.join(lines)}"


def parse(note: str | bytes) -> tuple[str, tuple[NoteSignature, ...]]:
    """Return the text and the signature lines of a note, none of them verified.

    Raises:
        MalformedNoteError: too long, not UTF-8, a control character, no blank line, or a malformed line.
    """
    note = _decode(note)
    _check_characters(note)
    end = note.rfind(_BLANK_LINE)
    if end < 0 or not note.endswith("\n"):
        raise MalformedNoteError("a note has a text, a blank line and signature lines")
    lines = note[end + len(_BLANK_LINE) :].split("\n")[:-1]
    if not 0 < len(lines) <= MAX_SIGNATURES:
        raise MalformedNoteError(f"a note has 1 to {MAX_SIGNATURES} signatures")
    return note[: end + 1], tuple(_parse_line(line) for line in lines)


def open(note: str | bytes, vkeys: Sequence[VerifierKey]) -> OpenedNote:  # noqa: A001 - the word of the specification
    """Return a note whose known signatures all hold, and there is at least one.

    Raises:
        MalformedNoteError: the note breaks the format, or two different keys share name and key ID.
        InvalidSignatureError: a known key's signature fails, or no known key has signed.
    """
    known = _index(vkeys)
    text, signatures = parse(note)
    verified: dict[VerifierKey, None] = {}
    unknown = []
    for each in signatures:
        key = known.get((each.name, each.key_id))
        if key is None:
            unknown.append(each)
        else:
            key.verifier.verify(text.encode("utf-8"), each.signature)
            verified[key] = None
    if not verified:
        raise InvalidSignatureError("no known key has signed the note")
    return OpenedNote(text, tuple(verified), tuple(unknown))


def _index(vkeys: Sequence[VerifierKey]) -> dict[tuple[str, bytes], VerifierKey]:
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in vkeys:
        if known.setdefault((key.name, key.key_id), key) != key:
            raise MalformedNoteError(f"two keys of {key.name} share a key ID")
    return known


def _decode(note: str | bytes) -> str:
    # A character has at least one byte, so the first test spares encoding an endless text.
    if len(note) > MAX_NOTE_BYTES:
        raise MalformedNoteError("a note has at most 1,000,000 bytes")
    try:
        data = note if isinstance(note, bytes) else note.encode("utf-8")
        text = data.decode("utf-8")
    except UnicodeError as error:
        raise MalformedNoteError("a note is UTF-8") from error
    if len(data) > MAX_NOTE_BYTES:
        raise MalformedNoteError("a note has at most 1,000,000 bytes")
    return text


def _parse_line(line: str) -> NoteSignature:
    if not line.startswith(_LINE_START):
        raise MalformedNoteError("a signature line starts with an em dash and a space")
    name, space, encoded = line.removeprefix(_LINE_START).partition(" ")
    check_name(name)
    try:
        data = b64_decode(encoded)
    except MalformedBase64Error as error:
        raise MalformedNoteError(f"signature line: {error.reason}") from error
    if not space or len(data) <= KEY_ID_BYTES:
        raise MalformedNoteError("a signature line has a key ID and a signature")
    return NoteSignature(name, data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])


def check_name(name: str) -> None:
    """Check the name of a key; raises MalformedNoteError unless it can stand in a signature line."""
    if not name or "+" in name or any(character.isspace() for character in name):
        raise MalformedNoteError("a key name is not empty and has neither space nor +")
    _check_characters(name)


def _check_characters(text: str) -> None:
    if _FOREIGN.search(text):
        raise MalformedNoteError("a note has no control character but newline and no lone surrogate")

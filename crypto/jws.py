"""JSON Web Signatures as accepted here: compact (RFC 7515), a header of exactly `alg`, `kid` and `typ`.

The header names algorithm and key, but the registered key decides: `Jws.verify` compares both with it. The
members may stand in any order and with space between them, because libraries differ in that and the
signature covers the bytes as they travel (docs/adr/0002-take-jws-headers-in-any-order.md). Base64url that
re-encodes differently is refused, so every character of a text is either signed or determined.
"""

import re
from dataclasses import dataclass
from typing import Final

from crypto import strictjson
from crypto.encoding import b64url_decode, b64url_encode
from crypto.errors import (
    InvalidSignatureError,
    MalformedBase64Error,
    MalformedJsonError,
    MalformedJwsError,
)
from crypto.keys import SIGNATURE_BYTES, Algorithm, Signer, Verifier

HEADER_MEMBERS: Final = frozenset({"alg", "kid", "typ"})
_ALGORITHMS: Final = frozenset(Algorithm)
_THUMBPRINT: Final = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9.+-]{0,63}")


@dataclass(frozen=True, slots=True)
class Jws:
    """A parsed JWS. Until `verify` has returned, nothing in it is known to be true.

    `signing_input` is the ASCII of `header.payload`, `text` the whole compact form.
    """

    header: dict[str, str]
    payload: bytes
    signing_input: bytes
    signature: bytes
    text: str

    @property
    def kid(self) -> str:
        """The thumbprint of the key that is said to have signed."""
        return self.header["kid"]

    @property
    def typ(self) -> str:
        """The type of the statement; a caller accepts only the one it asked for."""
        return self.header["typ"]

    def verify(self, verifier: Verifier) -> None:
        """Verify the signature with the key the caller resolved for `kid`.

        Raises:
            InvalidSignatureError: header and key disagree on algorithm or thumbprint, or the signature fails.
        """
        if self.header["alg"] != verifier.algorithm:
            raise InvalidSignatureError("alg is not the algorithm of the key")
        if self.header["kid"] != verifier.thumbprint():
            raise InvalidSignatureError("kid is not the thumbprint of the key")
        verifier.verify(self.signing_input, self.signature)


def sign(payload: bytes, signer: Signer, typ: str) -> str:
    """Return the compact JWS of `payload`.

    Raises:
        MalformedJwsError: `typ` is not a media type name without `application/`, in lower case.
    """
    header = {"alg": signer.verifier.algorithm.value, "kid": signer.verifier.thumbprint(), "typ": typ}
    _check_header(header)
    signing_input = f"{_encode_header(header)}.{b64url_encode(payload)}"
    return f"{signing_input}.{b64url_encode(signer.sign(signing_input.encode('ascii')))}"


def parse(text: str, *, typ: str | None = None) -> Jws:
    """Return the parts of a compact JWS, signature not yet verified.

    With `typ` None any type is parsed, and the caller compares `Jws.typ` before it trusts the payload.

    Raises:
        MalformedJwsError: not three parts, a part that is not base64url, a header that is not strict JSON
            with exactly the texts `alg`, `kid` and `typ`, or a signature that is not of 64 bytes.
    """
    parts = text.split(".")
    if len(parts) != len(("header", "payload", "signature")):
        raise MalformedJwsError("a compact JWS has three parts")
    try:
        header_bytes, payload, signature = (b64url_decode(part) for part in parts)
    except MalformedBase64Error as error:
        raise MalformedJwsError("a part is not base64url") from error
    if len(signature) != SIGNATURE_BYTES:
        raise MalformedJwsError("a signature has 64 bytes")
    header = _parse_header(header_bytes)
    if typ not in (None, header["typ"]):
        raise MalformedJwsError("typ is not the one expected here")
    signing_input = text[: text.rindex(".")].encode("ascii")
    return Jws(header, payload, signing_input, signature, text)


def _parse_header(data: bytes) -> dict[str, str]:
    try:
        value = strictjson.loads(data)
    except MalformedJsonError as error:
        raise MalformedJwsError(f"header: {error.reason}") from error
    if not isinstance(value, dict):
        raise MalformedJwsError("header is not an object")
    header = {name: member for name, member in value.items() if isinstance(member, str)}
    if value.keys() != HEADER_MEMBERS or header.keys() != HEADER_MEMBERS:
        raise MalformedJwsError("header members are not exactly the texts alg, kid and typ")
    _check_header(header)
    return header


def _check_header(header: dict[str, str]) -> None:
    if header["alg"] not in _ALGORITHMS:
        raise MalformedJwsError("alg is not Ed25519 or ES256")
    if not _THUMBPRINT.fullmatch(header["kid"]):
        raise MalformedJwsError("kid is not a SHA-256 thumbprint")
    if not _TYPE.fullmatch(header["typ"]):
        raise MalformedJwsError("typ is not a media type name in lower case")


def _encode_header(header: dict[str, str]) -> str:
    return b64url_encode(strictjson.dumps({**header}).encode("ascii"))

"""Keys that sign and verify: Ed25519 and ES256, as JWK, thumbprint and PKCS#8 PEM.

A `Verifier` is a public key that passed the acceptance rule of its algorithm; a `PrivateKey` never shows
itself.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Final, NoReturn, Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from crypto import ed25519, es256, strictjson
from crypto.encoding import b64url_decode, b64url_encode
from crypto.errors import MalformedBase64Error, MalformedJsonError, MalformedKeyError

SIGNATURE_BYTES: Final = 64
_COORDINATE_BYTES: Final = 32
_PRIVATE_PEM: Final = (b"-----BEGIN PRIVATE KEY-----", b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
_PUBLIC_PEM: Final = "-----BEGIN PUBLIC KEY-----"


class Algorithm(StrEnum):
    """Signature algorithms by their JOSE names (RFC 9864 for Ed25519, RFC 7518 for ES256)."""

    ED25519 = "Ed25519"
    ES256 = "ES256"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key that is safe to trust.

    `key` is the 32-byte point for Ed25519 and the 65-byte uncompressed point `04 || x || y` for ES256.

    Raises:
        MalformedKeyError: the bytes break the acceptance rule of the algorithm.
    """

    algorithm: Algorithm
    key: bytes
    _check: Callable[[bytes, bytes], None] = field(init=False, repr=False, compare=False)
    _thumbprint: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.algorithm is Algorithm.ED25519:
            ed25519.check_key(self.key)
            check = partial(ed25519.verify, self.key)
        else:
            check = partial(es256.verify, es256.load_key(self.key))
        object.__setattr__(self, "_check", check)
        canonical = json.dumps(self.jwk(), separators=(",", ":"), sort_keys=True).encode("ascii")
        object.__setattr__(self, "_thumbprint", b64url_encode(hashlib.sha256(canonical).digest()))

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, object]) -> "Verifier":
        """Return the key of a JWK that has its thumbprint members and no other (RFC 7638, section 3.2).

        Raises:
            MalformedKeyError: another type, a missing or further member, or a key that is not safe to trust.
        """
        match dict(jwk):
            case {"kty": "OKP", "crv": "Ed25519", "x": str(x), **rest} if not rest:
                return cls(Algorithm.ED25519, _coordinate(x))
            case {"kty": "EC", "crv": "P-256", "x": str(x), "y": str(y), **rest} if not rest:
                return cls(Algorithm.ES256, b"\x04" + _coordinate(x) + _coordinate(y))
        raise MalformedKeyError("not an Ed25519 or P-256 JWK with exactly its thumbprint members")

    def jwk(self) -> dict[str, str]:
        """Return the JWK: the thumbprint members only, in lexicographic order."""
        if self.algorithm is Algorithm.ED25519:
            return {"crv": "Ed25519", "kty": "OKP", "x": b64url_encode(self.key)}
        x, y = self.key[1:33], self.key[33:]
        return {"crv": "P-256", "kty": "EC", "x": b64url_encode(x), "y": b64url_encode(y)}

    def thumbprint(self) -> str:
        """Return the RFC 7638 SHA-256 thumbprint, 43 base64url characters."""
        return self._thumbprint

    def verify(self, message: bytes, signature: bytes) -> None:
        """Verify a 64-byte signature over `message`.

        Raises:
            InvalidSignatureError: the signature does not hold or is not in its one form.
        """
        self._check(message, signature)

    def __reduce__(self) -> tuple[type["Verifier"], tuple[Algorithm, bytes]]:
        # A key that was read by the library does not travel; the bytes do, and are judged again there.
        return Verifier, (self.algorithm, self.key)


class Signer(Protocol):
    """What signs: a `PrivateKey` here, a hardware module elsewhere. Threads may share it."""

    @property
    def verifier(self) -> Verifier:
        """The public key that verifies what this signer signs."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature over `message`."""
        ...


class PrivateKey:
    """A private key in this process's memory: a `Signer`.

    It holds no state that changes, so threads may share it. It shows only its algorithm and thumbprint and
    refuses to be copied or pickled; `to_pem` is the one way out.
    """

    __slots__ = ("_key", "_verifier")

    def __init__(self, key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> None:
        self._key: Final = key
        self._verifier: Final = _verifier_of(key.public_key())

    @classmethod
    def generate(cls, algorithm: Algorithm) -> "PrivateKey":
        """Return a new key from the operating system's random source."""
        if algorithm is Algorithm.ED25519:
            return cls.from_seed(secrets.token_bytes(32))
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_seed(cls, seed: bytes) -> "PrivateKey":
        """Return the Ed25519 key of a 32-byte seed (RFC 8032, section 5.1.5).

        Raises:
            MalformedKeyError: the seed does not have 32 bytes.
        """
        if len(seed) != ed25519.KEY_BYTES:
            raise MalformedKeyError("an Ed25519 seed has 32 bytes")
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def from_pem(cls, pem: bytes, password: bytes | None) -> "PrivateKey":
        """Return the key of a PKCS#8 PEM text (RFC 5958), encrypted exactly when a password is given.

        Raises:
            MalformedKeyError: not PKCS#8, wrong or missing or needless password, another key type or curve.
        """
        if not pem.startswith(_PRIVATE_PEM):
            raise MalformedKeyError("not a PKCS#8 private key in PEM")
        try:
            key = serialization.load_pem_private_key(pem, password)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise MalformedKeyError("private key cannot be read with this password") from error
        if not isinstance(key, (Ed25519PrivateKey, ec.EllipticCurvePrivateKey)):
            raise MalformedKeyError("private key is neither Ed25519 nor P-256")
        return cls(key)

    def to_pem(self, password: bytes | None) -> bytes:
        """Return the key as PKCS#8 PEM, encrypted (PBES2, AES-256) under a password of at least one byte.

        None leaves it in the clear, for a place that is itself protected.

        Raises:
            MalformedKeyError: the password is empty.
        """
        if password is None:
            encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
        elif password:
            encryption = serialization.BestAvailableEncryption(password)
        else:
            raise MalformedKeyError("the password is empty")
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
        )

    @property
    def verifier(self) -> Verifier:
        """The public key."""
        return self._verifier

    def sign(self, message: bytes) -> bytes:
        """Return the signature, 64 bytes; the same key and message always give the same bytes."""
        if isinstance(self._key, Ed25519PrivateKey):
            return self._key.sign(message)
        return es256.sign(self._key, message)

    def __repr__(self) -> str:
        return f"<PrivateKey {self._verifier.algorithm} {self._verifier.thumbprint()}>"

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        # Pickle and copy both come here: a key must not travel into a queue, a cache or a crash dump.
        raise TypeError("a private key is neither copied nor pickled")


def load_public(text: str) -> Verifier:
    """Return the public key of a JWK (JSON text) or of a SubjectPublicKeyInfo in PEM (RFC 5480, RFC 8410).

    Raises:
        MalformedKeyError: neither of the two, another key type, or a key that is not safe to trust.
    """
    if text.startswith(_PUBLIC_PEM):
        return _from_spki(text)
    try:
        jwk = strictjson.loads(text)
    except MalformedJsonError as error:
        raise MalformedKeyError("neither a JWK nor a public key in PEM") from error
    if not isinstance(jwk, dict):
        raise MalformedKeyError("a JWK is a JSON object")
    return Verifier.from_jwk(jwk)


def _from_spki(text: str) -> Verifier:
    try:
        key = serialization.load_pem_public_key(text.encode("utf-8"))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise MalformedKeyError("public key cannot be read") from error
    if not isinstance(key, (Ed25519PublicKey, ec.EllipticCurvePublicKey)):
        raise MalformedKeyError("public key is neither Ed25519 nor P-256")
    return _verifier_of(key)


def _verifier_of(key: Ed25519PublicKey | ec.EllipticCurvePublicKey) -> Verifier:
    if isinstance(key, Ed25519PublicKey):
        return Verifier(Algorithm.ED25519, key.public_bytes_raw())
    return Verifier(Algorithm.ES256, es256.encode_key(key))


def _coordinate(text: str) -> bytes:
    try:
        data = b64url_decode(text)
    except MalformedBase64Error as error:
        raise MalformedKeyError("a JWK coordinate is not base64url") from error
    if len(data) != _COORDINATE_BYTES:
        raise MalformedKeyError("a JWK coordinate has 32 bytes")
    return data

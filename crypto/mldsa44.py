"""ML-DSA-44 (FIPS 204), pure and with an empty context, as OpenSSL has it.

Witnesses may cosign with it: its signatures hold against quantum computers too. A key pair is made from a
seed of 32 bytes, and the seed is what is kept (RFC 9881).
"""

import secrets
from dataclasses import dataclass, field
from typing import Final, NoReturn

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from crypto.errors import InvalidSignatureError, MalformedKeyError

KEY_BYTES: Final = 1312
SEED_BYTES: Final = 32
SIGNATURE_BYTES: Final = 2420


@dataclass(frozen=True, slots=True)
class MlDsa44Verifier:
    """A public key of 1,312 bytes. Every string of that length is one (FIPS 204, algorithm 23).

    Raises:
        MalformedKeyError: another length.
    """

    key: bytes
    _public: MLDSA44PublicKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.key) != KEY_BYTES:
            raise MalformedKeyError(f"an ML-DSA-44 key has {KEY_BYTES} bytes")
        object.__setattr__(self, "_public", MLDSA44PublicKey.from_public_bytes(self.key))

    def verify(self, message: bytes, signature: bytes) -> None:
        """Verify a signature of 2,420 bytes over `message`.

        Raises:
            InvalidSignatureError: it does not hold, or has another length.
        """
        if len(signature) != SIGNATURE_BYTES:
            raise InvalidSignatureError(f"an ML-DSA-44 signature has {SIGNATURE_BYTES} bytes")
        try:
            self._public.verify(signature, message)
        except InvalidSignature as error:
            raise InvalidSignatureError("ML-DSA-44 signature does not verify") from error


class MlDsa44PrivateKey:
    """A private key in this process's memory. It shows only its kind and refuses to be copied or pickled."""

    __slots__ = ("_key", "_verifier")

    def __init__(self, key: MLDSA44PrivateKey) -> None:
        self._key: Final = key
        self._verifier: Final = MlDsa44Verifier(key.public_key().public_bytes_raw())

    @classmethod
    def generate(cls) -> "MlDsa44PrivateKey":
        """Return a new key from the operating system's random source."""
        return cls.from_seed(secrets.token_bytes(SEED_BYTES))

    @classmethod
    def from_seed(cls, seed: bytes) -> "MlDsa44PrivateKey":
        """Return the key of a 32-byte seed; raises MalformedKeyError for another length."""
        if len(seed) != SEED_BYTES:
            raise MalformedKeyError(f"an ML-DSA-44 seed has {SEED_BYTES} bytes")
        return cls(MLDSA44PrivateKey.from_seed_bytes(seed))

    @classmethod
    def from_pem(cls, pem: bytes, password: bytes | None) -> "MlDsa44PrivateKey":
        """Return the key of a PKCS#8 PEM text, encrypted exactly when a password is given.

        Raises:
            MalformedKeyError: not PKCS#8, wrong or missing or needless password, or another kind of key.
        """
        try:
            key = serialization.load_pem_private_key(pem, password)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise MalformedKeyError("private key cannot be read with this password") from error
        if not isinstance(key, MLDSA44PrivateKey):
            raise MalformedKeyError("private key is not ML-DSA-44")
        return cls(key)

    def to_pem(self, password: bytes | None) -> bytes:
        """Return the key as PKCS#8 PEM, encrypted under a password; None leaves it in the clear."""
        encryption: serialization.KeySerializationEncryption = (
            serialization.NoEncryption()
            if password is None
            else serialization.BestAvailableEncryption(password)
        )
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
        )

    @property
    def verifier(self) -> MlDsa44Verifier:
        """The public key."""
        return self._verifier

    def sign(self, message: bytes) -> bytes:
        """Return a signature of 2,420 bytes; it is randomised, so two over one message differ."""
        return self._key.sign(message)

    def __repr__(self) -> str:
        return "<MlDsa44PrivateKey>"

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        # Pickle and copy both come here: a key must not travel into a queue, a cache or a crash dump.
        raise TypeError("a private key is neither copied nor pickled")

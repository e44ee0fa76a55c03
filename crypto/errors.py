"""Errors of the `crypto` package: one base, one class per kind of input, each with the rule that failed."""


class CryptoError(Exception):
    """Base of every refusal by this package; `reason` says which rule failed and holds no secret."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MalformedKeyError(CryptoError):
    """A key is not of a known type, not in its one encoding, or not safe to trust."""


class InvalidSignatureError(CryptoError):
    """A signature does not hold for this message and key, or is not in its one encoding."""


class MalformedJwsError(CryptoError):
    """A text is not a compact JWS in the one form accepted here."""


class MalformedDisclosureError(CryptoError):
    """A disclosure, or a set of them with its digests, breaks RFC 9901 or formats.md section 2."""


class MalformedNoteError(CryptoError):
    """A signed note, a verifier key or a key name breaks the C2SP signed-note format."""


class MalformedJsonError(CryptoError):
    """A text is not JSON that every parser reads alike."""


class MalformedBase64Error(CryptoError):
    """A text is not the one base64 or base64url encoding of its bytes."""

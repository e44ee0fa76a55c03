"""Base64 (RFC 4648): base64url without padding for JOSE, padded base64 for C2SP texts.

One text for one value: what does not re-encode to itself is refused, so no bit of a signed text is free.
"""

import base64

from crypto.errors import MalformedBase64Error


def b64url_encode(data: bytes) -> str:
    """Return the base64url text of `data`, without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def b64url_decode(text: str) -> bytes:
    """Return the bytes of an unpadded base64url text.

    Raises:
        MalformedBase64Error: a foreign character, padding, an impossible length or stray bits at the end.
    """
    data = _decode(text + "=" * (-len(text) % 4), altchars=b"-_")
    if b64url_encode(data) != text:
        raise MalformedBase64Error("base64url does not re-encode to itself")
    return data


def b64_encode(data: bytes) -> str:
    """Return the base64 text of `data`, with padding."""
    return base64.b64encode(data).decode("ascii")


def b64_decode(text: str) -> bytes:
    """Return the bytes of a padded base64 text.

    Raises:
        MalformedBase64Error: a foreign character, missing padding or stray bits at the end.
    """
    data = _decode(text, altchars=b"+/")
    if b64_encode(data) != text:
        raise MalformedBase64Error("base64 does not re-encode to itself")
    return data


def _decode(text: str, altchars: bytes) -> bytes:
    try:
        return base64.b64decode(text, altchars=altchars, validate=True)
    except ValueError as error:
        raise MalformedBase64Error("not base64") from error

"""The member types of events and states: each a Python type with its JSON form (docs/formats.md section 2).

Quantities are integers with the unit in the member's name. A member that is none of these, a code list or a
dataclass has no codec and cannot be declared.
"""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Final, TypeVar

from crypto.encoding import b64url_decode, b64url_encode
from crypto.errors import CryptoError
from crypto.keys import Verifier
from crypto.note import VerifierKey
from crypto.strictjson import Json
from ledger.claims import Codec, MalformedClaimError, Size, codec_of, mapping_of
from ledger.errors import MalformedError
from ledger.identifiers import ItemId, MalformedIdError
from ledger.instants import Day, Instant, parse_day
from ledger.vocabulary import Element

T = TypeVar("T")
MAX_SAFE: Final = 2**53 - 1
MAX_PROSE: Final = 200
HASH_SIZE: Final = 32


def integer(least: int, most: int) -> Codec[int]:
    """Return the codec of an integer in `least..most`."""

    def decode(value: Json) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise MalformedClaimError("must be an integer")
        if not least <= value <= most:
            raise MalformedClaimError(f"must be {least} to {most}")
        return value

    return Codec(decode, lambda value: value, {"type": "integer", "minimum": least, "maximum": most})


def text(pattern: str, what: str) -> Codec[str]:
    """Return the codec of a text that matches `pattern` as a whole; `what` describes it."""
    compiled = re.compile(pattern, re.ASCII)

    def decode(value: Json) -> str:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise MalformedClaimError(f"must be {what}")
        return value

    return Codec(decode, str, {"type": "string", "pattern": f"^(?:{pattern})$", "description": what})


def parsed(parse: Callable[[str], T], what: str, form: Callable[[T], str] = str) -> Codec[T]:
    """Return the codec of a text with a parser of its own, which raises a MalformedError."""

    def decode(value: Json) -> T:
        if not isinstance(value, str):
            raise MalformedClaimError(f"must be {what}")
        try:
            return parse(value)
        except MalformedError as error:
            raise MalformedClaimError(f"must be {what}: {error}") from error

    return Codec(decode, form, {"type": "string", "description": what})


def _decode_hash(value: Json) -> str:
    if not isinstance(value, str):
        raise MalformedClaimError("must be a base64url hash")
    try:
        size = len(b64url_decode(value))
    except CryptoError as error:
        raise MalformedClaimError("must be base64url without padding") from error
    if size != HASH_SIZE:
        raise MalformedClaimError("must be 32 bytes in base64url, 43 characters")
    return value


def _decode_bytes(size: int) -> Codec[bytes]:
    def decode(value: Json) -> bytes:
        if not isinstance(value, str):
            raise MalformedClaimError("must be base64url")
        try:
            raw = b64url_decode(value)
        except CryptoError as error:
            raise MalformedClaimError("must be base64url without padding") from error
        if len(raw) != size:
            raise MalformedClaimError(f"must be {size} bytes")
        return raw

    return Codec(decode, b64url_encode, {"type": "string", "description": f"{size} bytes, base64url"})


def _decode_jwk(value: Json) -> Verifier:
    if not isinstance(value, dict):
        raise MalformedClaimError("must be a JWK object")
    try:
        return Verifier.from_jwk(value)
    except CryptoError as error:
        raise MalformedClaimError(f"must be an Ed25519 or P-256 public JWK: {error}") from error


def _decode_name(value: Json) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_PROSE or value != value.strip():
        raise MalformedClaimError(f"must be 1 to {MAX_PROSE} characters without space at the ends")
    if not value.isprintable():
        raise MalformedClaimError("must be printable characters")
    return value


def _parse_org(value: str) -> ItemId:
    org = ItemId.parse(value)
    if not org.is_org:
        raise MalformedIdError("not an organisation")
    return org


def _parse_vkey(value: str) -> str:
    try:
        VerifierKey.parse(value)
    except CryptoError as error:
        raise MalformedError(str(error)) from error
    return value


_HASH_SCHEMA: Final = {
    "type": "string",
    "pattern": "^[A-Za-z0-9_-]{43}$",
    "description": "32 bytes, base64url",
}
_JWK_SCHEMA: Final = {"type": "object", "description": "public JWK, Ed25519 or P-256, thumbprint members"}
HASH: Final = Codec(_decode_hash, str, _HASH_SCHEMA)
ITEM_ID: Final = parsed(ItemId.parse, "an item id")
ELEMENT: Final = codec_of(Element)

Text = Annotated[str, text(r"[0-9A-Z.-]{1,40}", "1 to 40 of 0-9 A-Z . -")]
Code = Annotated[str, text(r"[a-z][a-z0-9_.-]{0,39}", "a code: lower case letters, digits, _ . -")]
EventName = Annotated[str, text(r"[a-z]{1,20}\.[a-z_]{1,30}", "an event type")]
Origin = Annotated[str, text(r"[A-Za-z0-9._:/-]{1,200}", "the origin of a log")]
Prose = Annotated[
    str,
    Codec(
        _decode_name,
        str,
        {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_PROSE,
            "description": f"1 to {MAX_PROSE} printable characters",
        },
    ),
]
Hash = Annotated[str, HASH]
EventIdText = Annotated[str, HASH]
Kid = Annotated[str, HASH]
AnyItem = Annotated[ItemId, ITEM_ID]
AnyOrg = Annotated[ItemId, parsed(_parse_org, "an organisation id")]
Moment = Annotated[Instant, parsed(Instant.parse, "an instant YYYY-MM-DDThh:mm:ss+hh:mm")]
Date = Annotated[Day, parsed(parse_day, "a day YYYY-MM-DD")]
Jwk = Annotated[Verifier, Codec(_decode_jwk, lambda key: dict(key.jwk()), _JWK_SCHEMA)]
Uuid = Annotated[
    str, text(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "a lower-case UUID")
]
District = Annotated[
    str, text(r"[1-9][0-9]{5}|[A-Z]{2}-[A-Z0-9]{1,3}", "a GB/T 2260 code of 6 digits or an ISO 3166-2 code")
]
City = Annotated[str, text(r"[1-9][0-9]{3}", "the first 4 digits of a GB/T 2260 code")]
Country = Annotated[str, text(r"[A-Z]{2}", "an ISO 3166-1 code of 2 letters")]
VendorCode = Annotated[str, text(r"[0-9A-Z]{3}", "3 of 0-9 A-Z")]
SpecCode = Annotated[str, text(r"[0-9A-Z]{2}", "2 of 0-9 A-Z")]
ModelId = Annotated[
    str,
    text(r"org:(?:duns:|lei:)?[0-9A-Z]{9,20}/[0-9A-Z.-]{1,40}@[1-9][0-9]{0,3}", "<org>/<text>@<n>"),
]
RulesVersion = Annotated[str, text(r"[0-9]{4}\.[0-9]{1,3}", "a rules version")]
Count = Annotated[int, integer(0, MAX_SAFE)]
Positive = Annotated[int, integer(1, MAX_SAFE)]
MassG = Annotated[int, integer(0, 10**12)]
PositiveMassG = Annotated[int, integer(1, 10**12)]
Ppm = Annotated[int, integer(0, 10**6)]
Permille = Annotated[int, integer(0, 2000)]
TemperatureDc = Annotated[int, integer(-1000, 3000)]
CellCount = Annotated[int, integer(1, 100_000)]
LabelNumber = Annotated[int, integer(1, 65_535)]
Year = Annotated[int, integer(2018, 2100)]
Cycles = Annotated[int, integer(0, 1_000_000)]
Salt = Annotated[bytes, _decode_bytes(16)]
SaltKey = Annotated[bytes, _decode_bytes(32)]
Node = Annotated[bytes, _decode_bytes(HASH_SIZE)]
MgPerKg = Annotated[
    Mapping[str, int],
    mapping_of(ELEMENT, integer(0, 10**6), Size(1, len(Element))),
]
AliasText = Annotated[str, text(r"[!-~]{1,200}", "1 to 200 ASCII characters without a space")]
LogVkey = Annotated[str, parsed(_parse_vkey, "the vkey of a log")]
Hashes = Annotated[tuple[Hash, ...], Size(1, 32)]

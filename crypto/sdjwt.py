"""Selective disclosure for JWTs (RFC 9901), as far as the ledger uses it (formats.md section 2).

A restricted claim is concealed behind the digest of its disclosure, an array of salt, name and value. Whoever
holds the disclosure reveals the claim; whoever erases it leaves a digest that tells nothing. Array elements,
nested digests, decoys and key binding are refused, so a digest without disclosure means withheld or erased
and nothing else.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from crypto import strictjson
from crypto.encoding import b64url_decode, b64url_encode
from crypto.errors import MalformedBase64Error, MalformedDisclosureError, MalformedJsonError
from crypto.strictjson import Json

SALT_BYTES: Final = 16
MAX_DISCLOSURE_BYTES: Final = 65_536
SEPARATOR: Final = "~"
RESERVED_NAMES: Final = frozenset({"_sd", "_sd_alg", "..."})
NO_LIMITS: Final[Mapping[str, int]] = MappingProxyType({})
_SALT: Final = re.compile(r"[A-Za-z0-9_-]{22,}")
_DIGEST: Final = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
_MEMBERS: Final = 3


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A restricted claim in the open: `text` as it travels (base64url), and what it says.

    Salt and value stay out of the repr: logs must not reveal what the ledger conceals.
    """

    text: str
    salt: str = field(repr=False)
    name: str
    value: Json = field(repr=False)

    @property
    def digest(self) -> str:
        """base64url of the SHA-256 of the text (RFC 9901, section 4.2.3), 43 characters."""
        return b64url_encode(hashlib.sha256(self.text.encode("ascii")).digest())


def disclose(name: str, value: Json, salt: bytes) -> Disclosure:
    """Return the disclosure of one claim; `salt` is random, used once, and has at least 16 bytes.

    Raises:
        MalformedDisclosureError: a short salt, a reserved name, or a value that is not strict JSON.
    """
    if len(salt) < SALT_BYTES:
        raise MalformedDisclosureError("a salt has at least 16 bytes")
    members: list[Json] = [b64url_encode(salt), name, value]
    try:
        text = b64url_encode(strictjson.dumps(members).encode("utf-8"))
    except MalformedJsonError as error:
        raise MalformedDisclosureError(f"disclosure: {error.reason}") from error
    return _disclosure(text, members)


def conceal(claims: Mapping[str, Json], salts: Iterable[bytes]) -> tuple[list[str], tuple[Disclosure, ...]]:
    """Return the sorted digests for `_sd`, and one disclosure for each claim in the order of `claims`.

    Raises:
        MalformedDisclosureError: too few salts, or one used twice, or a claim that cannot be disclosed.
    """
    chosen = [salt for _, salt in zip(claims, salts, strict=False)]
    if len(set(chosen)) != len(claims):
        raise MalformedDisclosureError("every claim needs a salt of its own")
    disclosures = tuple(
        disclose(name, value, salt) for (name, value), salt in zip(claims.items(), chosen, strict=True)
    )
    return sorted(each.digest for each in disclosures), disclosures


def parse_disclosure(text: str, limits: Mapping[str, int] = NO_LIMITS) -> Disclosure:
    """Return the claim of a disclosure.

    `limits` gives, by claim name, the most bytes its text may have where that is not `MAX_DISCLOSURE_BYTES`.

    Raises:
        MalformedDisclosureError: too long, not base64url, not strict JSON, not exactly salt, name and value,
            a short salt, a reserved name, or digests inside the value.
    """
    if len(text) > max(limits.values(), default=0) and len(text) > MAX_DISCLOSURE_BYTES:
        raise MalformedDisclosureError("disclosure is too long")
    try:
        members = strictjson.loads(b64url_decode(text))
    except (MalformedBase64Error, MalformedJsonError) as error:
        raise MalformedDisclosureError(f"disclosure: {error.reason}") from error
    disclosure = _disclosure(text, members)
    if len(text) > limits.get(disclosure.name, MAX_DISCLOSURE_BYTES):
        raise MalformedDisclosureError(f"disclosure of {disclosure.name} is too long")
    return disclosure


def split(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the JWS and the texts of the disclosures of an SD-JWT, none of them parsed yet.

    Raises:
        MalformedDisclosureError: the text does not end with `~` (a key binding, say) or a part is empty.
    """
    *parts, rest = text.split(SEPARATOR)
    if rest or not parts:
        raise MalformedDisclosureError("an SD-JWT ends with ~")
    if not all(parts):
        raise MalformedDisclosureError("an SD-JWT has no empty part")
    return parts[0], tuple(parts[1:])


def join(jws: str, disclosures: Iterable[Disclosure | str]) -> str:
    """Return the SD-JWT of a JWS and the disclosures, or their texts, that go with it."""
    texts = (each if isinstance(each, str) else each.text for each in disclosures)
    return SEPARATOR.join((jws, *texts, ""))


def check_digests(digests: Sequence[str]) -> None:
    """Check the digests of an `_sd` member by themselves.

    Raises:
        MalformedDisclosureError: none, one that is not a SHA-256 in base64url, unsorted, or one twice.
    """
    if not digests:
        raise MalformedDisclosureError("_sd is empty")
    if not all(_DIGEST.fullmatch(digest) for digest in digests):
        raise MalformedDisclosureError("a digest is not a SHA-256 in base64url")
    if list(digests) != sorted(set(digests)):
        raise MalformedDisclosureError("digests are not sorted and unique")


def reveal(digests: Sequence[str], disclosures: Iterable[Disclosure]) -> dict[str, Disclosure]:
    """Return the disclosed claims by name; a digest without disclosure is a claim withheld or erased.

    Raises:
        MalformedDisclosureError: a disclosure whose digest is not there, or a name or disclosure twice.
    """
    if digests:
        check_digests(digests)
    known = frozenset(digests)
    claims: dict[str, Disclosure] = {}
    for disclosure in disclosures:
        if disclosure.digest not in known:
            raise MalformedDisclosureError(f"disclosure of {disclosure.name} has no digest")
        if disclosure.name in claims:
            raise MalformedDisclosureError(f"{disclosure.name} is disclosed twice")
        claims[disclosure.name] = disclosure
    return claims


def match(digests: Sequence[str], disclosures: Iterable[Disclosure]) -> dict[str, Disclosure]:
    """Return all claims by name at first submission, when nothing may be withheld yet.

    Raises:
        MalformedDisclosureError: as `reveal`, or a digest without its disclosure.
    """
    claims = reveal(digests, disclosures)
    if len(claims) != len(digests):
        raise MalformedDisclosureError("a digest has no disclosure")
    return claims


def _disclosure(text: str, members: Json) -> Disclosure:
    if not isinstance(members, list) or len(members) != _MEMBERS:
        raise MalformedDisclosureError("a disclosure is an array of salt, name and value")
    salt, name, value = members
    if not isinstance(salt, str) or not _SALT.fullmatch(salt):
        raise MalformedDisclosureError("a salt has at least 22 base64url characters")
    if not isinstance(name, str) or not name or name in RESERVED_NAMES:
        raise MalformedDisclosureError("a claim's name is a text and not reserved")
    if _holds_reserved_name(value):
        raise MalformedDisclosureError(f"{name} holds digests of its own")
    return Disclosure(text, salt, name, value)


def _holds_reserved_name(value: Json) -> bool:
    if isinstance(value, dict):
        return not RESERVED_NAMES.isdisjoint(value) or any(map(_holds_reserved_name, value.values()))
    return isinstance(value, list) and any(map(_holds_reserved_name, value))

"""Item ids: `scheme:value`, the name of everything that has a history (docs/formats.md, section 1).

An id has exactly one spelling. What arrives in another one (lower case, split, a link) is a scan and goes
through `ledger.scan`; what stands in an event or a route must be canonical already.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

from ledger import gbt34014, uscc
from ledger.errors import MalformedError

_TEXT: Final = re.compile(r"[0-9A-Z.-]{1,40}")
_DUNS: Final = re.compile(r"[0-9]{9}")
_LEI: Final = re.compile(r"[0-9A-Z]{18}[0-9]{2}")
_GTIN: Final = re.compile(r"[0-9]{14}")
_UUID4: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_UNITS: Final = frozenset({"gbt34014", "gbt45565", "gs1", "local"})
_OWNED: Final = frozenset({"local", "lot"})


class MalformedIdError(MalformedError):
    """The text is not an item id in its canonical form; the message says which rule it breaks."""


@dataclass(frozen=True, slots=True, order=True)
class ItemId:
    """The name of an item: unit, material lot, vehicle or organisation.

    Made by `parse`, which checks it; whoever calls the constructor answers for the value. Ids sort as their
    texts do, because no scheme's name begins with another's.

    Attributes:
        scheme: one of gbt34014, gbt45565, gs1, local, lot, vehicle, org.
        value: what follows the first colon.
    """

    scheme: str
    value: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take an id in its canonical form.

        Raises:
            MalformedIdError: the scheme is unknown or the value breaks its scheme's rule.
        """
        scheme, colon, value = text.partition(":")
        check = _CHECKS.get(scheme)
        if not colon or check is None:
            raise MalformedIdError("unknown scheme")
        try:
            check(value)
        except MalformedIdError:
            raise
        except MalformedError as error:
            raise MalformedIdError(f"{scheme}: {error}") from error
        return cls(scheme, value)

    @property
    def is_org(self) -> bool:
        """Whether this names an organisation."""
        return self.scheme == "org"

    @property
    def is_vehicle(self) -> bool:
        """Whether this names a vehicle."""
        return self.scheme == "vehicle"

    @property
    def is_lot(self) -> bool:
        """Whether this names a material lot."""
        return self.scheme == "lot"

    @property
    def is_unit(self) -> bool:
        """Whether this names a single battery product: pack, module, cell or what was made of them."""
        return self.scheme in _UNITS

    @property
    def owner_org(self) -> "ItemId | None":
        """The organisation within a `lot` or `local` id, whose list the text belongs to; else None."""
        if self.scheme not in _OWNED:
            return None
        return ItemId("org", self.value.rpartition(":")[0])

    @property
    def code(self) -> str:
        """`<CODE>` of routes and labels: the value of a GB/T 34014 code, else the whole id."""
        return self.value if self.scheme == "gbt34014" else str(self)


def resolve_code(text: str) -> ItemId:
    """Take `<CODE>` from a route or a label: a bare GB/T 34014 code or a whole id.

    Labels are all capitals because of QR's alphanumeric set, so an id wholly in capitals is taken too.

    Raises:
        MalformedIdError: it is neither.
    """
    if ":" not in text:
        return ItemId.parse(f"gbt34014:{text}")
    if not text.isascii() or text != text.upper():
        return ItemId.parse(text)
    # Every scheme's own words are lower case and the rest of all but vehicle ids is upper case.
    scheme, _, value = text.partition(":")
    if scheme == "VEHICLE":
        return ItemId.parse(text.lower())
    kind, colon, rest = value.partition(":")
    prefixed = kind.lower() + colon + rest if kind in {"DUNS", "LEI"} else value
    return ItemId.parse(f"{scheme.lower()}:{prefixed}")


def gtin_check_digit(digits: str) -> str:
    """Check digit of a GTIN's digits before it (GS1 General Specifications, section 7.9)."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def lei_check_digits(first18: str) -> str:
    """The two check digits of a legal entity identifier's first 18 characters (ISO 17442, ISO 7064 97-10)."""
    return f"{98 - int(''.join(str(int(character, 36)) for character in first18 + '00')) % 97:02d}"


def _check_text(value: str) -> None:
    if not _TEXT.fullmatch(value):
        raise MalformedIdError("the text is not 1 to 40 characters of 0-9, A-Z, point and hyphen")


def _check_gs1(value: str) -> None:
    gtin, _, serial = value.partition(":")
    if not _GTIN.fullmatch(gtin) or gtin[-1] != gtin_check_digit(gtin[:-1]):
        raise MalformedIdError("gs1: not 14 digits of which the last is their check digit")
    _check_text(serial)


def _check_org(value: str) -> None:
    kind, colon, number = value.partition(":")
    if not colon:
        uscc.parse(value)
    elif kind == "duns":
        if not _DUNS.fullmatch(number):
            raise MalformedIdError("org: a DUNS number is nine digits")
    elif kind != "lei" or not _LEI.fullmatch(number) or number[-2:] != lei_check_digits(number[:18]):
        raise MalformedIdError(
            "org: neither a social credit code, nor duns, nor an lei with its check digits"
        )


def _check_owned(value: str) -> None:
    org, _, text = value.rpartition(":")
    _check_org(org)
    _check_text(text)


def _check_vehicle(value: str) -> None:
    if not _UUID4.fullmatch(value):
        raise MalformedIdError("vehicle: not a UUID of version 4 in lower case")


def _check_gbt34014(value: str) -> None:
    gbt34014.parse(value)


_CHECKS: Final[dict[str, Callable[[str], None]]] = {
    "gbt34014": _check_gbt34014,
    "gbt45565": _check_text,
    "gs1": _check_gs1,
    "local": _check_owned,
    "lot": _check_owned,
    "vehicle": _check_vehicle,
    "org": _check_org,
}
SCHEMES: Final = frozenset(_CHECKS)
"""What an id may begin with, before its first colon."""

"""Shapes of JSON: objects with these members and no other, each read by a reader of its own."""

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from crypto.encoding import b64_decode
from crypto.errors import CryptoError
from crypto.strictjson import Json
from ledger.errors import MalformedError
from ledger.merkle import HASH_SIZE

MAX_COUNT: Final = 2**53 - 1
T = TypeVar("T")


class MalformedShapeError(MalformedError):
    """A JSON value has another shape: the message says which."""


def demand(condition: object, rule: str) -> None:
    """Raise MalformedShapeError, which says the rule, unless a condition holds."""
    if not condition:
        raise MalformedShapeError(rule)


class Nothing:
    """What a member leaves that has to be there, and of which nothing is kept."""


def present(_value: Json) -> type[Nothing]:
    """Read any value at all, and keep nothing of it."""
    return Nothing


def only(name: str, wanted: str | int) -> Callable[[Json], type[Nothing]]:
    """Return what reads one value only, and keeps nothing of it."""

    def read(value: Json) -> type[Nothing]:
        # A truth value is a number to Python and not in JSON.
        demand(value == wanted and type(value) is type(wanted), f"{name} is not {wanted}")
        return Nothing

    return read


def count(value: Json) -> int:
    """Read a number from 0."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_COUNT:
        raise MalformedShapeError("not a number from 0")
    return value


def text(value: Json) -> str:
    """Read a text."""
    if not isinstance(value, str):
        raise MalformedShapeError("not a text")
    return value


def text_of(form: re.Pattern[str], name: str) -> Callable[[Json], str]:
    """Return what reads a text of a form."""

    def read(value: Json) -> str:
        demand(form.fullmatch(text(value)), f"not {name}")
        return text(value)

    return read


def sha256(value: Json) -> bytes:
    """Read a hash in base64 with padding."""
    try:
        found = b64_decode(text(value))
    except CryptoError as error:
        raise MalformedShapeError(error.reason) from error
    demand(len(found) == HASH_SIZE, "not a hash of 32 bytes")
    return found


def mapping(value: Json) -> Mapping[str, Json]:
    """Read any object."""
    if not isinstance(value, dict):
        raise MalformedShapeError("not an object")
    return value


def or_none(read: Callable[[Json], T]) -> Callable[[Json], T | None]:
    """Return what reads null as None."""
    return lambda value: None if value is None else read(value)


def list_of(read: Callable[[Json], T], most: int) -> Callable[[Json], tuple[T, ...]]:
    """Return what reads a list of at most so many."""

    def read_all(value: Json) -> tuple[T, ...]:
        if not isinstance(value, list) or len(value) > most:
            raise MalformedShapeError(f"not a list of at most {most}")
        return tuple(map(read, value))

    return read_all


def object_of(make: Callable[..., T], **members: Callable[[Json], object]) -> Callable[[Json], T]:
    """Return what reads an object with exactly these members and makes something of them."""

    def read(value: Json) -> T:
        if not isinstance(value, dict) or value.keys() != members.keys():
            raise MalformedShapeError(f"not an object of {', '.join(members)}")
        found = {name: member(value[name]) for name, member in members.items()}
        return make(**{name: member for name, member in found.items() if member is not Nothing})

    return read

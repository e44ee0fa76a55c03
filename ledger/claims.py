"""Claims: typed values inside an event or a state, and their one JSON form.

A frozen dataclass declares its members with `Annotated[type, Codec]`; this module derives the strict decoder,
the encoder and the JSON Schema from that declaration, so a member is written down once. It knows no
battery: the members themselves are in `ledger.fields`.
"""

import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final, Generic, TypeVar, Union, get_args, get_origin

from crypto.strictjson import Json
from ledger.errors import MalformedError

T = TypeVar("T")
Schema = dict[str, Any]
MAX_LIST: Final = 1000


class MalformedClaimError(MalformedError):
    """A member is missing, unknown, of the wrong type or out of its range.

    `path` names the member (`modules[3].mass_g`), `reason` says what is allowed.
    """

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.reason = reason
        self.path = path

    def under(self, name: str) -> "MalformedClaimError":
        """Return the same error seen from one level up."""
        joint = "" if not self.path or self.path.startswith("[") else "."
        return MalformedClaimError(self.reason, f"{name}{joint}{self.path}")


@dataclass(frozen=True, slots=True, eq=False)
class Codec(Generic[T]):
    """How one type travels: `decode` raises MalformedClaimError, `encode` never fails on its own type."""

    decode: Callable[[Json], T]
    encode: Callable[[T], Json]
    schema: Schema


@dataclass(frozen=True, slots=True)
class Size:
    """How many members a list may have."""

    least: int
    most: int


def decode(kind: type[T], value: Json) -> T:
    """Return `value` as the dataclass `kind`; unknown members and wrong types raise MalformedClaimError."""
    return typing.cast("T", codec_of(kind).decode(value))


def encode(value: object) -> dict[str, Json]:
    """Return the JSON object of a dataclass value; members at their default are left out."""
    return typing.cast("dict[str, Json]", codec_of(type(value)).encode(value))


def codec_of(annotation: Any) -> Codec[Any]:  # noqa: ANN401  annotations have no common type
    """Return the codec of a type annotation; an annotation without one is a programming error."""
    return _derive(annotation)


@functools.cache
def _derive(annotation: Any) -> Codec[Any]:  # noqa: ANN401  annotations have no common type
    origin = get_origin(annotation)
    if origin is Annotated:
        return _annotated(annotation)
    if origin is tuple:
        return _list(codec_of(get_args(annotation)[0]), Size(0, MAX_LIST))
    if origin in (Union, types.UnionType):
        return codec_of(next(arm for arm in get_args(annotation) if arm is not types.NoneType))
    if annotation is bool:
        return Codec(_decode_bool, lambda value: value, {"type": "boolean"})
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return _codes(annotation)
    if dataclasses.is_dataclass(annotation):
        return _object(typing.cast("type", annotation))
    raise TypeError(f"no codec for {annotation!r}")


def _annotated(annotation: Any) -> Codec[Any]:  # noqa: ANN401  annotations have no common type
    base, *notes = get_args(annotation)
    for note in notes:
        if isinstance(note, Codec):
            return note
        if isinstance(note, Size):
            return _list(codec_of(get_args(base)[0]), note)
    return codec_of(base)


def _decode_bool(value: Json) -> bool:
    if not isinstance(value, bool):
        raise MalformedClaimError("must be true or false")
    return value


def _codes(kind: type[StrEnum]) -> Codec[StrEnum]:
    def decode_code(value: Json) -> StrEnum:
        try:
            return kind(str(value))
        except ValueError as error:
            raise MalformedClaimError("must be one of " + ", ".join(kind)) from error

    return Codec(decode_code, str, {"type": "string", "enum": [code.value for code in kind]})


def _list(member: Codec[Any], size: Size) -> Codec[tuple[Any, ...]]:
    def decode_list(value: Json) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise MalformedClaimError("must be a list")
        if not size.least <= len(value) <= size.most:
            raise MalformedClaimError(f"must have {size.least} to {size.most} members")
        return tuple(_at(f"[{place}]", member, one) for place, one in enumerate(value))

    schema = {"type": "array", "items": member.schema, "minItems": size.least, "maxItems": size.most}
    return Codec(decode_list, lambda values: [member.encode(value) for value in values], schema)


def _at(name: str, codec: Codec[T], value: Json) -> T:
    try:
        return codec.decode(value)
    except MalformedClaimError as error:
        raise error.under(name) from error


def mapping_of(keys: Codec[Any], values: Codec[Any], size: Size) -> Codec[Mapping[Any, Any]]:
    """Return the codec of a JSON object whose member names are values of `keys`."""

    def decode_mapping(value: Json) -> Mapping[Any, Any]:
        if not isinstance(value, dict):
            raise MalformedClaimError("must be an object")
        if not size.least <= len(value) <= size.most:
            raise MalformedClaimError(f"must have {size.least} to {size.most} members")
        return {_at(name, keys, name): _at(name, values, one) for name, one in value.items()}

    def encode_mapping(mapping: Mapping[Any, Any]) -> Json:
        return {str(keys.encode(key)): values.encode(value) for key, value in mapping.items()}

    schema = {
        "type": "object",
        "propertyNames": keys.schema,
        "additionalProperties": values.schema,
        "minProperties": size.least,
        "maxProperties": size.most,
    }
    return Codec(decode_mapping, encode_mapping, schema)


@dataclass(frozen=True, slots=True)
class _Member:
    codec: Codec[Any]
    default: Any

    @property
    def required(self) -> bool:
        return self.default is dataclasses.MISSING


def members_of(kind: type) -> dict[str, Codec[Any]]:
    """Return the members of a claims class by name, in their order."""
    return {name: member.codec for name, member in _members(kind).items()}


@functools.cache
def _members(kind: type) -> dict[str, _Member]:
    hints = typing.get_type_hints(kind, include_extras=True)
    found = {}
    for field in dataclasses.fields(kind):
        name = field.name.rstrip("_")  # `is_` and `in_` stand for members that are words of Python
        found[name] = _Member(codec_of(hints[field.name]), field.default)
    return found


def _object(kind: type) -> Codec[Any]:
    # Members are looked up at the first use, so classes may refer to each other.
    def decode_object(value: Json) -> object:
        if not isinstance(value, dict):
            raise MalformedClaimError("must be an object")
        members = _members(kind)
        for name in value:
            if name not in members:
                raise MalformedClaimError("no such member here", name)
        for name, member in members.items():
            if member.required and name not in value:
                raise MalformedClaimError("is missing", name)
        fields = dict(zip(members, (field.name for field in dataclasses.fields(kind)), strict=True))
        return kind(**{fields[name]: _at(name, members[name].codec, one) for name, one in value.items()})

    def encode_object(value: object) -> Json:
        out: dict[str, Json] = {}
        for field, (name, member) in zip(dataclasses.fields(kind), _members(kind).items(), strict=True):
            one = getattr(value, field.name)
            if one != member.default:
                out[name] = member.codec.encode(one)
        return out

    return Codec(decode_object, encode_object, _object_schema(kind))


def _object_schema(kind: type) -> Schema:
    members = _members(kind)
    schema: Schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: member.codec.schema for name, member in members.items()},
    }
    required = [name for name, member in members.items() if member.required]
    if required:
        schema["required"] = required
    return schema

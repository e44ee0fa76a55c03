"""Forms for people from the classes of claims: which fields an event type asks for, and what was filled in.

A field is made from the claim's own type, so a form takes what the ledger takes and nothing is written down
twice. A claim that is a list of groups has no field; where it must be stated, the event has no form.
"""

import re
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import StrEnum
from typing import Annotated, Any, Final, get_args, get_origin

from api.claims_text import code_list
from api.texts import Texts
from crypto.strictjson import Json
from ledger.claims import Codec, codec_of
from ledger.events import Claims
from ledger.events.row import Restricted
from ledger.wording import Language, UnknownTextError

_DELEGATE: Final = "on_behalf_of"
_LISTS: Final = {"quantity": "health_quantity", "source": "health_source"}
_YES: Final = "true"
_NUMBER: Final = re.compile(r"-?[0-9]{1,16}")


class NoFormError(LookupError):
    """An event type asks for something that no field of a form can take."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    Attributes:
        name: its claim, with the group it is in: `place.district`.
        kind: `choice`, `choices`, `yes_no`, `group`, `number`, `text` or `lines`; a group is stated by a
            tick, because one that says nothing else says something too.
        label: the claim's name in words.
        required: whether it must be filled in.
        options: codes with their words, for a choice.
        hint: what may be filled in, in few words.
        bounds: least and most of a number.
        value: what it holds at first.
        concealed: whether it is a restricted claim.
    """

    name: str
    kind: str
    label: str
    required: bool
    options: Sequence[tuple[str, str]] = ()
    hint: str = ""
    bounds: tuple[int, int] | None = None
    value: str = ""
    concealed: bool = False


def fields_of(kind: type[Claims], texts: Texts, values: Mapping[str, str]) -> list[Field]:
    """Return the fields of an event type's form; raises NoFormError.

    Args:
        kind: the claims.
        texts: the words.
        values: what fields hold at first, by name.
    """
    found = [*_members(kind, "", texts, values, optional=False)]
    for name, one in kind.row.restricted.items():
        made = _restricted(name, one, texts)
        if made is not None:
            found.append(made)
        elif one.required:
            raise NoFormError(name)
    return found


def read_form(
    kind: type[Claims], given: Mapping[str, Sequence[str]]
) -> tuple[dict[str, Json], dict[str, Json]]:
    """Return the public and the restricted claims of a form that was filled in, not judged yet.

    Raises:
        NoFormError: something was filled in that is no field.
    """
    wanted = {one.name: one for one in fields_of(kind, Texts(Language.EN), {})}
    public: dict[str, Json] = {}
    restricted: dict[str, Json] = {}
    for name, texts in given.items():
        if name not in wanted:
            raise NoFormError(name)
        value = _value(wanted[name], [one for one in texts if one.strip()])
        if value is None:
            continue
        *groups, last = name.split(".")
        place = restricted if wanted[name].concealed else public
        for group in groups:
            place = typing.cast("dict[str, Json]", place.setdefault(group, {}))
        if wanted[name].kind != "group":
            place[last] = value
        elif value is True:
            place.setdefault(last, {})
    return public, restricted


def _value(field: Field, texts: Sequence[str]) -> Json:
    """Return what a field was filled with in its JSON form, None where it was left empty."""
    if field.kind in {"yes_no", "group"}:
        return None if not texts else texts[-1] == _YES
    if not texts:
        return None
    if field.kind == "choices":
        return list(texts)
    if field.kind == "lines":
        return [line.strip() for line in texts[0].splitlines() if line.strip()]
    text = texts[0].strip()
    return int(text) if field.kind == "number" and _NUMBER.fullmatch(text) else text


def _members(
    kind: type, prefix: str, texts: Texts, values: Mapping[str, str], *, optional: bool
) -> Iterator[Field]:
    hints = typing.get_type_hints(kind, include_extras=True)
    for one in fields(kind):
        name = one.name.rstrip("_")
        if name == _DELEGATE:
            continue
        # Every form is about items, and so says where (docs/formats.md, section 2).
        required = (one.default is MISSING or (name == "place" and not prefix)) and not optional
        try:
            yield from _fields(
                f"{prefix}{name}", hints[one.name], one.default, texts, values, required=required
            )
        except NoFormError:
            if required:
                raise


def _fields(
    name: str, annotation: object, default: object, texts: Texts, values: Mapping[str, str], *, required: bool
) -> Iterator[Field]:
    bare, schema = _bare(annotation), codec_of(annotation).schema
    label = _label(name, texts)
    value = values.get(name, "")
    if isinstance(bare, type) and is_dataclass(bare) and "properties" in schema:
        inside = list(_members(bare, f"{name}.", texts, values, optional=not required))
        if not required and "required" not in schema:
            yield Field(name, "group", label, required=False)
        yield from inside
        return
    if get_origin(bare) is tuple:
        yield _list_field(name, bare, label, texts, required=required)
        return
    if isinstance(bare, type) and issubclass(bare, StrEnum):
        yield Field(name, "choice", label, required, options=_words(bare, texts), value=value)
        return
    if bare is bool:
        yield Field(name, "yes_no", label, required=False, value=_YES if default is True else "")
        return
    yield _plain_field(name, label, schema, required=required, value=value)


def _plain_field(
    name: str,
    label: str,
    schema: Mapping[str, Any],
    *,
    required: bool,
    value: str = "",
    concealed: bool = False,
) -> Field:
    kind = schema.get("type")
    if kind == "integer":
        bounds = (int(schema["minimum"]), int(schema["maximum"]))
        return Field(name, "number", label, required, bounds=bounds, value=value, concealed=concealed)
    if kind != "string":
        raise NoFormError(name)
    hint = str(schema.get("description", ""))
    return Field(name, "text", label, required, hint=hint, value=value, concealed=concealed)


def _list_field(name: str, bare: object, label: str, texts: Texts, *, required: bool) -> Field:
    member = _bare(get_args(bare)[0])
    if isinstance(member, type) and issubclass(member, StrEnum):
        return Field(name, "choices", label, required, options=_words(member, texts))
    schema = codec_of(get_args(bare)[0]).schema
    if schema.get("type") != "string":
        raise NoFormError(name)
    return Field(name, "lines", label, required, hint=str(schema.get("description", "")))


def _restricted(name: str, one: Restricted, texts: Texts) -> Field | None:
    codec: Codec[Any] = one.codec
    label = _label(f"restricted.{name}", texts)
    if "enum" in codec.schema:
        listed = _LISTS.get(name, name)
        options = [(code, texts.word(listed, code)) for code in codec.schema["enum"]]
        return Field(name, "choice", label, one.required, options=options, concealed=True)
    try:
        return _plain_field(name, label, codec.schema, required=one.required, concealed=True)
    except NoFormError:
        return None


def _label(name: str, texts: Texts) -> str:
    """Return a claim's name, in other words where a form asks what a page would tell."""
    try:
        return Texts(texts.lang, "desk")(f"label.{name.replace('.', '_')}")
    except UnknownTextError:
        return texts.word("claim", name.rpartition(".")[2])


def _words(kind: type[StrEnum], texts: Texts) -> list[tuple[str, str]]:
    return [(code.value, texts.word(code_list(kind), code)) for code in kind]


def _bare(annotation: object) -> object:
    """Return a type without what it is annotated with and without None."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _bare(get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return _bare(next(arm for arm in get_args(annotation) if arm is not types.NoneType))
    return annotation

"""Forms for people from the classes of claims: which fields an event type asks for.

A field is made from the claim's own type, so a form takes what the ledger takes and nothing is written down
twice. A claim that is a list of groups is a field of rows, each with the fields of one group; `api.filled`
reads what was filled in.
"""

import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from enum import StrEnum
from typing import Annotated, Any, Final, get_args, get_origin

from api.form_cells import LISTED
from api.form_field import DELEGATE, KEY, VALUE, YES, Field, NoFormError
from api.form_words import event_types, hint, hint_of, label_of, words
from api.texts import Texts
from crypto.keys import Verifier
from ledger.claims import Codec, codec_of
from ledger.events import About, Claims
from ledger.events.row import NONE, Restricted
from ledger.fields import AnyItem, AnyOrg, Date, EventName, Hash, ModelId, Moment

_LISTS: Final = {"quantity": "health_quantity", "source": "health_source"}
_FILE: Final = "sha256"
_SITE: Final = "place.site"
_ROOT: Final = "cells_root"
_UNASKED: Final = {
    # Entry 0 alone carries these, and no desk writes that.
    "org.enrolled": frozenset({"recovery", "rules"}),
    # `corrected_fields` asks for them, by the event that is corrected.
    "event.corrected": frozenset({"claims"}),
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked for at one place.

    Attributes:
        texts: the words.
        values: what fields hold at first, by name.
        event: the event type.
        optional: whether all of it may be left out.
        group: what the group is called that may be left out as a whole.
    """

    texts: Texts
    values: Mapping[str, str]
    event: str = ""
    optional: bool = False
    group: str = ""


def fields_of(kind: type[Claims], texts: Texts, values: Mapping[str, str]) -> list[Field]:
    """Return the fields of an event type's form; raises NoFormError.

    Args:
        kind: the claims.
        texts: the words.
        values: what fields hold at first, by name; a field of rows counts them: `outputs.0.lot`.
    """
    return [*_members(kind, "", _Asked(texts, values, kind.row.type)), *_restricted_fields(kind, texts)]


def corrected_fields(kind: type[Claims], texts: Texts, values: Mapping[str, str]) -> list[Field]:
    """Return the fields under which claims of an earlier event of this type may be stated anew.

    All may be left empty: what is not filled in stands as it is. `values` are what was stated, by field.
    """
    group = Texts(texts.lang, "desk")("form.put_right")
    asked = _Asked(texts, values, kind.row.type, optional=True, group=group)
    wanted = kind.row.correctable
    public = [one for one in _members(kind, "claims.", asked) if one.name.split(".")[1] in wanted]
    return public + _restricted_fields(kind, texts, correcting=True)


def first_item(found: Sequence[Field]) -> str | None:
    """Return the name of the first field that takes an item's id; None where no field does."""
    for one in found:
        if one.takes == "item":
            return one.name
        if one.kind == "rows" and (inside := first_item(one.members)) is not None:
            return f"{one.name}.0.{inside}"
    return None


def _restricted_fields(kind: type[Claims], texts: Texts, *, correcting: bool = False) -> list[Field]:
    found = []
    for name, one in kind.row.restricted.items():
        if correcting and one.bound:
            continue
        made = _restricted(name, one, texts, required=one.required and not correcting)
        if made is not None:
            found.append(made)
        elif one.required:
            raise NoFormError(name)
    return found


def _members(kind: type, prefix: str, asked: _Asked) -> Iterator[Field]:
    hints = typing.get_type_hints(kind, include_extras=True)
    for one in fields(kind):
        name = one.name.rstrip("_")
        if not prefix and issubclass(kind, Claims) and not _is_asked(kind, name):
            continue
        # What is about batteries says where (docs/formats.md, section 2).
        required = (one.default is MISSING or (name == "place" and not prefix)) and not asked.optional
        try:
            yield from _fields(f"{prefix}{name}", hints[one.name], one.default, asked, required=required)
        except NoFormError:
            if required:
                raise


def _is_asked(kind: type[Claims], name: str) -> bool:
    row = kind.row
    if name == "place":
        about_items = row.subjects != NONE or kind.named is not Claims.named
        return row.about is About.EVENT or (row.about is About.ITEMS and about_items)
    if name == DELEGATE:
        return row.delegable
    return name not in _UNASKED.get(row.type, ())


def _fields(
    name: str, annotation: object, default: object, asked: _Asked, *, required: bool
) -> Iterator[Field]:
    bare, codec = _bare(annotation), codec_of(annotation)
    if name.rpartition(".")[2] == _ROOT:
        # Nobody types a root: the codes are listed, and `api.form_cells` commits to them.
        name = name.removesuffix(_ROOT) + LISTED
        yield Field(name, "cells", label_of(name, asked.texts), required=False, concealed=True)
        return
    label = label_of(name, asked.texts, asked.event, asked.group)
    value = asked.values.get(name, "")
    if isinstance(bare, type) and is_dataclass(bare) and "properties" in codec.schema:
        if not required and "required" not in codec.schema:
            yield Field(name, "group", label, required=False, value=value)
        optional = asked.optional or not required
        inside = replace(asked, optional=optional, group=label if optional and name != "place" else "")
        yield from list(_members(bare, f"{name}.", inside))
    elif get_origin(bare) is tuple:
        yield _list_field(name, annotation, label, asked, required=required)
    elif "propertyNames" in codec.schema:
        yield _pairs(name, codec, label, asked.texts, required=required)
    elif isinstance(bare, type) and issubclass(bare, StrEnum):
        yield Field(name, "choice", label, required, options=words(bare, asked.texts), value=value)
    elif bare is bool:
        yield Field(name, "yes_no", label, required=False, value=value or (YES if default is True else ""))
    elif bare is Verifier:
        yield Field(name, "key", label, required, hint=hint("key", asked.texts), value=value)
    elif codec is codec_of(EventName):
        yield Field(
            name, "choice", label, required, options=event_types(asked.event, asked.texts), value=value
        )
    else:
        yield _plain_field(name, label, codec, asked.texts, required=required, value=value)


def _plain_field(
    name: str,
    label: str,
    codec: Codec[Any],
    texts: Texts,
    *,
    required: bool,
    value: str = "",
    concealed: bool = False,
) -> Field:
    schema = codec.schema
    if schema.get("type") == "integer":
        bounds = (int(schema["minimum"]), int(schema["maximum"]))
        return Field(name, "number", label, required, bounds=bounds, value=value, concealed=concealed)
    if schema.get("type") != "string":
        raise NoFormError(name)
    kind, takes = _text_kind(name, codec), "site" if name.endswith(_SITE) else _taken(codec)
    told = hint_of(schema, takes, texts) if kind == "text" else ""
    return Field(name, kind, label, required, hint=told, value=value, concealed=concealed, takes=takes)


def _taken(codec: Codec[Any]) -> str:
    """Return which ids a text is: of items, of organisations, of models, or none."""
    return {codec_of(AnyItem): "item", codec_of(AnyOrg): "org", codec_of(ModelId): "model"}.get(codec, "")


def _text_kind(name: str, codec: Codec[Any]) -> str:
    """Return which kind of field takes a text: days, moments and hashes of files have one of their own."""
    if codec is codec_of(Hash) and name.endswith(_FILE):
        return "digest"
    return {codec_of(Date): "day", codec_of(Moment): "moment"}.get(codec, "text")


def _list_field(name: str, annotation: object, label: str, asked: _Asked, *, required: bool) -> Field:
    inside = get_args(_bare(annotation))[0]
    member, schema = _bare(inside), codec_of(annotation).schema
    value = asked.values.get(name, "")
    if isinstance(member, type) and issubclass(member, StrEnum):
        return Field(name, "choices", label, required, options=words(member, asked.texts), value=value)
    if codec_of(inside) is codec_of(EventName):
        options = event_types(asked.event, asked.texts)
        return Field(name, "choices", label, required, options=options, value=value)
    if isinstance(member, type) and is_dataclass(member) and "properties" in schema["items"]:
        bounds = (int(schema["minItems"]), int(schema["maxItems"]))
        return _rows(name, member, label, asked, bounds=bounds)
    return _lines(name, codec_of(inside), label, asked.texts, required=required, value=value)


def _lines(
    name: str,
    codec: Codec[Any],
    label: str,
    texts: Texts,
    *,
    required: bool,
    value: str = "",
    concealed: bool = False,
) -> Field:
    schema, takes = codec.schema, _taken(codec)
    if schema.get("type") == "integer":
        bounds = (int(schema["minimum"]), int(schema["maximum"]))
        return Field(name, "lines", label, required, bounds=bounds, value=value, concealed=concealed)
    if schema.get("type") != "string":
        raise NoFormError(name)
    told = hint_of(schema, takes, texts)
    return Field(name, "lines", label, required, hint=told, value=value, concealed=concealed, takes=takes)


def _rows(name: str, member: type, label: str, asked: _Asked, *, bounds: tuple[int, int]) -> Field:
    """Return a field of rows; as many are there at first as must be, or as hold something already."""
    held: dict[int, dict[str, str]] = {}
    for one, value in asked.values.items():
        row, _, inside = one.removeprefix(f"{name}.").partition(".")
        if one.startswith(f"{name}.") and row.isdecimal():
            held.setdefault(int(row), {})[inside] = value
    first = [held.get(row, {}) for row in range(max(bounds[0], len(held)))]
    blank = _Asked(asked.texts, {}, asked.event)
    rows = [tuple(_members(member, "", replace(blank, values=values))) for values in first]
    members = tuple(_members(member, "", blank))
    return Field(name, "rows", label, bounds[0] > 0, bounds=bounds, members=members, rows=rows)


def _pairs(name: str, codec: Codec[Any], label: str, texts: Texts, *, required: bool) -> Field:
    names, values = codec.schema["propertyNames"], codec.schema["additionalProperties"]
    listed = name.rpartition(".")[2]
    if "enum" not in names or values.get("type") != "integer":
        raise NoFormError(name)
    options = [(code, texts.word("element", code)) for code in names["enum"]]
    bounds = (int(values["minimum"]), int(values["maximum"]))
    members = (
        Field(KEY, "choice", label_of(f"{listed}.{KEY}", texts), required=True, options=options),
        Field(VALUE, "number", label_of(f"{listed}.{VALUE}", texts), required=True, bounds=bounds),
    )
    rows = (int(codec.schema["minProperties"]), int(codec.schema["maxProperties"]))
    first = (members,) * (rows[0] if required else 0)
    return Field(name, "pairs", label, required, bounds=rows, members=members, rows=first)


def _restricted(name: str, one: Restricted, texts: Texts, *, required: bool) -> Field | None:
    codec: Codec[Any] = one.codec
    label = label_of(f"restricted.{name}", texts)
    if "enum" in codec.schema:
        listed = _LISTS.get(name, name)
        options = [(code, texts.word(listed, code)) for code in codec.schema["enum"]]
        return Field(name, "choice", label, required, options=options, concealed=True)
    try:
        if codec.schema.get("type") == "array":
            member = Codec(codec.decode, codec.encode, codec.schema["items"])
            return _lines(name, member, label, texts, required=required, concealed=True)
        return _plain_field(name, label, codec, texts, required=required, concealed=True)
    except NoFormError:
        return None


def _bare(annotation: object) -> object:
    """Return a type without what it is annotated with and without None."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _bare(get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return _bare(next(arm for arm in get_args(annotation) if arm is not types.NoneType))
    return annotation

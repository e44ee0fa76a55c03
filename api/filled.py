"""What was filled in on a form, put back into the groups and lists that its claims are; not judged yet.

A field of rows counts them in its name: `outputs.0.lot`. What stands in no row is no row, so an empty one is
left out and the others move up.
"""

import re
import typing
from collections.abc import Mapping, Sequence
from typing import Final

from api.form_field import KEY, VALUE, YES, Field, NoFormError
from api.forms import corrected_fields, fields_of
from api.texts import Texts
from crypto.errors import CryptoError
from crypto.strictjson import Json, loads
from ledger.claims import MalformedClaimError
from ledger.device import MalformedDeviceCodeError, parse_code
from ledger.errors import MalformedError
from ledger.events import Claims
from ledger.events.correction import EventCorrected
from ledger.identifiers import resolve_code
from ledger.wording import Language

Filled = Mapping[str, Sequence[str]]
"""What each field holds, by its name."""
_IN_ROW: Final = re.compile(r"([a-z0-9_.]+?)\.([0-9]{1,3})\.([a-z0-9_.]+)", re.ASCII)
_ORG: Final = "org:"
_NUMBER: Final = re.compile(r"-?[0-9]{1,16}")


def read_form(
    kind: type[Claims], given: Filled, corrected: type[Claims] | None = None
) -> tuple[dict[str, Json], dict[str, Json]]:
    """Return the public and the restricted claims of a form that was filled in.

    Args:
        kind: the claims.
        given: what was filled in.
        corrected: of a correction, the claims of the event that it corrects.

    Raises:
        NoFormError: something was filled in that is no field.
        MalformedClaimError: a public key cannot be read, or a name stands twice; `path` says where.
    """
    texts = Texts(Language.EN)
    wanted = fields_of(kind, texts, {}) if corrected is None else correction_fields(corrected, texts, {})
    concealed = {one.name for one in wanted if one.concealed}
    public = {name: held for name, held in given.items() if name not in concealed}
    restricted = {name: held for name, held in given.items() if name in concealed}
    return _read(wanted, public), _read(wanted, restricted)


def correction_fields(corrected: type[Claims], texts: Texts, values: Mapping[str, str]) -> list[Field]:
    """Return the fields of the form that corrects an event of a type."""
    own = fields_of(EventCorrected, texts, values)
    return [*own, *corrected_fields(corrected, texts, values)]


def _read(wanted: Sequence[Field], given: Filled) -> dict[str, Json]:
    known = {one.name: one for one in wanted}
    found: dict[str, Json] = {}
    rows: dict[str, dict[int, dict[str, Sequence[str]]]] = {}
    for name, held in given.items():
        inside = None if name in known else _IN_ROW.fullmatch(name)
        if inside is not None:
            rows.setdefault(inside[1], {}).setdefault(int(inside[2]), {})[inside[3]] = held
        elif name not in known or known[name].kind in {"rows", "pairs"}:
            raise NoFormError(name)
        else:
            _put(found, known[name], [one for one in held if one.strip()])
    for name, some in rows.items():
        if name not in known or known[name].kind not in {"rows", "pairs"}:
            raise NoFormError(name)
        _put_rows(found, known[name], some)
    return found


def _put(found: dict[str, Json], field: Field, held: Sequence[str]) -> None:
    value = _value(field, held)
    if value is None or (field.kind == "group" and value is False):
        return
    place, last = _place(found, field.name)
    if field.kind != "group":
        place[last] = value
    else:
        place.setdefault(last, {})


def _put_rows(found: dict[str, Json], field: Field, some: Mapping[int, Mapping[str, Sequence[str]]]) -> None:
    read = [_in_row(field, number, some[number]) for number in sorted(some)]
    filled = [one for one in read if one]
    if not filled:
        return
    place, last = _place(found, field.name)
    place[last] = typing.cast("Json", filled if field.kind == "rows" else _pairs(field.name, filled))


def _in_row(field: Field, number: int, held: Mapping[str, Sequence[str]]) -> dict[str, Json]:
    under = f"{field.name}.{number}"
    try:
        read = _read(field.members, held)
    except NoFormError as error:
        raise NoFormError(f"{under}.{error}") from error
    except MalformedClaimError as error:
        raise error.under(under) from error
    # A tick that nobody set makes no row of an empty one.
    return read if any(value is not False for value in read.values()) else {}


def _pairs(name: str, rows: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for row in rows:
        key = str(row.get(KEY, ""))
        if key in found:
            raise MalformedClaimError("is there twice", f"{name}.{key}")
        found[key] = row.get(VALUE)
    return found


def _place(found: dict[str, Json], name: str) -> tuple[dict[str, Json], str]:
    """Return the group that a claim stands in, made where it is not there yet, and its name within."""
    *groups, last = name.split(".")
    for group in groups:
        found = typing.cast("dict[str, Json]", found.setdefault(group, {}))
    return found, last


def _value(field: Field, held: Sequence[str]) -> Json:
    """Return what a field was filled with in its JSON form, None where it was left empty."""
    if field.kind in {"yes_no", "group"}:
        return None if not held else held[-1] == YES
    if not held:
        return None
    if field.kind == "choices":
        return list(held)
    if field.kind == "cells":
        return typing.cast("Json", held[0].splitlines())
    if field.kind == "lines":
        return [_plain(field, line.strip()) for line in held[0].splitlines() if line.strip()]
    return _key(field.name, held[0].strip()) if field.kind == "key" else _plain(field, held[0].strip())


def _plain(field: Field, text: str) -> Json:
    if field.takes:
        return _id(field.takes, text)
    return int(text) if field.bounds is not None and _NUMBER.fullmatch(text) else text


def _id(takes: str, text: str) -> str:
    """Return an id in its one form, a bare code or number as what it stands for; or the text as it is."""
    if takes == "org":
        return text if text.startswith(_ORG) else f"{_ORG}{text}"
    try:
        return str(resolve_code(text))
    except MalformedError:
        return text


def _key(name: str, text: str) -> Json:
    """Return a public key as a JWK: it is one, or the code that a browser or a gate shows."""
    try:
        return loads(text.encode()) if text.startswith("{") else dict(parse_code(text).jwk())
    except MalformedDeviceCodeError as error:
        raise MalformedClaimError(str(error), name) from error
    except CryptoError as error:
        raise MalformedClaimError(error.reason, name) from error

"""Which column tells what: a TOML file that people keep beside their tables (docs/import.md).

version = 1
event = "pack.manufactured"

[constants]
"place.district" = "330109"

[[column]]
header = "质量(kg)"
claim = "mass_g"
unit = "kg"
"""

import json
import re
import tomllib
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from typing import Any, Final

from ledger.claims import MalformedClaimError, codec_of
from ledger.events import REGISTRY
from ledger.fields import AnyOrg
from ledger.identifiers import ItemId
from ledger.importing.forms import UNITS, unit_key, word_key
from ledger.importing.problems import ImportRefusal
from ledger.importing.targets import AT, importable, target

VERSION: Final = 1
SKIP: Final = "-"
"""The claim of a column that is not imported."""
DEFAULT_OFFSET: Final = "+08:00"
MAX_BYTES: Final = 1_000_000
_PLACE: Final = re.compile(r"\(at line ([0-9]+), column ([0-9]+)\)")
_OFFSET: Final = re.compile(r"[+-](?:0[0-9]|1[0-5]):[0-5][0-9]")
_MEMBERS: Final[MappingOf[str, type]] = {
    "version": int,
    "event": str,
    "issuer": str,
    "offset": str,
    "trim": bool,
    "group": str,
    "sheet": str,
    "constants": dict,
    "column": list,
}
_COLUMN: Final[MappingOf[str, type]] = {
    "header": str,
    "claim": str,
    "unit": str,
    "prefix": str,
    "words": dict,
    "optional": bool,
    "uuid": bool,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What one column tells.

    Attributes:
        header: the text above it, without spaces at the ends.
        claim: the path of its target, or `-`.
        unit: the unit of its numbers, where the claim has one; empty where it is the claim's own.
        prefix: what is put before each value.
        words: further words for codes.
        optional: whether a table without the column is good all the same.
        uuid: whether the cells are numbers of the firm's own, each of which stands for a UUID.
    """

    header: str
    claim: str
    unit: str = ""
    prefix: str = ""
    words: MappingOf[str, str] = field(default_factory=dict)
    optional: bool = False
    uuid: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """What the columns of a table tell, and what is the same in every row.

    Attributes:
        event: the event type.
        columns: in the order of the file.
        constants: values by target, as a cell would hold them.
        issuer: who signs; None where the key tells.
        offset: the time zone of clock times that name none.
        trim: see `values`.
        group: the target whose equal values make several rows one event; empty where each row is one.
        sheet: the sheet of a workbook; None for its only visible one.
    """

    event: str
    columns: tuple[Column, ...]
    constants: MappingOf[str, str | int | bool] = field(default_factory=dict)
    issuer: ItemId | None = None
    offset: str = DEFAULT_OFFSET
    trim: bool = False
    group: str = ""
    sheet: str | None = None


def parse(data: bytes) -> Mapping:
    """Return the mapping in a file.

    Raises:
        ImportRefusal: it is no TOML, or not a mapping as `read` takes it.
    """
    if len(data) > MAX_BYTES:
        raise ImportRefusal("import.too_large", what="bytes", limit=MAX_BYTES)
    try:
        members = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ImportRefusal("import.mapping_toml", reason=f"not UTF-8 at byte {error.start}") from error
    except RecursionError as error:
        raise ImportRefusal("import.mapping_toml", reason="it is nested too deeply") from error
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        if place is None:
            raise ImportRefusal("import.mapping_toml", reason="its end is missing") from error
        line, column = place.groups()
        raise ImportRefusal("import.mapping_toml", reason=f"line {line}, column {column}") from error
    return read(members)


def read(members: MappingOf[str, Any]) -> Mapping:
    """Return the mapping of members as the file has them.

    Raises:
        ImportRefusal: a member is missing, unknown or not allowed; `path` says which.
    """
    _check_members(members, _MEMBERS, "")
    if members.get("version") != VERSION:
        raise _refused("version")
    event = members.get("event", "")
    if event not in REGISTRY or not importable(event):
        raise _refused("event")
    mapping = Mapping(
        event=event,
        columns=tuple(_column(place, one) for place, one in enumerate(members.get("column", []))),
        constants=_constants(event, members.get("constants", {})),
        issuer=_issuer(members.get("issuer")),
        offset=members.get("offset", DEFAULT_OFFSET),
        trim=members.get("trim", False),
        group=members.get("group", ""),
        sheet=members.get("sheet"),
    )
    check(mapping)
    return mapping


def check(mapping: Mapping) -> None:
    """Check that every column and constant names a target, no two the same, each with its unit.

    Raises:
        ImportRefusal: `path` names the member that is wrong.
    """
    if not _OFFSET.fullmatch(mapping.offset):
        raise _refused("offset")
    told = [column.claim for column in mapping.columns if column.claim != SKIP] + list(mapping.constants)
    for claim in told:
        if told.count(claim) > 1:
            raise ImportRefusal("import.claim_twice", claim=claim)
    headers = [column.header for column in mapping.columns]
    for column in mapping.columns:
        if headers.count(column.header) > 1:
            raise ImportRefusal("import.header_twice_mapped", header=column.header)
        if column.claim != SKIP:
            _check_column(mapping.event, column)
    if mapping.group and (mapping.group not in told or mapping.group == AT):
        raise _refused("group")


def format_mapping(mapping: Mapping, notes: MappingOf[str, str], heading: str) -> str:
    """Return the file of a mapping; `notes` are comments by header, `heading` the one above all."""
    lines = [*(f"# {line}" for line in heading.splitlines()), f"version = {VERSION}"]
    lines += [f"event = {_quoted(mapping.event)}", f"offset = {_quoted(mapping.offset)}"]
    lines += [f"trim = {str(mapping.trim).lower()}", f"group = {_quoted(mapping.group)}"]
    if mapping.issuer is not None:
        lines.append(f"issuer = {_quoted(str(mapping.issuer))}")
    if mapping.sheet is not None:
        lines.append(f"sheet = {_quoted(mapping.sheet)}")
    lines += ["", "[constants]"]
    lines += [f"{_quoted(name)} = {_quoted(value)}" for name, value in mapping.constants.items()]
    for column in mapping.columns:
        lines += ["", *(f"# {line}" for line in notes.get(column.header, "").splitlines()), *_lines(column)]
    return "\n".join(lines) + "\n"


def _lines(column: Column) -> list[str]:
    lines = ["[[column]]", f"header = {_quoted(column.header)}", f"claim = {_quoted(column.claim)}"]
    lines += [f"unit = {_quoted(column.unit)}"] if column.unit else []
    lines += [f"prefix = {_quoted(column.prefix)}"] if column.prefix else []
    lines += [f"words = {{{_words(column)}}}"] if column.words else []
    lines += ["optional = true"] if column.optional else []
    return [*lines, "uuid = true"] if column.uuid else lines


def _words(column: Column) -> str:
    return ", ".join(f"{_quoted(word)} = {_quoted(code)}" for word, code in column.words.items())


def _column(place: int, value: Any) -> Column:  # noqa: ANN401  what TOML holds
    path = f"column[{place}]"
    if not isinstance(value, dict):
        raise _refused(path)
    _check_members(value, _COLUMN, f"{path}.")
    if not value.get("header") or not value.get("claim"):
        raise _refused(f"{path}.header" if not value.get("header") else f"{path}.claim")
    words = value.get("words", {})
    if not all(isinstance(code, str) for code in words.values()):
        raise _refused(f"{path}.words")
    lowered = {word_key(word): code for word, code in words.items()}
    return Column(**{**value, "header": value["header"].strip(), "words": lowered})


def _check_column(event: str, column: Column) -> None:
    found = target(event, column.claim)
    if found is None:
        raise ImportRefusal("import.claim_unknown", claim=column.claim, header=column.header, event=event)
    if not found.form.unit:
        if column.unit:
            raise ImportRefusal("import.unit_none", header=column.header, claim=column.claim)
        return
    if unit_key(column.unit) not in UNITS[found.form.unit]:
        allowed = list(UNITS[found.form.unit])
        raise ImportRefusal("import.unit", header=column.header, claim=column.claim, allowed=allowed)


def _constants(event: str, members: MappingOf[str, Any]) -> dict[str, str | int | bool]:
    for name, value in members.items():
        if target(event, name) is None:
            raise ImportRefusal("import.claim_unknown", claim=name, header="[constants]", event=event)
        if not isinstance(value, str | int | bool) or value == "" or "[" in name:
            raise _refused(f"constants.{name}")
    return dict(members)


def _issuer(value: str | None) -> ItemId | None:
    if value is None:
        return None
    try:
        found: ItemId = codec_of(AnyOrg).decode(value)
    except MalformedClaimError as error:
        raise _refused("issuer") from error
    return found


def _check_members(members: MappingOf[str, Any], allowed: MappingOf[str, type], prefix: str) -> None:
    for name, value in members.items():
        if name not in allowed or not isinstance(value, allowed[name]):
            raise _refused(f"{prefix}{name}")
        if allowed[name] is int and isinstance(value, bool):
            raise _refused(f"{prefix}{name}")


def _quoted(value: str | int) -> str:
    # JSON's texts, numbers and truth values are TOML's, but for DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _refused(path: str) -> ImportRefusal:
    return ImportRefusal("import.mapping_member", path=path)

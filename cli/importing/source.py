"""The files that an import reads: the table, and the mapping beside it or a draft of one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.speech import say, spoken
from ledger.importing.headers import Draft, draft
from ledger.importing.mapping import Mapping, format_mapping, parse
from ledger.importing.problems import ImportRefusal
from ledger.importing.table import ANY_HONEST, Table
from ledger.importing.tables import read_table
from ledger.wording import join

MAX_FILE: Final = ANY_HONEST.file_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the command was told; the paths are of the table and of its mapping."""

    path: Path
    event: str
    mapping_path: Path
    sheet: str | None
    issuer: str | None
    dry_run: bool
    tries: int
    as_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A table as it was read, with the mapping that tells how; `draft` where that is only a guess."""

    data: bytes
    table: Table
    mapping: Mapping
    mapping_text: str
    draft: Draft | None = None


def read_source(order: Order) -> Source:
    """Return the table and its mapping; where there is no such file, a draft of it, which is not written.

    Raises:
        ImportRefusal: one of them cannot be read, or the mapping is for another event type.
        OSError: the same.
    """
    data = _bytes(order.path)
    if order.mapping_path.exists():
        text = _bytes(order.mapping_path)
        mapping = parse(text)
        if mapping.event != order.event:
            raise ImportRefusal("import.mapping_event", path=str(order.mapping_path), event=mapping.event)
        table = read_table(data, order.sheet or mapping.sheet)
        return Source(data=data, table=table, mapping=mapping, mapping_text=text.decode("utf-8-sig"))
    table = read_table(data, order.sheet)
    guess = draft(order.event, table.header, order.sheet)
    written = _draft_text(guess)
    return Source(data=data, table=table, mapping=guess.mapping, mapping_text=written, draft=guess)


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise ImportRefusal("import.too_large", what="bytes", limit=MAX_FILE)
    return data


def _draft_text(guess: Draft) -> str:
    heading = say(
        "packtrace import 按表头拟的草稿，请逐列核对；说明见 docs/import.md。\n"
        'claim = "-" 表示不导入该列；claim 为空的列须填写。',
        "Drafted by packtrace import from the headers; check every column, see docs/import.md.\n"
        'claim = "-" leaves a column out; an empty claim must be filled in.',
    )
    if guess.missing:
        heading += (
            "\n" + say("必填而无对应列：", "Needed, and told by no column: ") + join(guess.missing, spoken())
        )
    notes = {
        header: say("请核对：可能是 ", "check this: may be ") + (join(paths, spoken()) or "?")
        for header, paths in guess.unsure.items()
    }
    return format_mapping(guess.mapping, notes, heading)

"""A firm's desk from which tables are imported: its folder, its key, its tables."""

import csv
import json
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from cli import main
from ledger.importing.headers import draft
from ledger.importing.mapping import format_mapping
from ledger.importing.table import Row
from tests.consortium import MAKER, Party, module
from tests.live import Live
from tests.tables import Rows, csv_bytes, xlsx


class Desk:
    """A firm's desk: its folder with key and tables, beside a ledger that is served."""

    def __init__(self, live: Live, folder: Path, by: Party) -> None:
        folder.mkdir()
        self.live = live
        self.folder = folder
        self.by = by
        self.key = folder / "key.pem"
        self.key.write_bytes(by.key().to_pem(None))

    def put(
        self, name: str, event: str, header: Sequence[str], rows: Rows, *, group: str = "", **constants: str
    ) -> Path:
        """Put a table and its mapping on the desk: the draft, with constants and a group."""
        path = self.folder / name
        whole = [list(header), *rows]
        path.write_bytes(xlsx(whole) if name.endswith("xlsx") else csv_bytes(whole))
        guess = draft(event, Row(1, tuple(header)))
        text = format_mapping(guess.mapping, {}, "a test")
        if group:
            text = text.replace('group = ""', f'group = "{group}"')
        lines = "".join(f'"{claim}" = "{value}"\n' for claim, value in constants.items())
        (self.folder / f"{name}.{event}.toml").write_text(
            text.replace("[constants]\n", f"[constants]\n{lines}")
        )
        return path

    def command(self, table: Path, event: str, *options: str) -> list[str]:
        """Return the arguments of an import."""
        told = ("import", str(table), "--as", event, "--key", str(self.key))
        return [*told, "--url", self.live.url, "--json", *options]

    def run(self, table: Path, event: str, *options: str, code: int = 0) -> dict[str, Any]:
        """Import a table, and return what is told."""
        result = CliRunner().invoke(main, self.command(table, event, *options), env={"LC_ALL": "C"})
        assert result.exit_code == code, (result.output, result.exception)
        told: dict[str, Any] = json.JSONDecoder().raw_decode(result.stdout)[0]
        return told

    def problems(self, table: Path, event: str) -> list[tuple[int, str, str]]:
        """Return what a dry run tells: row, column and rule."""
        told = self.run(table, event, "--dry-run", code=1)
        assert all(one["detail"] and one["remedy"] for one in told["problems"])
        return [(one["row"], one["column"], one["rule"]) for one in told["problems"]]

    def files(self) -> dict[str, bytes]:
        """Return what lies in the folder."""
        return {path.name: path.read_bytes() for path in sorted(self.folder.iterdir()) if path.is_file()}

    def report(self, table: Path, event: str) -> list[dict[str, str]]:
        """Return the report of an import, row by row."""
        text = table.with_name(f"{table.name}.{event}.report.csv").read_text("utf-8-sig")
        return list(csv.DictReader(StringIO(text)))


def modules(count: int, first: int = 1) -> Rows:
    """Return rows of modules of the maker."""
    return [
        [module(number).value, MAKER.model("MODULE"), "45.5", "2026-06-01", "330109", ""]
        for number in range(first, first + count)
    ]

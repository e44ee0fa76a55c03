"""`packtrace submit`: signed events to a ledger, and its receipts into files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import click

from cli.client import ND_JSON, Client, backoff_s, problem
from cli.commands import json_option, print_json, read_text, url_option, write_text
from cli.errors import CliError
from cli.settings import DEFAULT_URL
from cli.speech import say
from crypto import strictjson
from crypto.errors import CryptoError
from crypto.strictjson import Json

MAX_EVENTS: Final = 1_000
MAX_BYTES: Final = 15 * 1024 * 1024
DONE: Final = frozenset({"logged", "duplicate", "passed"})


@dataclass(frozen=True, slots=True)
class Letter:
    """A signed event, the file it came from, and how many stood in that file."""

    text: str
    file: Path
    of: int

    def receipt_path(self, event_id: str, folder: Path | None) -> Path:
        """Return where its receipt goes: beside the file under its name, or under the event's id."""
        beside = Path() if str(self.file) == "-" else self.file.parent
        name = f"{event_id}.receipt" if self.of > 1 or str(self.file) == "-" else f"{self.file.stem}.receipt"
        return (folder or beside) / name


@click.command()
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True)
)
@url_option(default=DEFAULT_URL, help_text="The ledger.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the receipts."
)
@click.option("--atomic", is_flag=True, help="All or none; what is logged already counts as done.")
@click.option("--dry-run", is_flag=True, help="Have them checked, keep nothing.")
@click.option(
    "--tries",
    type=click.IntRange(1, 50),
    default=6,
    show_default=True,
    help="How often to send while the ledger is busy.",
)
@json_option
def submit(
    files: tuple[Path, ...],
    url: str,
    out: Path | None,
    *,
    atomic: bool,
    dry_run: bool,
    tries: int,
    as_json: bool,
) -> None:
    """Submit signed events and keep their receipts.

    FILE holds an SD-JWT, or one a line, bare or as JSON strings (NDJSON); - is standard input. A receipt is
    written beside its file, or into the folder -o. While the ledger is busy, or cannot say whether it took
    an event, the same bytes are sent again, which is always safe. Exit code 1 where any event is refused.
    """
    letters = [letter for file in files for letter in read_letters(file)]
    if atomic and (len(letters) > MAX_EVENTS or sum(len(letter.text) for letter in letters) > MAX_BYTES):
        raise click.UsageError(
            say(
                f"--atomic 一次最多 {MAX_EVENTS} 个事件、15 MiB",
                f"--atomic takes at most {MAX_EVENTS} events and 15 MiB",
            )
        )
    client = Client(url, tries=tries)
    query = "&".join(name for name, wanted in (("atomic=1", atomic), ("dry_run=1", dry_run)) if wanted)
    path = "/v1/events" + (f"?{query}" if query else "")
    results = [
        result
        for batch in _batches(letters)
        for result in send(client, path, [letter.text for letter in batch], tries)
    ]
    told = [_keep(letter, result, out) for letter, result in zip(letters, results, strict=True)]
    if as_json:
        print_json({"result": "done" if _all_done(results) else "refused", "results": told})
    else:
        for letter, result in zip(letters, results, strict=True):
            _tell(letter, result)
    if not _all_done(results):
        raise click.exceptions.Exit(1)


def read_letters(file: Path) -> list[Letter]:
    """Return the signed events in a file.

    Raises:
        CliError: it cannot be read, has none, or a line is no text.
    """
    lines = [line.strip() for line in read_text(file).splitlines() if line.strip()]
    if not lines:
        raise CliError(say(f"{file} 中没有事件", f"{file} has no event in it"))
    return [Letter(_line(file, number, line), file, len(lines)) for number, line in enumerate(lines, start=1)]


def _line(file: Path, number: int, line: str) -> str:
    if not line.startswith(('"', "{", "[")):
        return line
    try:
        value = strictjson.loads(line)
    except CryptoError as error:
        raise CliError(f"{file}:{number}: {error.reason}") from error
    if not isinstance(value, str):
        raise CliError(
            say(
                f"{file} 第 {number} 行不是已签名的事件；请先用 packtrace sign 签名",
                f"{file}, line {number} is no signed event; sign it first with packtrace sign",
            )
        )
    return value


def _batches(letters: Sequence[Letter]) -> Iterator[list[Letter]]:
    """Split into requests that the ledger takes."""
    size = count = batch = 0
    numbered = []
    for letter in letters:
        if count >= MAX_EVENTS or (count and size + len(letter.text) > MAX_BYTES):
            size, count, batch = 0, 0, batch + 1
        size, count = size + len(letter.text), count + 1
        numbered.append((batch, letter))
    for _, group in groupby(numbered, key=lambda one: one[0]):
        yield [letter for _, letter in group]


def send(client: Client, path: str, texts: Sequence[str], tries: int) -> list[dict[str, Any]]:
    """Send events in one request until nothing in it is unknown; every try sends the same bytes.

    Returns:
        What the ledger says of each, in order; `unknown` where it could not say so at the last try.

    Raises:
        CliError: the ledger does not answer, or refuses the whole request.
    """
    body = "".join(f"{strictjson.dumps(text)}\n" for text in texts).encode("utf-8")
    results: list[dict[str, Any]] = []
    for attempt in range(1, tries + 1):
        results = client.post(path, body, ND_JSON).json()["results"]
        if len(results) != len(texts):
            raise CliError(say("账本的回答条数不对", "the ledger answered for another number of events"))
        if all(result["result"] != "unknown" for result in results) or attempt == tries:
            break
        client.wait(backoff_s(attempt))
    return results


def _keep(letter: Letter, result: dict[str, Any], folder: Path | None) -> dict[str, Json]:
    told: dict[str, Json] = {name: value for name, value in result.items() if name != "receipt"}
    if result.get("receipt"):
        path = letter.receipt_path(result["id"], folder)
        write_text(path, result["receipt"])
        told["receipt_file"] = str(path)
        result["receipt_file"] = str(path)
    return told


def _tell(letter: Letter, result: dict[str, Any]) -> None:
    outcome = result["result"]
    if outcome in DONE:
        word = {
            "logged": say("已记录", "logged"),
            "duplicate": say("早已记录", "logged before"),
            "passed": say("检查通过，未记录", "would be logged"),
        }[outcome]
        index = "" if result.get("index") is None else f" #{result['index']}"
        click.echo(f"{word}{index} {result['id']} {result.get('receipt_file', '')}".rstrip())
        return
    click.echo(f"{letter.file}: {problem(result.get('problem', {})).message}", err=True)


def _all_done(results: Sequence[dict[str, Any]]) -> bool:
    return all(result["result"] in DONE for result in results)

"""`packtrace cell`: what a cell was built into by the restricted list, and the proof of it."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from cli.client import Client, path_of
from cli.commands import json_option, print_json, read_text, url_option, write_text
from cli.errors import CliError
from cli.naming import item_named
from cli.readers import reader_of
from cli.settings import DEFAULT_URL
from cli.speech import say
from crypto import jws
from crypto.errors import CryptoError
from crypto.strictjson import Json
from ledger import submission
from ledger.cellproof import UnknownCellError, check_committed, commitments, find_unit, prove_cell
from ledger.claims import MalformedClaimError, codec_of
from ledger.errors import LedgerError
from ledger.events import envelope
from ledger.events.envelope import Event
from ledger.events.production import CellCodes
from ledger.identifiers import ItemId
from ledger.verdict import Verdict

CLAIM: Final = "cell_codes"
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class _Listed:
    """The restricted list of one event."""

    event: Event
    claim: CellCodes


@click.command("cell")
@click.argument("code")
@click.option(
    "--list",
    "lists",
    type=_FILE,
    multiple=True,
    help="A file of events as their maker signed them, one SD-JWT on each line; may be given several times.",
)
@click.option("--unit", help="Ask the ledger for the list of this pack or module instead; needs --key.")
@click.option("--key", "key_file", type=_FILE, help="A key of a firm that may read the list.")
@url_option(default=DEFAULT_URL, help_text="The ledger.")
@click.option("--base-url", help="What the server calls itself, where that is not --url.")
@click.option("-o", "output", type=click.Path(path_type=Path), help="Save the proof here.")
@click.option("--receipt", type=_FILE, help="The receipt of the event; otherwise it is asked for.")
@json_option
def cell_command(
    *,
    code: str,
    lists: tuple[Path, ...],
    unit: str | None,
    key_file: Path | None,
    url: str,
    base_url: str | None,
    output: Path | None,
    receipt: Path | None,
    as_json: bool,
) -> None:
    """Find the pack or module that a cell with this CODE was built into.

    The list is a restricted claim of its maker: it comes from the maker's own files, or from the ledger by a
    key that may read it. With -o the proof is saved; `packtrace verify` checks it without the list.
    """
    if bool(lists) == bool(unit) or bool(unit) != bool(key_file):
        raise click.UsageError(
            say("请用 --list，或同时用 --unit 与 --key", "give --list, or --unit and --key")
        )
    cell = item_named(code)
    client = Client(url)
    found = (
        _in_files(lists) if unit is None or key_file is None else _in_ledger(client, unit, key_file, base_url)
    )
    listed, whole = _search(found, cell)
    if output is not None:
        text = (
            client.get_text(f"/v1/events/{listed.event.id}/receipt")
            if receipt is None
            else read_text(receipt)
        )
        _save(output, listed, cell, text)
    _tell(cell, whole, listed, output, as_json=as_json)


def _tell(cell: ItemId, unit: ItemId, listed: _Listed, output: Path | None, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "cell": str(cell),
                "unit": str(unit),
                "event": listed.event.id,
                "proof": None if output is None else str(output),
            }
        )
        return
    click.echo(say(f"{cell} 装在 {unit}", f"{cell} was built into {unit}"))
    click.echo(say(f"依据事件 {listed.event.id}", f"by event {listed.event.id}"))
    if output is not None:
        click.echo(say(f"已保存 {output}", f"saved {output}"))


def _search(lists: Iterator[_Listed], cell: ItemId) -> tuple[_Listed, ItemId]:
    for listed in lists:
        with suppress(UnknownCellError):  # the next list may hold it
            return listed, find_unit(listed.claim, cell)
    raise CliError(say(f"这些清单中没有 {cell}", f"{cell} is in none of these lists"), cell=str(cell))


def _in_files(paths: tuple[Path, ...]) -> Iterator[_Listed]:
    for path in paths:
        for number, line in enumerate(read_text(path).splitlines(), start=1):
            if line.strip():
                yield from _of_text(line.strip(), f"{path}:{number}")


def _of_text(text: str, place: str) -> Iterator[_Listed]:
    try:
        parsed = submission.parse(text)
        if CLAIM in parsed.disclosures:
            yield _listed(parsed.event, parsed.disclosures[CLAIM].value)
    except (LedgerError, MalformedClaimError) as error:
        raise CliError(
            say(f"{place} 不是签名的事件：{error}", f"{place} is no signed event: {error}")
        ) from error


def _listed(event: Event, value: Json) -> _Listed:
    claim: CellCodes = codec_of(CellCodes).decode(value)
    return _Listed(event, claim)


def _in_ledger(client: Client, unit: str, key_file: Path, base_url: str | None) -> Iterator[_Listed]:
    reader = reader_of(client, key_file, base_url)
    for event in client.listed(f"{path_of(item_named(unit))}/events", "events"):
        if "cells_root" in str(event["data"]):
            yield from _of_answer(client.get(f"/v1/events/{event['id']}", reader))


def _of_answer(told: dict[str, Any]) -> Iterator[_Listed]:
    restricted = told.get("restricted")
    if not isinstance(restricted, dict) or CLAIM not in restricted:
        return
    try:
        yield _listed(envelope.parse(jws.parse(str(told["jws"]))), restricted[CLAIM])
    except (LedgerError, CryptoError, MalformedClaimError) as error:
        raise CliError(say(f"服务器的回答有误：{error}", f"the server's answer is wrong: {error}")) from error


def _save(output: Path, listed: _Listed, cell: ItemId, receipt_text: str) -> None:
    proof = prove_cell(listed.claim, cell, receipt_text)
    committed = check_committed(proof)
    if committed.verdict is not Verdict.OK or proof.unit not in commitments(listed.event):
        why = committed.facts.get("why", committed.reason)
        raise CliError(
            say(f"清单与事件的承诺不符：{why}", f"the list is not what the event committed to: {why}")
        )
    write_text(output, proof.format())

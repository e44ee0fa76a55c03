"""`packtrace import`: a table into events, signed with the caller's key."""

from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import click

from cli.client import Client
from cli.commands import json_option, url_option, write_bytes
from cli.errors import CliError
from cli.importing import journal as journals
from cli.importing.chain import Pen, Signed, sign_all, tips_of
from cli.importing.checking import try_all
from cli.importing.journal import Entry, Head, Journal, appending, journal_path
from cli.importing.report import report_path, report_text
from cli.importing.sending import send_all
from cli.importing.source import Order, Source, read_source
from cli.importing.telling import progress, tell_checked, tell_draft, tell_sent
from cli.keyfiles import read_key
from cli.owners import owner_of
from cli.settings import DEFAULT_URL
from cli.signing import now_ms
from cli.speech import say, spoken
from crypto.keys import Signer
from ledger.errors import MalformedError
from ledger.events import REGISTRY
from ledger.identifiers import ItemId
from ledger.importing.problems import ImportRefusal, Problem, in_order
from ledger.importing.statements import Checked, check, with_vehicles
from ledger.importing.targets import importable
from ledger.wording import join

FILE: Final = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
TRIES: Final = 8


@click.command("import")
@click.argument("table", metavar="TABLE.csv|.xlsx", type=FILE)
@click.option(
    "--as", "event", metavar="EVENT", required=True, help="The event type, such as pack.manufactured."
)
@click.option(
    "--key", "key_file", type=click.Path(path_type=Path), required=True, help="The signer's private key."
)
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Which column tells what; otherwise TABLE.EVENT.toml beside the table, drafted where there is none.",
)
@click.option("--sheet", help="The sheet of a workbook; otherwise the only visible one.")
@click.option("--iss", "issuer", help="The organisation that signs; otherwise the one whose key it is.")
@url_option(default=DEFAULT_URL, help_text="The ledger.")
@click.option("--dry-run", is_flag=True, help="Check everything, here and against the ledger; write nothing.")
@click.option("--resume", is_flag=True, help="Go on with an import that was interrupted.")
@click.option(
    "--tries",
    type=click.IntRange(1, 50),
    default=TRIES,
    show_default=True,
    help="How often to send while the ledger is busy.",
)
@json_option
def import_command(
    *,
    table: Path,
    event: str,
    key_file: Path,
    mapping_file: Path | None,
    sheet: str | None,
    issuer: str | None,
    url: str,
    dry_run: bool,
    resume: bool,
    tries: int,
    as_json: bool,
) -> None:
    """Log a signed event for each row of a table.

    The mapping is a TOML file that says which column tells what (docs/import.md). Everything is checked
    before anything is sent, and every problem is told at its row and column. What is signed is kept in a
    journal beside the table before it is sent: after an interruption, --resume logs each row exactly once.
    """
    if dry_run and resume:
        raise click.UsageError(say("--dry-run 与 --resume 不能同用", "--dry-run does not go with --resume"))
    if event not in REGISTRY or not importable(event):
        known = join(sorted(name for name in REGISTRY if importable(name)), spoken())
        raise click.UsageError(say(f"--as 须为其中之一：{known}", f"--as must be one of {known}"))
    order = Order(
        path=table,
        event=event,
        mapping_path=mapping_file or table.with_name(f"{table.name}.{event}.toml"),
        sheet=sheet,
        issuer=issuer,
        dry_run=dry_run,
        tries=tries,
        as_json=as_json,
    )
    try:
        _run(order, Client(url, tries=tries), read_key(key_file), resume=resume)
    except ImportRefusal as error:
        raise CliError(error.sentence(spoken()), rule=error.rule) from error


def _run(order: Order, client: Client, key: Signer, *, resume: bool) -> None:
    path = journal_path(order.path, order.event)
    if path.exists() != resume and not order.dry_run:
        raise ImportRefusal("import.journal_none" if resume else "import.journal_exists", path=str(path))
    source = read_source(order)
    if source.draft is not None and not (order.dry_run and source.draft.complete):
        tell_draft(order, source)
    pen = _pen(order, source, client, key)
    if resume:
        _finish(order, client, _reopened(path, _head(source, pen)))
    else:
        _begin(order, client, source, pen)


def _begin(order: Order, client: Client, source: Source, pen: Pen) -> None:
    checked = check(source.table, source.mapping, issuer=pen.issuer, now_ms=pen.now_ms())
    problems, unchecked, signed = _everything(order, client, checked, pen)
    if problems or order.dry_run:
        tell_checked(order, source, checked, problems, unchecked)
        return
    head = _head(source, pen)
    entries = [Entry(one.statement.rows, one.id, one.text) for one in signed]
    _finish(order, client, journals.create(journal_path(order.path, order.event), head, entries))


def _everything(
    order: Order, client: Client, checked: Checked, pen: Pen
) -> tuple[tuple[Problem, ...], int, list[Signed]]:
    """Return every problem, here and at the ledger, how many it was not asked about, and what to send."""
    statements = with_vehicles(checked.statements, uuid4)
    tips = tips_of(client, statements)
    signed = sign_all(statements, pen, tips)
    large = {one.statement.rows[0] for one in signed if one.too_large}
    problems = [checked.plan.problem((row, -1), "import.event_large") for row in sorted(large)]
    asked = [one for one in statements if one.rows[0] not in large]
    with progress(order, say("检查", "checking"), len(asked)) as count:
        tried = try_all(client, checked, asked, pen, tips, tries=order.tries, progress=count)
    return in_order([*checked.problems, *problems, *tried.problems]), tried.unchecked, signed


def _finish(order: Order, client: Client, journal: Journal) -> None:
    """Send what is left of a journal, write the report and tell the outcome."""
    failed: dict[str, dict[str, Any]] = {}
    try:
        with (
            appending(journal) as appender,
            progress(order, say("提交", "sending"), len(journal.left)) as count,
        ):
            failed = send_all(client, journal, appender, tries=order.tries, progress=count)
    finally:
        report = report_path(order.path, order.event)
        write_bytes(report, report_text(journal, failed).encode("utf-8"))
    tell_sent(order, journal, failed, report)


def _pen(order: Order, source: Source, client: Client, key: Signer) -> Pen:
    kid = key.verifier.thumbprint()
    return Pen(
        signer=key,
        issuer=_issuer(order, source, client, kid),
        origin=str(client.get("/v1/trust")["origin"]),
        now_ms=now_ms,
    )


def _issuer(order: Order, source: Source, client: Client, kid: str) -> ItemId:
    if order.issuer is not None:
        try:
            return ItemId.parse(order.issuer)
        except MalformedError as error:
            raise click.UsageError(f"--iss: {error}") from error
    if source.mapping.issuer is not None:
        return source.mapping.issuer
    found = owner_of(client, kid)
    if found is None:
        raise ImportRefusal("import.key_unknown", kid=kid)
    return found.org


def _head(source: Source, pen: Pen) -> Head:
    return Head(
        table_sha256=sha256(source.data).hexdigest(),
        mapping_sha256=sha256(source.mapping_text.encode("utf-8")).hexdigest(),
        event=source.mapping.event,
        issuer=str(pen.issuer),
        kid=pen.signer.verifier.thumbprint(),
        origin=pen.origin,
    )


def _reopened(path: Path, head: Head) -> Journal:
    journal = journals.read(path)
    changed = [name for name in Head.__slots__ if getattr(journal.head, name) != getattr(head, name)]
    if changed:
        raise ImportRefusal("import.journal_changed", path=str(path), what=changed)
    return journal

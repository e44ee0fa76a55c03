"""The commands beside the database: `init`, `vkey`, `trust` and `rebuild`."""

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from cli.commands import json_option, print_json
from cli.errors import CliError
from cli.keyfiles import derive_office_key, read_key, read_public
from cli.logkey import log_signer, seen_of, vin_key
from cli.settings import DEFAULT_ORIGIN, DEMO, Settings
from cli.speech import say
from crypto import jws
from crypto.strictjson import Json
from ledger.entry import Entry
from ledger.errors import MalformedError
from ledger.events.envelope import event_id
from ledger.identifiers import ItemId
from ledger.rebuild import Difference, rebuild, rebuild_vins
from ledger.sequencer.clock import SystemClock
from ledger.sequencer.genesis import Founder, initialise
from ledger.store import Store
from ledger.trust import Trust
from ledger.vins import vin_key_path

_RANDOM_BYTES = 20


@click.command()
@click.option("--origin", required=True, help="Name of the log: a URL prefix without scheme, for ever.")
@click.option("--registrar", required=True, help="Organisation id of the registrar, org:…")
@click.option("--name", required=True, help="Name of the registrar in Chinese.")
@click.option("--name-en", help="Its name in English; otherwise as --name.")
@click.option("--district", default="100000", show_default=True, help="Where it is: GB/T 2260 or ISO 3166-2.")
@click.option(
    "--key",
    "admin",
    type=click.Path(path_type=Path),
    required=True,
    help="Its admin key, which signs entry 0.",
)
@click.option(
    "--recovery",
    type=click.Path(path_type=Path),
    required=True,
    help="Its offline recovery key; the public half will do.",
)
@click.option(
    "--office",
    type=click.Path(path_type=Path),
    help="Its office key; otherwise <admin key>-office.pem, made where there is none.",
)
@json_option
def init(
    *,
    origin: str,
    registrar: str,
    name: str,
    name_en: str | None,
    district: str,
    admin: Path,
    recovery: Path,
    office: Path | None,
    as_json: bool,
) -> None:
    """Begin a log: database, log key, and entry 0, the root of trust.

    Where the database and the log key are is told by PACKTRACE_DATABASE_URL and PACKTRACE_LOG_KEY.
    """
    settings = replace(Settings.read(), origin=origin)
    if origin == DEFAULT_ORIGIN and not settings.demo:
        raise CliError(
            say(
                f"来源名 {origin} 只供演示；请用自己的域名，如 log.example.cn/packtrace（演示请设 {DEMO}=1）",
                f"the origin {origin} is for demonstrations; name your own, "
                f"log.example.com/packtrace say (or set {DEMO}=1)",
            )
        )
    key = read_key(admin)
    founder = Founder(
        org=_org(registrar),
        name_zh=name,
        name_en=name_en or name,
        district=district,
        admin=key,
        recovery=read_public(recovery),
        office=(read_key(office) if office else derive_office_key(admin)).verifier,
    )
    root = found_log(founder, settings)
    if as_json:
        print_json({"result": "done", "origin": origin, "root": root})
    else:
        click.echo(
            say(f"日志 {origin} 已建立，零号条目为 {root}", f"began the log {origin}; entry 0 is {root}")
        )


@click.command()
def vkey() -> None:
    """Print the log's verifier key (a C2SP vkey), by which its checkpoints are checked."""
    settings = Settings.read()
    click.echo(log_signer(settings).verifier_key.format())


@click.command()
def trust() -> None:
    """Print the root of trust that an auditor pins: origin, verifier key and the id of entry 0."""
    settings = Settings.read()
    with opened(settings) as store:
        click.echo(root_of_trust(settings, store).format(), nl=False)


@click.command(name="rebuild")
@click.option("--check", is_flag=True, help="Compare only, change nothing; exit 1 where anything differs.")
@json_option
def rebuild_command(*, check: bool, as_json: bool) -> None:
    """Replay all entries and compare items, history, keys and tiles with what is stored.

    Without --check, what differs is replaced by the replay. VINs are hashed anew from what is disclosed.
    """
    settings = Settings.read()
    with opened(settings) as store:
        hidden = as_json or not sys.stderr.isatty()
        with click.progressbar(
            length=1, label=say("重放", "replaying"), file=sys.stderr, hidden=hidden
        ) as bar:

            def progress(done: int, size: int) -> None:
                bar.length = size
                bar.update(done - bar.pos)

            found = rebuild(store, check=check, progress=progress)
        # The key is another server's concern where it is not here, and what is not hashed cannot be compared.
        if vin_key_path(settings.log_key).exists() or not check:
            found += rebuild_vins(store, vin_key(settings), check=check)
    if as_json:
        print_json({"result": "done", "differences": [_facts(one) for one in found]})
    else:
        _tell(found, check=check)
    if found and check:
        raise click.exceptions.Exit(1)


def found_log(founder: Founder, settings: Settings) -> str:
    """Begin the log of these settings and return the id of entry 0; its key is made where there is none."""
    signer = log_signer(settings, create=True)
    with opened(settings, migrate=True) as store, seen_of(settings, signer) as seen:
        return initialise(
            founder,
            store=store,
            signer=signer,
            seen=seen,
            clock=SystemClock(),
            random=secrets.token_bytes(_RANDOM_BYTES),
        )


def root_of_trust(settings: Settings, store: Store) -> Trust:
    """Return what an auditor pins of this log; raises CliError where nothing is in it yet."""
    with store.snapshot() as snapshot:
        entries = snapshot.entries(0, 1)
    if not entries:
        raise CliError(
            say("日志还没有条目；先运行 packtrace init", "the log has no entry yet; run packtrace init")
        )
    signed = jws.parse(Entry.decode(entries[0]).jws)
    return Trust(log_signer(settings).verifier_key, event_id(signed.signing_input))


@contextmanager
def opened(settings: Settings, *, migrate: bool = False) -> Iterator[Store]:
    """Open the ledger's database and close it at the end."""
    store = Store(settings.database_url, migrate=migrate)
    try:
        yield store
    finally:
        store.close()


def _org(text: str) -> ItemId:
    try:
        org = ItemId.parse(text if text.startswith("org:") else f"org:{text}")
    except MalformedError as error:
        raise click.BadParameter(str(error), param_hint="--registrar") from error
    if not org.is_org:
        raise click.BadParameter("not an organisation id", param_hint="--registrar")
    return org


def _tell(found: list[Difference], *, check: bool) -> None:
    for one in found:
        click.echo(f"{one.table} {one.row}: {one.stored} -> {one.replayed}")
    if not found:
        click.echo(say("与重放一致", "everything equals the replay"))
    elif check:
        click.echo(
            say(f"有 {len(found)} 行与重放不一致", f"{len(found)} rows differ from the replay"), err=True
        )
    else:
        click.echo(say(f"已按重放改正 {len(found)} 行", f"put {len(found)} rows right"))


def _facts(one: Difference) -> Json:
    return {"table": one.table, "row": one.row, "stored": repr(one.stored), "replayed": repr(one.replayed)}

"""`packtrace index publish`: the registrar says daily how every history stands, so that none can be cut."""

import time
from dataclasses import replace
from pathlib import Path

import click

from cli.client import Client
from cli.commands import json_option, print_json, url_option
from cli.errors import CliError
from cli.keyfiles import read_key
from cli.log import opened
from cli.settings import DEFAULT_URL, Settings
from cli.signing import sign_now
from cli.speech import say
from cli.submit import send
from crypto.encoding import b64url_encode
from crypto.keys import Signer
from ledger import indexing
from ledger.events.log import IndexPublished
from ledger.identifiers import ItemId
from ledger.index import Index
from ledger.indexing import IndexContradictionError
from ledger.state import LOG, Log
from ledger.store import Snapshot, Store


@click.group()
def index() -> None:
    """The published index: one line for every history and every alias, under one signed root."""


@index.command()
@click.option(
    "--key",
    "key_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="An office key of the registrar.",
)
@url_option(default=DEFAULT_URL, help_text="The ledger that takes the event.")
@json_option
def publish(*, key_file: Path, url: str, as_json: bool) -> None:
    """Compute the index from the ledger's database, sign it as the registrar, and submit it.

    Run it once a day where the database is; PACKTRACE_DATABASE_URL names it. The last published index is
    computed again first, and nothing is published where the database gives another one.
    """
    settings, began = Settings.read(), time.monotonic()
    signer = read_key(key_file)
    with opened(settings) as store:
        size, made, log = computed(store)
    claims = IndexPublished(size=size, count=made.count, root=b64url_encode(made.root()))
    text = signed(claims, replace(settings, origin=log.origin), signer, log.registrar)
    [told] = send(Client(url), "/v1/events", [text], 6)
    if told["result"] not in ("logged", "duplicate"):
        why = told.get("problem", {}).get("detail") or told["result"]
        raise CliError(say(f"索引没有写入：{why}", f"the index was not logged: {why}"))
    seconds = time.monotonic() - began
    if as_json:
        print_json({"result": "done", "size": size, "count": claims.count, "root": claims.root})
        return
    in_chinese = f"已公布前 {size} 个条目的索引：{claims.count} 行，用时 {seconds:.1f} 秒"
    in_english = f"published the index of {size} entries: {claims.count} lines, {seconds:.1f} s"
    click.echo(say(in_chinese, in_english))


def computed(store: Store) -> tuple[int, Index, Log]:
    """Return the size of the log with its index now, and the log's state.

    Raises:
        CliError: nothing is logged, or the database contradicts the index published last.
    """
    with store.snapshot() as snapshot:
        log, size = snapshot.states([LOG]).get(LOG), snapshot.head().size
        if not isinstance(log, Log):
            raise CliError(
                say("日志还没有条目；先运行 packtrace init", "the log is empty; run packtrace init")
            )
        last = _last(snapshot)
        return size, indexing.make(snapshot, size, last), log


def signed(claims: IndexPublished, settings: Settings, signer: Signer, registrar: ItemId) -> str:
    """Return the event of an index, signed by the registrar now."""
    return sign_now(claims, signer, aud=settings.origin, iss=registrar, prev={})


def _last(snapshot: Snapshot) -> indexing.MadeIndex | None:
    event, claims = indexing.latest(snapshot)
    if claims is None:
        return None
    made = indexing.make(snapshot, claims.size)
    try:
        indexing.check(made, claims)
    except IndexContradictionError as error:
        raise CliError(
            say(
                f"数据库与上次公布的索引（前 {claims.size} 个条目）不一致，未公布；请先审计："
                f"算得 {error.facts['computed']}，已公布 {claims.root}",
                f"the database contradicts the index published of {claims.size} entries, so nothing was "
                f"published; audit it first: computed {error.facts['computed']}, published {claims.root}",
            ),
            rule=error.rule,
        ) from error
    return indexing.MadeIndex(event, claims.size, made)

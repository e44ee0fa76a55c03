"""`packtrace dossier`: save a battery's file, to be verified anywhere and any time without the ledger."""

import time
from pathlib import Path

import click

from cli.client import Client, path_of
from cli.commands import json_option, print_json, url_option, write_text
from cli.errors import CliError
from cli.naming import item_named
from cli.readers import reader_of
from cli.settings import DEFAULT_URL
from cli.speech import say
from ledger.dossier.form import MalformedDossierError, parse


@click.command()
@click.argument("item", metavar="ID")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Where to save it."
)
@url_option(default=DEFAULT_URL, help_text="The ledger.")
@click.option("--parts", is_flag=True, help="With what is in the item.")
@click.option(
    "--key",
    "key_file",
    type=click.Path(path_type=Path),
    help="A key of a firm: with the restricted claims that this firm may read.",
)
@click.option("--base-url", help="What the server calls itself, where that is not --url.")
@json_option
def dossier(
    *,
    item: str,
    output: Path,
    url: str,
    parts: bool,
    key_file: Path | None,
    base_url: str | None,
    as_json: bool,
) -> None:
    """Save the dossier of an item: its whole history with proofs, which `packtrace verify` checks offline.

    ID is an item id, a bare code, or a scanned code in any shape. With --key the file holds the claims that
    this firm may read, for whoever gets the file. The ledger keeps each such read, and tells the holder.
    """
    began = time.monotonic()
    wanted = item_named(item)
    query = "?parts=1" if parts else ""
    client = Client(url)
    reader = None if key_file is None else reader_of(client, key_file, base_url)
    told = client.get_text(f"{path_of(wanted)}/dossier{query}", reader)
    try:
        found = parse(told)
    except MalformedDossierError as error:
        sentence = say(f"{url} 的回答不是档案：{error}", f"{url} did not answer with a dossier: {error}")
        raise CliError(sentence) from error
    if not found.is_of(str(wanted)):
        other = found.items[0]
        raise CliError(say(f"{url} 给出的是 {other} 的档案", f"{url} answered with the dossier of {other}"))
    write_text(output, told)
    seconds, items, entries = time.monotonic() - began, len(found.items), len(found.entries)
    if as_json:
        print_json({"result": "done", "file": str(output), "items": items, "entries": entries})
        return
    in_chinese = f"已存到 {output}：{items} 件物品，{entries} 个条目（{seconds:.1f} 秒）"
    click.echo(say(in_chinese, f"saved to {output}: {items} items, {entries} entries ({seconds:.1f} s)"))

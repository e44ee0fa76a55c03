"""`packtrace takeover`: the log goes on under another origin or key, once the registrar has said so."""

from dataclasses import replace
from pathlib import Path

import click

from cli.commands import json_option, print_json
from cli.log import opened
from cli.logkey import log_signer, seen_of
from cli.settings import Settings
from cli.speech import say
from ledger.sequencer.moving import check_may_take_over, hand_down, take_over


@click.command()
@click.option(
    "--from",
    "old_key",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="The log key until now, with its .seen file beside it.",
)
@click.option("--from-origin", help="The origin until now, where the log has moved; otherwise the same.")
@json_option
def takeover(*, old_key: Path, from_origin: str | None, as_json: bool) -> None:
    """Release the log's first checkpoint under its new key, which extends the last one under the old.

    Stop the server first. `log.moved` or `log.key_added` must be logged; PACKTRACE_ORIGIN and
    PACKTRACE_LOG_KEY name what the log has from now on.
    """
    settings = Settings.read()
    before = replace(settings, origin=from_origin or settings.origin, log_key=old_key)
    old, new = log_signer(before), log_signer(settings)
    with opened(settings) as store, seen_of(before, old) as last, seen_of(settings, new) as seen:
        until = last.read()
        check_may_take_over(store, new, until)
        hand_down(old_key, settings.log_key, last.keys, until.checkpoint.size)
        note = take_over(store, new, seen, until)
    size = int(note.splitlines()[1])
    if as_json:
        print_json({"result": "done", "origin": new.name, "size": size})
    else:
        click.echo(
            say(f"日志自第 {size} 条起以 {new.name} 继续", f"the log goes on as {new.name} from size {size}")
        )

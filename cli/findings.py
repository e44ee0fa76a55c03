"""`packtrace findings`: what somebody should look at, and the deadlines that have come."""

from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import click

from cli.client import Client
from cli.commands import json_option, print_json, url_option
from cli.readers import reader_of
from cli.settings import DEFAULT_URL
from cli.speech import say
from ledger.findings import Severity
from ledger.findings.shown import FindingState

PAGE: Final = 500


@click.command()
@url_option(default=DEFAULT_URL, help_text="The ledger.")
@click.option("--org", help="Only those that concern this organisation, org:…")
@click.option("--item", help="Only those about this item, by id or bare code.")
@click.option("--rule", help="Only those of this finding rule (docs/findings.md).")
@click.option("--state", type=click.Choice([one.value for one in FindingState]), help="Only in this state.")
@click.option("--severity", type=click.Choice([one.value for one in Severity]), help="Only of this severity.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=1_000, show_default=True, help="How many at most."
)
@click.option(
    "--key",
    "key_file",
    type=click.Path(path_type=Path),
    help="A key of a firm: shows also what its restricted claims gave.",
)
@click.option("--base-url", help="What the server calls itself, where that is not --url.")
@json_option
def findings(
    *,
    url: str,
    org: str | None,
    item: str | None,
    rule: str | None,
    state: str | None,
    severity: str | None,
    limit: int,
    key_file: Path | None,
    base_url: str | None,
    as_json: bool,
) -> None:
    """List findings: what the rules allow and somebody should look at, and deadlines that have come."""
    client = Client(url)
    given = {"org": org, "item": item, "rule": rule, "state": state, "severity": severity}
    wanted = {name: value for name, value in given.items() if value is not None}
    found, whole = _read(client, wanted, limit, key_file, base_url)
    if as_json:
        print_json({"findings": found, "whole": whole})
        return
    for one in found:
        click.echo(_line(one))
    if not found:
        click.echo(say("没有", "none"))
    if not whole:
        click.echo(say("还有更多；请用 --limit", "there are more; see --limit"), err=True)


def _read(
    client: Client, wanted: dict[str, str], limit: int, key_file: Path | None, base_url: str | None
) -> tuple[list[dict[str, Any]], bool]:
    """Return the findings, at most so many, and whether they are all."""
    reader = None if key_file is None else reader_of(client, key_file, base_url)
    found, after = list[dict[str, Any]](), dict[str, str]()
    while len(found) < limit:
        size = min(PAGE, limit - len(found))
        query = urlencode({**wanted, **after, "limit": size})
        page = client.get(f"/v1/findings?{query}", reader)
        found += page["findings"]
        if page["next"] is None:
            return found, True
        after = {"after": page["next"]}
    return found, False


def _line(one: dict[str, Any]) -> str:
    closed = say(f"已由第 {one['closed']} 号条目了结", f"closed by entry {one['closed']}")
    states = {"open": say("待处理", "open"), "closed": closed, "noted": say("已记录", "noted")}
    due = "" if one["due"] is None else say(f" · 期限 {one['due']}", f" · due {one['due']}")
    return (
        f"#{one['index']}  {one['rule']}  {states[one['state']]}{due}\n      {one['detail']} {one['remedy']}"
    )

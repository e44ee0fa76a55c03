"""`packtrace absent`: prove that the ledger never saw a code, by two neighbouring lines of its index."""

from pathlib import Path
from urllib.parse import quote

import click

from cli.client import Client
from cli.commands import json_option, url_option, write_text
from cli.dossier_check import Asked, verify_file
from cli.indexed import indexed_as
from cli.pinned import FILE, read_policy, read_trust
from cli.settings import DEFAULT_URL


@click.command()
@click.argument("code", metavar="CODE")
@url_option(default=DEFAULT_URL, help_text="The ledger.")
@click.option("--trust", "trust_file", type=FILE, help="The log's root of trust, JSON of `packtrace trust`.")
@click.option("--policy", "policy_file", type=FILE, help="A tlog-policy: which witnesses must have cosigned.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Where to keep the proof."
)
@json_option
def absent(
    *,
    code: str,
    url: str,
    trust_file: Path | None,
    policy_file: Path | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Prove that the ledger has nothing of CODE: an id, a code as scanned, or a further code or link.

    The proof is checked here, whatever the server says. Exit code 0: the ledger has nothing of it up to the
    last index. `packtrace verify FILE --absent CODE` checks a kept proof again, offline.
    """
    wanted = indexed_as(code)
    told = Client(url).get_text(f"/v1/index?of={quote(wanted, safe='')}")
    if output is not None:
        write_text(output, told)
    trust = None if trust_file is None else read_trust(trust_file)
    policy = None if policy_file is None else read_policy(policy_file)
    verify_file(told.encode("utf-8"), trust, policy, Asked(absent=wanted), as_json=as_json)

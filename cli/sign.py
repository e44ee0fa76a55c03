"""`packtrace sign`: a readable event in, the signed SD-JWT out."""

from pathlib import Path

import click

from cli.client import Client
from cli.commands import json_option, print_json, read_text, url_option, write_text
from cli.keyfiles import read_key
from cli.settings import Settings
from cli.signing import new_jti, now_ms, sign_event
from cli.speech import say
from cli.unsigned import Unsigned, filled_prev, parse
from crypto.keys import Signer
from ledger import submission
from ledger.instants import Instant


@click.command()
@click.argument("file", metavar="EVENT.json", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--key", "key_file", type=click.Path(path_type=Path), required=True, help="The signer's private key."
)
@url_option(help_text="A ledger to ask for what is left out: the tips in prev, and the origin.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="File to write; otherwise standard output."
)
@json_option
def sign(file: Path, key_file: Path, url: str | None, out: Path | None, *, as_json: bool) -> None:
    """Sign an event.

    EVENT.json is {"event", "iss", "data", "restricted"?, "items"?, "prev"?, "at"?, "aud"?}. `items` are the
    ids or codes that the event is about. Left out, `at` is now, `aud` the origin of the ledger at --url or of
    PACKTRACE_ORIGIN, and `prev` is asked from --url. Claims under `restricted` are concealed.
    """
    event = parse(read_text(file))
    client = None if url is None else Client(url)
    text = signed(event, read_key(key_file), client)
    told = submission.parse(text).event
    if out is not None:
        write_text(out, text + "\n")
    if as_json:
        print_json(
            {"result": "done", "id": told.id, "sd_jwt": text, "file": None if out is None else str(out)}
        )
    elif out is None:
        click.echo(text)
    else:
        click.echo(say(f"已签名，写入 {out}：{told.id}", f"signed, wrote {out}: {told.id}"))


def signed(event: Unsigned, signer: Signer, client: Client | None) -> str:
    """Return the SD-JWT of a readable event, with what was left out filled in.

    Raises:
        CliError: what was left out cannot be known.
    """
    at_ms = now_ms()
    return sign_event(
        event.claims,
        signer,
        aud=event.aud or _origin(client),
        iss=event.iss,
        jti=event.jti or new_jti(at_ms),
        iat=at_ms // 1000 if event.iat is None else event.iat,
        at=event.at or Instant.from_ms(at_ms),
        prev=filled_prev(event, client),
        restricted=event.restricted,
    )


def _origin(client: Client | None) -> str:
    if client is None:
        return Settings.read().origin
    return str(client.get("/v1/trust")["origin"])

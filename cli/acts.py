"""An event that a command makes for its caller: signed, tried, shown, and sent once that is agreed.

What is in the ledger stays there for ever, so nothing is sent that was not checked by the ledger's own rules
and shown before.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click

from cli.client import SD_JWT, Client
from cli.commands import json_option, print_json, url_option, write_text
from cli.errors import CliError
from cli.keyfiles import asks_people, read_key
from cli.owners import owner_of_file
from cli.settings import DEFAULT_URL
from cli.signing import sign_now
from cli.speech import say, spoken
from crypto.keys import Signer
from ledger import submission
from ledger.errors import MalformedError
from ledger.events.row import Claims
from ledger.identifiers import ItemId
from ledger.instants import Instant, MalformedInstantError
from ledger.vocabulary import Purpose
from ledger.wording import aside, word

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the caller decides of every act.

    Attributes:
        client: the ledger.
        key_file: the key that signs.
        dry_run: have it checked, send nothing.
        agreed: send it without asking.
        output: where the receipt goes; otherwise `<event id>.receipt`.
        as_json: told to a program.
    """

    client: Client
    key_file: Path
    dry_run: bool
    agreed: bool
    output: Path | None
    as_json: bool


@dataclass(frozen=True, slots=True)
class Pen:
    """A key with the organisation whose it is, as the ledger says, and the log's origin."""

    signer: Signer = field(repr=False)
    org: ItemId
    purpose: Purpose
    origin: str


def act_options(command: F) -> F:
    """Add the options of a command that signs and sends one event; it gets them as `wish`."""

    def wished(
        *,
        url: str,
        key_file: Path,
        dry_run: bool,
        agreed: bool,
        output: Path | None,
        as_json: bool,
        **others: object,
    ) -> object:
        wish = Wish(
            client=Client(url),
            key_file=key_file,
            dry_run=dry_run,
            agreed=agreed,
            output=output,
            as_json=as_json,
        )
        return command(wish=wish, **others)

    wished.__name__, wished.__doc__ = command.__name__, command.__doc__
    wished.__click_params__ = list(getattr(command, "__click_params__", []))  # type: ignore[attr-defined]  # click keeps a command's options there
    options = (
        json_option,
        click.option(
            "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="For the receipt."
        ),
        click.option("--yes", "agreed", is_flag=True, help="Send it without asking."),
        click.option("--dry-run", is_flag=True, help="Have it checked and shown, send nothing."),
        url_option(default=DEFAULT_URL, help_text="The ledger."),
        click.option(
            "--key", "key_file", type=click.Path(path_type=Path), required=True, help="The key that signs."
        ),
    )
    found: Any = wished
    for option in options:
        found = option(found)
    result: F = found
    return result


def pen_of(wish: Wish) -> Pen:
    """Return the caller's key with its organisation; raises CliError where the ledger does not know it."""
    signer = read_key(wish.key_file)
    found = owner_of_file(wish.client, wish.key_file, signer.verifier.thumbprint())
    return Pen(signer, found.org, found.purpose, found.origin)


def perform(wish: Wish, pen: Pen, claims: Claims, *subjects: ItemId, sentence: str) -> None:
    """Sign an event, have the ledger try it, show it, and send it once the caller agrees.

    Args:
        wish: what the caller decided.
        pen: who signs.
        claims: what is stated.
        subjects: the organisations that it is about.
        sentence: what it says, for people.

    Raises:
        CliError: the ledger refuses it, or nobody agrees.
    """
    prev = {org: _tip(wish.client, org) for org in subjects}
    text = sign_now(claims, pen.signer, aud=pen.origin, iss=pen.org, prev=prev)
    event = submission.parse(text).event
    wish.client.post("/v1/events?dry_run=1", text.encode("ascii"), SD_JWT)
    if not wish.as_json or not (wish.agreed or wish.dry_run):
        _show(wish, pen, event.type, sentence)
    if wish.dry_run:
        _tell(wish, {"result": "passed", "id": event.id, "says": sentence}, _PASSED)
        return
    _agree(wish)
    receipt = wish.client.post("/v1/events", text.encode("ascii"), SD_JWT).text
    path = wish.output or Path(f"{event.id}.receipt")
    write_text(path, receipt)
    told = {"result": "logged", "id": event.id, "says": sentence, "receipt_file": str(path)}
    _tell(wish, told, ("已记录 {id}，回执在 {receipt_file}", "logged {id}; the receipt is in {receipt_file}"))


_PASSED = ("检查通过，未记录", "it would be logged; nothing was sent")


def organisation(text: str) -> ItemId:
    """Return the organisation of an id, with or without `org:`; raises BadParameter where it is none."""
    try:
        org = ItemId.parse(text if text.startswith("org:") else f"org:{text}")
    except MalformedError as error:
        raise click.BadParameter(str(error)) from error
    if not org.is_org:
        raise click.BadParameter(say("不是组织 ID", "not the id of an organisation"))
    return org


def instant(text: str | None) -> Instant | None:
    """Return an instant of the command line; raises BadParameter where it is none."""
    if text is None:
        return None
    try:
        return Instant.parse(text)
    except MalformedInstantError as error:
        hint = say("如 2027-01-31T18:00:00+08:00", "such as 2027-01-31T18:00:00+08:00")
        raise click.BadParameter(f"{text}: {error}; {hint}") from error


def named(client: Client, org: ItemId) -> str:
    """Return an organisation's name in the language spoken, with its id."""
    found = client.get(f"/v1/orgs/{org}")
    return say(found["name_zh"], found["name_en"]) + aside(str(org), spoken())


def _tip(client: Client, org: ItemId) -> str | None:
    """Return the tip of an organisation, None where it is not enrolled yet."""
    try:
        return str(client.get(f"/v1/orgs/{org}")["tip"])
    except CliError as error:
        if error.facts.get("status") == 404:  # noqa: PLR2004  not found
            return None
        raise


def _show(wish: Wish, pen: Pen, kind: str, sentence: str) -> None:
    signer = f"{named(wish.client, pen.org)}, {pen.signer.verifier.thumbprint()}"
    purpose = word("purpose", pen.purpose, spoken())
    click.echo(sentence, err=wish.as_json)
    click.echo(say(f"  事件 {kind}", f"  event {kind}"), err=wish.as_json)
    click.echo(say(f"  签名者 {signer}（{purpose}）", f"  signed by {signer} ({purpose})"), err=wish.as_json)


def _agree(wish: Wish) -> None:
    if wish.agreed:
        return
    if not asks_people():
        raise CliError(say("没有发送；请加 --yes", "nothing was sent; add --yes"))
    if not click.confirm(say("写入账本？不能撤回", "Log it? It stays for ever"), err=True):
        raise CliError(say("没有发送", "nothing was sent"))


def _tell(wish: Wish, told: dict[str, Any], texts: tuple[str, str]) -> None:
    if wish.as_json:
        print_json(told)
    else:
        click.echo(say(*texts).format(**told))

"""`packtrace key`: the keys of a firm in their life: added, rotated, ended, stolen, stood by again."""

import re
from pathlib import Path
from typing import Any, Final

import click

from cli.acts import Pen, Wish, act_options, instant, named, organisation, pen_of, perform
from cli.client import Client
from cli.commands import json_option, print_json, url_option
from cli.confirming import amber_entries, found_text
from cli.errors import CliError
from cli.keyfiles import read_public
from cli.owners import keys_of
from cli.settings import DEFAULT_URL
from cli.signing import now_ms
from cli.speech import say, spoken
from ledger.claims import MalformedClaimError
from ledger.events.correction import MAX_EXCEPTIONS, EventConfirmed
from ledger.events.registry import KeyAdded, KeyRevoked
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.vocabulary import Ground, KeyRevocation, Purpose
from ledger.wording import join, translate, word

_LEAST: Final = 8
_LIKE_AN_OPTION: Final = re.compile(r"-[^-oh][A-Za-z0-9_-]{6,41}")
_MARK: Final = "="


class KidCommand(click.Command):
    """A command about a key: one thumbprint in 64 begins with a hyphen, and is no option for that."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Mark what is a thumbprint, so that it is not read as options; `_key` takes the mark off."""
        return super().parse_args(
            ctx, [_MARK + one if _LIKE_AN_OPTION.fullmatch(one) else one for one in args]
        )


@click.group("key")
def key() -> None:
    """Keys of a firm: list, add, revoke, and stand by what a stolen one signed."""


@key.command("list")
@click.argument("org")
@url_option(default=DEFAULT_URL, help_text="The ledger.")
@json_option
def list_keys(*, org: str, url: str, as_json: bool) -> None:
    """List the keys of ORG with what they may sign and until when."""
    owner = organisation(org)
    found = list(keys_of(Client(url), owner))
    if as_json:
        print_json({"id": str(owner), "keys": found})
        return
    now = Instant.from_ms(now_ms())
    for one in found:
        label = f"  {one['label']}" if one.get("label") else ""
        click.echo(f"{one['kid']}  {word('purpose', one['purpose'], spoken())}  {_standing(one, now)}{label}")


@key.command("add")
@click.argument("public", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--purpose", type=click.Choice([one.value for one in Purpose]), required=True)
@click.option("--org", help="Whose key it becomes; otherwise the signer's own. The registrar names another.")
@click.option("--label", help="What the firm calls it.")
@click.option("--from", "from_", help="When it begins, such as 2027-01-31T18:00:00+08:00.")
@click.option("--until", help="When it ends.")
@act_options
def add(
    *,
    wish: Wish,
    public: Path,
    purpose: str,
    org: str | None,
    label: str | None,
    from_: str | None,
    until: str | None,
) -> None:
    """Register the public key in FILE: a JWK, a public PEM, or the public half of a private key.

    To rotate a key add the next one, let both be good for a while, and revoke the old one then.
    """
    pen = pen_of(wish)
    claims = KeyAdded(
        jwk=read_public(public),
        purpose=Purpose(purpose),
        label=label,
        from_=instant(from_),
        until=instant(until),
    )
    owner = pen.org if org is None else organisation(org)
    perform(wish, pen, claims, owner, sentence=_added(wish.client, claims, owner))


@key.command("revoke", cls=KidCommand)
@click.argument("kid")
@click.option("--reason", type=click.Choice([one.value for one in KeyRevocation]), required=True)
@click.option(
    "--compromised-since",
    "since",
    help="The earliest moment at which others may have had it, such as 2026-11-20T00:00:00+08:00.",
)
@click.option(
    "--ground", type=click.Choice([one.value for one in Ground]), help="Why, where it is another's."
)
@click.option("--org", help="Whose key it is; otherwise the signer's own.")
@act_options
def revoke(
    *, wish: Wish, kid: str, reason: str, since: str | None, ground: str | None, org: str | None
) -> None:
    """End the key KID, of which the first eight characters will do.

    A stolen one (--reason compromised) needs --compromised-since, the earliest moment at which others may
    have had it: everything it signed that the ledger took from then on is in doubt, until another key of the
    firm confirms it. It can be moved back later, never forward.
    """
    pen = pen_of(wish)
    owner = pen.org if org is None else organisation(org)
    claims = KeyRevoked(
        kid=_key(wish.client, owner, kid)["kid"],
        reason=KeyRevocation(reason),
        compromised_since=instant(since),
        ground=None if ground is None else Ground(ground),
    )
    try:
        claims.check_since()
    except MalformedClaimError as error:
        raise click.BadParameter(
            translate(error.reason, spoken()), param_hint="--compromised-since"
        ) from error
    perform(wish, pen, claims, owner, sentence=_revoked(wish.client, claims, owner))


@key.command("confirm", cls=KidCommand)
@click.argument("kid")
@click.option("--first", type=click.IntRange(0), help="First entry; otherwise the first one in doubt.")
@click.option("--last", type=click.IntRange(0), help="Last entry; otherwise the last one before its end.")
@click.option("--except", "exceptions", type=click.IntRange(0), multiple=True, help="An entry left in doubt.")
@act_options
def confirm(
    *, wish: Wish, kid: str, first: int | None, last: int | None, exceptions: tuple[int, ...]
) -> None:
    """Stand by what the stolen key KID signed: its entries from --first to --last but for each --except.

    The entries are counted in the ledger's own feed, and listed before anything is sent.
    """
    pen = pen_of(wish)
    stolen = _key(wish.client, pen.org, kid)
    if stolen.get("compromised_since") is None:
        raise CliError(
            say(f"{stolen['kid']} 没有报告失窃", f"{stolen['kid']} was not reported stolen"),
            rule="confirmation.sound",
        )
    if len(exceptions) > MAX_EXCEPTIONS:
        raise click.UsageError(
            say(
                f"一次最多 {MAX_EXCEPTIONS} 个例外；请分段确认",
                f"at most {MAX_EXCEPTIONS} exceptions; confirm in parts",
            )
        )
    found = amber_entries(wish.client, stolen, first, last)
    left_out = tuple(sorted(set(exceptions) & {one.index for one in found.entries}))
    kept = [one for one in found.entries if one.index not in left_out]
    if not kept:
        raise CliError(say("这一段里没有可确认的条目", "there is no entry to confirm in that range"))
    for line in found_text(kept):
        click.echo(line, err=wish.as_json)
    claims = EventConfirmed(
        kid=stolen["kid"], first=found.first, last=found.last, count=len(kept), exceptions=left_out
    )
    perform(wish, pen, claims, pen.org, sentence=_confirmed(wish.client, claims, pen))


def _key(client: Client, owner: ItemId, kid: str) -> dict[str, Any]:
    """Return the key of an organisation that a thumbprint, or the beginning of one, names."""
    kid = kid.removeprefix(_MARK)
    if len(kid) < _LEAST:
        raise click.BadParameter(say("请给出至少 8 个字符", "give at least 8 characters"), param_hint="KID")
    found = [one for one in keys_of(client, owner) if one["kid"].startswith(kid)]
    if len(found) == 1:
        return found[0]
    raise CliError(
        say(
            f"{owner} 有 {len(found)} 把密钥以 {kid} 开头",
            f"{owner} has {len(found)} keys that begin with {kid}",
        )
    )


def _added(client: Client, claims: KeyAdded, owner: ItemId) -> str:
    whose, kid, purpose = named(client, owner), claims.jwk.thumbprint(), claims.purpose.value
    told = word("purpose", purpose, spoken())
    start, end = claims.from_, claims.until
    since = "" if start is None else say(f"，自 {start.text} 起", f", from {start.text}")
    until = "" if end is None else say(f"，至 {end.text} 止", f", until {end.text}")
    return say(
        f"{whose} 有了新密钥 {kid}，用途：{told}{since}{until}",
        f"{whose} has a new key {kid}, purpose: {told}{since}{until}",
    )


def _revoked(client: Client, claims: KeyRevoked, owner: ItemId) -> str:
    whose, why = named(client, owner), word("key_revocation", claims.reason.value, spoken())
    since = claims.compromised_since
    doubt = (
        ""
        if since is None
        else say(
            f"；账本自 {since.text} 起收下的、由它签名的条目存疑，待确认",
            f"; what it signed that the ledger took from {since.text} on is in doubt until confirmed",
        )
    )
    return say(
        f"{whose} 的密钥 {claims.kid} 就此作废（{why}）{doubt}",
        f"the key {claims.kid} of {whose} ends ({why}){doubt}",
    )


def _confirmed(client: Client, claims: EventConfirmed, pen: Pen) -> str:
    whose = named(client, pen.org)
    but = join([str(one) for one in claims.exceptions], spoken())
    left = say(f"，第 {but} 号除外", f", but for {but}") if but else ""
    return say(
        f"{whose} 确认密钥 {claims.kid} 第 {claims.first} 至 {claims.last} 号的 {claims.count} 个条目{left}",
        f"{whose} stands by {claims.count} entries of the key {claims.kid}, "
        f"from {claims.first} to {claims.last}{left}",
    )


def _standing(one: dict[str, Any], now: Instant) -> str:
    start, end = one.get("from"), one.get("until")
    if one.get("compromised_since"):
        told = one["compromised_since"]
        return say(f"失窃，自 {told} 起存疑", f"stolen, in doubt since {told}")
    if one.get("revoked") is not None:
        return say(f"已于第 {one['revoked']} 号条目作废", f"ended by entry {one['revoked']}")
    if start and now.ms < Instant.parse(start).ms:
        return say(f"{start} 起生效", f"good from {start}")
    if end:
        over = now.ms >= Instant.parse(end).ms
        return say(f"{end} {'已过期' if over else '到期'}", f"{'expired' if over else 'good until'} {end}")
    return say("有效", "good")

"""`packtrace org`: the registrar's work, and the list that everybody reads."""

from pathlib import Path

import click

from cli.acts import Wish, act_options, named, organisation, pen_of, perform
from cli.client import Client
from cli.commands import json_option, print_json, url_option
from cli.keyfiles import read_public
from cli.naming import words
from cli.owners import keys_of
from cli.settings import DEFAULT_URL
from cli.speech import say, spoken
from ledger.claims import MalformedClaimError, codec_of
from ledger.events.registry import OrgEnrolled, OrgReinstated, OrgRolesSet, OrgSuspended
from ledger.events.standing import OrgSucceeded
from ledger.fields import Date
from ledger.vocabulary import Ground, Role
from ledger.wording import word

_ROLES = click.option(
    "--role",
    "roles",
    type=click.Choice([one.value for one in Role]),
    multiple=True,
    required=True,
    help="What it may be; several times.",
)
_SCOPE = click.option("--scope", multiple=True, help="What its licence is for, a code; several times.")
_LICENCE = click.option("--licence-until", "licence", help="Last day of its licence, such as 2028-12-31.")
_GROUND = click.option(
    "--ground", type=click.Choice([one.value for one in Ground]), required=True, help="Why."
)


@click.group("org")
def org() -> None:
    """Organisations: list and show them; for the registrar, enrol, license, suspend, reinstate, succeed."""


@org.command("list")
@url_option(default=DEFAULT_URL, help_text="The ledger.")
@json_option
def list_orgs(*, url: str, as_json: bool) -> None:
    """List every enrolled organisation."""
    found = Client(url).get("/v1/orgs")
    if as_json:
        print_json(found)
        return
    for one in found["organisations"]:
        state = _state(one)
        click.echo(
            f"{one['id']}  {say(one['name_zh'], one['name_en'])}  {words('role', one['roles'])}{state}"
        )


@org.command("show")
@click.argument("name", metavar="ORG")
@url_option(default=DEFAULT_URL, help_text="The ledger.")
@json_option
def show(*, name: str, url: str, as_json: bool) -> None:
    """Show one organisation: names, roles, licence, sites and how many keys it has."""
    client, wanted = Client(url), organisation(name)
    found = client.get(f"/v1/orgs/{wanted}")
    keys = list(keys_of(client, wanted))
    if as_json:
        print_json({**found, "keys": keys})
        return
    click.echo(f"{found['id']}\n{found['name_zh']}\n{found['name_en']}")
    click.echo(words("role", found["roles"]) + _state(found))
    if found.get("licence_until"):
        click.echo(say(f"许可至 {found['licence_until']}", f"licensed until {found['licence_until']}"))
    for site in found.get("sites", []):
        click.echo(f"  {site['site']}  {site['name']}  {site['district']}")
    good = sum(one.get("revoked") is None for one in keys)
    click.echo(say(f"密钥 {len(keys)} 把，未作废 {good} 把", f"{len(keys)} keys, {good} not revoked"))


@org.command("enrol")
@click.argument("name", metavar="ORG")
@click.option("--name-zh", required=True, help="Its name in Chinese.")
@click.option("--name-en", required=True, help="Its name in English.")
@click.option("--district", required=True, help="Where it is: GB/T 2260 or ISO 3166-2.")
@click.option(
    "--admin",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="Its admin key: a JWK or a public PEM, which the firm has handed over itself.",
)
@_ROLES
@_SCOPE
@_LICENCE
@act_options
def enrol(
    *,
    wish: Wish,
    name: str,
    name_zh: str,
    name_en: str,
    district: str,
    admin: Path,
    roles: tuple[str, ...],
    scope: tuple[str, ...],
    licence: str | None,
) -> None:
    """Enrol ORG with its first admin key. Make sure by another way that the key is that firm's own."""
    pen, wanted = pen_of(wish), organisation(name)
    claims = OrgEnrolled(
        name_zh=name_zh,
        name_en=name_en,
        roles=tuple(Role(one) for one in roles),
        district=district,
        admin=read_public(admin),
        scope=scope,
        licence_until=_day(licence),
    )
    kid, told = claims.admin.thumbprint(), words("role", list(roles))
    sentence = say(
        f"{name_zh}（{wanted}）入册，身份：{told}；管理密钥 {kid}",
        f"{name_en} ({wanted}) is enrolled as {told}, with the admin key {kid}",
    )
    perform(wish, pen, claims, wanted, sentence=sentence)


@org.command("roles")
@click.argument("name", metavar="ORG")
@_ROLES
@_SCOPE
@_LICENCE
@act_options
def set_roles(
    *, wish: Wish, name: str, roles: tuple[str, ...], scope: tuple[str, ...], licence: str | None
) -> None:
    """Set the roles, scope and licence of ORG anew; what is left out is gone."""
    pen, wanted = pen_of(wish), organisation(name)
    claims = OrgRolesSet(roles=tuple(Role(one) for one in roles), scope=scope, licence_until=_day(licence))
    whose, told = named(wish.client, wanted), words("role", list(roles))
    until = "" if licence is None else say(f"，许可至 {licence}", f", licensed until {licence}")
    sentence = say(f"{whose} 今后的身份是：{told}{until}", f"{whose} is from here on: {told}{until}")
    perform(wish, pen, claims, wanted, sentence=sentence)


@org.command("suspend")
@click.argument("name", metavar="ORG")
@_GROUND
@act_options
def suspend(*, wish: Wish, name: str, ground: str) -> None:
    """Suspend ORG: it may only offer its items to others, and withdraw offers."""
    _set_standing(wish, name, OrgSuspended(ground=Ground(ground)), "停权", "is suspended")


@org.command("reinstate")
@click.argument("name", metavar="ORG")
@_GROUND
@act_options
def reinstate(*, wish: Wish, name: str, ground: str) -> None:
    """End the suspension of ORG."""
    _set_standing(wish, name, OrgReinstated(ground=Ground(ground)), "恢复权利", "is reinstated")


@org.command("succeed")
@click.argument("name", metavar="ORG")
@click.argument("successor")
@_GROUND
@act_options
def succeed(*, wish: Wish, name: str, successor: str, ground: str) -> None:
    """Say that ORG has ended and SUCCESSOR has all its rights."""
    pen, wanted, heir = pen_of(wish), organisation(name), organisation(successor)
    why = word("ground", ground, spoken())
    ended, next_one = named(wish.client, wanted), named(wish.client, heir)
    sentence = say(
        f"{ended} 终止，其全部权利归 {next_one}（{why}）",
        f"{ended} has ended; all its rights are those of {next_one} ({why})",
    )
    claims = OrgSucceeded(successor=heir, ground=Ground(ground))
    perform(wish, pen, claims, wanted, heir, sentence=sentence)


def _set_standing(
    wish: Wish, name: str, claims: OrgSuspended | OrgReinstated, in_chinese: str, in_english: str
) -> None:
    pen, wanted = pen_of(wish), organisation(name)
    whose, why = named(wish.client, wanted), word("ground", claims.ground, spoken())
    sentence = say(f"{whose} {in_chinese}（{why}）", f"{whose} {in_english} ({why})")
    perform(wish, pen, claims, wanted, sentence=sentence)


def _state(one: dict[str, object]) -> str:
    if one.get("successor"):
        return say(f"  已终止，继任者 {one['successor']}", f"  ended, succeeded by {one['successor']}")
    return say("  已停权", "  suspended") if one.get("suspended") else ""


def _day(text: str | None) -> Date | None:
    if text is None:
        return None
    try:
        found: Date = codec_of(Date).decode(text)
    except MalformedClaimError as error:
        raise click.BadParameter(f"{text}: {error.reason}", param_hint="--licence-until") from error
    return found

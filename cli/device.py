"""`packtrace device`: a firm's admin key registers the phone, scanner or browser that shows a code."""

from pathlib import Path
from typing import Final

import click

from cli.client import SD_JWT, Client
from cli.commands import json_option, print_json, url_option
from cli.errors import CliError
from cli.keyfiles import read_key
from cli.owners import Owner, owner_of
from cli.settings import DEFAULT_URL
from cli.signing import sign_now
from cli.speech import say
from crypto.keys import Signer
from ledger.device import MalformedDeviceCodeError, parse_code
from ledger.events.registry import KeyAdded
from ledger.identifiers import ItemId
from ledger.instants import Instant, MalformedInstantError
from ledger.vocabulary import Purpose

_PURPOSES: Final = (Purpose.DEVICE, Purpose.OFFICE, Purpose.READER, Purpose.RIG, Purpose.LINE)


@click.group("device")
def device() -> None:
    """Phones and scanners that sign at a gate, and browsers at the desk."""


@device.command()
@click.argument("code", nargs=-1, required=True)
@click.option(
    "--key", "key_file", type=click.Path(path_type=Path), required=True, help="The firm's admin key."
)
@click.option(
    "--purpose",
    type=click.Choice([one.value for one in _PURPOSES]),
    default=Purpose.DEVICE.value,
    show_default=True,
    help="What its key may sign: `office` for a browser at the desk.",
)
@click.option("--label", help="What the firm calls the device: 1 to 40 of 0-9 A-Z . -")
@click.option("--until", help="When it ends: an instant such as 2027-11-30T18:00:00+08:00.")
@url_option(default=DEFAULT_URL, help_text="The ledger.")
@json_option
def enrol(
    code: tuple[str, ...],
    key_file: Path,
    *,
    purpose: str,
    label: str | None,
    until: str | None,
    url: str,
    as_json: bool,
) -> None:
    """Register the key of the device or browser that shows CODE.

    Whose device it becomes follows from the admin key. Compare the code with the screen of the device in
    your hand: whoever's key is registered signs in your firm's name from then on.
    """
    client = Client(url)
    admin = read_key(key_file)
    owner = _admin_of(client, admin)
    org = owner.org
    claims = _claims(" ".join(code), Purpose(purpose), label, until)
    text = _signed(claims, admin, org, owner.origin, client)
    logged = client.post("/v1/events", text.encode("ascii"), SD_JWT)
    kid = claims.jwk.thumbprint()
    if as_json:
        print_json({"result": "done", "org": str(org), "kid": kid, "receipt": logged.text})
    else:
        click.echo(say(f"设备密钥 {kid} 已登记在 {org} 名下", f"registered the device key {kid} under {org}"))


def _admin_of(client: Client, admin: Signer) -> Owner:
    kid = admin.verifier.thumbprint()
    found = owner_of(client, kid)
    if found is not None and found.purpose is Purpose.ADMIN:
        return found
    raise CliError(
        say(
            f"{kid} 不是本账本登记的管理密钥；设备须由企业的管理密钥登记",
            f"{kid} is no admin key of this ledger; a device is registered by its firm's admin key",
        )
    )


def _claims(code: str, purpose: Purpose, label: str | None, until: str | None) -> KeyAdded:
    try:
        jwk = parse_code(code)
        end = None if until is None else Instant.parse(until)
    except MalformedDeviceCodeError as error:
        raise CliError(
            say(
                f"设备码不对：{error}；请照屏幕重新输入",
                f"no code of a device: {error}; type it again as shown",
            )
        ) from error
    except MalformedInstantError as error:
        raise CliError(say(f"--until 不是时刻：{error}", f"--until is no instant: {error}")) from error
    return KeyAdded(jwk=jwk, purpose=purpose, label=label, until=end)


def _signed(claims: KeyAdded, admin: Signer, org: ItemId, origin: str, client: Client) -> str:
    prev = {org: client.get(f"/v1/orgs/{org}")["tip"]}
    return sign_now(claims, admin, aud=origin, iss=org, prev=prev)

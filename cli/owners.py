"""Whose a key is, and which keys a firm has, by the ledger's own word."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.client import Client
from cli.errors import CliError
from cli.speech import say
from ledger.identifiers import ItemId
from ledger.vocabulary import Purpose


@dataclass(frozen=True, slots=True)
class Owner:
    """Who a key belongs to.

    Attributes:
        org: the organisation.
        purpose: what the key may sign.
        origin: the log's origin.
    """

    org: ItemId
    purpose: Purpose
    origin: str


def owner_of(client: Client, kid: str) -> Owner | None:
    """Return whose the key with a thumbprint is, None where the ledger does not know it."""
    answer = client.get(f"/v1/keys?kid={kid}")
    for key in answer["keys"]:
        if key["kid"] == kid:
            return Owner(ItemId.parse(key["org"]), Purpose(key["purpose"]), str(answer["origin"]))
    return None


def owner_of_file(client: Client, key_file: Path, kid: str) -> Owner:
    """Return whose the key in a file is; raises CliError where the ledger does not know it."""
    found = owner_of(client, kid)
    if found is None:
        raise CliError(
            say(f"账本不认识 {key_file} 的公钥", f"the ledger does not know the key in {key_file}")
        )
    return found


def keys_of(client: Client, org: ItemId) -> Iterator[dict[str, Any]]:
    """Yield the keys of an organisation as the ledger tells them."""
    yield from client.listed(f"/v1/orgs/{org}/keys", "keys")

"""Public keys for checking signatures offline: a key file of one's own, or the bundle that a ledger serves.

A bundle is the operator's word as of its date; only a dossier proves keys from the log itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from crypto import keys, note, strictjson
from crypto.errors import CryptoError
from crypto.keys import Verifier
from crypto.strictjson import Json
from ledger.checkpoint import Checkpoint, MalformedCheckpointError
from ledger.claims import MalformedClaimError, decode, members_of
from ledger.errors import MalformedError
from ledger.instants import Instant, MalformedInstantError
from ledger.state import Organisation, RegisteredKey, state_to_json

VERSION: Final = 1


class MalformedKeyBundleError(MalformedError):
    """A text is neither a public key nor a key bundle."""


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A public key and, where it came in a bundle, what the ledger says of it.

    Attributes:
        verifier: The key.
        registered: Whose it is and when it may sign; None for a key that the verifier vouches for.
        size: How many entries the bundle takes into account.
        date: When the bundle was made.
    """

    verifier: Verifier
    registered: RegisteredKey | None = None
    size: int = 0
    date: str = ""


Keys: TypeAlias = Mapping[str, KnownKey]
"""Keys by their thumbprint."""


def format_bundle(
    organisations: Sequence[Organisation],
    registered: Sequence[RegisteredKey],
    *,
    checkpoint_note: str,
    date: Instant,
) -> dict[str, Json]:
    """Return the bundle as an object: the states after the entries of a checkpoint, and when it was made."""
    return {
        "v": VERSION,
        "date": date.text,
        "checkpoint": checkpoint_note,
        "organisations": [state_to_json(one) for one in organisations],
        "keys": [state_to_json(one) for one in registered],
    }


def key_as_of(known: RegisteredKey, index: int) -> RegisteredKey:
    """Return what was known of a key before the entry at an index: a revocation at or after it was not."""
    if known.revoked is None or known.revoked < index:
        return known
    return replace(known, revoked=None)


def load_keys(text: str) -> Keys:
    """Return the keys of a bundle, or the one key of a JWK or of a public key in PEM.

    Members of a bundle that are not known here are left alone.

    Raises:
        MalformedKeyBundleError: none of these.
    """
    try:
        if text.lstrip().startswith("{"):
            members = strictjson.loads(text)
            if isinstance(members, dict) and "keys" in members:
                return _bundle(members)
        key = keys.load_public(text)
    except CryptoError as error:
        raise MalformedKeyBundleError(error.reason) from error
    return {key.thumbprint(): KnownKey(key)}


def _bundle(members: Mapping[str, Json]) -> Keys:
    match members:
        case {"date": str(date), "checkpoint": str(text), "keys": list(rows)}:
            size = _size(date, text)
            found = [_registered(row) for row in rows]
        case _:
            raise MalformedKeyBundleError("not an object with date, checkpoint and keys")
    return {one.kid: KnownKey(one.jwk, one, size, date) for one in found}


def _size(date: str, text: str) -> int:
    try:
        Instant.parse(date)
        return Checkpoint.parse(note.parse(text)[0]).size
    except (CryptoError, MalformedCheckpointError, MalformedInstantError) as error:
        raise MalformedKeyBundleError(f"date or checkpoint: {error}") from error


def _registered(row: Json) -> RegisteredKey:
    if not isinstance(row, dict):
        raise MalformedKeyBundleError("a key is an object")
    known = members_of(RegisteredKey)
    told: dict[str, Json] = {name: value for name, value in row.items() if name in known}
    try:
        found = decode(RegisteredKey, told)
    except MalformedClaimError as error:
        raise MalformedKeyBundleError(f"a key: {error}") from error
    if found.kid != found.jwk.thumbprint():
        raise MalformedKeyBundleError("a kid is not the thumbprint of its key")
    return found

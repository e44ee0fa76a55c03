"""Vehicles by their VIN, without keeping one readable: a keyed hash beside the ledger (formats.md, 8).

A VIN is a restricted claim. At the door its HMAC under a key of this server goes into a table with the
vehicle's id; whoever has the database alone cannot try all VINs, because the key is in a file beside the
log's own. The table follows from the disclosures that are kept: `packtrace rebuild` fills it again, under a
new key too, and a disclosure that is erased finds nothing any more.
"""

import hmac
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from crypto.encoding import b64url_decode, b64url_encode
from crypto.errors import CryptoError
from crypto.sdjwt import Disclosure
from ledger.errors import LedgerError
from ledger.events.correction import EventCorrected
from ledger.events.envelope import Event
from ledger.store import VinRow
from ledger.vin import MalformedVinError, Vin

CLAIM: Final = "vin"
MODE: Final = 0o600
_BYTES: Final = 32
_DOMAIN: Final = b"packtrace vin\0"


class VinKeyError(LedgerError):
    """The file of the key for VINs is unreadable or holds no such key."""


@dataclass(frozen=True, slots=True)
class VinKey:
    """The key under which VINs are hashed."""

    secret: bytes = field(repr=False)

    def hash(self, vin: Vin) -> str:
        """Return the keyed hash of a VIN: HMAC-SHA-256, base64url."""
        return b64url_encode(hmac.digest(self.secret, _DOMAIN + vin.text.encode(), sha256))


@dataclass(frozen=True, slots=True)
class VinsStated:
    """What events say of VINs: rows to keep, and the events whose rows they correct."""

    rows: tuple[VinRow, ...]
    corrected: tuple[str, ...] = ()


def vin_key_path(log_key: Path) -> Path:
    """Return where the key for VINs of a log with this key file is kept."""
    return log_key.with_name(log_key.name + ".vin")


def open_vin_key(path: Path) -> VinKey:
    """Return the key in a file; where there is none it is made, once, readable by its owner alone.

    Raises:
        VinKeyError: it cannot be read or made, or is no key.
    """
    try:
        if not path.exists():
            _make(path)
        secret = b64url_decode(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise VinKeyError(f"{path} cannot be read or made: {error.strerror}") from error
    except (CryptoError, UnicodeDecodeError) as error:
        raise VinKeyError(f"{path} is not base64url") from error
    if len(secret) != _BYTES:
        raise VinKeyError(f"{path} has not {_BYTES} bytes")
    return VinKey(secret)


def vins_stated(key: VinKey, events: Iterable[tuple[Event, Iterable[Disclosure]]]) -> VinsStated:
    """Return what events say of the VINs of vehicles, in log order; a corrected VIN finds nothing."""
    found: dict[str, VinRow] = {}
    corrected: list[str] = []
    for event, disclosures in events:
        row = _row(key, event, disclosures)
        if row is None:
            continue
        if isinstance(event.claims, EventCorrected):
            found.pop(event.claims.event, None)
            corrected.append(event.claims.event)
        found[event.id] = row
    return VinsStated(tuple(found.values()), tuple(corrected))


def _row(key: VinKey, event: Event, disclosures: Iterable[Disclosure]) -> VinRow | None:
    vehicles = [item for item in event.prev if item.is_vehicle]
    told = next((one for one in disclosures if one.name == CLAIM), None)
    vin = None if told is None else _vin(told)
    if told is None or vin is None or len(vehicles) != 1:
        return None
    return VinRow(key.hash(vin), event.id, told.digest, str(vehicles[0]))


def _vin(disclosure: Disclosure) -> Vin | None:
    try:
        return Vin.parse(str(disclosure.value))
    except MalformedVinError:
        return None


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE)
    try:
        with os.fdopen(file, "w", encoding="ascii") as out:
            out.write(b64url_encode(secrets.token_bytes(_BYTES)) + "\n")
            out.flush()
            os.fsync(out.fileno())
        # Another process may have made it meanwhile; then its key is the one.
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()

"""An entry as a verifier of dossiers reads it: who states what about which items, and which it touches.

Only the envelope is read and what the checks need. Whether the rules allowed it, and whether each claim has
its form, is the auditor's question; so an event of a type that came later can be read here too.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from crypto import jws, strictjson
from crypto.errors import CryptoError
from crypto.jws import Jws
from crypto.sdjwt import check_digests
from crypto.strictjson import Json
from ledger.dossier.form import ID
from ledger.entry import Entry, event_id
from ledger.errors import MalformedError
from ledger.events import REGISTRY, Row
from ledger.events.envelope import MAX_JWS_BYTES, MAX_PREV, TYP

HASH: Final = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
_MEMBERS: Final = frozenset({"v", "aud", "iss", "jti", "iat", "event", "at", "prev", "data"})
_TYPE: Final = re.compile(r"[a-z]{1,20}\.[a-z_]{1,30}")


class MalformedStatementError(MalformedError):
    """The JWS of an entry is no event in the form of docs/formats.md section 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An event at its place. Its signature is verified by whoever knows the key."""

    index: int
    logged_at_ms: int
    jws: Jws
    id: str
    aud: str
    iss: str
    type: str
    prev: Mapping[str, str | None]
    data: Mapping[str, Json]
    sd: tuple[str, ...]

    @property
    def row(self) -> Row | None:
        """The row of its type; None where this software does not know the type."""
        return REGISTRY[self.type].row if self.type in REGISTRY else None

    @property
    def actor(self) -> str:
        """The organisation it is stated for: the signer, or whose delegate it is."""
        named = self.data.get("on_behalf_of")
        return named if isinstance(named, str) and ID.fullmatch(named) else self.iss

    @property
    def touched(self) -> frozenset[str]:
        """The ids whose tip it becomes; none for a statement, and for a type that is not known."""
        if self.row is None or not self.row.act:
            return frozenset()
        if self.type == "event.voided":
            named = self.data.get("event")
            return frozenset(item for item, tip in self.prev.items() if tip is not None and tip == named)
        return frozenset(self.prev) - self._mentioned()

    def _mentioned(self) -> set[object]:
        """Return what an act mentions: the lots it draws from, and the item whose code a clone bears."""
        lots = self.data.get("lots") if self.type != "lot.divided" else None
        found: set[object] = (
            {one["lot"] for one in lots if isinstance(one, dict) and isinstance(one.get("lot"), str)}
            if isinstance(lots, list)
            else set()
        )
        for kind, member in (("lot.divided", "source"), ("item.declared", "clone_of")):
            named = self.data.get(member)
            if self.type == kind and isinstance(named, str):
                found.add(named)
        return found


def read(entry: Entry, index: int) -> Statement:
    """Return the statement of an entry; raises MalformedStatementError."""
    try:
        signed = jws.parse(entry.jws, typ=TYP)
        told = strictjson.loads(signed.payload)
    except CryptoError as error:
        raise MalformedStatementError(error.reason) from error
    if len(entry.jws) > MAX_JWS_BYTES or not isinstance(told, dict) or told.keys() - {"_sd_alg"} != _MEMBERS:
        raise MalformedStatementError("too long, or not the members of an event")
    prev, data, aud = _prev(told["prev"]), told["data"], told["aud"]
    iss, kind = told["iss"], told["event"]
    if told["v"] != 1 or isinstance(told["v"], bool) or not isinstance(aud, str):
        raise MalformedStatementError("v or aud")
    if not isinstance(iss, str) or not ID.fullmatch(iss) or not iss.startswith("org:"):
        raise MalformedStatementError("iss is no organisation")
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind) or not isinstance(data, dict):
        raise MalformedStatementError("event or data")
    return Statement(
        index=index,
        logged_at_ms=entry.logged_at_ms,
        jws=signed,
        id=event_id(signed.signing_input),
        aud=aud,
        iss=iss,
        type=kind,
        prev=prev,
        data=data,
        sd=_digests(data, told.get("_sd_alg")),
    )


def _prev(value: Json) -> Mapping[str, str | None]:
    if not isinstance(value, dict) or len(value) > MAX_PREV:
        raise MalformedStatementError("prev")
    found: dict[str, str | None] = {}
    for item, tip in value.items():
        if not ID.fullmatch(item) or not (tip is None or (isinstance(tip, str) and HASH.fullmatch(tip))):
            raise MalformedStatementError("prev")
        found[item] = tip
    return found


def _digests(data: Mapping[str, Json], algorithm: Json) -> tuple[str, ...]:
    if "_sd" not in data and algorithm is None:
        return ()
    digests = data.get("_sd")
    if algorithm != "sha-256" or not isinstance(digests, list):
        raise MalformedStatementError("_sd_alg goes with _sd")
    found = tuple(one for one in digests if isinstance(one, str))
    try:
        check_digests(found)
    except CryptoError as error:
        raise MalformedStatementError(error.reason) from error
    if len(found) != len(digests):
        raise MalformedStatementError("_sd is a list of digests")
    return found

"""An entry as a verifier of dossiers reads it: who states what about which items, and which it touches.

Only the envelope is read and what the checks need. Whether the rules allowed it, and whether each claim has
its form, is the auditor's question; so an event of a type that came later can be read here too.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from crypto import jws, strictjson
from crypto.errors import CryptoError
from crypto.jws import Jws
from crypto.sdjwt import check_digests
from crypto.strictjson import Json
from ledger import shape
from ledger.dossier.form import ID
from ledger.entry import Entry, event_id
from ledger.errors import MalformedError
from ledger.events import REGISTRY, Row
from ledger.events.envelope import MAX_JWS_BYTES, MAX_PREV, TYP

HASH: Final = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
_MENTIONED: Final = {"lot.divided": "source", "item.declared": "clone_of"}


class MalformedStatementError(MalformedError):
    """The JWS of an entry is no event in the form of docs/formats.md section 2."""


@dataclass(frozen=True, slots=True)
class Statement:
    """An event at its place. Its signature is verified by whoever knows the key."""

    index: int
    logged_at_ms: int
    jws: Jws
    id: str
    aud: str
    iss: str
    event: str
    prev: Mapping[str, str | None]
    data: Mapping[str, Json]

    @property
    def sd(self) -> tuple[str, ...]:
        """The digests of what it conceals."""
        return _DIGESTS(self.data.get("_sd", []))

    @property
    def row(self) -> Row | None:
        """The row of its type; None where this software does not know the type."""
        return REGISTRY[self.event].row if self.event in REGISTRY else None

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
        if self.event == "event.voided":
            named = self.data.get("event")
            return frozenset(item for item, tip in self.prev.items() if tip is not None and tip == named)
        return frozenset(self.prev) - self._mentioned()

    def _mentioned(self) -> set[str]:
        """Return what an act mentions: the lots it draws from, and the item whose code a clone bears."""
        lots = self.data.get("lots") if self.event != "lot.divided" else None
        named = [one.get("lot") for one in lots if isinstance(one, dict)] if isinstance(lots, list) else []
        named.append(self.data.get(_MENTIONED.get(self.event, "")))
        return {one for one in named if isinstance(one, str)}


def read(entry: Entry, index: int) -> Statement:
    """Return the statement of an entry; raises MalformedStatementError."""
    try:
        shape.demand(len(entry.jws) <= MAX_JWS_BYTES, "longer than an event")
        signed = jws.parse(entry.jws, typ=TYP)
        told = strictjson.loads(signed.payload)
        make = partial(Statement, index, entry.logged_at_ms, signed, event_id(signed.signing_input))
        conceals = "_sd_alg" in shape.mapping(told)
        found = shape.object_of(make, **(_CONCEALING if conceals else _PLAIN))(told)
        shape.demand(conceals == ("_sd" in found.data), "_sd_alg goes with _sd")
        if conceals:
            check_digests(found.sd)
    except (CryptoError, shape.MalformedShapeError) as error:
        raise MalformedStatementError(str(error)) from error
    return found


def _prev(value: Json) -> Mapping[str, str | None]:
    found = shape.mapping(value)
    shape.demand(len(found) <= MAX_PREV, "prev names too many")
    return {_ITEM(item): _TIP(tip) for item, tip in found.items()}


_ITEM: Final = shape.text_of(ID, "an id")
_TIP: Final = shape.or_none(shape.text_of(HASH, "an event id"))
_DIGESTS: Final = shape.list_of(shape.text, MAX_JWS_BYTES)
_PLAIN: Final[Mapping[str, Callable[[Json], object]]] = {
    "v": shape.only("v", 1),
    "aud": shape.text,
    "iss": shape.text_of(re.compile(r"org:[0-9A-Za-z.:-]{1,100}"), "an organisation"),
    "jti": shape.present,
    "iat": shape.present,
    "event": shape.text_of(re.compile(r"[a-z]{1,20}\.[a-z_]{1,30}"), "an event type"),
    "at": shape.present,
    "prev": _prev,
    "data": shape.mapping,
}
_CONCEALING: Final = {**_PLAIN, "_sd_alg": shape.only("_sd_alg", "sha-256")}

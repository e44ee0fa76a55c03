"""An event as the desk's browser will sign it: claims from a form, and `prev` on the tips of this moment.

The server makes no id, no time and no signature: who signs adds those, and looks at what it signs.
"""

import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from api.filled import Filled, read_form
from api.form_cells import with_cells
from api.form_field import NoFormError
from api.restated import differing, standing
from crypto.strictjson import Json
from ledger import passport
from ledger.claims import MalformedClaimError, decode, encode
from ledger.errors import MalformedSubmissionError
from ledger.events import REGISTRY, About, Claims
from ledger.events.correction import EventCorrected
from ledger.events.registry import KeyRevoked
from ledger.events.row import Restricted
from ledger.identifiers import ItemId
from ledger.passport import EventView
from ledger.state import Item, Organisation
from ledger.store import Snapshot

MAX_ITEMS: Final = 255
_EVENT: Final = "event"


@dataclass(frozen=True, slots=True)
class Unsigned:
    """What is to be signed: claims, what they are about, what is to be concealed, and the rows of that."""

    claims: Claims
    prev: Mapping[ItemId, str | None]
    restricted: Mapping[str, Json]
    rows: Mapping[str, Restricted] = field(default_factory=dict)

    def members(self) -> dict[str, Json]:
        """Return the members of the event that do not depend on who signs it, or when."""
        return {
            "event": self.claims.row.type,
            "prev": {str(item): tip for item, tip in self.prev.items()},
            "data": encode(self.claims),
        }


@dataclass(frozen=True, slots=True)
class Given:
    """A form that was filled in.

    Attributes:
        event: the event type.
        items: what it is about.
        filled: what the fields hold.
        vehicle: the vehicle that an item goes into.
        salt_key: 32 random bytes for the salts of cells that are listed.
    """

    event: str
    items: Sequence[ItemId]
    filled: Filled
    vehicle: ItemId | None
    salt_key: bytes


def from_form(snapshot: Snapshot, given: Given, by: ItemId) -> Unsigned:
    """Return the event of a form that the firm `by` filled in.

    Raises:
        MalformedSubmissionError: a claim is missing or has the wrong form; `path` says which.
        UnknownSubjectError: `event.unknown`: it is about an event that the ledger does not have.
    """
    kind = REGISTRY[given.event]
    about = named_event(snapshot, given) if kind.row.about is About.EVENT else None
    corrected = type(about.event.claims) if about is not None and kind is EventCorrected else None
    public, restricted = _read(kind, given, corrected)
    if about is not None and corrected is not None:
        restated = typing.cast("dict[str, Json]", public.get("claims", {}))
        public["claims"] = differing(restated, standing(snapshot, about))
    checked = _checked(corrected or kind, restricted, all_stated=corrected is None)
    items = _subjects(kind, given, about, by)
    unsigned = of_claims(snapshot, _decoded(kind, public), items, checked, given.vehicle)
    return replace(unsigned, rows=(corrected or kind).row.restricted)


def named_event(snapshot: Snapshot, given: Given) -> EventView:
    """Return the event that a form about an event names.

    Raises:
        MalformedSubmissionError: it names none.
        UnknownSubjectError: the ledger does not have it.
    """
    held = [one.strip() for one in given.filled.get(_EVENT, ()) if one.strip()]
    if not held:
        raise _malformed(_EVENT, "is missing")
    return passport.view_event(snapshot, held[0])


def of_claims(
    snapshot: Snapshot,
    claims: Claims,
    items: Sequence[ItemId],
    restricted: Mapping[str, Json],
    vehicle: ItemId | None = None,
) -> Unsigned:
    """Return the event of claims about items, on the tips that the ledger has.

    `vehicle` is the one that an item goes into; the one that it is in already need not be named.
    """
    wanted = list(dict.fromkeys([*items, *claims.named()]))
    if len(wanted) > MAX_ITEMS:
        raise MalformedSubmissionError("prev.items", least=1, most=MAX_ITEMS, found=len(wanted))
    states = dict(snapshot.states(wanted))
    if claims.row.vehicle or claims.row.vehicle_optional:
        around = [one.vehicle for item in items if isinstance(one := states.get(item), Item) and one.vehicle]
        given = around or ([] if vehicle is None else [vehicle])
        outer = [one for one in dict.fromkeys(given) if one not in wanted]
        wanted += outer
        states |= snapshot.states(outer)
    prev = {
        item: found.tip if isinstance(found := states.get(item), Item | Organisation) else None
        for item in wanted
    }
    if all(item.is_org for item in prev):
        # Where it happened goes with batteries alone (docs/formats.md, section 2).
        claims = replace(claims, place=None)
    return Unsigned(claims, prev, restricted)


def _subjects(kind: type[Claims], given: Given, about: EventView | None, by: ItemId) -> Sequence[ItemId]:
    if about is not None:
        return tuple(about.event.prev)
    if kind.row.about is About.SIGNER or (kind.row.about is About.ORGANISATION and not given.items):
        return (by,)
    return given.items


def _read(
    kind: type[Claims], given: Given, corrected: type[Claims] | None
) -> tuple[dict[str, Json], dict[str, Json]]:
    try:
        public, restricted = read_form(kind, given.filled, corrected)
        unit = str(given.items[0]) if given.items else ""
        return with_cells(public, restricted, unit, given.salt_key)
    except NoFormError as error:
        raise _malformed(str(error), "no such member here") from error
    except MalformedClaimError as error:
        raise _malformed(error.path, error.reason) from error


def _decoded(kind: type[Claims], public: Json) -> Claims:
    try:
        claims = decode(kind, public)
        if isinstance(claims, KeyRevoked):
            claims.check_since()
    except MalformedClaimError as error:
        raise _malformed(error.path, error.reason) from error
    return claims


def _checked(kind: type[Claims], restricted: Mapping[str, Json], *, all_stated: bool) -> Mapping[str, Json]:
    for name, row in kind.row.restricted.items():
        if all_stated and row.required and name not in restricted:
            raise _malformed(name, "is missing")
    for name, value in restricted.items():
        try:
            kind.row.restricted[name].codec.decode(value)
        except MalformedClaimError as error:
            raise _malformed(error.under(name).path, error.reason) from error
    return restricted


def _malformed(path: str, told: str) -> MalformedSubmissionError:
    # Who fills in a form knows fields, and no members of claims.
    reason = "must be filled in" if told == "is missing" else told
    return MalformedSubmissionError("format.claim", path=path, reason=reason)

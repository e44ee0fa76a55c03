"""An event as the desk's browser will sign it: claims from a form, and `prev` on the tips of this moment.

The server makes no id, no time and no signature: who signs adds those, and looks at what it signs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api.forms import NoFormError, read_form
from crypto.strictjson import Json
from ledger.claims import MalformedClaimError, decode, encode
from ledger.errors import MalformedSubmissionError
from ledger.events import REGISTRY, Claims
from ledger.identifiers import ItemId
from ledger.state import Item, Organisation
from ledger.store import Snapshot

MAX_ITEMS: Final = 255


@dataclass(frozen=True, slots=True)
class Unsigned:
    """What is to be signed: the claims, what they are about, and what is to be concealed."""

    claims: Claims
    prev: Mapping[ItemId, str | None]
    restricted: Mapping[str, Json]

    def members(self) -> dict[str, Json]:
        """Return the members of the event that do not depend on who signs it, or when."""
        return {
            "event": self.claims.row.type,
            "prev": {str(item): tip for item, tip in self.prev.items()},
            "data": encode(self.claims),
        }


def from_form(
    snapshot: Snapshot, event: str, items: Sequence[ItemId], given: Mapping[str, Sequence[str]]
) -> Unsigned:
    """Return the event of a form that was filled in.

    Raises:
        MalformedSubmissionError: a claim is missing or has the wrong form; `path` says which.
    """
    kind = REGISTRY[event]
    try:
        public, restricted = read_form(kind, given)
    except NoFormError as error:
        raise MalformedSubmissionError(
            "format.claim", path=str(error), reason="no such member here"
        ) from error
    return of_claims(snapshot, _decoded(kind, public), items, _checked(kind, restricted))


def of_claims(
    snapshot: Snapshot, claims: Claims, items: Sequence[ItemId], restricted: Mapping[str, Json]
) -> Unsigned:
    """Return the event of claims about items, on the tips that the ledger has."""
    wanted = list(dict.fromkeys([*items, *claims.named()]))
    if len(wanted) > MAX_ITEMS:
        raise MalformedSubmissionError("prev.items", least=1, most=MAX_ITEMS, found=len(wanted))
    states = snapshot.states(wanted)
    if claims.row.vehicle or claims.row.vehicle_optional:
        around = [one.vehicle for item in items if isinstance(one := states.get(item), Item) and one.vehicle]
        wanted += [one for one in dict.fromkeys(around) if one not in wanted]
    prev = {
        item: found.tip if isinstance(found := states.get(item), Item | Organisation) else None
        for item in wanted
    }
    return Unsigned(claims, prev, restricted)


def _decoded(kind: type[Claims], public: Json) -> Claims:
    try:
        return decode(kind, public)
    except MalformedClaimError as error:
        raise MalformedSubmissionError("format.claim", path=error.path, reason=error.reason) from error


def _checked(kind: type[Claims], restricted: Mapping[str, Json]) -> Mapping[str, Json]:
    for name, row in kind.row.restricted.items():
        if row.required and name not in restricted:
            raise MalformedSubmissionError("format.claim", path=name, reason="is missing")
    for name, value in restricted.items():
        try:
            kind.row.restricted[name].codec.decode(value)
        except MalformedClaimError as error:
            raise MalformedSubmissionError("format.claim", path=name, reason=error.reason) from error
    return restricted

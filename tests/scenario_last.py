"""The last turns of a life: what is identified, taken back, set right, inherited or done for another."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from crypto.encoding import b64url_encode
from crypto.keys import PrivateKey
from crypto.note import NoteSigner
from crypto.strictjson import Json
from ledger.events import Claims, correction, labels, log, production, standing
from ledger.events.envelope import Event
from ledger.identifiers import ItemId
from ledger.index import Index
from ledger.instants import Instant
from ledger.vocabulary import Ground, Purpose
from tests.consortium import COLLECTOR, MAKER, NOTHING, ORIGIN, REGISTRAR, Party, private_key
from tests.scenario_more import CERTIFICATE, MoreStory, label

LAST_TYPES: Final = frozenset(
    {
        "delegation.granted",
        "delegation.revoked",
        "disclosure.erased",
        "event.confirmed",
        "event.voided",
        "index.published",
        "item.identified",
        "log.key_added",
        "log.moved",
        "org.succeeded",
        "state.rectified",
    }
)
"""The event types that `LastStory` tells beyond `MoreStory`."""


def vkey(number: int = 1, origin: str = ORIGIN) -> str:
    """Return a key of a log."""
    return NoteSigner(origin, private_key(f"log {number}")).verifier_key.format()


class LastStory(MoreStory):
    """A story with every event type; what is told within `acting` is told for a principal."""

    principal: ItemId | None = None

    def tell(
        self,
        by: Party,
        claims: Claims,
        *items: ItemId,
        restricted: Mapping[str, Json] = NOTHING,
        key: PrivateKey | None = None,
    ) -> str:
        """Sign an event, for the principal where there is one."""
        told = claims if self.principal is None else replace(claims, on_behalf_of=self.principal)
        return super().tell(by, told, *items, restricted=restricted, key=key)

    def acting(self, principal: Party | None) -> "LastStory":
        """Tell what follows in the name of a principal, or of nobody again."""
        self.principal = None if principal is None else principal.id
        return self

    # Standing

    def org_succeeded(self, party: Party, successor: Party, by: Party = REGISTRAR) -> str:
        """A firm has ended, and another has its rights."""
        claims = standing.OrgSucceeded(successor=successor.id, ground=Ground.OWN_REQUEST)
        return self.tell(by, claims, party.id)

    def delegation_granted(
        self, by: Party, delegate: Party, *events: str, until: Instant | None = None
    ) -> str:
        """A firm lets another state events in its name."""
        claims = standing.DelegationGranted(delegate=delegate.id, events=events, until=until)
        return self.tell(by, claims, by.id, key=by.key(Purpose.ADMIN))

    def delegation_revoked(self, by: Party, delegate: Party) -> str:
        """A firm ends that."""
        claims = standing.DelegationRevoked(delegate=delegate.id)
        return self.tell(by, claims, by.id, key=by.key(Purpose.ADMIN))

    # Identity

    def item_identified(self, item: ItemId, is_: ItemId, by: Party = COLLECTOR) -> str:
        """A local item is found to be a known one."""
        claims = production.ItemIdentified(place=by.place, is_=is_, evidence_sha256=CERTIFICATE)
        return self.tell(by, claims, item)

    def label_coded(
        self, item: ItemId, code: str, number: int = 1, by: Party = MAKER, voided: int | None = None
    ) -> str:
        """A label is put on that says another code."""
        claims = labels.LabelReplaced(place=by.place, label=label(number), voided=voided, code=code)
        return self.tell(by, claims, item)

    # Taking back and setting right

    def event_voided(self, event: Event, by: Party, items: Sequence[ItemId] | None = None) -> str:
        """The issuer takes an act back."""
        claims = correction.EventVoided(place=by.place, event=event.id, ground=Ground.TYPING_ERROR)
        return self.tell(by, claims, *(event.prev if items is None else items))

    def state_rectified(
        self, item: ItemId, by: Party, facets: correction.Facets, *events: str, answers: Event | None = None
    ) -> str:
        """The custodian or the regulator says how an item stands."""
        answered = (*events, *(() if answers is None else (answers.id,))) or (self.tips[item] or "",)
        claims = correction.StateRectified(
            place=by.place, events=answered, ground=Ground.WRONG_ITEM, facets=facets
        )
        return self.tell(by, claims, item)

    def event_confirmed(
        self,
        by: Party,
        key: PrivateKey,
        first: int,
        last: int,
        *,
        count: int = 1,
        exceptions: Sequence[int] = (),
        signed_with: PrivateKey | None = None,
    ) -> str:
        """A firm stands by what a compromised key signed."""
        claims = correction.EventConfirmed(
            kid=key.verifier.thumbprint(), first=first, last=last, count=count, exceptions=tuple(exceptions)
        )
        return self.tell(by, claims, by.id, key=signed_with)

    def disclosure_erased(self, event: Event, *digests: str, by: Party = REGISTRAR) -> str:
        """The registrar has disclosures of an event erased."""
        claims = correction.DisclosureErased(
            place=by.place if any(not item.is_org for item in event.prev) else None,
            event=event.id,
            digests=digests or event.sd,
            ground=Ground.OWN_REQUEST,
        )
        return self.tell(by, claims, *event.prev)

    # The log

    def index_published(
        self, size: int, by: Party = REGISTRAR, *, lines: Iterable[bytes] | None = None
    ) -> str:
        """The registrar publishes how every history stood; without the lines, what no audit would find."""
        index = None if lines is None else Index(lines)
        root = CERTIFICATE if index is None else b64url_encode(index.root())
        return self.tell(by, log.IndexPublished(size=size, count=index.count if index else 1, root=root))

    def log_key_added(self, key: str, by: Party = REGISTRAR) -> str:
        """The log announces a key."""
        return self.tell(by, log.LogKeyAdded(vkey=key), by.id)

    def log_moved(self, origin: str, key: str, by: Party = REGISTRAR) -> str:
        """The log goes on elsewhere."""
        return self.tell(by, log.LogMoved(origin=origin, vkey=key), by.id)

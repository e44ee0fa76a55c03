"""Who acts for whom: delegates of an organisation, and the successor of one that has ended."""

from typing import Annotated, Final

from ledger.claims import Size
from ledger.events.row import ADMIN, OFFICE, About, Claims, Row, event_type
from ledger.fields import AnyOrg, EventName, Moment
from ledger.identifiers import ItemId
from ledger.vocabulary import Ground, Role

MAX_DELEGATED: Final = 64


@event_type(
    Row(
        type="org.succeeded",
        act=True,
        roles=frozenset({Role.REGISTRAR, Role.REGULATOR}),
        purposes=OFFICE,
        about=About.ORGANISATION,
        custody=False,
    )
)
class OrgSucceeded(Claims):
    """An organisation has ended; all its rights are its successor's from here on."""

    successor: AnyOrg
    ground: Ground

    def named(self) -> tuple[ItemId, ...]:
        """Return the successor."""
        return (self.successor,)


@event_type(
    Row(type="delegation.granted", act=True, roles=None, purposes=ADMIN, about=About.SIGNER, custody=False)
)
class DelegationGranted(Claims):
    """An organisation lets another state some types of events in its name; it takes the place of the last."""

    delegate: AnyOrg
    events: Annotated[tuple[EventName, ...], Size(1, MAX_DELEGATED)]
    until: Moment | None = None


@event_type(
    Row(type="delegation.revoked", act=True, roles=None, purposes=ADMIN, about=About.SIGNER, custody=False)
)
class DelegationRevoked(Claims):
    """An organisation ends what it delegated."""

    delegate: AnyOrg

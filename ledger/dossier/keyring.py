"""The keys of a dossier, from the entries in it: what each organisation had registered before an entry.

No key is believed that these entries do not show. Entry 0 vouches for itself, where its id is pinned.
"""

from dataclasses import dataclass, field, replace

from ledger.errors import AuthorityRefusal
from ledger.events.correction import EventConfirmed
from ledger.events.envelope import Event
from ledger.events.registry import KeyAdded, KeyRevoked, OrgEnrolled
from ledger.identifiers import ItemId
from ledger.lifecycle.authority import check_key_time
from ledger.state import Confirmed, RegisteredKey
from ledger.vocabulary import Purpose


class KeyRefusal(Exception):  # noqa: N818  a refusal is the word of the domain
    """A key could not sign an entry: the reason as a short code."""


@dataclass(slots=True)
class Keyring:
    """Keys by thumbprint as the entries go by; `registrar` is who founded the log."""

    keys: dict[str, RegisteredKey] = field(default_factory=dict)
    registrar: ItemId | None = None

    def found(self, event: Event, claims: OrgEnrolled) -> None:
        """Take in entry 0, which brings the registrar's first keys along."""
        self.registrar = event.iss
        self._register(event, claims)

    def check(self, event: Event, logged_at_ms: int) -> RegisteredKey:
        """Return the key that an event is signed with, which may state it at this place.

        Raises:
            KeyRefusal: `key_unknown`, `issuer`, `key_not_valid` or `purpose`.
        """
        key = self.keys.get(event.kid)
        if key is None:
            raise KeyRefusal("key_unknown")
        if key.org != event.iss:
            raise KeyRefusal("issuer")
        try:
            check_key_time(key, logged_at_ms)
        except AuthorityRefusal as error:
            raise KeyRefusal("key_not_valid") from error
        if key.purpose not in event.claims.row.purposes:
            raise KeyRefusal("purpose")
        return key

    def learn(self, event: Event, index: int) -> None:
        """Take in what an event says about keys; raises KeyRefusal `authority` where it may not say so."""
        claims = event.claims
        if isinstance(claims, OrgEnrolled):
            self._demand(event.iss == self.registrar)
            self._register(event, claims, index)
        elif isinstance(claims, KeyAdded):
            org = event.subjects[0]
            self._demand(event.iss in (org, self.registrar))
            self.keys.setdefault(
                claims.jwk.thumbprint(),
                RegisteredKey(
                    kid=claims.jwk.thumbprint(),
                    org=org,
                    jwk=claims.jwk,
                    purpose=claims.purpose,
                    added=index,
                    from_=claims.from_,
                    until=claims.until,
                ),
            )
        elif isinstance(claims, KeyRevoked):
            self._demand(event.iss in (event.subjects[0], self.registrar))
            self._revoke(claims, index)
        elif isinstance(claims, EventConfirmed):
            self._confirm(event, claims)

    def _demand(self, allowed: bool) -> None:  # noqa: FBT001  a condition and nothing else
        if not allowed:
            raise KeyRefusal("authority")

    def _register(self, event: Event, claims: OrgEnrolled, index: int = 0) -> None:
        org = event.subjects[0]
        found = [(claims.admin, Purpose.ADMIN)]
        found += [(claims.recovery, Purpose.RECOVERY)] if claims.recovery is not None else []
        for jwk, purpose in found:
            kid = jwk.thumbprint()
            self.keys.setdefault(kid, RegisteredKey(kid=kid, org=org, jwk=jwk, purpose=purpose, added=index))

    def _revoke(self, claims: KeyRevoked, index: int) -> None:
        key = self.keys.get(claims.kid)
        if key is not None:
            since = claims.compromised_since or key.compromised_since
            confirmed = () if claims.compromised_since is not None else key.confirmed
            first = index if key.revoked is None else key.revoked
            self.keys[key.kid] = replace(key, revoked=first, compromised_since=since, confirmed=confirmed)

    def _confirm(self, event: Event, claims: EventConfirmed) -> None:
        key = self.keys.get(claims.kid)
        if key is not None:
            self._demand(key.org == event.iss)
            more = Confirmed(
                first=claims.first, last=claims.last, exceptions=tuple(sorted(claims.exceptions))
            )
            self.keys[key.kid] = replace(key, confirmed=(*key.confirmed, more))

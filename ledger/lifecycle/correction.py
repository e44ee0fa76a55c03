"""Effects of corrections: none on any state, which is why only claims that no rule reads may be corrected."""

from typing import Final

from ledger.claims import MalformedClaimError, members_of
from ledger.errors import AuthorityRefusal, RuleRefusal
from ledger.events import REGISTRY
from ledger.events.correction import EventCorrected
from ledger.lifecycle.effects import effect
from ledger.lifecycle.scene import Scene
from ledger.state import LoggedEvent, event_fact

_OF_EVENTS: Final = "event."


@effect(EventCorrected, lambda claims: [event_fact(claims.event)])
def event_corrected(scene: Scene, claims: EventCorrected) -> None:
    """Check that the issuer restates claims of its own event that may be restated."""
    named = scene.fact(LoggedEvent, event_fact(claims.event))
    if named is None:
        raise RuleRefusal("correction.unknown", claims.event)
    if not scene.is_actor(named.issuer) and not scene.is_actor(named.actor):
        raise AuthorityRefusal("correction.issuer", claims.event, issuer=named.issuer)
    if named.type.startswith(_OF_EVENTS) or any(item.is_org for item in named.items):
        raise RuleRefusal("correction.registry", claims.event, event=named.type)
    if set(scene.event.prev) != set(named.items):
        raise RuleRefusal("correction.items", claims.event)
    if not claims.claims and not scene.event.sd:
        raise RuleRefusal("correction.empty", claims.event)
    _check_claims(claims, named.type)


def _check_claims(claims: EventCorrected, event_type: str) -> None:
    kind = REGISTRY[event_type]
    members = members_of(kind)
    for name, value in claims.claims.items():
        if name not in kind.row.correctable:
            raise RuleRefusal(
                "correction.rule_claim", claims.event, claim=name, allowed=sorted(kind.row.correctable)
            )
        try:
            members[name].decode(value)
        except MalformedClaimError as error:
            raise RuleRefusal(
                "correction.form", claims.event, path=error.under(name).path, reason=error.reason
            ) from error

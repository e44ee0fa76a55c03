"""Effects of acting for another: delegation, and succession to an organisation that has ended."""

from dataclasses import replace

from ledger.errors import RuleRefusal
from ledger.events import REGISTRY
from ledger.events.standing import DelegationGranted, DelegationRevoked, OrgSucceeded
from ledger.lifecycle.effects import effect
from ledger.lifecycle.scene import Scene
from ledger.state import LOG, Delegation, Log, delegation_fact


@effect(OrgSucceeded)
def org_succeeded(scene: Scene, claims: OrgSucceeded) -> None:
    """Let another organisation have every right of one that has ended; no item changes for it."""
    org, successor = scene.org(scene.event.subjects[0]), scene.org(claims.successor)
    log = scene.fact(Log, LOG)
    if log is None or org.id == log.registrar:
        raise RuleRefusal("org.registrar", org.id)
    for one in (org, successor):
        if one.successor is not None:
            raise RuleRefusal("org.succeeded", one.id, successor=one.successor)
    if successor.suspended:
        raise RuleRefusal("org.successor", successor.id)
    scene.put(successor.id, successor)
    scene.put(org.id, replace(org, successor=successor.id))


@effect(
    DelegationGranted,
    lambda claims: [claims.delegate],
)
def delegation_granted(scene: Scene, claims: DelegationGranted) -> None:
    """Let another organisation state some types of events in the signer's name."""
    principal, delegate = scene.org(scene.event.iss), scene.org(claims.delegate)
    if delegate.id == principal.id:
        raise RuleRefusal("delegation.self", delegate.id)
    if delegate.successor is not None:
        raise RuleRefusal("org.succeeded", delegate.id, successor=delegate.successor)
    for event in claims.events:
        if event not in REGISTRY or not REGISTRY[event].row.delegable:
            raise RuleRefusal("delegation.type", delegate.id, event=event)
    if claims.until is not None and claims.until.ms <= scene.logged_at_ms:
        raise RuleRefusal("delegation.window", delegate.id, until=claims.until)
    scene.put(principal.id, principal)
    scene.put(
        delegation_fact(principal.id, delegate.id),
        Delegation(
            principal=principal.id,
            delegate=delegate.id,
            events=tuple(sorted(set(claims.events))),
            event=scene.event.id,
            until=claims.until,
        ),
    )


@effect(DelegationRevoked)
def delegation_revoked(scene: Scene, claims: DelegationRevoked) -> None:
    """End what was delegated."""
    principal = scene.org(scene.event.iss)
    key = delegation_fact(principal.id, claims.delegate)
    granted = scene.fact(Delegation, key)
    if granted is None or not granted.events:
        raise RuleRefusal("delegation.unknown", claims.delegate)
    scene.put(principal.id, principal)
    scene.put(key, replace(granted, events=(), event=scene.event.id))

"""In whose name a firm states something at the desk: its own, or that of who delegated it to the firm."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from api.desk_acts import Act, act_of
from api.form_field import DELEGATE, Field
from api.service import service
from api.sessions import SignedIn
from api.texts import Texts
from ledger import allowed, passport
from ledger.delegations import delegations_to
from ledger.events import REGISTRY
from ledger.identifiers import ItemId
from ledger.passport import ItemView
from ledger.state import LOG, Delegation, delegation_fact, key_fact
from ledger.store import Snapshot

MAX_PRINCIPALS: Final = 20
"""For how many firms one may act on a page."""


@dataclass(frozen=True, slots=True)
class InName:
    """What the firm may state in another's name."""

    org: ItemId
    name: str
    may: Sequence[Act]


def in_names(snapshot: Snapshot, who: SignedIn, texts: Texts, view: ItemView | None) -> list[InName]:
    """Return what the firm may state in the name of others: about an item, or without one."""
    found = []
    for one in delegations_to(snapshot, who.org.id)[:MAX_PRINCIPALS]:
        types = _alone(snapshot, who, one) if view is None else _about(snapshot, who, one, view)
        if types:
            name = texts.name(passport.view_organisation(snapshot, one.principal))
            found.append(InName(one.principal, name, [act_of(event, texts) for event in types]))
    return found


def with_names(
    snapshot: Snapshot, who: SignedIn, event: str, found: Sequence[Field], texts: Texts
) -> list[Field]:
    """Return a form's fields with a choice of the names in which the firm may state it, if there is one.

    The firm's own name is the first, and stated by leaving the claim out.
    """
    if all(one.name != DELEGATE for one in found):
        return list(found)
    given = [one for one in delegations_to(snapshot, who.org.id) if event in one.events]
    orgs = _principals(snapshot, who, event, given[:MAX_PRINCIPALS])
    names = passport.organisations(snapshot, orgs)
    own = Texts(texts.lang, "desk")("form.own_name", org=texts.name(who.org))
    options = [("", own), *((str(one), texts.name(names[one])) for one in orgs)]
    if not orgs:
        return [one for one in found if one.name != DELEGATE]
    return [
        replace(one, kind="choice", options=options, hint="") if one.name == DELEGATE else one
        for one in found
    ]


def _about(snapshot: Snapshot, who: SignedIn, given: Delegation, view: ItemView) -> list[str]:
    states = snapshot.states([LOG, *allowed.reads(view.item, who.key, given.principal, given.events)])
    verdicts = allowed.allowed(
        states,
        view.item,
        who.key,
        index=snapshot.head().size,
        now_ms=service().clock.now_ms(),
        behalf=given.principal,
        types=given.events,
    )
    return [one.type for one in verdicts if one.refusal is None]


def _alone(snapshot: Snapshot, who: SignedIn, given: Delegation) -> list[str]:
    some = [one for one in given.events if one in REGISTRY and allowed.stands_alone(REGISTRY[one])]
    return [one for one in some if _principals(snapshot, who, one, [given])]


def _principals(snapshot: Snapshot, who: SignedIn, event: str, given: Sequence[Delegation]) -> list[ItemId]:
    orgs = [one.principal for one in given]
    keys = [delegation_fact(one, who.org.id) for one in orgs]
    states = snapshot.states([LOG, key_fact(who.key.kid), who.org.id, *orgs, *keys])
    return allowed.principals(
        states,
        REGISTRY[event],
        who.key,
        orgs,
        index=snapshot.head().size,
        now_ms=service().clock.now_ms(),
    )

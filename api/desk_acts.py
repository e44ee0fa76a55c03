"""What a firm may state, and why the rest is refused, in words: about an item, an event, or neither."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from api.errors import named_in
from api.form_field import DELEGATE, Field, NoFormError
from api.form_words import CONSENTS
from api.forms import fields_of
from api.service import service
from api.sessions import SignedIn
from api.texts import Texts
from ledger import allowed
from ledger.allowed import Verdict
from ledger.errors import Refusal
from ledger.events import REGISTRY, About, Claims
from ledger.events.row import NONE
from ledger.identifiers import ItemId
from ledger.passport import ItemView
from ledger.state import LOG, Consent, Item, consent_fact, key_fact
from ledger.store import Snapshot
from ledger.wording import Wording, wording

OF_KEYS: Final = frozenset({"key.added", "key.revoked", "event.confirmed"})
"""What the page of keys states, which knows the keys."""
OF_LOADS: Final = frozenset({"transfer.accepted", "transfer.rejected", "transfer.withdrawn"})
"""What is said of a load that is on its way."""
SAID_OF_EVENTS: Final = ("event.corrected", "event.voided", "event.disputed", "dispute.settled")


_CHOSEN: Final = {"consent.given": "act", "transfer.offered": "rights"}
"""The claim by which an event is allowed or not: which right is offered, which act consented to."""


@dataclass(frozen=True, slots=True)
class Act:
    """An event type that a firm may state or not.

    Attributes:
        type: its name.
        title: its name in words.
        act: it changes an item, where a statement only says something of it.
        group: what it goes with on a page.
        has_form: whether it can be filled in on a page.
        consent: the firm whose consent it needs and that has not given it; None where it needs none.
        reason: why it is refused.
        rule: the rule that refuses it.
    """

    type: str
    title: str
    act: bool
    group: str
    has_form: bool
    consent: ItemId | None = None
    reason: str = ""
    rule: str = ""


def acts_of(snapshot: Snapshot, view: ItemView, who: SignedIn, texts: Texts) -> tuple[list[Act], list[Act]]:
    """Return what the firm may state about an item with the key it signed in with, and what it may not."""
    states = snapshot.states([LOG, *allowed.reads(view.item, who.key)])
    now_ms, index = service().clock.now_ms(), snapshot.head().size
    verdicts = allowed.allowed(states, view.item, who.key, index=index, now_ms=now_ms)
    return _sorted(verdicts, texts, _asked(snapshot, view, who))


def options_left(
    snapshot: Snapshot, item: Item, who: SignedIn, event: str, found: Sequence[Field]
) -> list[Field]:
    """Return a form's fields with those options alone that the ledger would take of this firm for an item."""
    name = _CHOSEN.get(event)
    # In another's name another may pass.
    if name is None or any(one.name == DELEGATE for one in found):
        return list(found)
    states = snapshot.states([LOG, *allowed.reads(item, who.key, types={event})])
    now_ms, index = service().clock.now_ms(), snapshot.head().size
    passing = allowed.passing(states, item, who.key, REGISTRY[event], index=index, now_ms=now_ms)
    # Where nothing passes the form says as ever what there is, and the ledger why not.
    left = {code for one in passing for code in _codes(getattr(one, name))}
    return [
        replace(one, options=[(code, word) for code, word in one.options if code in left])
        if one.name == name and left
        else one
        for one in found
    ]


def _codes(chosen: str | Sequence[str]) -> Sequence[str]:
    return (chosen,) if isinstance(chosen, str) else chosen


def acts_alone(snapshot: Snapshot, who: SignedIn, texts: Texts) -> tuple[list[Act], list[Act]]:
    """Return what the firm may state that needs no item which is there already, and what it may not."""
    states = snapshot.states([LOG, key_fact(who.key.kid), who.org.id])
    now_ms, index = service().clock.now_ms(), snapshot.head().size
    found = allowed.alone(states, who.key, index=index, now_ms=now_ms)
    return _sorted([one for one in found if one.type not in OF_LOADS.union(SAID_OF_EVENTS)], texts)


def said_of(item: Item, who: SignedIn, by: ItemId) -> list[str]:
    """Return what the firm may want to say of an earlier event of an item; its issuer corrects and voids."""
    own = by == who.org.id
    said = ["event.corrected", "event.voided"] if own else ["event.disputed"]
    return said + (["dispute.settled"] if item.dispute is not None else [])


def _sorted(
    verdicts: Sequence[Verdict], texts: Texts, consents: Mapping[str, ItemId] | None = None
) -> tuple[list[Act], list[Act]]:
    may, may_not = list[Act](), list[Act]()
    for one in verdicts:
        if one.refusal is None:
            may.append(act_of(one.type, texts, (consents or {}).get(one.type)))
        else:
            reason, rule = in_words(one.refusal, texts).detail, one.refusal.rule
            may_not.append(replace(act_of(one.type, texts), has_form=False, reason=reason, rule=rule))
    return may, may_not


def act_of(event: str, texts: Texts, consent: ItemId | None = None) -> Act:
    """Return an event type as something that a firm may state, perhaps with another firm's consent."""
    title, row = texts.word("event", event), REGISTRY[event].row
    return Act(event, title, row.act, _group(event), has_form(event, texts), consent)


def _group(event: str) -> str:
    row = REGISTRY[event].row
    if event in OF_KEYS:
        return "keys"
    if row.about is About.EVENT:
        return "events"
    names_items = row.subjects != NONE or REGISTRY[event].named is not Claims.named
    if row.about is not About.ITEMS or not names_items:
        return "firm"
    if row.creates is not None:
        return "new"
    return "several" if row.subjects[0] else "lists"


def _asked(snapshot: Snapshot, view: ItemView, who: SignedIn) -> dict[str, ItemId]:
    """Return the acts for which another firm owns the item and has not consented yet, each with that firm."""
    owner = view.owner
    if not isinstance(owner, ItemId) or owner == who.org.id:
        return {}
    keys = {act: consent_fact(view.item.id, act, who.org.id) for act in CONSENTS}
    states = snapshot.states(keys.values())
    return {act: owner for act, key in keys.items() if not _stands(states.get(key), owner)}


def _stands(consent: object, owner: ItemId) -> bool:
    given = consent.given if isinstance(consent, Consent) else ()
    return any(one.by == owner and not one.used for one in given)


def in_words(refusal: Refusal, texts: Texts) -> Wording:
    """Return a refusal in words, with firms by their names beside their ids and batteries by their codes."""
    if refusal.rule == "transfer.none":
        # Nobody named a consignment: there is no offer at all.
        return Wording("", Texts(texts.lang, "desk")("item.no_offer"), "")
    orgs = named_in([refusal.item, *refusal.facts.values()])
    names = {org: texts.name(found) for org, found in orgs.items()}
    facts = {name: _coded(fact) for name, fact in refusal.facts.items()}
    item = None if refusal.item is None else str(_coded(refusal.item))
    return wording(refusal.rule, texts.lang, item=item, facts=facts, names=names)


def _coded(fact: object) -> object:
    return fact.removeprefix("gbt34014:") if isinstance(fact, str) else fact


def has_form(event: str, texts: Texts) -> bool:
    """Say whether an event type can be filled in on a page."""
    try:
        fields_of(REGISTRY[event], texts, {})
    except NoFormError:
        return False
    return True

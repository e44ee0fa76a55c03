"""What every event must pass before its own effect: place in each chain, clock, flags, offers, phases."""

from typing import Final

from ledger.errors import ConflictError, RuleRefusal, StaleTipError
from ledger.events.correction import EventVoided
from ledger.events.row import About
from ledger.identifiers import ItemId
from ledger.lifecycle.authority import ENDING
from ledger.lifecycle.recalls import recalls_of
from ledger.lifecycle.rights import chain, is_ended
from ledger.lifecycle.scene import Scene
from ledger.state import LOG, Alias, Item, Log, LoggedEvent, Organisation, alias_fact, event_fact
from ledger.vocabulary import Flag, Phase

_DISPUTE_BARS: Final = ENDING | {"lot.divided"}
# What is released goes without the check list that a transfer of it needs.
_QUARANTINE_BARS: Final = frozenset(
    {
        "custody.released",
        "pack.fitted",
        "pack.manufactured",
        "pool.joined",
        "product.assembled",
        "product.deployed",
    }
)
_RECALL_BARS: Final = _QUARANTINE_BARS - {"custody.released"}
_FIRST_USES: Final = frozenset({Phase.STOCK, Phase.REMOVED, Phase.RETIRED})
_COLLECTION: Final = "item.collected"


def check_envelope(scene: Scene) -> None:
    """Check audience and clock; raises `log.audience`, `clock.signed_ahead` or `clock.happened_ahead`."""
    event = scene.event
    log = scene.fact(Log, LOG)
    if log is not None and event.aud != log.origin:
        raise RuleRefusal("log.audience", event.aud, origin=log.origin)
    clock = scene.rules.clock
    if event.iat * 1000 > scene.logged_at_ms + clock.signed_ahead_s * 1000:
        raise RuleRefusal("clock.signed_ahead", event.id, limit_s=clock.signed_ahead_s)
    if event.at.ms > scene.logged_at_ms + clock.happened_ahead_s * 1000:
        raise RuleRefusal("clock.happened_ahead", event.id, at=event.at, limit_s=clock.happened_ahead_s)


def check_prev(scene: Scene) -> None:
    """Check that every touched item is built on at its tip and every mentioned one exists.

    Raises:
        StaleTipError: with the tip of every touched item that has moved on.
        RuleRefusal: `prev.unknown` or `prev.foreign` for a mentioned item.
    """
    touched = scene.event.touched
    tips = {item: _tip(scene, item) for item in touched}
    stale = [item for item in touched if scene.event.prev[item] != tips[item]]
    if stale and isinstance(scene.event.claims, EventVoided):
        raise RuleRefusal("void.blocked", stale[0], blocking=[tips[item] for item in stale])
    if stale:
        raise StaleTipError(stale[0], {str(item): tips[item] for item in stale})
    for item in scene.event.prev.keys() - set(touched):
        if scene.find(item) is None:
            raise RuleRefusal("prev.unknown", item)
        named = scene.event.prev[item]
        if named is not None:
            logged = scene.fact(LoggedEvent, event_fact(named))
            if logged is None or item not in logged.items:
                raise RuleRefusal("prev.foreign", item, event=named)


def _tip(scene: Scene, item: object) -> str | None:
    found = scene.find(item)  # type: ignore[arg-type]  # ids of items are keys
    return found.tip if isinstance(found, Item | Organisation) else None


def check_items(scene: Scene) -> None:
    """Check kinds, and for an act that nothing has ended, is under offer, in dispute or in a wrong phase."""
    event, row = scene.event, scene.event.claims.row
    if row.about is not About.ITEMS:
        return
    for item in event.subjects if row.act else event.prev:
        if row.creates is not None and scene.has(item):
            raise RuleRefusal("item.exists", item)
        if row.creates is None and scene.item(item).kind not in row.kinds:
            raise RuleRefusal("lifecycle.kind", item, kind=scene.item(item).kind, event=event.type)
    if row.act:
        for item in (*event.touched, *event.claims.drawn()):
            found = scene.find(item)
            if isinstance(found, Item) and not scene.is_made_again(found):
                _check_free(scene, found)
            elif found is None and item.is_unit:
                _check_no_alias(scene, item)
        _check_phases(scene)


def _check_no_alias(scene: Scene, item: ItemId) -> None:
    # What a label says leads to one item: a code that another bears as an alias names no new one.
    alias = scene.fact(Alias, alias_fact(str(item)))
    if alias is not None:
        raise ConflictError("alias.taken", item, bearer=alias.item)


def _check_free(scene: Scene, item: Item) -> None:
    row = scene.event.claims.row
    if is_ended(scene.states, item):
        raise RuleRefusal("lifecycle.ended", item.id, ended_by=item.ended_by or "with what it is part of")
    if item.offer is not None and not row.answers:
        raise RuleRefusal("transfer.open", item.id, event=item.offer.event, to=item.offer.to)
    _check_flags(scene, item)


def _check_flags(scene: Scene, item: Item) -> None:
    event = scene.event
    # What is in something lost or stolen is lost or stolen with it.
    for one in chain(scene.states, item) if event.type != _COLLECTION else ():
        if Flag.STOLEN in one.flags:
            raise RuleRefusal("flag.stolen", one.id)
        if Flag.LOST in one.flags:
            raise RuleRefusal("flag.lost", one.id)
    if event.type in _QUARANTINE_BARS:
        check_safe(scene, item)
    if event.type in _RECALL_BARS and item.phase in _FIRST_USES:
        check_not_recalled(scene, item)
    # What is split or processed is barred, not a part that comes out: the dispute goes on outside.
    ending = event.type in _DISPUTE_BARS and item.id in (*event.subjects, *event.claims.drawn())
    if Flag.DISPUTED in item.flags and ending:
        raise RuleRefusal("dispute.open", item.id)


def check_safe(scene: Scene, item: Item) -> None:
    """Check that an item is not in quarantine; raises `flag.quarantined`."""
    if Flag.QUARANTINED in item.flags:
        raise RuleRefusal("flag.quarantined", item.id, event=scene.event.type)


def check_not_recalled(scene: Scene, item: Item) -> None:
    """Check that no recall of an item is open and not remedied on it; raises `flag.recalled`."""
    recalls = recalls_of(scene.states, item)
    if recalls:
        raise RuleRefusal("flag.recalled", item.id, recalls=[one.event for one in recalls])


def _check_phases(scene: Scene) -> None:
    row = scene.event.claims.row
    for subject in scene.event.subjects if row.creates is None else ():
        item = scene.item(subject)
        if item.phase not in row.phases:
            raise RuleRefusal(
                "lifecycle.phase", subject, phase=item.phase, allowed=sorted(row.phases), event=row.type
            )

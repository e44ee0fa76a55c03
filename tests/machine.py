"""Random events by random firms, told to a ledger and to the model: both must agree on each.

A subclass says which ledger. Most events are meant well: they are stated by who has the item. The rest are
stated by anybody about anything.
"""

import copy
import dataclasses
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from hypothesis import event as note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from crypto.keys import PrivateKey
from crypto.strictjson import Json
from ledger.errors import Refusal
from ledger.events import About, Claims
from ledger.events.envelope import Event
from ledger.identifiers import ItemId
from ledger.state import Dispute, Holder, Item
from ledger.vocabulary import (
    Flag,
    Kind,
    Purpose,
    Right,
    Role,
)
from tests.consortium import (
    NOTHING,
    PARTIES,
    REGULATOR,
    Party,
)
from tests.memory import opening
from tests.model import Refused, Thing
from tests.model_last import Last, Past
from tests.scenario_last import LastStory

REPAIRER: Final = Party(21, "Repairer", "虚构维修企业", "330110", (Role.REPAIRER,))
WORKSHOP: Final = Party(
    27,
    "Workshop",
    "虚构综合服务企业",
    "330110",
    (Role.SWAP_OPERATOR, Role.INSURER, Role.IMPORTER, Role.REPAIRER),
)
FIRMS: Final = (*PARTIES[1:], REPAIRER, REGULATOR, WORKSHOP)
BY_ID: Final = {str(firm.id): firm for firm in FIRMS}
N: Final = st.integers(0, 9_999)
HONEST: Final = st.sampled_from([True, True, True, True, False])
ANYBODY: Final = st.sampled_from(FIRMS)
USABLE: Final = ("stock", "removed")
WASTE: Final = ("retired", "removed", "stock")
ANY_ROLE: Final = tuple(Role)
FITTERS: Final = ("vehicle_maker", "repairer")
SPLITTERS: Final = ("second_life", "recycler", "repairer")
ASSEMBLERS: Final = ("second_life", "manufacturer")
PROCESSORS: Final = ("second_life", "recycler", "manufacturer")
BOTH: Final = (Right.CUSTODY, Right.OWNERSHIP)


class Ledger(Protocol):
    """What the machine needs of a ledger."""

    def submit(self, text: str) -> Event:
        """Log a submission at the time it was signed, or raise what refuses it."""
        ...

    def items(self) -> dict[ItemId, Item]:
        """Return every item."""
        ...

    def index_lines(self) -> Iterable[bytes]:
        """Return the lines of the index after all that is logged."""
        ...


class KeyedStory(LastStory):
    """A story whose firms may have changed their keys, and may have an event stated by their delegates."""

    def __init__(self) -> None:
        super().__init__("machine")
        self.number = dict[Party, int]()
        self.proxies = dict[Party, Party]()

    def tell(
        self,
        by: Party,
        claims: Claims,
        *items: ItemId,
        restricted: dict[str, Json] | object = NOTHING,
        key: PrivateKey | None = None,
    ) -> str:
        """Sign with the firm's latest office key, or have its delegate sign what it may."""
        if key is None and claims.row.delegable and by in self.proxies:
            claims = dataclasses.replace(claims, on_behalf_of=by.id)
            by = self.proxies.pop(by)
        key = key or by.key(Purpose.OFFICE, self.number.get(by, 1))
        return super().tell(by, claims, *items, restricted=restricted, key=key)  # type: ignore[arg-type]  # as in Storyteller


class Machine(RuleBasedStateMachine):
    """A ledger beside the model, and what must hold of both. Subclasses add the events."""

    def open_ledger(self) -> Ledger:
        """Return an empty ledger; a subclass says which."""
        raise AssertionError("a machine without a ledger")

    def __init__(self) -> None:
        super().__init__()
        self.ledger = self.open_ledger()
        self.story = KeyedStory()
        for text in (*opening(self.story), *self.story.enrolments([REPAIRER, REGULATOR, WORKSHOP])):
            self.ledger.submit(text)
        self.model = Last(roles={str(firm.id): {str(role) for role in firm.roles} for firm in FIRMS})
        self.older = dict[str, str]()
        self.pasts = list[Past]()
        self.opened = tuple(self.story.events.values())
        self.size = len(self.opened)
        self.stolen = dict[Party, int]()
        self.logged = list[Event]()

    # One event told to both

    def attempt(self, text: str, expect: Callable[[Last], None]) -> None:
        """Submit to the ledger and to the model, and hold them to each other."""
        told, draft = self.story.last, copy.deepcopy(self.model)
        draft.signer = None if told.claims.on_behalf_of is None else str(told.iss)
        draft.stating = told.type
        try:
            expect(draft)
            expected = True
        except Refused:
            expected = False
        try:
            self.ledger.submit(text)
            refusal = None
        except Refusal as error:
            refusal = error
        assert (refusal is None) == expected, f"{told.type}: model says {expected}, ledger {refusal}"
        note(f"{told.type} {'accepted' if expected else 'refused'}")
        if expected:
            before, self.model = self.model, draft
            self.logged.append(told)
            self.size += 1
            self._note(told, before)
            self._enter(told)
            self.model.signer = None
        else:
            self.story.tips |= {item: told.prev[item] for item in told.touched}

    def _note(self, told: Event, before: Last) -> None:
        if not told.claims.row.act or told.claims.row.about is not About.ITEMS:
            return
        names = [str(item) for item in told.touched]
        around = {
            one
            for model in (before, self.model)
            for name in names
            if name in model.things
            for one in model.containers(model.things[name])
        }
        known = {name: before.known(name) for name in names}
        self.pasts.append(
            Past(
                event=told.id,
                type=told.type,
                teller=str(told.actor),
                names=tuple(str(item) for item in told.prev),
                before={name: copy.deepcopy(thing) for name, thing in known.items()},
                after={name: copy.deepcopy(self.model.things[name]) for name in names},
                draws={str(lot): mass_g for lot, mass_g in told.claims.draws()},
                around={one: self.model.things[one].tip for one in around - set(names)},
                made_g=self.model.made_g - before.made_g,
            )
        )

    def _enter(self, told: Event) -> None:
        touched = set(told.touched)
        for item, before in told.prev.items():
            thing = self.model.things.get(str(item))
            if thing is None:
                assert item.is_org
                continue
            thing.count += 1
            if item in touched:
                assert before == (thing.tip or None)
                self.older[thing.name] = thing.tip or self.older.get(thing.name, "")
                thing.tip = told.id

    # Choosing

    def pick(
        self, n: int, *kinds: str, phases: Iterable[str] = (), roles: Iterable[str] = ()
    ) -> ItemId | None:
        """Return an item of these kinds, in one of these phases and so held where one can be."""
        found = [one for one in self.model.things.values() if not kinds or one.kind in kinds]
        fit = [one for one in found if one.phase in set(phases)] or found
        held = [one for one in fit if self._held_by(one, set(roles))] or fit
        found = held if n % 8 else found
        return ItemId.parse(found[n % len(found)].name) if found else None

    def _held_by(self, thing: Thing, roles: set[str]) -> bool:
        holder = self.model.right(thing, "custody")
        able = bool(self.model.roles.get(holder, set()) & roles)
        return able and thing.offer is None and not self.model.ended(thing)

    def thing(self, item: ItemId) -> Thing:
        """Return what the model knows of an item."""
        return self.model.things[str(item)]

    def holder(self, item: ItemId, other: Party, *, honest: bool) -> Party:
        """Return who has the item, where that is a firm and the event is meant well."""
        firm = BY_ID.get(self.model.right(self.thing(item), "custody"))
        return firm if honest and firm is not None else other

    # What must hold

    @invariant()
    def states_agree(self) -> None:
        """Every facet of every item."""
        items = {str(item): state for item, state in self.ledger.items().items()}
        assert items.keys() == self.model.things.keys()
        for name, thing in self.model.things.items():
            assert told_by(items[name]) == told_of(thing), name
            assert items[name].parts == len(self.model.children(name))

    @invariant()
    def an_item_is_in_one_place(self) -> None:
        """One custodian, one vehicle or parent, and counts of real children."""
        items = self.ledger.items()
        for item in items.values():
            assert not (item.parent and item.vehicle)
            assert (item.phase == "part") == (item.parent is not None)
            assert (item.phase == "fitted") == (item.vehicle is not None)
            assert (item.custodian is Holder.INHERITED) == bool(item.parent or item.vehicle)
            inside = [one for one in items.values() if item.id in (one.parent, one.vehicle)]
            assert len(inside) == item.parts
            assert item.kind is not Kind.VEHICLE or item.parts <= (item.max_packs or 0)

    @invariant()
    def no_mass_was_created(self) -> None:
        """What lives weighs no more than what ever came in."""
        assert self.model.live_g() <= self.model.made_g
        for item in self.ledger.items().values():
            assert item.kind is not Kind.LOT or (item.remaining_g or 0) >= 0


def told_of(thing: Thing) -> dict[str, object]:
    """Return what the model says of an item, in words that the ledger's state has too."""
    return {
        "kind": thing.kind,
        "phase": thing.phase,
        "custodian": thing.custodian or "inherited",
        "owner": thing.owner or "inherited",
        "operator": thing.operator or "inherited",
        "maker": thing.maker,
        "mass_g": thing.mass_g,
        "inside": thing.inside,
        "offer": None if thing.offer is None else thing.offer[:3],
        "claim": thing.claim,
        "granted": thing.granted,
        "contest": thing.contest,
        "words": thing.words,
        "label": thing.label,
        "printed": thing.printed.get(thing.label, 0),
        "seen": thing.label in thing.seen,
        "void": thing.label in thing.void,
        "pool": thing.swapping,
        "remedied": thing.remedied,
        "marks": thing.marks,
        "abroad": thing.abroad,
        "application": thing.application,
        "tip": thing.tip,
        "count": thing.count,
    }


def _contest(dispute: Dispute) -> tuple[str, str, str]:
    return dispute.event, str(dispute.by), str(dispute.against)


def told_by(item: Item) -> dict[str, object]:
    """Return what the ledger says of an item, in the same words."""
    offer, claim, worn = item.offer, item.claimant, item.worn
    inside = item.vehicle or item.parent
    dispute = item.dispute
    assert (Flag.DISPUTED in item.flags) == (claim is not None or dispute is not None)
    return {
        "kind": str(item.kind),
        "phase": str(item.phase),
        "custodian": str(item.custodian),
        "owner": str(item.owner),
        "operator": str(item.operator),
        "maker": str(item.maker),
        "mass_g": (item.remaining_g if item.kind is Kind.LOT else item.mass_g) or 0,
        "inside": None if inside is None else str(inside),
        "offer": None if offer is None else (str(offer.by), str(offer.to), offer.rights),
        "claim": None if claim is None else (str(claim.org), claim.since_ms),
        "granted": claim is not None and claim.granted,
        "contest": None if dispute is None or claim is not None else _contest(dispute),
        "words": {str(one.org): str(one.outcome) for one in (dispute.proposed if dispute else ())},
        "label": item.label_number or 0,
        "printed": 0 if worn is None else worn.copies,
        "seen": worn is not None and worn.attached is not None,
        "void": worn is not None and worn.voided is not None,
        "pool": item.pool,
        "remedied": set(item.remedied),
        "marks": {str(flag) for flag in item.flags} - {"disputed"},
        "abroad": item.abroad,
        "application": None if item.application is None else str(item.application),
        "tip": item.tip,
        "count": item.count,
    }

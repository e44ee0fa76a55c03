"""The scene of one event: what its rules may read, and the states they change."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ledger.errors import RuleRefusal
from ledger.events.envelope import Event
from ledger.identifiers import ItemId
from ledger.lifecycle.heirs import heir_of
from ledger.rules import RuleSet
from ledger.state import Fact, Holder, Item, Key, Model, Organisation, State, States, model_fact
from ledger.vocabulary import Ending

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Scene:
    """An event at its place in the log, over the states before it.

    `changed` holds what the effect put so far and is read before `states`, so that one event may change an
    item twice. Nothing outside the scene is changed.
    """

    states: States
    event: Event
    index: int
    logged_at_ms: int
    rules: RuleSet
    changed: dict[Key, State] = field(default_factory=dict)

    @property
    def actor(self) -> ItemId:
        """The organisation whose rights and roles count (`Event.actor`)."""
        return self.event.actor

    def is_actor(self, party: ItemId | Holder) -> bool:
        """Say whether this is the acting organisation, or one it succeeded."""
        return heir_of(self.states, party) == self.actor

    def is_held(self, custodian: ItemId | Holder) -> bool:
        """Say whether what this one has is in the hands of the acting organisation or of its delegate."""
        return heir_of(self.states, custodian) in (self.actor, self.event.iss)

    def find(self, key: Key) -> State | None:
        """Return the state under a key, or None where there is none."""
        return self.changed[key] if key in self.changed else self.states.get(key)

    def fact(self, kind: type[T], key: Fact) -> T | None:
        """Return a fact as its class, or None where there is none."""
        found: Any = self.find(key)
        return found if isinstance(found, kind) else None

    def item(self, item: ItemId) -> Item:
        """Return an item that must exist; raises `prev.unknown`."""
        found = self.find(item)
        if not isinstance(found, Item):
            raise RuleRefusal("prev.unknown", item)
        return found

    def has(self, item: ItemId) -> bool:
        """Say whether an item exists; one whose making was voided may be made again."""
        found = self.find(item)
        return found is not None and not (isinstance(found, Item) and found.ended_by is Ending.VOIDED)

    def is_made_again(self, item: Item) -> bool:
        """Say whether the event may make an item whose making was voided; no other act may touch it."""
        row, named = self.event.claims.row, self.event.claims.named()
        makes = row.creates is not None or row.vehicle or item.id in named
        return item.ended_by is Ending.VOIDED and makes

    def org(self, org: ItemId) -> Organisation:
        """Return an organisation that must be enrolled; raises `org.unknown`."""
        found = self.find(org)
        if not isinstance(found, Organisation):
            raise RuleRefusal("org.unknown", org)
        return found

    def model(self, model: str) -> Model:
        """Return a declared model; raises `model.unknown`."""
        found = self.fact(Model, model_fact(model))
        if found is None:
            raise RuleRefusal("model.unknown", model)
        return found

    def subjects(self) -> Iterable[Item]:
        """Return the items that the event is about, all of which must exist."""
        return [self.item(item) for item in self.event.subjects]

    def put(self, key: Key, state: State) -> None:
        """Change one state."""
        self.changed[key] = state

    def put_item(self, item: Item) -> None:
        """Change one item."""
        self.changed[item.id] = item

"""How a state is found: an item or organisation by its id, any other fact by its kind and name."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ledger.identifiers import ItemId


class FactKind(StrEnum):
    """The kinds of facts that are no items."""

    KEY = "key"
    VENDOR = "vendor"
    MODEL = "model"
    EVENT = "event"
    LOG = "log"
    CONSENT = "consent"
    RECALLS = "recalls"
    ALIAS = "alias"
    DELEGATION = "delegation"


@dataclass(frozen=True, slots=True, order=True)
class Fact:
    """The key of a fact: its kind and its name within it."""

    kind: FactKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


Key = ItemId | Fact


LOG: Final = Fact(FactKind.LOG, "")


def key_fact(kid: str) -> Fact:
    """Return the key under which a registered key's state is found."""
    return Fact(FactKind.KEY, kid)


def vendor_fact(vendor: str) -> Fact:
    """Return the key of a vendor code's filing."""
    return Fact(FactKind.VENDOR, vendor)


def model_fact(model: str) -> Fact:
    """Return the key of a declared model."""
    return Fact(FactKind.MODEL, model)


def event_fact(event_id: str) -> Fact:
    """Return the key of an event already in the log."""
    return Fact(FactKind.EVENT, event_id)


def consent_fact(item: ItemId, act: str, to: ItemId) -> Fact:
    """Return the key of a consent to one act on one item by one firm."""
    return Fact(FactKind.CONSENT, f"{item} {act} {to}")


def recalls_fact(maker: ItemId) -> Fact:
    """Return the key of the open recalls of a maker's items."""
    return Fact(FactKind.RECALLS, str(maker))


def alias_fact(text: str) -> Fact:
    """Return the key of a further code or id that an item answers to."""
    return Fact(FactKind.ALIAS, text)


def delegation_fact(principal: ItemId, delegate: ItemId) -> Fact:
    """Return the key of what one organisation lets another state in its name."""
    return Fact(FactKind.DELEGATION, f"{principal} {delegate}")

"""What the ledger knows at one point of the log: values that events change and rules read.

A state is found by its key: an item or organisation by its id, any other fact by its kind and name. States
are derived; a replay of the entries gives the same ones, byte for byte (docs/formats.md, States).
"""

from collections.abc import Mapping
from typing import Final

from crypto.strictjson import Json
from ledger.claims import decode, encode
from ledger.state.facts import Agreement, Alias, Consent, Drawn, Log, LoggedEvent, Recall, Recalls
from ledger.state.items import Assay, Claimant, Dispute, Item, LabelUse, LotFacts, Offer, Settlement, Undo
from ledger.state.keys import (
    LOG,
    Fact,
    FactKind,
    Key,
    alias_fact,
    consent_fact,
    delegation_fact,
    event_fact,
    key_fact,
    model_fact,
    recalls_fact,
    vendor_fact,
)
from ledger.state.organisations import (
    Confirmed,
    Delegation,
    Filing,
    Model,
    Organisation,
    RegisteredKey,
    Site,
    Spec,
)
from ledger.state.parties import Holder, Party

State = (
    Item
    | Organisation
    | RegisteredKey
    | Filing
    | Model
    | LoggedEvent
    | Log
    | Consent
    | Recalls
    | Alias
    | Delegation
)
States = Mapping[Key, State]

_FACTS: Final[dict[FactKind, type[State]]] = {
    FactKind.KEY: RegisteredKey,
    FactKind.VENDOR: Filing,
    FactKind.MODEL: Model,
    FactKind.EVENT: LoggedEvent,
    FactKind.LOG: Log,
    FactKind.CONSENT: Consent,
    FactKind.RECALLS: Recalls,
    FactKind.ALIAS: Alias,
    FactKind.DELEGATION: Delegation,
}

__all__ = [
    "LOG",
    "Agreement",
    "Alias",
    "Assay",
    "Claimant",
    "Confirmed",
    "Consent",
    "Delegation",
    "Dispute",
    "Drawn",
    "Fact",
    "FactKind",
    "Filing",
    "Holder",
    "Item",
    "Key",
    "LabelUse",
    "Log",
    "LoggedEvent",
    "LotFacts",
    "Model",
    "Offer",
    "Organisation",
    "Party",
    "Recall",
    "Recalls",
    "RegisteredKey",
    "Settlement",
    "Site",
    "Spec",
    "State",
    "States",
    "Undo",
    "alias_fact",
    "consent_fact",
    "delegation_fact",
    "event_fact",
    "key_fact",
    "model_fact",
    "recalls_fact",
    "state_class",
    "state_from_json",
    "state_to_json",
    "vendor_fact",
]


def state_class(key: Key) -> type[State]:
    """Return the class of the state that is found under `key`."""
    if isinstance(key, Fact):
        return _FACTS[key.kind]
    return Organisation if key.is_org else Item


def state_to_json(state: State) -> dict[str, Json]:
    """Return the one JSON form of a state."""
    return encode(state)


def state_from_json(key: Key, value: Json) -> State:
    """Return the state of its JSON form; a MalformedClaimError means that the store was changed."""
    return decode(state_class(key), value)

"""Facts about the log, its events, and what firms said about items of others."""

from dataclasses import dataclass

from ledger.fields import (
    AliasText,
    AnyItem,
    AnyOrg,
    Count,
    Date,
    EventIdText,
    EventName,
    Hash,
    LogVkey,
    MassG,
    ModelId,
    Origin,
    Positive,
    RulesVersion,
    SpecCode,
    VendorCode,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What an event took out of a lot."""

    lot: AnyItem
    mass_g: MassG


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEvent:
    """What later events may ask of an earlier one; read from its entry, never stored on its own.

    `issuer` signed it, `actor` is in whose name. `items` are all in its `prev`, `touched` those it changed.
    `usable`: the items that a grading did not send to the recycler. `sd`: the digests of restricted claims.
    """

    id: EventIdText
    index: Count
    type: EventName
    issuer: AnyOrg
    actor: AnyOrg
    items: tuple[AnyItem, ...]
    usable: tuple[AnyItem, ...] = ()
    touched: tuple[AnyItem, ...] = ()
    drawn: tuple[Drawn, ...] = ()
    sd: tuple[Hash, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """The log itself: where it lives, who enrols, which rule set judges the next entry.

    `published` is the size of the latest published index, `published_by` the event that did; `vkeys` are the
    keys that the log announced after its first.
    """

    origin: Origin
    registrar: AnyOrg
    rules: RulesVersion
    published: Count = 0
    published_by: EventIdText | None = None
    vkeys: tuple[LogVkey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """An open recall: the event that opened it, who did, and which items of the maker it is for."""

    event: EventIdText
    by: AnyOrg
    vendor: VendorCode | None = None
    spec: SpecCode | None = None
    model: ModelId | None = None
    made_from: Date | None = None
    made_until: Date | None = None
    serial_from: Positive | None = None
    serial_until: Positive | None = None
    codes: tuple[AnyItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalls:
    """The open recalls of one maker's items."""

    maker: AnyOrg
    open: tuple[Recall, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One firm's word to an act; `used` once such an act is in the log."""

    by: AnyOrg
    event: EventIdText
    used: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Who agreed to one act of a firm on an item."""

    item: AnyItem
    act: EventName
    to: AnyOrg
    given: tuple[Agreement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A further code or id, and the item that answers to it."""

    alias: AliasText
    item: AnyItem
    event: EventIdText

"""What the ledger knows at one point of the log: values that events change and rules read.

A state is found by its key: an item or organisation by its id, any other fact by its kind and name. States
are derived; a replay of the entries gives the same ones, byte for byte (docs/formats.md, States).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final

from crypto.strictjson import Json
from ledger.claims import Codec, MalformedClaimError, decode, encode
from ledger.errors import MalformedError
from ledger.fields import (
    AnyItem,
    AnyOrg,
    CellCount,
    Code,
    Count,
    Country,
    Date,
    District,
    EventIdText,
    EventName,
    Hash,
    Jwk,
    Kid,
    MassG,
    MgPerKg,
    ModelId,
    Moment,
    Origin,
    Positive,
    Ppm,
    Prose,
    RulesVersion,
    SpecCode,
    Text,
    Uuid,
    VendorCode,
)
from ledger.identifiers import ItemId
from ledger.vocabulary import (
    Application,
    AssayMethod,
    Category,
    CellShape,
    Chemistry,
    DisputeOutcome,
    Ending,
    Flag,
    Kind,
    LotOrigin,
    Material,
    Phase,
    Purpose,
    Right,
    Role,
    SiteKind,
    Status,
    Why,
)


class Holder(StrEnum):
    """Who holds a right when no enrolled organisation is named."""

    USER = "user"
    OUTSIDE = "outside"
    NOBODY = "nobody"
    INHERITED = "inherited"
    """Read from the vehicle or the parent the item is in."""


def _decode_party(value: Json) -> ItemId | Holder:
    try:
        if isinstance(value, str) and value.startswith("org:"):
            return ItemId.parse(value)
        return Holder(str(value))
    except (ValueError, MalformedError) as error:
        raise MalformedClaimError("must be an organisation or one of " + ", ".join(Holder)) from error


Party = Annotated[ItemId | Holder, Codec(_decode_party, str, {"type": "string"})]


class FactKind(StrEnum):
    """The kinds of facts that are no items."""

    KEY = "key"
    VENDOR = "vendor"
    MODEL = "model"
    EVENT = "event"
    LOG = "log"
    CONSENT = "consent"
    RECALLS = "recalls"


@dataclass(frozen=True, slots=True, order=True)
class Fact:
    """The key of a fact: its kind and its name within it."""

    kind: FactKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


Key = ItemId | Fact
LOG: Final = Fact(FactKind.LOG, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An open transfer: the event that made it, the rights it moves and to whom."""

    event: EventIdText
    by: AnyOrg
    to: AnyOrg
    rights: tuple[Right, ...]
    consignment: Uuid
    offered_at_ms: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimant:
    """A collector that holds in its hands what the ledger says another firm has.

    `granted`: a settlement gives it to the collector, whose next collection moves custody.
    """

    org: AnyOrg
    since_ms: Count
    granted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What one party of a dispute proposes as its outcome."""

    org: AnyOrg
    outcome: DisputeOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """An open dispute: the event contested, its two parties, and what they have proposed so far."""

    event: EventIdText
    by: AnyOrg
    against: Party
    proposed: tuple[Settlement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assay:
    """What a laboratory found in a dry sample, in mg of element per kg."""

    method: AssayMethod
    sample: Text
    lab: AnyOrg
    mg_per_kg: MgPerKg


@dataclass(frozen=True, slots=True, kw_only=True)
class LotFacts:
    """What a lot is made of. `origin` is None where a treatment step or a split made it."""

    material: Material
    origin: LotOrigin | None = None
    counts_as_recycled: bool = False
    moisture_ppm: Ppm | None = None
    assay: Assay | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A pack, module, cell, second-life product, vehicle or lot, as its history leaves it.

    `parts` counts what is in it: children of a unit, packs of a vehicle; `depth` the levels of units within
    a unit. `tip` is its latest touching event, `count` the length of its history and `latest` the index of
    the last event in that.
    """

    id: AnyItem
    kind: Kind
    phase: Phase
    custodian: Party
    owner: Party
    operator: Party
    maker: AnyOrg
    tip: EventIdText = ""
    count: Count = 0
    latest: Count = 0
    mass_g: MassG | None = None
    remaining_g: MassG | None = None
    model: ModelId | None = None
    made_on: Date | None = None
    parent: AnyItem | None = None
    vehicle: AnyItem | None = None
    parts: Count = 0
    depth: Count = 0
    ended_by: Ending | None = None
    offer: Offer | None = None
    claimant: Claimant | None = None
    flags: tuple[Flag, ...] = ()
    status: Status | None = None
    vehicle_model: Text | None = None
    swap_model: bool = False
    max_packs: Count | None = None
    label_number: Count | None = None
    label_sha256: Hash | None = None
    label_event: EventIdText | None = None
    cell_count: CellCount | None = None
    cells_root: Hash | None = None
    lot: LotFacts | None = None
    application: Application | None = None
    abroad: Country | None = None
    declared: Why | None = None
    pool: Text | None = None
    remedied: tuple[EventIdText, ...] = ()
    dispute: Dispute | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site of an organisation, by the organisation's own id."""

    site: Text
    name: Prose
    district: District
    kinds: tuple[SiteKind, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A firm or authority enrolled by the registrar."""

    id: AnyOrg
    name_zh: Prose
    name_en: Prose
    roles: tuple[Role, ...]
    district: District
    tip: EventIdText = ""
    count: Count = 0
    latest: Count = 0
    scope: tuple[Code, ...] = ()
    licence_until: Date | None = None
    suspended: bool = False
    admin_keys: Count = 0
    sites: tuple[Site, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredKey:
    """A public key, for one organisation for ever."""

    kid: Kid
    org: AnyOrg
    jwk: Jwk
    purpose: Purpose
    added: Count
    label: Text | None = None
    from_: Moment | None = None
    until: Moment | None = None
    revoked: Count | None = None
    compromised_since: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What one specification code of a maker stands for."""

    spec: SpecCode
    chemistry: Chemistry
    shape: CellShape | None = None
    rated_capacity_mah: Positive | None = None
    nominal_voltage_mv: Positive | None = None
    filing_no: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """A vendor code of GB/T 34014 with its one filer and the specifications filed under it."""

    vendor: VendorCode
    org: AnyOrg
    specs: tuple[Spec, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A declared battery model, as far as rules and labels read it."""

    id: ModelId
    org: AnyOrg
    kind: Kind
    category: Category
    chemistry: Chemistry
    mass_g: MassG
    rated_capacity_mah: Positive
    rated_energy_wh: Positive
    nominal_voltage_mv: Positive
    declared: EventIdText


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEvent:
    """What later events may ask of an earlier one; read from its entry, never stored on its own.

    `usable`: the items that a grading did not send to the recycler.
    """

    id: EventIdText
    index: Count
    type: EventName
    issuer: AnyOrg
    items: tuple[AnyItem, ...]
    usable: tuple[AnyItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """The log itself: where it lives, who enrols, which rule set judges the next entry."""

    origin: Origin
    registrar: AnyOrg
    rules: RulesVersion


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
class Consent:
    """An owner's agreement to one act on an item by another firm; `used` once that act is in the log."""

    item: AnyItem
    act: EventName
    by: AnyOrg
    to: AnyOrg
    event: EventIdText
    used: bool = False


State = Item | Organisation | RegisteredKey | Filing | Model | LoggedEvent | Log | Consent | Recalls
States = Mapping[Key, State]

_FACTS: Final[dict[FactKind, type[State]]] = {
    FactKind.KEY: RegisteredKey,
    FactKind.VENDOR: Filing,
    FactKind.MODEL: Model,
    FactKind.EVENT: LoggedEvent,
    FactKind.LOG: Log,
    FactKind.CONSENT: Consent,
    FactKind.RECALLS: Recalls,
}


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

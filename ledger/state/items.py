"""The state of an item, and what hangs on it: an offer, a claim of a collector, a dispute, an assay."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from crypto.strictjson import Json
from ledger.claims import Codec, MalformedClaimError
from ledger.fields import (
    AnyItem,
    AnyOrg,
    CellCount,
    Count,
    Country,
    Date,
    EventIdText,
    Hash,
    LabelNumber,
    MassG,
    MgPerKg,
    ModelId,
    Ppm,
    Text,
    Uuid,
)
from ledger.state.parties import Party
from ledger.vocabulary import (
    Application,
    AssayMethod,
    DisputeOutcome,
    Ending,
    Flag,
    Kind,
    LabelGround,
    LotOrigin,
    Material,
    Phase,
    Right,
    Status,
    Why,
)


def _decode_members(value: Json) -> Mapping[str, Json]:
    if not isinstance(value, dict):
        raise MalformedClaimError("must be an object of members")
    return value


Members = Annotated[
    Mapping[str, Json],
    Codec(_decode_members, dict, {"type": "object", "description": "members of a state by name"}),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An open transfer: the event that made it, the rights it moves and to whom.

    `carried_by`: the delegate that offered it for `by`, who may have the item in its hands.
    """

    event: EventIdText
    by: AnyOrg
    to: AnyOrg
    rights: tuple[Right, ...]
    consignment: Uuid
    offered_at_ms: Count
    carried_by: AnyOrg | None = None


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
    """What a lot is made of. `origin` is None where a treatment step or a split made it.

    `mixed`: virgin material, or some of unknown origin, went into it.
    """

    material: Material
    origin: LotOrigin | None = None
    counts_as_recycled: bool = False
    mixed: bool = False
    moisture_ppm: Ppm | None = None
    assay: Assay | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelUse:
    """What was stated of the label of this number: copies printed, the event that saw it on, why it is void.

    It says nothing of a label with another number: where a replacement was taken back, it is left over.
    """

    number: LabelNumber
    copies: Count = 0
    attached: EventIdText | None = None
    voided: LabelGround | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """How the latest act on an item can be taken back: what its members were before it.

    `was` holds the members that the act changed, each in its JSON form, null where it had none; `remaining_g`
    and `parts` are the differences that give back what the act took. `created`: there was no item. `around`:
    the tips of what the item was or came to be in and the act did not touch.
    """

    event: EventIdText
    was: Members
    created: bool = False
    around: tuple[EventIdText, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A pack, module, cell, second-life product, vehicle or lot, as its history leaves it.

    `parts` counts what is in it: children of a unit, packs of a vehicle; `depth` the levels of units within
    a unit. `tip` is its latest touching event, `count` the length of its history and `latest` the index of
    the last event in that; `last_at_ms` is the latest `at` in it. `identified_as`: the item it turned out to
    be. `measured`: the latest measurement of its health since its latest repair.
    `void_label`: the highest number of its labels that were taken out of use.
    `released_to`: the number of the firm, not enrolled, that it was given to. `given_back`: the voided
    acts that only drew from a lot, and whose draws it has back.
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
    label_use: LabelUse | None = None
    void_label: Count = 0
    cell_count: CellCount | None = None
    cells_root: Hash | None = None
    lot: LotFacts | None = None
    application: Application | None = None
    abroad: Country | None = None
    declared: Why | None = None
    pool: Text | None = None
    remedied: tuple[EventIdText, ...] = ()
    dispute: Dispute | None = None
    identified_as: AnyItem | None = None
    measured: EventIdText | None = None
    released_to: Text | None = None
    last_at_ms: Count = 0
    undo: Undo | None = None
    given_back: tuple[EventIdText, ...] = ()

    @property
    def worn(self) -> LabelUse | None:
        """What was stated of the label that the ledger names for it; None where it names none."""
        if self.label_number is None:
            return None
        use = self.label_use
        return (
            use if use is not None and use.number == self.label_number else LabelUse(number=self.label_number)
        )

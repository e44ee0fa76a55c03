"""Hand-overs between enrolled firms, and collection from those who are not enrolled."""

from dataclasses import dataclass
from typing import Annotated, Final

from ledger.claims import Size, codec_of
from ledger.events.row import ALL_KINDS, DEVICE, MANY, NONE, OFFICE, Claims, Restricted, Row, event_type
from ledger.fields import (
    AnyItem,
    AnyOrg,
    Code,
    Country,
    EventName,
    Hash,
    MassG,
    Positive,
    PositiveMassG,
    Prose,
    Text,
    Uuid,
    text,
)
from ledger.identifiers import ItemId
from ledger.vocabulary import CheckItem, CollectedFrom, Condition, MassBasis, ReceiverKind, Right, Role

Rights = Annotated[tuple[Right, ...], Size(1, len(Right))]
_COLLECTORS: Final = frozenset(
    {
        Role.COLLECTION_POINT,
        Role.DEALER,
        Role.ELV_DISMANTLER,
        Role.RECYCLER,
        Role.SECOND_LIFE,
        Role.REPAIRER,
        Role.IMPORTER,
    }
)


@event_type(
    Row(
        type="transfer.offered",
        act=True,
        roles=None,
        purposes=OFFICE,
        subjects=MANY,
        custody=False,  # each right offered must be held, which `ledger.lifecycle.custody` checks
        suspended=True,
        restricted={
            "carrier": Restricted(codec=codec_of(Prose)),
            "waybill": Restricted(codec=codec_of(Prose)),
        },
    )
)
class TransferOffered(Claims):
    """The holder offers rights over items to a named receiver; nothing moves until it accepts."""

    rights: Rights
    to: AnyOrg
    consignment: Uuid
    count: Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckList:
    """The transport check list of GB/T 38698.1-2020, Annex A: one "yes" means unfit to travel."""

    yes: Annotated[tuple[CheckItem, ...], Size(0, len(CheckItem))] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalException:
    """One item of a load that arrived in a condition of its own."""

    item: AnyItem
    condition: Condition
    mass_g: PositiveMassG | None = None


@event_type(
    Row(
        type="transfer.accepted",
        act=True,
        roles=None,
        purposes=DEVICE,
        subjects=MANY,
        custody=False,
        answers=True,
        correctable=frozenset({"place", "checklist"}),
    )
)
class TransferAccepted(Claims):
    """The receiver takes the items named, at the mass it weighed; the rest of the load stays offered."""

    consignment: Uuid
    mass_basis: MassBasis
    gross_g: PositiveMassG | None = None
    tare_g: MassG | None = None
    checklist: CheckList | None = None
    exceptions: Annotated[tuple[ArrivalException, ...], Size(0, 256)] = ()


@event_type(
    Row(
        type="transfer.rejected",
        act=True,
        roles=None,
        purposes=DEVICE,
        subjects=MANY,
        custody=False,
        answers=True,
        correctable=frozenset({"place", "reason"}),
    )
)
class TransferRejected(Claims):
    """The receiver sends the items named back unaccepted."""

    consignment: Uuid
    reason: Code


@event_type(
    Row(
        type="transfer.withdrawn",
        act=True,
        roles=None,
        purposes=OFFICE,
        subjects=MANY,
        custody=False,
        answers=True,
        suspended=True,
        correctable=frozenset({"place", "reason"}),
    )
)
class TransferWithdrawn(Claims):
    """The holder takes its offer back."""

    consignment: Uuid
    reason: Code


@event_type(
    Row(
        type="item.collected",
        act=True,
        roles=_COLLECTORS,
        purposes=DEVICE,
        subjects=MANY,
        kinds=ALL_KINDS,
        custody=False,
        answers=True,
        correctable=frozenset({"place", "condition", "from"}),
    )
)
class ItemCollected(Claims):
    """A collector takes in what no enrolled firm holds; where one does, it only lays claim."""

    from_: CollectedFrom
    condition: Condition
    waste: bool = True


@event_type(
    Row(
        type="custody.released",
        act=True,
        roles=None,
        purposes=OFFICE,
        subjects=MANY,
        restricted={
            "receiver_name": Restricted(codec=codec_of(Prose)),
            "contract_sha256": Restricted(codec=codec_of(Hash)),
        },
    )
)
class CustodyReleased(Claims):
    """The custodian gives items to somebody who is not enrolled; who that is stays restricted."""

    receiver: ReceiverKind
    receiver_id: Text | None = None


@event_type(
    Row(
        type="item.exported",
        act=True,
        roles=None,
        purposes=OFFICE,
        subjects=MANY,
        restricted={"declaration_no": Restricted(codec=codec_of(Prose))},
    )
)
class ItemExported(Claims):
    """The custodian sends items abroad; rights move by transfer only."""

    destination: Country


@event_type(Row(type="consent.given", act=False, roles=None, purposes=OFFICE, subjects=MANY, custody=False))
class ConsentGiven(Claims):
    """A firm whose right is concerned agrees to an act on its items; the first such act uses it up.

    `withdrawn`: it takes back what it agreed to and nobody has used yet.
    """

    act: EventName
    to: AnyOrg
    withdrawn: bool = False


_RECEIVERS: Final = (_COLLECTORS - {Role.DEALER}) | {
    Role.MANUFACTURER,
    Role.VEHICLE_MAKER,
    Role.SWAP_OPERATOR,
}
RawScan = Annotated[str, text(r"[ -~]{1,300}", "what the scanner read, 1 to 300 ASCII characters")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One scan at a gate: what was read, the item it was taken for, and a photo by its hash."""

    raw: RawScan
    item: AnyItem | None = None
    photo_sha256: Hash | None = None


@event_type(
    Row(
        type="intake.recorded",
        act=False,
        roles=_RECEIVERS,
        purposes=DEVICE,
        subjects=NONE,
        correctable=frozenset({"place", "gross_g", "tare_g"}),
    )
)
class IntakeRecorded(Claims):
    """What came through a gate, signed on the spot; the acts that follow name the consignment."""

    consignment: Uuid
    scans: Annotated[tuple[Scan, ...], Size(1, 256)]
    gross_g: PositiveMassG | None = None
    tare_g: MassG | None = None

    def named(self) -> tuple[ItemId, ...]:
        """Return the items that were recognised, each once."""
        return tuple(dict.fromkeys(scan.item for scan in self.scans if scan.item is not None))

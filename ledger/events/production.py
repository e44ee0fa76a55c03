"""Making packs and modules."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from ledger.claims import Size, codec_of, mapping_of
from ledger.events.row import AT_REST, DEVICE, LINE, UNITS, Claims, Restricted, Row, Tier, event_type
from ledger.fields import (
    ITEM_ID,
    AnyItem,
    CellCount,
    Country,
    Date,
    Hash,
    LabelNumber,
    ModelId,
    Positive,
    PositiveMassG,
    Prose,
    SaltKey,
    integer,
    parsed,
)
from ledger.gbt34014 import parse as parse_code
from ledger.identifiers import ItemId
from ledger.vocabulary import Kind, MassBasis, Phase, Role, Why

_MAKER: Final = frozenset({Role.MANUFACTURER})
CELL_CODE: Final = parsed(lambda code: str(parse_code(code)), "a GB/T 34014 code")
CodesByItem = Annotated[
    Mapping[ItemId, tuple[str, ...]],
    mapping_of(
        ITEM_ID, codec_of(Annotated[tuple[Annotated[str, CELL_CODE], ...], Size(1, 20_000)]), Size(1, 256)
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellCodes:
    """The cell codes behind the public `cells_root` of each unit, with the key of their salts."""

    key: SaltKey
    codes: CodesByItem


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleEntry:
    """A module of a pack: its own mass and the commitment to its cells."""

    id: AnyItem
    mass_g: PositiveMassG
    cell_count: CellCount | None = None
    cells_root: Hash | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelClaim:
    """A label: its number and the SHA-256 of its token's COSE bytes."""

    number: LabelNumber
    sha256: Hash


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedDifference:
    """What differs from the model for this one unit."""

    rated_capacity_mah: Positive | None = None
    rated_energy_wh: Positive | None = None
    nominal_voltage_mv: Positive | None = None


LABEL_TOKEN: Final = Restricted(
    codec=codec_of(Annotated[str, parsed(str, "the text of a label token")]),
    bound=True,
    # It prints genuine labels (docs/adr/0003-keep-label-tokens-restricted.md).
    tier=Tier.ISSUER,
)
_RESTRICTED: Final = {
    "cell_codes": Restricted(codec=codec_of(CellCodes), bound=True),
    "cell_lots": Restricted(codec=codec_of(tuple[AnyItem, ...])),
    "module_lots": Restricted(codec=codec_of(tuple[AnyItem, ...])),
    "test_report_sha256": Restricted(codec=codec_of(Hash)),
    "label_token": LABEL_TOKEN,
}


@event_type(
    Row(
        type="pack.manufactured",
        act=True,
        roles=_MAKER,
        purposes=LINE,
        creates=Kind.PACK,
        restricted=_RESTRICTED,
        correctable=frozenset({"place", "differs", "manufactured_on"}),
    )
)
class PackManufactured(Claims):
    """A pack comes off the line; its modules are created with it or taken from the maker's stock."""

    model: ModelId
    mass_g: PositiveMassG
    manufactured_on: Date
    differs: RatedDifference | None = None
    modules: Annotated[tuple[ModuleEntry, ...], Size(0, 250)] = ()
    cell_count: CellCount | None = None
    cells_root: Hash | None = None
    label: LabelClaim | None = None

    def named(self) -> tuple[ItemId, ...]:
        """Return the modules."""
        return tuple(module.id for module in self.modules)


@event_type(
    Row(
        type="module.manufactured",
        act=True,
        roles=_MAKER,
        purposes=LINE,
        creates=Kind.MODULE,
        restricted=_RESTRICTED,
        correctable=frozenset({"place", "differs", "manufactured_on"}),
    )
)
class ModuleManufactured(Claims):
    """A module is made for stock, to be built into a pack or sold as a spare."""

    model: ModelId
    mass_g: PositiveMassG
    manufactured_on: Date
    differs: RatedDifference | None = None
    cell_count: CellCount | None = None
    cells_root: Hash | None = None
    label: LabelClaim | None = None


_DECLARERS: Final = frozenset(
    {
        Role.IMPORTER,
        Role.VEHICLE_MAKER,
        Role.DEALER,
        Role.REPAIRER,
        Role.SWAP_OPERATOR,
        Role.COLLECTION_POINT,
        Role.ELV_DISMANTLER,
        Role.SECOND_LIFE,
        Role.RECYCLER,
    }
)


@event_type(
    Row(
        type="item.declared",
        act=True,
        roles=_DECLARERS,
        purposes=DEVICE,
        kinds=UNITS,
        vehicle_optional=True,
        creates=Kind.PACK,
        restricted={"declaration_no": Restricted(codec=codec_of(Prose))},
        correctable=frozenset({"place", "origin"}),
    )
)
class ItemDeclared(Claims):
    """A firm that receives a battery the ledger does not know declares it, in the phase it is in.

    A clone gets a `local:` id of its own, and `clone_of` mentions the item whose code it bears. `max_packs`
    goes with a vehicle that the ledger does not know either.
    """

    kind: Kind
    phase: Phase
    why: Why
    mass_g: PositiveMassG | None = None
    mass_basis: MassBasis | None = None
    origin: Country | None = None
    clone_of: AnyItem | None = None
    max_packs: Annotated[int, integer(1, 16)] | None = None

    def named(self) -> tuple[ItemId, ...]:
        """Return the item whose code a clone bears."""
        return () if self.clone_of is None else (self.clone_of,)

    def mentioned(self) -> tuple[ItemId, ...]:
        """Return the item whose code a clone bears."""
        return self.named()


@event_type(Row(type="item.identified", act=True, roles=None, purposes=DEVICE, kinds=UNITS, phases=AT_REST))
class ItemIdentified(Claims):
    """The custodian of both finds that a `local:` item is one the ledger knows by its code.

    The local one ends and its id becomes an alias of the other, whose state stands.
    """

    is_: AnyItem
    evidence_sha256: Hash

    def named(self) -> tuple[ItemId, ...]:
        """Return the item it is."""
        return (self.is_,)


@event_type(
    Row(
        type="production.added",
        act=False,
        roles=_MAKER,
        purposes=LINE,
        kinds=frozenset({Kind.PACK, Kind.MODULE}),
        restricted={name: row for name, row in _RESTRICTED.items() if name != "label_token"},
        correctable=frozenset({"place", "differs"}),
    )
)
class ProductionAdded(Claims):
    """The maker adds, once, what it knows of a declared item that bears its code."""

    model: ModelId
    manufactured_on: Date
    differs: RatedDifference | None = None
    cell_count: CellCount | None = None
    cells_root: Hash | None = None

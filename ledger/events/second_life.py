"""Grading, taking apart, and second use."""

from dataclasses import dataclass
from typing import Annotated, Final

from ledger.claims import Size, codec_of
from ledger.events.row import MANY, NONE, OFFICE, RIG, UNITS, Claims, Restricted, Row, event_type
from ledger.fields import (
    AnyItem,
    Code,
    Count,
    EventIdText,
    Hash,
    ModelId,
    Node,
    PositiveMassG,
    Prose,
    Salt,
    Text,
    text,
)
from ledger.identifiers import ItemId
from ledger.vocabulary import Application, Decision, Kind, Material, Phase, Role

_GRADERS: Final = frozenset({Role.SECOND_LIFE, Role.RECYCLER, Role.TEST_LAB})
_SPLITTERS: Final = frozenset({Role.SECOND_LIFE, Role.RECYCLER, Role.REPAIRER})
_ASSEMBLERS: Final = frozenset({Role.SECOND_LIFE, Role.MANUFACTURER})
GradingRule = Annotated[str, text(r"[a-z0-9.-]{1,40}@[1-9][0-9]{0,3}", "<rule>@<version>")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """What one item was graded, by which rule and on which measurements."""

    item: AnyItem
    rule: GradingRule
    grade: Code
    decision: Decision
    measurements: Annotated[tuple[EventIdText, ...], Size(0, 16)] = ()


@event_type(Row(type="item.graded", act=False, roles=_GRADERS, purposes=RIG, subjects=NONE, kinds=UNITS))
class ItemGraded(Claims):
    """Items are graded for reuse, repurposing or recycling."""

    grades: Annotated[tuple[Grade, ...], Size(1, 256)]

    def named(self) -> tuple[ItemId, ...]:
        """Return the graded items."""
        return tuple(grade.item for grade in self.grades)


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRelease:
    """The proof that a released cell was among those its unit's `cells_root` commits to.

    The leaf is `salt ‖ code`, at `index` of the sorted list (docs/formats.md, Cells).
    """

    salt: Salt
    index: Count
    proof: Annotated[tuple[Node, ...], Size(0, 17)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitOutput:
    """One part of a split: a unit, a released cell, or a lot of other material."""

    id: AnyItem
    mass_g: PositiveMassG
    material: Material | None = None
    cell: CellRelease | None = None


@event_type(
    Row(
        type="item.split",
        act=True,
        roles=_SPLITTERS,
        purposes=OFFICE,
        kinds=frozenset({Kind.PACK, Kind.MODULE, Kind.PRODUCT}),
        phases=frozenset({Phase.STOCK, Phase.REMOVED, Phase.RETIRED}),
    )
)
class ItemSplit(Claims):
    """An item is taken apart and ends; every child is an output or named as unaccounted for."""

    outputs: Annotated[tuple[SplitOutput, ...], Size(0, 255)] = ()
    unaccounted: Annotated[tuple[AnyItem, ...], Size(0, 255)] = ()

    def named(self) -> tuple[ItemId, ...]:
        """Return the outputs, then the children that were not found."""
        return (*(output.id for output in self.outputs), *self.unaccounted)


@event_type(
    Row(
        type="product.assembled",
        act=True,
        roles=_ASSEMBLERS,
        purposes=OFFICE,
        creates=Kind.PRODUCT,
        correctable=frozenset({"place", "certificate_sha256", "standard"}),
    )
)
class ProductAssembled(Claims):
    """A second-life product is built from used items for an application and its standard."""

    inputs: Annotated[tuple[AnyItem, ...], Size(1, 255)]
    application: Application
    standard: Text
    mass_g: PositiveMassG
    certificate_sha256: Hash | None = None
    model: ModelId | None = None

    def named(self) -> tuple[ItemId, ...]:
        """Return the inputs."""
        return self.inputs


@event_type(
    Row(
        type="product.deployed",
        act=True,
        roles=None,
        purposes=OFFICE,
        subjects=MANY,
        kinds=frozenset({Kind.PACK, Kind.MODULE, Kind.PRODUCT}),
        phases=frozenset({Phase.STOCK}),
        restricted={
            "site_address": Restricted(codec=codec_of(Prose)),
            "owner_name": Restricted(codec=codec_of(Prose)),
        },
    )
)
class ProductDeployed(Claims):
    """Products start to work in an application."""

    application: Application


@event_type(
    Row(
        type="product.returned",
        act=True,
        roles=None,
        purposes=OFFICE,
        subjects=MANY,
        kinds=frozenset({Kind.PACK, Kind.MODULE, Kind.PRODUCT}),
        phases=frozenset({Phase.DEPLOYED}),
    )
)
class ProductReturned(Claims):
    """Products come back from where they worked."""

"""Material: lots, and the batches that turn items and lots into lots."""

from dataclasses import dataclass
from typing import Annotated, Final

from ledger.claims import Size, codec_of
from ledger.events.row import ANY_NUMBER, NONE, OFFICE, UNITS, Claims, Restricted, Row, event_type
from ledger.fields import (
    AnyItem,
    Count,
    MassG,
    ModelId,
    Moment,
    Positive,
    PositiveMassG,
    Ppm,
    Prose,
    Text,
    Year,
)
from ledger.identifiers import ItemId
from ledger.state import Assay
from ledger.vocabulary import Element, Kind, LotOrigin, Material, Phase, Role, Step, TakerKind

_LOT_MAKERS: Final = frozenset({Role.MANUFACTURER, Role.MATERIAL_MAKER, Role.RECYCLER, Role.IMPORTER})
_PROCESSORS: Final = frozenset({Role.RECYCLER, Role.SECOND_LIFE, Role.MATERIAL_MAKER, Role.MANUFACTURER})


@event_type(
    Row(
        type="lot.declared",
        act=True,
        roles=_LOT_MAKERS,
        purposes=OFFICE,
        creates=Kind.LOT,
        restricted={"certificate_no": Restricted(codec=codec_of(Prose))},
    )
)
class LotDeclared(Claims):
    """A lot of material enters the ledger with its origin."""

    material: Material
    mass_g: PositiveMassG
    origin: LotOrigin
    moisture_ppm: Ppm | None = None
    assay: Assay | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """So much drawn from a lot."""

    lot: AnyItem
    mass_g: PositiveMassG


@dataclass(frozen=True, slots=True, kw_only=True)
class LotOutput:
    """A lot that a batch makes."""

    lot: AnyItem
    material: Material
    mass_g: PositiveMassG
    counts_as_recycled: bool = False
    moisture_ppm: Ppm | None = None
    assay: Assay | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A stretch of time, `from` included, `until` excluded; at most a month."""

    from_: Moment
    until: Moment


@event_type(
    Row(
        type="batch.processed",
        act=True,
        roles=_PROCESSORS,
        purposes=OFFICE,
        subjects=ANY_NUMBER,
        kinds=UNITS,
        phases=frozenset({Phase.RETIRED}),
        restricted={
            "energy_wh": Restricted(codec=codec_of(Count)),
            "water_g": Restricted(codec=codec_of(Count)),
            "reagents": Restricted(codec=codec_of(tuple[Prose, ...])),
            "batch_no": Restricted(codec=codec_of(Text)),
        },
    )
)
class BatchProcessed(Claims):
    """A treatment step: items end in it, lots are drawn, lots are made, and the masses must agree."""

    step: Step
    period: Period
    lots: Annotated[tuple[Draw, ...], Size(0, 200)] = ()
    additions_g: MassG = 0
    outputs: Annotated[tuple[LotOutput, ...], Size(1, 50)]
    losses_g: MassG = 0

    def named(self) -> tuple[ItemId, ...]:
        """Return the lots drawn from, then the lots made."""
        return (*self.drawn(), *(output.lot for output in self.outputs))

    def draws(self) -> tuple[tuple[ItemId, int], ...]:
        """Return what is taken out of each lot, in g."""
        return tuple((draw.lot, draw.mass_g) for draw in self.lots)


@dataclass(frozen=True, slots=True, kw_only=True)
class LotPart:
    """A lot that another one is divided into; it is of the same material."""

    lot: AnyItem
    mass_g: PositiveMassG


@event_type(
    Row(type="lot.divided", act=True, roles=None, purposes=OFFICE, subjects=NONE, kinds=frozenset({Kind.LOT}))
)
class LotDivided(Claims):
    """A holder takes parts out of a lot, each a lot of its own."""

    source: AnyItem
    parts: Annotated[tuple[LotPart, ...], Size(1, 50)]

    def named(self) -> tuple[ItemId, ...]:
        """Return the lot that is divided, then its parts."""
        return (self.source, *(part.lot for part in self.parts))

    def draws(self) -> tuple[tuple[ItemId, int], ...]:
        """Return what its parts take out of the lot, in g."""
        return ((self.source, sum(part.mass_g for part in self.parts)),)


@event_type(
    Row(
        type="residue.disposed",
        act=True,
        roles=None,
        purposes=OFFICE,
        subjects=ANY_NUMBER,
        kinds=UNITS,
        phases=frozenset({Phase.RETIRED}),
        restricted={"transfer_note_no": Restricted(codec=codec_of(Prose))},
        correctable=frozenset({"place", "taker"}),
    )
)
class ResidueDisposed(Claims):
    """What cannot be recovered leaves the circle: waste items end, lots are drawn."""

    taker: TakerKind
    lots: Annotated[tuple[Draw, ...], Size(0, 200)] = ()

    def named(self) -> tuple[ItemId, ...]:
        """Return the lots drawn from."""
        return self.drawn()

    def draws(self) -> tuple[tuple[ItemId, int], ...]:
        """Return what is taken out of each lot, in g."""
        return tuple((draw.lot, draw.mass_g) for draw in self.lots)


@event_type(
    Row(
        type="content.claimed",
        act=True,
        roles=frozenset({Role.MANUFACTURER}),
        purposes=OFFICE,
        subjects=NONE,
        kinds=frozenset({Kind.LOT}),
    )
)
class ContentClaimed(Claims):
    """A maker claims recycled content of a model made at a plant in a year, drawn from lots that hold it."""

    model: ModelId
    plant: Text
    year: Year
    element: Element
    lots: Annotated[tuple[Draw, ...], Size(1, 200)]
    pre_consumer_g: MassG = 0
    post_consumer_g: MassG = 0
    packs: Positive

    def named(self) -> tuple[ItemId, ...]:
        """Return the lots drawn from."""
        return self.drawn()

    def draws(self) -> tuple[tuple[ItemId, int], ...]:
        """Return what is taken out of each lot, in g."""
        return tuple((draw.lot, draw.mass_g) for draw in self.lots)

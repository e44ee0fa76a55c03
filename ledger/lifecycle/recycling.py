"""Effects of declaring, dividing, processing and disposing of material."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ledger.balance import (
    ELEMENT_UNIT,
    AssayedMass,
    assays_name,
    check_elements,
    element_mass,
    unaccounted_g,
)
from ledger.errors import AuthorityRefusal, RuleRefusal
from ledger.events.recycling import (
    BatchProcessed,
    ContentClaimed,
    Draw,
    LotDeclared,
    LotDivided,
    LotOutput,
    Period,
    ResidueDisposed,
)
from ledger.identifiers import ItemId
from ledger.lifecycle.authority import check_consent
from ledger.lifecycle.effects import check_namespace, check_new, effect
from ledger.lifecycle.scene import Scene
from ledger.rules import Feature
from ledger.state import Item, LotFacts, model_fact
from ledger.vocabulary import Ending, Kind, LotOrigin, Phase

_NOT_RECYCLED: Final = frozenset({LotOrigin.VIRGIN, LotOrigin.UNKNOWN})
_MONTH_MS: Final = 31 * 86_400_000
_DAY_MS: Final = 86_400_000


@effect(LotDeclared)
def lot_declared(scene: Scene, claims: LotDeclared) -> None:
    """Enter a lot of material."""
    facts = LotFacts(
        material=claims.material,
        origin=claims.origin,
        moisture_ppm=claims.moisture_ppm,
        assay=claims.assay,
    )
    scene.put_item(new_lot(scene, scene.event.subjects[0], claims.mass_g, facts))


def new_lot(scene: Scene, lot: ItemId, mass_g: int, facts: LotFacts) -> Item:
    """Return a new lot of the signer, whole and in its hands; raises `code.scheme` or `item.*`."""
    if not lot.is_lot:
        raise RuleRefusal("code.scheme", lot, allowed=["lot"])
    check_new(scene, lot)
    check_namespace(scene, lot)
    firm = scene.actor
    return Item(
        id=lot,
        kind=Kind.LOT,
        phase=Phase.STOCK,
        custodian=scene.event.iss,
        owner=firm,
        operator=firm,
        maker=firm,
        mass_g=mass_g,
        remaining_g=mass_g,
        lot=facts,
    )


@effect(BatchProcessed)
def batch_processed(scene: Scene, claims: BatchProcessed) -> None:
    """End items, draw lots and make lots, with every gram and every assayed element balanced."""
    items = list(scene.subjects())
    if not items and not claims.lots:
        raise RuleRefusal("batch.empty", scene.event.id)
    check_period(scene, claims.period)
    lots = [_drawn(scene, draw) for draw in claims.lots]
    for item in items:
        check_consent(scene, item)
    _check_masses(scene, claims, items)
    _check_assays(scene, claims, items, lots)
    mixed = Feature.MIXED_LOTS in scene.rules.features and any(_is_mixed(lot) for lot in lots)
    for item in items:
        scene.put_item(replace(item, phase=Phase.ENDED, ended_by=Ending.PROCESSED))
    for output in claims.outputs:
        if mixed and output.counts_as_recycled:
            raise RuleRefusal("batch.mixed", output.lot, lots=[lot.id for lot in lots if _is_mixed(lot)])
        facts = replace(_facts(output), mixed=mixed)
        scene.put_item(new_lot(scene, output.lot, output.mass_g, facts))


def _is_mixed(lot: Item) -> bool:
    facts = lot.lot
    if facts is None or facts.mixed:
        return facts is not None
    # A reagent that was assayed and holds none of the elements mixes nothing.
    holds = facts.assay is None or any(facts.assay.mg_per_kg.values())
    return holds and facts.origin in _NOT_RECYCLED


def check_period(scene: Scene, period: Period) -> None:
    """Check that a period is a month at most and has ended; raises `batch.period`."""
    length_ms = period.until.ms - period.from_.ms
    if not 0 < length_ms <= _MONTH_MS or period.until.ms > scene.logged_at_ms + _DAY_MS:
        raise RuleRefusal("batch.period", scene.event.id, since=period.from_, until=period.until)


def _drawn(scene: Scene, draw: Draw) -> Item:
    lot = scene.item(draw.lot)
    if lot.kind is not Kind.LOT:
        raise RuleRefusal("lifecycle.kind", draw.lot, kind=lot.kind, event=scene.event.type)
    check_consent(scene, lot)
    _draw(scene, lot, draw.mass_g)
    return lot


def _draw(scene: Scene, lot: Item, mass_g: int) -> None:
    left_g = (lot.remaining_g or 0) - mass_g
    if left_g < 0:
        raise RuleRefusal("balance.lot", lot.id, held_g=lot.remaining_g or 0, drawn_g=mass_g)
    scene.put_item(replace(lot, remaining_g=left_g))


def _check_masses(scene: Scene, claims: BatchProcessed, items: Sequence[Item]) -> None:
    for item in items:
        if item.mass_g is None:
            raise RuleRefusal("balance.unknown_mass", item.id)
    unaccounted_g(
        inputs_g=sum(item.mass_g or 0 for item in items) + sum(draw.mass_g for draw in claims.lots),
        additions_g=claims.additions_g,
        outputs_g=sum(output.mass_g for output in claims.outputs),
        losses_g=claims.losses_g,
        tolerance_ppm=scene.rules.mass_tolerance_ppm[claims.step],
    )


def _check_assays(scene: Scene, claims: BatchProcessed, items: Sequence[Item], lots: Sequence[Item]) -> None:
    # Whole items carry no assay, so a step that takes any cannot be assessed by element.
    if claims.step not in scene.rules.chemical_steps or items:
        return
    inputs = [_assayed(draw.mass_g, lot.lot) for draw, lot in zip(claims.lots, lots, strict=True)]
    outputs = [_assayed(output.mass_g, _facts(output)) for output in claims.outputs]
    check_elements(inputs, outputs, scene.rules.element_tolerance_ppm)


def _assayed(mass_g: int, facts: LotFacts | None) -> AssayedMass:
    if facts is None or facts.assay is None:
        return AssayedMass(mass_g, None, None)
    return AssayedMass(mass_g, facts.moisture_ppm, facts.assay.mg_per_kg)


def _facts(output: LotOutput) -> LotFacts:
    return LotFacts(
        material=output.material,
        counts_as_recycled=output.counts_as_recycled,
        moisture_ppm=output.moisture_ppm,
        assay=output.assay,
    )


@effect(LotDivided)
def lot_divided(scene: Scene, claims: LotDivided) -> None:
    """Take lots of the same material out of a lot; they belong to whom it belongs to."""
    source = scene.item(claims.source)
    if source.lot is None:
        raise RuleRefusal("lifecycle.kind", source.id, kind=source.kind, event=scene.event.type)
    _draw(scene, source, sum(part.mass_g for part in claims.parts))
    for part in claims.parts:
        made = new_lot(scene, part.lot, part.mass_g, source.lot)
        scene.put_item(replace(made, owner=source.owner, operator=source.operator))


@effect(ResidueDisposed)
def residue_disposed(scene: Scene, claims: ResidueDisposed) -> None:
    """End waste items and draw lots for what leaves the circle."""
    items = list(scene.subjects())
    if not items and not claims.lots:
        raise RuleRefusal("batch.empty", scene.event.id)
    for draw in claims.lots:
        _drawn(scene, draw)
    for item in items:
        check_consent(scene, item)
        scene.put_item(replace(item, phase=Phase.ENDED, ended_by=Ending.DISPOSED))


@effect(ContentClaimed, lambda claims: [model_fact(claims.model)])
def content_claimed(scene: Scene, claims: ContentClaimed) -> None:
    """Draw the lots behind a claim of recycled content, which may not exceed what they hold of it."""
    if not scene.is_actor(scene.model(claims.model).org):
        raise AuthorityRefusal("model.issuer", claims.model, issuer=scene.actor)
    held = 0
    for draw in claims.lots:
        lot = _drawn(scene, draw)
        material = _recycled(lot, draw, claims.element)
        held += element_mass(material, claims.element)
    claimed_g = claims.pre_consumer_g + claims.post_consumer_g
    if claimed_g == 0 or claimed_g * ELEMENT_UNIT > held:
        raise RuleRefusal(
            "content.more",
            scene.event.id,
            element=claims.element,
            claimed_g=claimed_g,
            held_g=held // ELEMENT_UNIT,
        )


def _recycled(lot: Item, draw: Draw, element: str) -> AssayedMass:
    facts = lot.lot
    if facts is None or not (facts.counts_as_recycled or facts.origin is LotOrigin.CERTIFIED):
        raise RuleRefusal("content.not_recycled", lot.id)
    material = _assayed(draw.mass_g, facts)
    if not assays_name([material], element):
        raise RuleRefusal("content.assay", lot.id, element=element)
    return material

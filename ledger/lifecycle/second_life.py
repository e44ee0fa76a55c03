"""Effects of taking apart, assembling and deploying."""

from dataclasses import replace
from typing import Final

from crypto.encoding import b64url_decode
from ledger.balance import PPM, unaccounted_g
from ledger.cells import verify_release
from ledger.errors import RuleRefusal
from ledger.events.second_life import (
    CellRelease,
    ItemSplit,
    ProductAssembled,
    ProductDeployed,
    ProductReturned,
    SplitOutput,
)
from ledger.identifiers import ItemId
from ledger.lifecycle.authority import check_consent
from ledger.lifecycle.codes import check_code, vendor_facts
from ledger.lifecycle.effects import check_model, check_namespace, check_new, effect
from ledger.lifecycle.moves import missing
from ledger.lifecycle.recycling import new_lot
from ledger.lifecycle.rights import MAX_DEPTH, come_out, go_in
from ledger.lifecycle.scene import Scene
from ledger.merkle import InvalidProofError
from ledger.state import Fact, Item, LotFacts, model_fact
from ledger.vocabulary import Application, Ending, Flag, Kind, Phase, Status

_USED: Final = frozenset({Phase.STOCK, Phase.REMOVED, Phase.RETIRED})
_BATTERIES: Final = frozenset({Kind.PACK, Kind.MODULE, Kind.CELL, Kind.PRODUCT})


@effect(ItemSplit, lambda claims: vendor_facts(*claims.named()))
def item_split(scene: Scene, claims: ItemSplit) -> None:
    """Take an item apart: every child is an output or unaccounted for, and no mass is made."""
    whole = next(iter(scene.subjects()))
    check_consent(scene, whole)
    children = {item for item in claims.named() if scene.has(item)}
    for output in claims.outputs:
        scene.put_item(_output(scene, whole, output))
    for child in claims.unaccounted:
        scene.put_item(_missing(scene, whole, child))
    found = sum(item in children for item in claims.named())
    if found != whole.parts:
        raise RuleRefusal("split.conserve", whole.id, parts=whole.parts, named=found)
    unaccounted_g(
        inputs_g=_weighed_g(whole),
        additions_g=0,
        outputs_g=sum(output.mass_g for output in claims.outputs),
        losses_g=0,
        tolerance_ppm=scene.rules.mass_tolerance_ppm["split"],
    )
    ended = replace(whole, phase=Phase.ENDED, ended_by=Ending.SPLIT, parts=0, depth=0)
    scene.put_item(ended)


def _weighed_g(item: Item) -> int:
    if item.mass_g is None:
        raise RuleRefusal("balance.unknown_mass", item.id)
    return item.mass_g


def _child(scene: Scene, whole: Item, child: ItemId) -> Item:
    item = scene.item(child)
    if item.parent != whole.id:
        raise RuleRefusal("split.stranger", child, parent=whole.id)
    return item


def _output(scene: Scene, whole: Item, output: SplitOutput) -> Item:
    if scene.has(output.id):
        child = _child(scene, whole, output.id)
        if output.material is not None or output.cell is not None:
            raise RuleRefusal("split.output", output.id)
        return replace(
            come_out(scene.states, child),
            phase=Phase.RETIRED,
            status=Status.WASTE,
            mass_g=_child_g(scene, child, output.mass_g),
            flags=_flags_of_part(whole, child),
        )
    check_namespace(scene, output.id)
    if output.id.is_lot:
        return _lot(scene, output)
    if not output.id.is_unit:
        raise RuleRefusal("code.scheme", output.id, allowed=["gbt34014", "gbt45565", "gs1", "local", "lot"])
    if output.cell is not None:
        _check_release(scene, whole, output.id, output.cell)
        return _released(scene, whole, output, Kind.CELL)
    return _unlisted(scene, whole, output)


def _flags_of_part(whole: Item, part: Item | None) -> tuple[Flag, ...]:
    # What was unsafe as a whole is not safe because it was taken apart.
    inherited = {Flag.QUARANTINED} & set(whole.flags)
    return tuple(sorted({*inherited, *(part.flags if part else ())}))


def _child_g(scene: Scene, child: Item, found_g: int) -> int:
    # Its weight counts downward, as a receiver's does.
    if child.mass_g is None:
        return found_g
    tolerance = scene.rules.mass_tolerance_ppm["split"]
    if found_g * PPM > child.mass_g * (PPM + tolerance):
        raise RuleRefusal(
            "balance.mass", child.id, inputs_g=child.mass_g, outputs_g=found_g, tolerance_ppm=tolerance
        )
    return min(child.mass_g, found_g)


def _lot(scene: Scene, output: SplitOutput) -> Item:
    if output.material is None or output.cell is not None:
        raise RuleRefusal("split.output", output.id)
    return new_lot(scene, output.id, output.mass_g, LotFacts(material=output.material))


def _check_release(scene: Scene, whole: Item, cell: ItemId, released: CellRelease) -> None:
    if whole.cells_root is None or whole.cell_count is None:
        raise RuleRefusal("cells.no_root", whole.id)
    check_code(scene, cell, Kind.CELL, own=False)
    try:
        verify_release(
            released,
            cell.value,
            cell_count=whole.cell_count,
            root=b64url_decode(whole.cells_root),
        )
    except InvalidProofError as error:
        raise RuleRefusal("cells.proof", cell, reason=error) from error


def _unlisted(scene: Scene, whole: Item, output: SplitOutput) -> Item:
    # Only an item whose contents nobody declared may turn out to hold units the ledger has not seen.
    if whole.parts or whole.cells_root is not None:
        raise RuleRefusal("split.stranger", output.id, parent=whole.id)
    check_code(scene, output.id, Kind.MODULE, own=False)
    return _released(scene, whole, output, Kind.MODULE)


def _released(scene: Scene, whole: Item, output: SplitOutput, kind: Kind) -> Item:
    if output.material is not None:
        raise RuleRefusal("split.output", output.id)
    outside = come_out(scene.states, whole)
    return Item(
        id=output.id,
        kind=kind,
        phase=Phase.RETIRED,
        custodian=outside.custodian,
        owner=outside.owner,
        operator=outside.operator,
        maker=whole.maker,
        mass_g=output.mass_g,
        status=Status.WASTE,
        flags=_flags_of_part(whole, None),
    )


def _missing(scene: Scene, whole: Item, child: ItemId) -> Item:
    out = come_out(scene.states, _child(scene, whole, child))
    # Its mass may be in the outputs; were it kept, the same grams would turn up twice.
    return missing(replace(out, flags=_flags_of_part(whole, out), mass_g=None))


def _product_reads(claims: ProductAssembled) -> list[Fact]:
    return [] if claims.model is None else [model_fact(claims.model)]


@effect(ProductAssembled, _product_reads)
def product_assembled(scene: Scene, claims: ProductAssembled) -> None:
    """Build a second-life product; its assembler answers for it from now on."""
    product = _product(scene, claims)
    inputs = [_input(scene, item) for item in claims.inputs]
    _check_built_mass(scene, claims.mass_g, sum(_weighed_g(item) for item in inputs))
    depth = 1 + max(item.depth for item in inputs)
    if depth > MAX_DEPTH:
        raise RuleRefusal("assembly.depth", product.id, depth=depth, limit=MAX_DEPTH)
    scene.put_item(replace(product, depth=depth))
    for item in inputs:
        inside = go_in(scene.states, item, product)
        scene.put_item(replace(inside, phase=Phase.PART, parent=product.id, status=Status.REPURPOSED))


def _check_built_mass(scene: Scene, mass_g: int, inputs_g: int) -> None:
    """Check that a product holds its inputs, and that what is built around them is within its tolerance."""
    unaccounted_g(inputs_g=mass_g, additions_g=0, outputs_g=inputs_g, losses_g=0, tolerance_ppm=0)
    unaccounted_g(
        inputs_g=inputs_g,
        additions_g=0,
        outputs_g=mass_g,
        losses_g=0,
        tolerance_ppm=scene.rules.mass_tolerance_ppm["assembly"],
    )


def _product(scene: Scene, claims: ProductAssembled) -> Item:
    item, firm = scene.event.subjects[0], scene.actor
    check_new(scene, item)
    if not item.is_unit:
        raise RuleRefusal("code.scheme", item, allowed=["gbt34014", "gbt45565", "gs1", "local"])
    check_namespace(scene, item)
    check_code(scene, item, Kind.PRODUCT)
    if claims.model is not None:
        check_model(scene, claims.model, Kind.PRODUCT)
    _check_application(scene, item, claims.application)
    return Item(
        id=item,
        kind=Kind.PRODUCT,
        phase=Phase.STOCK,
        custodian=scene.event.iss,
        owner=firm,
        operator=firm,
        maker=firm,
        mass_g=claims.mass_g,
        model=claims.model,
        parts=len(claims.inputs),
        status=Status.REPURPOSED,
        application=claims.application,
    )


def _input(scene: Scene, item: ItemId) -> Item:
    found = scene.item(item)
    if found.kind not in _BATTERIES:
        raise RuleRefusal("lifecycle.kind", item, kind=found.kind, event=scene.event.type)
    if found.phase not in _USED:
        raise RuleRefusal(
            "lifecycle.phase", item, phase=found.phase, allowed=sorted(_USED), event=scene.event.type
        )
    return found


def _check_application(scene: Scene, item: ItemId, application: Application) -> None:
    rule = scene.rules.prohibits(application, scene.event.at.day)
    if rule is not None:
        raise RuleRefusal(
            "application.prohibited",
            item,
            application=application,
            since=rule.since,
            basis=rule.basis,
        )


@effect(ProductDeployed)
def product_deployed(scene: Scene, claims: ProductDeployed) -> None:
    """Put products to work in the application they were built for."""
    for item in scene.subjects():
        _check_application(scene, item.id, claims.application)
        if item.application not in (None, claims.application):
            raise RuleRefusal("application.other", item.id, built_for=item.application)
        scene.put_item(replace(item, phase=Phase.DEPLOYED, application=claims.application))


@effect(ProductReturned)
def product_returned(scene: Scene, claims: ProductReturned) -> None:
    """Take products back into stock; a product keeps the application it was built for."""
    del claims  # where it was is for people
    for item in scene.subjects():
        application = item.application if item.kind is Kind.PRODUCT else None
        scene.put_item(replace(item, phase=Phase.STOCK, application=application))

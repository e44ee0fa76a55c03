"""Remarks on mass that nobody can account for, and on what a load lost on its way."""

from collections.abc import Iterator

from ledger.balance import PPM
from ledger.events.custody import TransferAccepted
from ledger.events.recycling import BatchProcessed
from ledger.events.second_life import ItemSplit
from ledger.events.service import ItemRepaired
from ledger.findings.remark import Applied, Remark, others
from ledger.identifiers import ItemId
from ledger.state import Item
from ledger.vocabulary import Kind


def unaccounted(applied: Applied) -> Iterator[Remark]:
    """Remark on what went into a step and did not come out, nor was booked as a loss."""
    claims = applied.event.claims
    if isinstance(claims, BatchProcessed):
        items = [applied.before(item) for item in applied.event.subjects]
        given_g = claims.additions_g + sum(draw.mass_g for draw in claims.lots) + _sum_g(items)
        taken_g = claims.losses_g + sum(output.mass_g for output in claims.outputs)
        yield from _shortfall(applied, claims.outputs[0].lot, claims.step, given_g, taken_g)
    elif isinstance(claims, ItemSplit):
        [whole] = applied.event.subjects
        taken_g = sum(output.mass_g for output in claims.outputs)
        yield from _shortfall(applied, whole, "split", _sum_g([applied.before(whole)]), taken_g)
    elif isinstance(claims, ItemRepaired) and claims.mass_g is not None:
        yield from _repaired(applied, claims, claims.mass_g)


def _repaired(applied: Applied, claims: ItemRepaired, taken_g: int) -> Iterator[Remark]:
    [item] = applied.event.subjects
    whole, gone, new = ([applied.before(one) for one in some] for some in ((item,), claims.out, claims.in_))
    if all(one is not None and one.mass_g is not None for one in (*whole, *gone, *new)):
        given_g = _sum_g(whole) - _sum_g(gone) + _sum_g(new)
        yield from _shortfall(applied, item, "split", given_g, taken_g)


def _sum_g(items: list[Item | None]) -> int:
    return sum((one.mass_g or 0) for one in items if one is not None)


def _shortfall(applied: Applied, item: ItemId, step: str, given_g: int, taken_g: int) -> Iterator[Remark]:
    missing_g = given_g - taken_g
    if missing_g <= 0:
        return
    tolerance_ppm = applied.rules.mass_tolerance_ppm[step]
    much = missing_g * PPM > given_g * tolerance_ppm
    yield Remark(
        rule="mass.unaccounted_much" if much else "mass.unaccounted",
        subject=str(item),
        org=applied.event.iss,
        facts={"missing_g": missing_g, "given_g": given_g, "tolerance_ppm": tolerance_ppm},
    )


def transit_loss(applied: Applied) -> Iterator[Remark]:
    """Remark on an item that arrived lighter than it was sent, beyond the tolerance of scales."""
    if not isinstance(applied.event.claims, TransferAccepted):
        return
    for item in applied.event.subjects:
        sent, arrived = applied.before(item), applied.after(item)
        if sent is None or arrived is None or sent.kind is Kind.VEHICLE:
            continue
        sent_g, arrived_g = _held_g(sent), _held_g(arrived)
        tolerance_ppm = applied.rules.mass_tolerance_ppm["transit" if sent.kind is Kind.LOT else "receipt"]
        if sent_g and arrived_g is not None and (sent_g - arrived_g) * PPM > sent_g * tolerance_ppm:
            sender = None if sent.offer is None else sent.offer.by
            yield Remark(
                rule="mass.transit_loss",
                subject=str(item),
                org=sender,
                other=others(sender, applied.event.iss),
                facts={"sent_g": sent_g, "arrived_g": arrived_g, "tolerance_ppm": tolerance_ppm},
            )


def _held_g(item: Item) -> int | None:
    return item.remaining_g if item.kind is Kind.LOT else item.mass_g

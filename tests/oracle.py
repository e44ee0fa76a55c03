"""Where the grams of a lot come from, computed anew and naively from the events alone.

It replays what was signed, keeps for every lot a whole list of shares, and knows nothing of ties.
"""

from collections.abc import Iterable
from fractions import Fraction

from ledger.events.envelope import Event
from ledger.events.production import PackManufactured
from ledger.events.recycling import BatchProcessed, LotDeclared, LotDivided
from ledger.events.second_life import ItemSplit, ProductAssembled
from ledger.identifiers import ItemId

Mix = dict[str, Fraction]
ADDED = "added"


class Oracle:
    """What every unit and lot is made of, and what it weighs."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.mix: dict[ItemId, Mix] = {}
        self.mass_g: dict[ItemId, int] = {}
        self.seen = set[ItemId]()
        for event in events:
            self._take(event)
            self.seen.update(event.prev)

    def _take(self, event: Event) -> None:
        claims = event.claims
        if isinstance(claims, PackManufactured):
            self._made(event.subjects[0], claims)
        elif isinstance(claims, ItemSplit):
            self._split(event.subjects[0], claims)
        elif isinstance(claims, ProductAssembled):
            product, whole = event.subjects[0], claims.mass_g
            self.mass_g[product] = whole
            self._mixed(product, [(one, self.mass_g[one]) for one in claims.inputs], whole, str(product))
        else:
            self._take_lots(event)

    def _take_lots(self, event: Event) -> None:
        claims = event.claims
        if isinstance(claims, LotDivided):
            for part in claims.parts:
                self.mix[part.lot] = dict(self._of(claims.source))
                self.mass_g[part.lot] = part.mass_g
        elif isinstance(claims, LotDeclared):
            self.mass_g[event.subjects[0]] = claims.mass_g
        elif isinstance(claims, BatchProcessed):
            inputs = [(one, self.mass_g[one]) for one in event.subjects]
            inputs += [(draw.lot, draw.mass_g) for draw in claims.lots]
            whole = sum(mass_g for _, mass_g in inputs) + claims.additions_g
            for made in claims.outputs:
                self.mass_g[made.lot] = made.mass_g
                self._mixed(made.lot, inputs, whole, ADDED)

    def _split(self, whole: ItemId, claims: ItemSplit) -> None:
        for output in claims.outputs:
            self.mass_g[output.id] = min(output.mass_g, self.mass_g.get(output.id, output.mass_g))
            if output.id not in self.seen:
                self.mix[output.id] = dict(self._of(whole))

    def _made(self, pack: ItemId, claims: PackManufactured) -> None:
        self.mass_g[pack] = claims.mass_g
        for module in claims.modules:
            self.mass_g[module.id] = module.mass_g
            if module.id not in self.seen:
                self.mix[module.id] = {str(pack): Fraction(1)}

    def _of(self, item: ItemId) -> Mix:
        return self.mix.get(item, {str(item): Fraction(1)})

    def _mixed(self, item: ItemId, inputs: list[tuple[ItemId, int]], whole: int, rest: str) -> None:
        mix: Mix = {}
        for one, mass_g in inputs:
            for end, share in self._of(one).items():
                mix[end] = mix.get(end, Fraction(0)) + share * Fraction(mass_g, whole)
        left = 1 - sum(mix.values(), Fraction(0))
        if left:
            mix[rest] = mix.get(rest, Fraction(0)) + left
        self.mix[item] = mix

"""A crowd of random events that a ledger takes, without end: what firms do to their batteries and lots.

Seeded, so that the same seed tells the same events. Nothing is asked of a ledger: the crowd keeps in mind
what each item can take next.
"""

import random
from collections.abc import Callable, Iterator

from ledger.events.envelope import Event
from ledger.identifiers import ItemId
from ledger.vocabulary import Right
from tests.consortium import FLEET, LAB, MAKER, RECYCLER, SECOND_LIFE, Party, module, pack
from tests.scenario_last import LastStory

CUSTODY = (Right.CUSTODY,)


class Crowd:
    """Random events of a story; `story` has told the opening before."""

    def __init__(self, story: LastStory, seed: int) -> None:
        self.story = story
        self.rng = random.Random(seed)  # noqa: S311  the same events for the same seed
        self.holders = dict[ItemId, Party]()
        self.countries = dict[ItemId, int]()
        self.lots = dict[ItemId, int]()
        self.made = 0

    def events(self) -> Iterator[list[str]]:
        """Yield events for ever, those together that must follow on each other."""
        steps: list[Callable[[], list[str]]] = [self._make, self._measure, self._measure, self._export]
        steps += [self._hand_on, self._offer, self._lot, self._draw, self._void, self._use]
        steps += [self._incident, self._retire]
        while True:
            yield self.rng.choice(steps)() if len(self.holders) > 20 else self._make()

    def _one(self) -> tuple[ItemId, Party]:
        # Most events are about what is new; histories stay short enough to be read.
        some = list(self.holders)[-200:]
        item = self.rng.choice(some)
        return item, self.holders[item]

    def _make(self) -> list[str]:
        self.made += 1
        one, parts = pack(self.made), [module(2 * self.made + part) for part in range(self.rng.randrange(3))]
        self.holders[one] = MAKER
        return [self.story.pack_manufactured(one, parts)]

    def _measure(self) -> list[str]:
        items = list(dict.fromkeys(self._one()[0] for _ in range(self.rng.randrange(1, 4))))
        return [self.story.health_measured(*items, by=LAB, soh_permille=self.rng.randrange(500, 1_000))]

    def _export(self) -> list[str]:
        item, holder = self._one()
        turn = self.countries[item] = self.countries.get(item, 0) + 1
        return [self.story.item_exported(holder, item, destination=("DE", "FR")[turn % 2])]

    def _to(self, holder: Party) -> Party:
        return self.rng.choice([one for one in (MAKER, FLEET, SECOND_LIFE, RECYCLER) if one != holder])

    def _hand_on(self) -> list[str]:
        item, holder = self._one()
        self.holders[item] = to = self._to(holder)
        return self.story.transfer(holder, to, item, load=f"load {len(self.story.events)}")

    def _offer(self) -> list[str]:
        item, holder = self._one()
        to, load = self._to(holder), f"load {len(self.story.events)}"
        offered = self.story.transfer_offered(holder, to, item, load=load, rights=CUSTODY)
        if self.rng.random() < 0.5:
            return [offered, self.story.transfer_withdrawn(holder, item, load=load)]
        return [offered, self.story.transfer_rejected(to, item, load=load)]

    def _lot(self) -> list[str]:
        lot = RECYCLER.lot(f"L-{len(self.lots)}")
        self.lots[lot] = 100_000
        return [self.story.lot_declared(lot, mass_g=100_000)]

    def _draw(self) -> list[str]:
        full = [lot for lot, left in list(self.lots.items())[-50:] if left]
        if not full:
            return self._lot()
        lot = self.rng.choice(full)
        mass_g = self.rng.randrange(1, self.lots[lot] + 1)
        drawn = self.story.residue_disposed(drawn={lot: mass_g})
        if self.rng.random() < 0.2:
            return [drawn, self.story.event_voided(self.story.last, RECYCLER)]
        self.lots[lot] -= mass_g
        return [drawn]

    def _void(self) -> list[str]:
        item, holder = self._one()
        told = self.story.item_retired(holder, item)
        event: Event = self.story.last
        return [told, self.story.event_voided(event, holder)]

    def _use(self) -> list[str]:
        item, holder = self._one()
        return [self.story.product_deployed(item, by=holder), self.story.product_returned(item, by=holder)]

    def _incident(self) -> list[str]:
        item, _ = self._one()
        return [self.story.incident_reported(item, LAB), self.story.quarantine_lifted(item, LAB)]

    def _retire(self) -> list[str]:
        # Nobody touches it any more.
        item, _ = self._one()
        holder = self.holders.pop(item)
        to = SECOND_LIFE if holder != SECOND_LIFE else FLEET
        handed = self.story.transfer(holder, to, item, load=f"end {len(self.story.events)}")
        return [*handed, self.story.item_retired(to, item)]

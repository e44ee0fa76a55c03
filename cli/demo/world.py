"""The demonstration's world: a clock that runs from 2021 on, and lives that take turns on it.

A life is a generator: it acts, yields how long it waits, in ms, and goes on. The world always wakes the one
whose time comes first, so events are signed in the order in which they happened.
"""

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from random import Random
from typing import Final, TypeAlias

from cli.demo.capacity import MeasuredCell
from cli.demo.consortium import Firm
from cli.demo.pen import NOTHING, Pen
from crypto.strictjson import Json
from ledger.events.row import Claims
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.state import Holder
from ledger.vocabulary import Purpose

Life: TypeAlias = Iterator[int]

SEED: Final = "packtrace demonstration 1"
BEGIN: Final = Instant.parse("2021-01-04T09:00:00+08:00")
END: Final = Instant.parse("2026-10-31T18:00:00+08:00")
MINUTE_MS: Final = 60_000
DAY_MS: Final = 24 * 60 * MINUTE_MS


@dataclass(slots=True, eq=False)
class Unit:
    """A pack, module or product as the story follows it. `owner` is a firm or a user."""

    item: ItemId
    mass_g: int
    rated_mah: int
    owner: Firm | Holder
    wear: tuple[MeasuredCell, ...]
    parts: list["Unit"] = field(default_factory=list)
    cells: tuple[str, ...] = ()
    cycles: int = 0

    @property
    def capacity_mah(self) -> int:
        """What the weakest of its cells still holds, in mAh of the small measured cell."""
        return min(cell.capacity_mah(self.cycles) for cell in self.wear)

    def age(self, share_permille: int) -> None:
        """Wear the unit to a share of its weakest cell's life; its parts are worn by the same cycles."""
        self.cycles = min(cell.life for cell in self.wear) * share_permille // 1000
        for part in self.parts:
            part.cycles = self.cycles


@dataclass(frozen=True, slots=True)
class Heap:
    """Black mass that waits to be leached: how much, of how many packs, since when."""

    lot: ItemId
    mass_g: int
    packs: int
    since_ms: int


class World:
    """The clock, the lives that wait for their turn, and what the firms have in their yards."""

    def __init__(self, pen: Pen, until_ms: int = END.ms) -> None:
        """Begin in January 2021; nothing happens later than `until_ms`."""
        self.pen = pen
        self.now_ms = BEGIN.ms
        self.until_ms = min(until_ms, END.ms)
        self.samples: dict[str, ItemId] = {}
        self._shown: dict[str, int] = {}
        self.for_second_life: list[Unit] = []
        self.for_recycling: list[tuple[Firm, Unit]] = []
        self.at_stations: list[Unit] = []
        self.black_mass: list[Heap] = []
        self.campaigns = 0
        self._waiting: list[tuple[int, int, Life]] = []
        self._begun = 0
        self._told: list[str] = []

    def begin(self, life: Life, at_ms: int) -> None:
        """Let a life begin at a time."""
        self._begun += 1
        heapq.heappush(self._waiting, (at_ms, self._begun, life))

    def run(self) -> Iterator[str]:
        """Return the story's events in order, each an SD-JWT, as they are signed."""
        while self._waiting and self._waiting[0][0] <= self.until_ms:
            self.now_ms, place, life = heapq.heappop(self._waiting)
            wait = next(life, None)
            if wait is not None:
                heapq.heappush(self._waiting, (self.now_ms + wait, place, life))
            yield from self._told
            self._told.clear()

    def told_percent(self) -> int:
        """Return how much of the story's time has passed."""
        return min(100, (self.now_ms - BEGIN.ms) * 100 // max(1, self.until_ms - BEGIN.ms))

    def tell(
        self,
        firm: Firm,
        claims: Claims,
        *items: ItemId,
        restricted: Mapping[str, Json] = NOTHING,
        purpose: Purpose = Purpose.OFFICE,
    ) -> str:
        """Sign an event, a minute after the one before it; return its id."""
        self.now_ms += MINUTE_MS
        event, text = self.pen.sign(
            firm, claims, *items, at_ms=self.now_ms, restricted=restricted, purpose=purpose
        )
        self._told.append(text)
        return event

    def show(self, name: str, item: ItemId, number: int) -> None:
        """Remember the item of its kind with the lowest number, to be named when all is ready."""
        if number < self._shown.get(name, number + 1):
            self._shown[name] = number
            self.samples[name] = item

    def uuid(self, name: str) -> str:
        """Return a UUID of version 4, always the same under a name: vehicles and loads are no secret."""
        bits = sha256(f"{SEED} {name}".encode()).hexdigest()
        return f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-8{bits[17:20]}-{bits[20:32]}"


def chance(name: object) -> Random:
    """Return a source of chance that is always the same under a name."""
    return Random(f"{SEED} {name}")  # noqa: S311  a story needs repeatable chance, not secrecy


def days(rng: Random, least: int, most: int) -> int:
    """Return a wait of so many days, in ms, ending within working hours."""
    return rng.randint(least, most) * DAY_MS + rng.randint(0, 240) * MINUTE_MS - 120 * MINUTE_MS

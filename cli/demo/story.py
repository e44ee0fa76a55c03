"""The whole story: which pack lives which life, and when it is made."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, cycle
from typing import Final

from cli.demo import lives, turns, turns_last, turns_more
from cli.demo.founding import file_reports, found, govern
from cli.demo.lives import Chapter, Live
from cli.demo.making import Line
from cli.demo.materials import run_plant
from cli.demo.second_use import run_workshop
from cli.demo.world import BEGIN, DAY_MS, MINUTE_MS, World, chance
from crypto.note import VerifierKey
from ledger.instants import Instant

_WORKING_MINUTES: Final = 8 * 60
_FIRST_WEEKS_MS: Final = 25 * DAY_MS


@dataclass(frozen=True, slots=True)
class Fate:
    """A life, between which days its pack is made, and how many packs it takes."""

    live: Live
    first: str
    last: str
    packs: int = 1


_SPLIT: Final = Fate(lives.give_its_modules, "2022-01-05", "2022-12-20")
_RECYCLED: Final = Fate(lives.be_recycled, "2021-03-01", "2022-10-30")
_REPLACED: Final = Fate(lives.be_replaced, "2022-06-01", "2024-02-01", packs=2)
_COLLECTED: Final = Fate(lives.be_collected, "2022-06-01", "2023-03-01")
_GRADED: Final = Fate(lives.be_graded, "2022-06-01", "2023-01-15")
_BACK: Final = Fate(lives.come_back, "2026-05-01", "2026-08-20")
_OFFERED: Final = Fate(lives.wait_for_an_answer, "2026-10-01", "2026-10-14")
_FITTED: Final = Fate(lives.stand_at_the_factory, "2026-08-01", "2026-09-20")
_TAXI: Final = Fate(lives.drive_a_taxi, "2023-06-01", "2025-12-01")
_PRIVATE: Final = Fate(lives.drive, "2022-03-01", "2026-06-01")
_STOCK: Final = Fate(lives.stay_in_stock, "2026-09-01", "2026-10-25")
_RETIRED: Final = Fate(lives.retire, "2021-06-01", "2023-06-01")
_DISPUTED: Final = Fate(lives.be_disputed, "2022-06-01", "2023-08-01")
_CLOSED: Final = Fate(lives.leave_a_closed_firm, "2022-06-01", "2023-01-15")
_STOLEN: Final = Fate(turns.be_stolen, "2023-06-01", "2025-12-01")
_LOST: Final = Fate(turns.be_lost, "2025-01-05", "2026-05-01")
_CRASHED: Final = Fate(turns.be_in_a_crash, "2023-01-05", "2025-06-01")
_SETTLED: Final = Fate(turns.be_settled, "2022-06-01", "2023-06-01")
_CONTESTED: Final = Fate(turns.be_contested, "2026-07-01", "2026-09-01")
_ABROAD: Final = Fate(turns.go_abroad, "2025-06-01", "2026-06-01")
_LEASED: Final = Fate(turns.be_leased, "2021-06-01", "2023-06-01")
_REWORKED: Final = Fate(turns_more.be_reworked, "2024-03-01", "2026-05-01")
_REPAIRED: Final = Fate(turns_more.be_repaired, "2022-03-01", "2024-03-01")
_SWAPPED: Final = Fate(turns_more.be_swapped, "2024-03-01", "2026-03-01", packs=2)
_SCRAPPED: Final = Fate(turns_more.be_scrapped, "2023-03-01", "2025-03-01", packs=2)
_COPIED: Final = Fate(turns_more.be_copied, "2023-06-01", "2025-12-01")
_VOIDED: Final = Fate(turns_last.be_voided, "2026-05-01", "2026-09-20")
_IDENTIFIED: Final = Fate(turns_last.be_identified, "2023-03-01", "2025-01-05")
_SERVED: Final = Fate(turns_last.be_served, "2024-03-01", "2026-03-01")
_RECTIFIED: Final = Fate(turns_last.be_rectified, "2024-03-01", "2026-03-01")
_RECALLED: Final = Fate(turns_more.be_recalled, "2024-06-01", "2025-12-01")

# The packs that every story has see every type of event; the next ones the rest of the stages, then it goes
# round.
_FIRST: Final = (
    _SPLIT,
    _SPLIT,
    _RECYCLED,
    _REPLACED,
    _RETIRED,
    _GRADED,
    _COLLECTED,
    _BACK,
    _OFFERED,
    _FITTED,
    _TAXI,
    _STOLEN,
    _LOST,
    _CRASHED,
    _SETTLED,
    _CONTESTED,
    _ABROAD,
    _LEASED,
    _REWORKED,
    _REPAIRED,
    _SWAPPED,
    _SCRAPPED,
    _COPIED,
    _RECALLED,
    _VOIDED,
    _IDENTIFIED,
    _SERVED,
    _RECTIFIED,
    _PRIVATE,
    _STOCK,
    _DISPUTED,
    _CLOSED,
)
_THEN: Final = (
    *(_PRIVATE, _SPLIT, _TAXI, _RECYCLED, _RECYCLED, _FITTED, _STOCK, _SPLIT),
    *(_TAXI, _COLLECTED, _PRIVATE, _RECYCLED, _SPLIT, _RETIRED, _RECYCLED, _TAXI),
    *(_OFFERED, _SPLIT, _GRADED, _PRIVATE, _RECYCLED, _REPLACED, _TAXI, _RECYCLED),
    *(_CRASHED, _PRIVATE, _STOLEN, _SPLIT, _ABROAD, _TAXI, _LEASED, _SETTLED),
    *(_REWORKED, _PRIVATE, _REPAIRED, _TAXI, _SWAPPED, _SPLIT, _SCRAPPED, _RECYCLED),
)
MOST_PACKS: Final = 5_000
LEAST_PACKS: Final = 31


def tell(world: World, base_url: str, packs: int, home: VerifierKey) -> Iterator[str]:
    """Return the events of a story of so many packs, each an SD-JWT, in the order they happened.

    `home`: the log's key under the origin that it moves to in the course of the story.
    """
    line = Line(world, base_url)
    world.begin(found(world), BEGIN.ms)
    world.begin(govern(world), BEGIN.ms + DAY_MS)
    world.begin(lives.waste_on_the_line(world, line, chance("scrap")), BEGIN.ms + _FIRST_WEEKS_MS)
    world.begin(file_reports(world), BEGIN.ms + DAY_MS)
    world.begin(turns.get_a_second_chance(world, line, chance("chance")), BEGIN.ms + _FIRST_WEEKS_MS)
    world.begin(turns_more.arrive_from_abroad(world), turns_more.IMPORTED_ON.ms)
    world.begin(turns_more.be_remembered(world), turns_more.REMEMBERED_ON.ms)
    world.begin(turns_more.recall_a_module(world), turns_more.MODULE_RECALLED_ON.ms)
    world.begin(turns_last.move(world, home), BEGIN.ms + DAY_MS)
    world.begin(turns_last.confirm(world), BEGIN.ms + DAY_MS)
    world.begin(turns_last.succeed(world), BEGIN.ms + DAY_MS)
    world.begin(run_workshop(world), BEGIN.ms + _FIRST_WEEKS_MS)
    world.begin(run_plant(world), BEGIN.ms + _FIRST_WEEKS_MS)
    _begin_lives(world, line, packs)
    return world.run()


def _begin_lives(world: World, line: Line, packs: int) -> None:
    number = 1
    for fate in chain(_FIRST, cycle(_THEN)):
        if number > packs:
            return
        chosen = fate if number + fate.packs - 1 <= packs else _STOCK
        rng = chance(f"pack {number}")
        first, last = (Instant.parse(f"{day}T08:30:00+08:00").ms for day in (chosen.first, chosen.last))
        day_ms = rng.randint(0, (last - first) // DAY_MS) * DAY_MS
        made_ms = first + day_ms + rng.randint(0, _WORKING_MINUTES) * MINUTE_MS
        world.begin(chosen.live(Chapter(world, line, number, rng)), made_ms)
        number += chosen.packs

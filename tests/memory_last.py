"""A ledger in a dictionary whose story knows every event type."""

import functools

from tests.consortium import SECOND_LIFE
from tests.memory import MemoryLedger, World, opening
from tests.scenario_last import LastStory
from tests.scenario_more import founded_more


class LastWorld(World):
    """A founded ledger, every firm enrolled, and the story told to it."""

    story: LastStory

    def __init__(self) -> None:
        super().__init__(_founded_once())


@functools.cache
def _founded_once() -> tuple[MemoryLedger, LastStory]:
    story = LastStory()
    ledger = MemoryLedger()
    ledger.submit_all([*opening(story), *founded_more(story), story.coding_filed(SECOND_LIFE, "ZZY")])
    return ledger, story

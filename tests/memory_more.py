"""A ledger in a dictionary with the firms of the whole life."""

import functools

from tests.consortium import SECOND_LIFE
from tests.memory import MemoryLedger, World, opening
from tests.scenario_more import MoreStory, founded_more


class MoreWorld(World):
    """A founded ledger, the firms of `tests.scenario_more` enrolled, and the story told to it."""

    story: MoreStory

    def __init__(self) -> None:
        super().__init__(_founded_once())


@functools.cache
def _founded_once() -> tuple[MemoryLedger, MoreStory]:
    story = MoreStory()
    ledger = MemoryLedger()
    ledger.submit_all([*opening(story), *founded_more(story), story.coding_filed(SECOND_LIFE, "ZZY")])
    return ledger, story

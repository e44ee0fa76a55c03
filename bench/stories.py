"""The events that are measured: packs of eight modules from one maker, signed beforehand."""

from collections.abc import Iterator

from tests.lives import opening
from tests.scenario import Story, module, pack

MODULES = 8


def signed_packs(story: Story) -> Iterator[str]:
    """Yield the signed manufacture of one pack after another, without end."""
    serial = 1
    while True:
        yield story.pack_manufactured(pack(serial), [module(serial * 10 + place) for place in range(MODULES)])
        serial += 1


def founded() -> tuple[Story, list[str]]:
    """Return a story and the submissions that found its log."""
    story = Story("bench")
    return story, opening(story)

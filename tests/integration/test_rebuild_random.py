"""Many random events, and the derived tables figure for figure against a replay, on both databases.

A few hundred in every suite; PACKTRACE_REBUILD_EVENTS says how many before a release (CONTRIBUTING.md).
"""

import os
from itertools import chain, islice
from pathlib import Path
from typing import Final

from ledger.rebuild import rebuild
from tests.crowd import Crowd
from tests.ledgers import Ledger
from tests.lives import opening
from tests.scenario_last import LastStory

EVENTS: Final = int(os.environ.get("PACKTRACE_REBUILD_EVENTS", "600"))
REQUEST: Final = 200


def test_what_was_derived_of_random_events_equals_a_replay(database_url: str, tmp_path: Path) -> None:
    ledger, story = Ledger(database_url, tmp_path), LastStory("crowd")
    ledger.log(opening(story))
    told = chain.from_iterable(Crowd(story, seed=EVENTS).events())
    while ledger.size < EVENTS:
        ledger.log(list(islice(told, min(REQUEST, EVENTS - ledger.size))))
    assert ledger.size == EVENTS
    assert rebuild(ledger.store, check=True) == []
    assert ledger.audit_bytes().ok
    ledger.close()

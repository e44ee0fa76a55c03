"""What rests on a stolen key's signature is amber in whatever is asked, until its firm stands by it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.doubts import doubtful
from ledger.instants import Instant
from ledger.store import CorruptRowError, EntryRow, Snapshot
from ledger.vocabulary import Purpose
from tests.consortium import MAKER, VEHICLE_MAKER, pack
from tests.lives import opening
from tests.scenario_last import LastStory
from tests.site import Site


class Robbed:
    """A site whose maker's office key was stolen after pack 1 and before pack 2."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.site, self.story = Site(folder, database_url), LastStory()
        self.log(*opening(self.story), self.story.key_added(MAKER, Purpose.OFFICE, 2))
        self.log(self.story.pack_manufactured(pack(1)))
        since = Instant.from_ms(self.site.clock.now + 1_000)
        self.log(self.story.pack_manufactured(pack(2)), *self.story.transfer(MAKER, VEHICLE_MAKER, pack(1)))
        self.log(self.story.key_revoked(MAKER, MAKER.key(), compromised_since=since))

    def log(self, *texts: str) -> None:
        """Log events, each a second after the one before."""
        for text in texts:
            self.site.clock.now += 1_000
            self.site.submit([text])

    def ambers(self) -> list[bool]:
        """Return what a look-up says of packs 1 and 2, of the maker, and of a pack that nobody knows."""
        asked = [str(pack(1)), pack(2).code, str(MAKER.id), str(pack(9))]
        answer = self.site.client.post("/v1/items/lookup", json={"items": asked})
        return [one["amber"] for one in answer.get_json()["items"]]


@pytest.fixture
def robbed(tmp_path: Path, database_url: str) -> Iterator[Robbed]:
    found = Robbed(tmp_path, database_url)
    yield found
    found.site.close()


def test_a_look_up_says_whose_tip_is_in_doubt(robbed: Robbed) -> None:
    # Another firm's own key accepted pack 1, so its tip is sound.
    assert robbed.ambers() == [False, True, False, False]
    index = robbed.site.get(f"/v1/items/{pack(2)}/events").get_json()["events"][0]["index"]
    other = MAKER.key(Purpose.OFFICE, 2)
    robbed.log(robbed.story.event_confirmed(MAKER, MAKER.key(), index, index, signed_with=other))
    assert robbed.ambers() == [False, False, False, False]


def test_the_page_and_the_history_say_it_of_each_event(robbed: Robbed) -> None:
    events = robbed.site.get(f"/v1/items/{pack(1)}/events").get_json()["events"]
    assert [one["amber"] for one in events] == [False, True, False]
    assert "Do not rely on this line" in robbed.site.get(f"/p/{pack(1).code}?lang=en").text


def test_an_entry_that_cannot_be_read_is_our_failure(robbed: Robbed, monkeypatch: pytest.MonkeyPatch) -> None:
    row = EntryRow(7, "event", str(MAKER.id), "jti", 0, b"no entry")
    monkeypatch.setattr(Snapshot, "known_entries", lambda *_: [row])
    with robbed.site.service.snapshot() as snapshot:
        assert doubtful(snapshot, ()) == frozenset()
        with pytest.raises(CorruptRowError, match="entry 7"):
            doubtful(snapshot, ["event"])

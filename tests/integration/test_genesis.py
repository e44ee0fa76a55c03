"""The beginning of a log."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crypto import jws
from crypto.keys import Algorithm, PrivateKey
from ledger import submission
from ledger.entry import Entry
from ledger.errors import ConflictError
from ledger.instants import Instant
from ledger.sequencer import genesis
from ledger.sequencer.genesis import FoundedError, Founder
from ledger.sequencer.seen import Seen, SeenError
from ledger.state import LOG as LOG_STATE
from ledger.state import Log, Organisation, RegisteredKey, key_fact
from ledger.store import CommitError, Store
from ledger.vocabulary import Purpose, Role
from tests.fakes import FakeClock
from tests.ledgers import LOG, Fault, FaultySeen, lost, running
from tests.scenario import REGISTRAR, START, Story

FOUNDER = Founder(
    org=REGISTRAR.id,
    name_zh=REGISTRAR.name_zh,
    name_en=REGISTRAR.name,
    district=REGISTRAR.district,
    admin=REGISTRAR.key(Purpose.ADMIN),
    recovery=REGISTRAR.key(Purpose.RECOVERY).verifier,
    office=REGISTRAR.key().verifier,
)
RANDOM = bytes(range(20))


class Place:
    """Where a log is to begin."""

    def __init__(self, url: str, folder: Path, seen: Seen | None = None) -> None:
        self.store = Store(url)
        self.seen = seen or Seen(folder / "log.key.seen", LOG.verifier_key)

    def initialise(self, founder: Founder = FOUNDER) -> str:
        """Begin the log."""
        clock = FakeClock(START.ms)
        return genesis.initialise(
            founder, store=self.store, signer=LOG, seen=self.seen, clock=clock, random=RANDOM
        )

    def close(self) -> None:
        """Let go."""
        self.seen.close()
        self.store.close()


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Place]:
    made = Place(database_url, tmp_path)
    yield made
    made.close()


def test_a_log_begins_with_the_registrar_and_its_office_key(place: Place) -> None:
    root = place.initialise()
    with place.store.snapshot() as snapshot:
        rows = snapshot.entry_rows(0, 9)
        keys = snapshot.keys(REGISTRAR.id)
        states = snapshot.states([REGISTRAR.id, LOG_STATE])
        assert [one.id for one in snapshot.organisations()] == [REGISTRAR.id]
        assert snapshot.keys() == keys
        assert snapshot.keys(REGISTRAR.id, limit=1) == keys[:1]
        assert snapshot.keys(REGISTRAR.id, after=keys[0].kid) == keys[1:]
        assert [snapshot.key(one.kid) for one in keys] == keys
    assert [row.index for row in rows] == [0, 1]
    assert rows[0].event_id == root
    assert {key.purpose for key in keys} == {Purpose.ADMIN, Purpose.RECOVERY, Purpose.OFFICE}
    registrar, log = states[REGISTRAR.id], states[LOG_STATE]
    assert isinstance(registrar, Organisation)
    assert registrar.roles == (Role.REGISTRAR,)
    assert isinstance(log, Log)
    assert (log.origin, log.registrar) == (LOG.name, REGISTRAR.id)
    assert place.seen.read().checkpoint.size == 2


def test_entry_0_is_verified_with_the_key_in_its_own_data(place: Place) -> None:
    place.initialise()
    with place.store.snapshot() as snapshot:
        [body] = snapshot.entries(0, 1)
        key = snapshot.states([key_fact(FOUNDER.admin.verifier.thumbprint())])
    [state] = key.values()
    assert isinstance(state, RegisteredKey)
    jws.parse(Entry.decode(body).jws).verify(state.jwk)


def test_the_same_founder_at_the_same_moment_composes_the_same_bytes() -> None:
    texts = genesis.compose(FOUNDER, LOG.name, now_ms=START.ms, random=RANDOM)
    assert texts == genesis.compose(FOUNDER, LOG.name, now_ms=START.ms, random=RANDOM)
    events = [submission.parse(text).event for text in texts]
    assert [event.type for event in events] == ["org.enrolled", "key.added"]
    assert events[1].prev == {REGISTRAR.id: events[0].id}
    assert events[0].at == Instant.from_ms(START.ms)


def test_a_log_begins_only_once(place: Place) -> None:
    place.initialise()
    with pytest.raises(FoundedError):
        place.initialise()


def test_a_log_key_that_released_entries_begins_no_other_log(place: Place, tmp_path: Path) -> None:
    place.initialise()
    other = Place(f"sqlite:///{tmp_path / 'other.db'}", tmp_path)
    with pytest.raises(SeenError):
        other.initialise()
    other.close()


def test_a_founding_that_was_interrupted_is_repeated(database_url: str, tmp_path: Path) -> None:
    fault = Fault()
    fault.set("after seen", lost())
    place = Place(database_url, tmp_path, FaultySeen(tmp_path, fault))
    with pytest.raises(CommitError):
        place.initialise()
    place.initialise()
    place.close()


def test_a_founder_whose_facts_break_a_rule_founds_nothing(place: Place) -> None:
    same = REGISTRAR.key(Purpose.ADMIN)
    founder = Founder(
        org=REGISTRAR.id,
        name_zh=REGISTRAR.name_zh,
        name_en=REGISTRAR.name,
        district=REGISTRAR.district,
        admin=same,
        recovery=PrivateKey.generate(Algorithm.ES256).verifier,
        office=same.verifier,
    )
    with pytest.raises(ConflictError, match=r"key\.registered_before"):
        place.initialise(founder)
    with place.store.snapshot() as snapshot:
        assert snapshot.head().size == 0


def test_what_began_goes_on_as_any_ledger(place: Place, database_url: str, tmp_path: Path) -> None:
    place.initialise()
    place.close()
    with running(database_url, tmp_path) as ledger:
        ledger.log(Story().enrolments())

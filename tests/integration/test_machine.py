"""The same random lives through the real writer, on both databases, with an audit at the end of each."""

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from ledger import indexing, submission
from ledger.events.envelope import Event
from ledger.identifiers import ItemId
from ledger.sequencer.outcomes import Refused
from ledger.state import Item
from ledger.store import ItemFilter
from tests import ledgers, machine
from tests.consortium import START
from tests.fakes import FakeClock
from tests.machine_last import LastMachine
from tests.postgres import fresh_database

# A few runs of every suite, as many as it takes before a release (CONTRIBUTING.md).
RUNS = os.environ.get("PACKTRACE_MACHINE_RUNS")
FEW = settings(
    max_examples=6 if RUNS is None else int(RUNS),
    stateful_step_count=40 if RUNS is None else 60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
MANY_ITEMS = 1_000


class Written:
    """A ledger of one example: a database and a folder of its own, audited and removed at the end."""

    def __init__(self, database: Callable[[Path], AbstractContextManager[str]]) -> None:
        self._open = ExitStack()
        folder = Path(tempfile.mkdtemp(prefix="packtrace-machine-"))
        self._open.callback(shutil.rmtree, folder)
        url = self._open.enter_context(database(folder))
        self.clock = FakeClock(START.ms)
        self.ledger = ledgers.Ledger(url, folder, clock=self.clock)
        self._open.callback(self.ledger.close)

    def submit(self, text: str) -> Event:
        """Log a submission at the time it was signed, or raise what refuses it; a receipt proves it."""
        event = submission.parse(text).event
        self.clock.now = event.iat * 1000
        size = self.ledger.size
        [outcome] = self.ledger.submit(text)
        if isinstance(outcome, Refused):
            assert self.ledger.size == size
            raise outcome.refusal
        assert ledgers.verified(outcome).index == size
        return event

    def items(self) -> dict[ItemId, Item]:
        """Return every item that the database holds."""
        with self.ledger.store.snapshot() as snapshot:
            found = snapshot.items(ItemFilter(), limit=MANY_ITEMS)
        assert len(found) < MANY_ITEMS
        return {item.id: item for item in found}

    def index_lines(self) -> list[bytes]:
        """Return the lines of the index as the database gives them."""
        with self.ledger.store.snapshot() as snapshot:
            return list(indexing.make(snapshot, self.ledger.size).lines)

    def close(self) -> None:
        """Audit everything from bytes, compare the states with a replay, and let go."""
        with self._open:
            self.ledger.check()


class WrittenMachine(LastMachine):
    """The machine over a database; a subclass says of which kind."""

    def database(self, folder: Path) -> AbstractContextManager[str]:
        """Return the URL of an empty database; a subclass says of which kind."""
        raise AssertionError(f"a machine without a database in {folder}")

    def open_ledger(self) -> machine.Ledger:
        """Return an empty ledger in an empty database."""
        self.written = Written(self.database)
        return self.written

    def teardown(self) -> None:
        """Audit the ledger that the random events left."""
        self.written.close()


class OnSqlite(WrittenMachine):
    """The machine over SQLite."""

    def database(self, folder: Path) -> AbstractContextManager[str]:
        """Return a file in the folder."""
        return nullcontext(f"sqlite:///{folder / 'ledger.db'}")


def test_random_lives_on_sqlite_agree_with_the_model_and_pass_an_audit() -> None:
    run_state_machine_as_test(OnSqlite, settings=FEW)


def test_random_lives_on_postgresql_agree_with_the_model_and_pass_an_audit(postgres_url: str) -> None:
    class OnPostgresql(WrittenMachine):
        """The machine over the server of this session."""

        def database(self, _folder: Path) -> AbstractContextManager[str]:
            """Return a database of its own."""
            return fresh_database(postgres_url)

    run_state_machine_as_test(OnPostgresql, settings=FEW)

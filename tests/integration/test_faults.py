"""The fault table: whatever fails, wherever, nothing is logged twice, and nothing acknowledged is lost.

Each row fails once at one point of a batch, says what the client is told, and what sending the same bytes
again finds: logged now (nothing was kept) or a duplicate (all was kept).
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from crypto.note import NoteSigner
from ledger import checkpoint
from ledger.checkpoint import Checkpoint
from ledger.entry import Entry
from ledger.errors import LedgerError
from ledger.sequencer.outcomes import Duplicate, Logged, Outcome, OutcomeUnknownError, ReadOnlyError
from ledger.sequencer.seen import SeenError
from ledger.store import EntryRow, LostHeadError, Store, StoreError
from ledger.tiles import RightEdge, Tile, TileKey
from tests.consortium import private_key
from tests.ledgers import (
    LOG,
    Fault,
    FaultySeen,
    FaultyStore,
    Ledger,
    check_promise,
    full,
    lost,
    opened,
    running,
    verified,
)
from tests.scenario import MAKER, Story, pack, sign

Row = tuple[Callable[[], Exception], type[LedgerError], type[Outcome]]
NOTHING_KEPT: tuple[type[LedgerError], type[Outcome]] = (StoreError, Logged)
KEPT_OR_NOT = OutcomeUnknownError
TABLE: dict[str, Row] = {
    "before known_entries": (full, *NOTHING_KEPT),
    "before states": (full, *NOTHING_KEPT),
    "before add_entries": (full, *NOTHING_KEPT),
    "after add_entries": (full, *NOTHING_KEPT),
    "after add_disclosures": (full, *NOTHING_KEPT),
    "after put_states": (full, *NOTHING_KEPT),
    "before add_history": (full, *NOTHING_KEPT),
    "after put_tiles": (full, *NOTHING_KEPT),
    "before entry_rows": (full, *NOTHING_KEPT),
    "before advance": (full, *NOTHING_KEPT),
    "after advance": (full, *NOTHING_KEPT),
    "before commit": (lost, KEPT_OR_NOT, Logged),
    "after commit": (lost, KEPT_OR_NOT, Duplicate),
    "before seen": (lambda: SeenError("no space"), KEPT_OR_NOT, Duplicate),
    "after seen": (lambda: SeenError("the process ended"), KEPT_OR_NOT, Duplicate),
}


def faulty(url: str, folder: Path) -> tuple[Ledger, Fault]:
    fault = Fault()
    return Ledger(url, folder, store=FaultyStore(url, fault), seen=FaultySeen(folder, fault)), fault


@pytest.mark.parametrize("restart", [False, True], ids=["goes-on", "restarts"])
@pytest.mark.parametrize("point", TABLE)
def test_a_fault_loses_nothing_and_doubles_nothing(
    database_url: str, tmp_path: Path, point: str, *, restart: bool
) -> None:
    error, told, again = TABLE[point]
    ledger, fault = faulty(database_url, tmp_path)
    story = opened(ledger)
    before = ledger.log([story.pack_manufactured(pack(1))])
    texts = [story.pack_manufactured(pack(number)) for number in range(2, 5)]
    fault.set(point, error())
    with pytest.raises(told):
        ledger.submit(*texts)
    assert fault.point is None, "the fault was met"
    if restart:
        ledger.close()
        ledger = Ledger(database_url, tmp_path)
    outcomes = ledger.submit(*texts)
    assert {type(one) for one in outcomes} == {again}
    receipts = [verified(one) for one in outcomes]
    assert [receipt.index for receipt in receipts] == list(range(before[0].index + 1, before[0].index + 4))
    for receipt in (*before, *receipts):
        check_promise(ledger, receipt)
    ledger.log([story.pack_manufactured(pack(5))])
    ledger.check()
    ledger.close()


@pytest.mark.parametrize("step", ["add_entries", "put_tiles"])
def test_a_disk_that_gives_back_something_else_stops_the_batch(
    database_url: str, tmp_path: Path, step: str
) -> None:
    ledger, fault = faulty(database_url, tmp_path)
    story = opened(ledger)
    made = story.pack_manufactured(pack(1))
    fault.damage = step
    with pytest.raises(StoreError, match="gave back something else"):
        ledger.submit(made)
    ledger.log([made])
    ledger.check()
    ledger.close()


def test_nobody_hears_of_an_entry_before_its_checkpoint_is_on_disk(database_url: str, tmp_path: Path) -> None:
    ledger, fault = faulty(database_url, tmp_path)
    story = opened(ledger)
    note = ledger.sequencer.checkpoint()
    fault.set("before seen", SeenError("no space"))
    with pytest.raises(OutcomeUnknownError):
        ledger.submit(story.pack_manufactured(pack(1)))
    assert ledger.sequencer.checkpoint() == note
    ledger.close()
    with running(database_url, tmp_path) as restarted:
        restarted.log([story.pack_manufactured(pack(2))])


def test_a_start_releases_what_a_crash_left_unreleased(database_url: str, tmp_path: Path) -> None:
    ledger, fault = faulty(database_url, tmp_path)
    story = opened(ledger)
    size = ledger.size
    fault.set("before seen", SeenError("the process ended"))
    with pytest.raises(OutcomeUnknownError):
        ledger.submit(story.pack_manufactured(pack(1)))
    ledger.close()
    restarted = Ledger(database_url, tmp_path)
    assert restarted.size == size + 1
    restarted.close()


def left_unreleased(url: str, folder: Path, count: int = 1) -> Story:
    """Commit events whose checkpoint nobody has seen, and end."""
    ledger, fault = faulty(url, folder)
    story = opened(ledger)
    fault.set("before seen", SeenError("the process ended"))
    with pytest.raises(OutcomeUnknownError):
        ledger.submit(*(story.pack_manufactured(pack(number)) for number in range(1, count + 1)))
    ledger.close()
    return story


def tamper(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        last = connection.execute(text('SELECT max("index") FROM entry')).scalar_one()
        connection.execute(text(statement), {"last": last} if ":last" in statement else {})
    engine.dispose()


def check_read_only(url: str, folder: Path, reason: str, story: Story) -> None:
    """Check that a ledger there takes nothing, signs nothing new, and says why."""
    ledger = Ledger(url, folder)
    note = ledger.sequencer.checkpoint()
    for _ in range(2):
        with pytest.raises(ReadOnlyError) as caught:
            ledger.submit(story.pack_manufactured(pack(99)))
        assert caught.value.reason == reason
    assert ledger.sequencer.checkpoint() == note
    ledger.close()


TAMPERINGS = {
    'UPDATE entry SET body = (SELECT body FROM entry WHERE "index" = 3) WHERE "index" = :last': "unreleased",
    'UPDATE entry SET jti = event_id WHERE "index" = :last': "unreleased",
    'UPDATE entry SET issuer = event_id WHERE "index" = :last': "unreleased",
    'UPDATE entry SET event_id = jti WHERE "index" = :last': "unreleased",
    'UPDATE entry SET logged_at = logged_at - 1 WHERE "index" = :last': "unreleased",
    'DELETE FROM entry WHERE "index" = :last': "unreleased",
    "DELETE FROM tile WHERE level = 0": "tiles",
    "UPDATE tile SET data = (SELECT root FROM head)": "tiles",
    "UPDATE head SET size = size + 1": "tiles",
    "UPDATE head SET size = size + 1000000": "tiles",
}


@pytest.mark.parametrize("statement", TAMPERINGS)
def test_what_was_changed_before_its_release_is_never_signed(
    database_url: str, tmp_path: Path, statement: str
) -> None:
    story = left_unreleased(database_url, tmp_path)
    tamper(database_url, statement)
    check_read_only(database_url, tmp_path, TAMPERINGS[statement], story)


@pytest.mark.parametrize("forgery", ["signature", "stranger", "nonsense"])
def test_what_somebody_put_into_the_database_is_never_signed(
    database_url: str, tmp_path: Path, forgery: str
) -> None:
    with running(database_url, tmp_path) as ledger:
        story = opened(ledger)
        made = story.pack_manufactured(pack(1))
        jti = story.last.jti
        stranger = sign(MAKER, story.last.claims, {pack(1): None}, jti=jti, key=private_key("stranger"))
        forged = {
            "signature": made.rpartition(".")[0] + "." + "A" * 86,
            "stranger": stranger[:-1],
            "nonsense": "e30.e30.e30",
        }[forgery]
    put_into_the_database(database_url, forged, jti)
    check_read_only(database_url, tmp_path, "unreleased", story)


def put_into_the_database(url: str, jws: str, jti: str) -> None:
    """Append an entry as the writer would, tiles and head too, but sign nothing."""
    store = Store(url)
    with store.write() as transaction:
        head = transaction.locked_head
        entry = Entry(head.last_logged_at_ms, jws)
        row = EntryRow(head.size, entry.event_id, str(MAKER.id), jti, entry.logged_at_ms, entry.encode())
        edge, tiles = RightEdge.load(head.size, transaction.tiles).append([entry.leaf_hash])
        transaction.add_entries([row])
        transaction.put_tiles(tiles)
        transaction.advance(edge.size, edge.root())
        transaction.commit()
    store.close()


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE head SET size = size - 1", "behind"),
        ("UPDATE head SET root = (SELECT substr(data, 1, 32) FROM tile WHERE n = 0)", "root"),
        ("UPDATE tile SET data = (SELECT root FROM head) WHERE level = 0", "tiles"),
        ("DELETE FROM tile", "tiles"),
    ],
)
def test_a_database_that_contradicts_what_was_released_is_read_only(
    database_url: str, tmp_path: Path, statement: str, reason: str
) -> None:
    ledger = Ledger(database_url, tmp_path)
    story = opened(ledger)
    ledger.close()
    tamper(database_url, statement)
    check_read_only(database_url, tmp_path, reason, story)


def test_a_database_set_back_to_a_backup_is_read_only_until_the_entries_are_back(tmp_path: Path) -> None:
    url, file = f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path / "ledger.db"
    with running(url, tmp_path) as ledger:
        story = opened(ledger)
    shutil.copy(file, tmp_path / "backup.db")
    with running(url, tmp_path) as ledger:
        ledger.log([story.pack_manufactured(pack(1))])
    file.rename(tmp_path / "newer.db")
    shutil.copy(tmp_path / "backup.db", file)
    check_read_only(url, tmp_path, "behind", story)
    shutil.copy(tmp_path / "newer.db", file)
    with running(url, tmp_path) as ledger:
        ledger.sequencer.check_ready()
        ledger.log([story.pack_manufactured(pack(2))])


def test_another_history_of_the_same_key_is_never_signed(tmp_path: Path) -> None:
    for name, count in (("one", 1), ("other", 300)):
        place = tmp_path / name
        place.mkdir()
        with running(f"sqlite:///{place / 'ledger.db'}", place) as ledger:
            story = opened(ledger, name)
            ledger.log([story.pack_manufactured(pack(number)) for number in range(1, count + 1)])
    check_read_only(f"sqlite:///{tmp_path / 'other' / 'ledger.db'}", tmp_path / "one", "root", Story())


def test_a_tile_that_was_changed_is_found_before_anything_is_built_on_it(
    database_url: str, tmp_path: Path
) -> None:
    with running(database_url, tmp_path) as ledger:
        opened(ledger)
    store = Store(database_url)
    with store.write() as transaction:
        [data] = transaction.tiles([TileKey(0, 0)])
        transaction.put_tiles([Tile(0, 0, data[:-1] + bytes([data[-1] ^ 1]))])
        transaction.commit()
    store.close()
    check_read_only(database_url, tmp_path, "tiles", Story())


def test_a_missing_tile_behind_the_released_checkpoint_is_found(database_url: str, tmp_path: Path) -> None:
    story = left_unreleased(database_url, tmp_path, 300)
    tamper(database_url, "DELETE FROM tile WHERE level = 0 AND n = 0")
    check_read_only(database_url, tmp_path, "tiles", story)


def test_a_head_that_moved_under_the_writer_stops_it(database_url: str, tmp_path: Path) -> None:
    ledger, fault = faulty(database_url, tmp_path)
    story = opened(ledger)
    made = story.pack_manufactured(pack(1))
    fault.set("before advance", LostHeadError("the head moved"))
    with pytest.raises(ReadOnlyError) as caught:
        ledger.submit(made)
    assert caught.value.reason == "epoch"
    ledger.log([made])
    ledger.check()
    ledger.close()


def test_readiness_says_what_contradicts(database_url: str, tmp_path: Path) -> None:
    ledger = Ledger(database_url, tmp_path)
    opened(ledger)
    ledger.sequencer.check_ready()
    for statement, reason in (
        ("UPDATE head SET root = (SELECT substr(data, 1, 32) FROM tile WHERE n = 0)", "root"),
        ("UPDATE head SET size = 1", "behind"),
    ):
        tamper(database_url, statement)
        with pytest.raises(ReadOnlyError) as caught:
            ledger.sequencer.check_ready()
        assert caught.value.reason == reason
    ledger.close()


def test_a_writer_of_an_older_generation_commits_nothing(database_url: str, tmp_path: Path) -> None:
    ledger = Ledger(database_url, tmp_path)
    story = opened(ledger)
    tamper(database_url, "UPDATE head SET epoch = epoch + 1")
    with pytest.raises(ReadOnlyError) as caught:
        ledger.submit(story.pack_manufactured(pack(1)))
    assert caught.value.reason == "epoch"
    ledger.close()
    with running(database_url, tmp_path) as restarted:
        restarted.log([story.pack_manufactured(pack(2))])


def test_a_checkpoint_of_another_key_beside_the_log_key_is_not_believed(
    database_url: str, tmp_path: Path
) -> None:
    ledger = Ledger(database_url, tmp_path)
    story = opened(ledger)
    other = NoteSigner(LOG.name, private_key("another log"))
    size, root = ledger.size, ledger.sequencer.released().checkpoint.root
    (tmp_path / "log.key.seen").write_text(checkpoint.sign(Checkpoint(LOG.name, size, root), other))
    with pytest.raises(ReadOnlyError) as caught:
        ledger.submit(story.pack_manufactured(pack(1)))
    assert caught.value.reason == "seen"
    with pytest.raises(ReadOnlyError):
        ledger.sequencer.checkpoint()
    ledger.close()

"""A running server audited over HTTP, and what the audit says when somebody changed rows of its database."""

import contextlib
import json
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, create_engine, text
from urllib3.util import Retry

from api import gate
from cli.audit import audit_command
from cli.sources import FolderSource, HttpSource
from cli.verify import verify_command
from crypto.keys import PrivateKey
from ledger.audit import Check, Finding, Kind, Report, Trust, asking, audit
from ledger.events.labels import LabelReplaced
from ledger.mirror import Folder, export
from ledger.rebuild import rebuild
from ledger.sequencer.outcomes import Logged
from ledger.tiles import entries_path, tile_path, tile_width
from ledger.verdict import Verdict
from tests.dossiers import index_event
from tests.ledgers import LOG, Ledger, opened
from tests.live import Live, served, serving
from tests.lives import closing, opening, turns, whole_life
from tests.scenario import MAKER, Story, module, pack
from tests.scenario_last import LastStory
from tests.scenario_more import label

RUNS: Final = range(9)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def live(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Serve a ledger of some 350 entries: one full tile of leaves, and partial ones."""
    folder = tmp_path_factory.mktemp("live")
    with _few_histories(), _database(request, folder) as url, serving(url, folder) as started:
        story = opened(started.ledger)
        for number in (1, 2):
            started.ledger.log([*whole_life(story, number), *turns(story, number)])
        started.ledger.log(closing(story))
        many = Story("many")
        started.ledger.log([many.module_manufactured(module(1000 + number)) for number in range(250)])
        claims = LabelReplaced(place=MAKER.place, label=label(2), code="https://id.maker.example/01/2")
        started.ledger.log([many.tell(MAKER, claims, module(1000))])
        yield started


@pytest.fixture(autouse=True)
def _fresh_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the list for gates that was read while a row was changed: a server keeps one for a minute."""
    monkeypatch.setattr(gate, "_LATEST", gate._Latest())


@contextmanager
def _few_histories() -> Iterator[None]:
    """Let each of the many audits here ask for a few histories, trees and searches only."""
    with pytest.MonkeyPatch.context() as patch:
        for bound in ("MAX_HISTORIES", "MAX_TREES", "MAX_SEARCHES"):
            patch.setattr(asking, bound, 5)
        yield


@contextmanager
def _database(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{folder / 'ledger.db'}"
    else:
        from tests.postgres import fresh_database  # noqa: PLC0415  sqlite needs no server

        with fresh_database(request.getfixturevalue("postgres_url")) as url:
            yield url


def _trust(live: Live) -> Trust:
    with live.ledger.store.snapshot() as snapshot:
        return Trust(LOG.verifier_key, snapshot.entry_rows(0, 1)[0].event_id)


def _audit(live: Live) -> Report:
    # A broken row makes the server answer 500 at once; waiting for it to recover would only cost time.
    source = HttpSource(live.url, Retry(0))
    try:
        return audit(source, _trust(live))
    finally:
        source.close()


@dataclass(frozen=True)
class Cell:
    """One column of one row, found by its primary key."""

    table: str
    where: Mapping[str, Any]
    column: str

    @property
    def _place(self) -> str:
        return " AND ".join(f'"{name}" = :{name}' for name in self.where)

    def read(self, connection: Connection) -> Any:  # noqa: ANN401  any column
        """Return what stands there."""
        select = f'SELECT "{self.column}" FROM {self.table} WHERE {self._place}'  # noqa: S608  the test's names
        return connection.execute(text(select), dict(self.where)).scalar_one()

    def write(self, connection: Connection, value: object) -> None:
        """Put another value there."""
        update = f'UPDATE {self.table} SET "{self.column}" = :value_ WHERE {self._place}'  # noqa: S608  the same
        assert connection.execute(text(update), {**self.where, "value_": value}).rowcount == 1


@contextmanager
def _database_of(live: Live) -> Iterator[Connection]:
    """Open a connection past the server, and commit."""
    engine = create_engine(live.ledger.store._engine.url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


@contextmanager
def _changed(live: Live, cell: Cell, change: Callable[[Any], object]) -> Iterator[None]:
    """Change one value behind the server's back, and put it back."""
    with _database_of(live) as connection:
        before = cell.read(connection)
        cell.write(connection, change(before))
    try:
        yield
    finally:
        with _database_of(live) as connection:
            cell.write(connection, before)


def _rng(what: str, seed: int) -> random.Random:
    return random.Random(f"{what} {seed}")  # noqa: S311  the same changes at every run


def _flip(data: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(data))
    return data[:place] + bytes([data[place] ^ rng.randint(1, 255)]) + data[place + 1 :]


def _pick(live: Live, table: str, rng: random.Random) -> dict[str, Any]:
    with _database_of(live) as connection:
        found = connection.execute(text(f"SELECT * FROM {table}")).mappings()  # noqa: S608  the same
        rows: list[dict[str, Any]] = [{**row} for row in found]
    return rng.choice(sorted(rows, key=lambda row: str(list(row.values())[:2])))


def test_an_untouched_server_passes(live: Live) -> None:
    report = _audit(live)
    assert report.ok, report.findings
    assert report.size == live.ledger.size > 300
    assert report.counts.compared == report.counts.items + report.counts.organisations > 250


@pytest.mark.parametrize("seed", RUNS)
def test_a_changed_entry_row_is_named_by_its_index(live: Live, seed: int) -> None:
    rng = _rng("entry", seed)
    index = rng.randrange(live.ledger.size)
    with _changed(live, Cell("entry", {"index": index}, "body"), lambda body: _flip(bytes(body), rng)):
        report = _audit(live)
    assert Finding(kind=Kind.ENTRY, reason="differs", index=index) in report.findings
    assert {one.index for one in report.findings if one.follows is None} == {index}


@pytest.mark.parametrize("seed", RUNS)
def test_a_changed_tile_row_is_named_by_its_path(live: Live, seed: int) -> None:
    rng = _rng("tile", seed)
    row = _pick(live, "tile", rng)
    level, n = row["level"], row["n"]
    cell = Cell("tile", {"level": level, "n": n}, "data")
    with _changed(live, cell, lambda data: _flip(bytes(data), rng)):
        report = _audit(live)
    path = tile_path(level, n, tile_width(level, n, live.ledger.size))
    assert [(one.kind, one.path) for one in report.findings] == [(Kind.TILE, path)]


@pytest.mark.parametrize("table", ["item", "organisation"])
@pytest.mark.parametrize("seed", RUNS)
def test_a_changed_state_is_named_by_its_item(live: Live, table: str, seed: int) -> None:
    rng = _rng(table, seed)
    row = _pick(live, table, rng)
    members = json.loads(row["state"])
    name = rng.choice(sorted(members.keys() - {"id"}))
    members[name] = None if rng.random() < 0.3 else rng.choice([0, "x", *members.values()])
    changed = json.dumps(members)
    if members == json.loads(row["state"]):
        return
    with _changed(live, Cell(table, {"id": row["id"]}, "state"), lambda _before: changed):
        report = _audit(live)
    # A state that no longer reads is refused with all that needs it, so other things may be missing too.
    assert (Kind.ITEM, row["id"]) in [(one.kind, one.item) for one in report.findings]
    others = {(one.kind, one.reason) for one in report.findings if one.kind is not Kind.ITEM}
    told = {Kind.ACCOUNT, Kind.FINDING, Kind.STATISTICS, Kind.OFFER, Kind.HISTORY, Kind.GATE, Kind.AMBER}
    told |= {Kind.TREE, Kind.SEARCH}
    assert others <= {(kind, reason) for kind in told for reason in ("not_served", "differs", "withheld")}
    assert report.checks[Check.ITEMS] is Verdict.FAILED


@pytest.mark.parametrize("seed", RUNS)
def test_a_changed_history_row_is_named_by_a_replay(live: Live, seed: int) -> None:
    row = _pick(live, "history", _rng("history", seed))
    where = {"item": row["item"], "seq": row["seq"]}
    with _changed(live, Cell("history", where, "index"), lambda index: index + 1):
        found = rebuild(live.ledger.store, check=True)
    assert [(one.table, one.row) for one in found] == [("history", f"{row['item']} {row['seq']}")]


def test_a_missing_entry_row_is_named_by_its_bundle(live: Live) -> None:
    size = live.ledger.size
    with _database_of(live) as connection:
        Cell("entry", {"index": size - 1}, "index").write(connection, 1_000_000)
    try:
        report = _audit(live)
    finally:
        with _database_of(live) as connection:
            Cell("entry", {"index": 1_000_000}, "index").write(connection, size - 1)
    first = report.findings[0]
    assert (first.kind, first.path) == (Kind.BUNDLE, entries_path(1, size - 256))


def test_a_changed_released_checkpoint_is_not_served(live: Live) -> None:
    path = live.ledger.seen._path
    before = path.read_text()
    path.write_text(before.replace("\n3", "\n4", 1))
    try:
        report = _audit(live)
    finally:
        path.write_text(before)
    assert [(one.kind, one.reason) for one in report.findings] == [(Kind.CHECKPOINT, "missing")]


def test_the_command_audits_a_server_and_says_that_nothing_is_pinned(live: Live) -> None:
    result = CliRunner().invoke(audit_command, [live.url])
    assert result.exit_code == 0, result.output
    assert "nothing is pinned" in result.output


def test_the_command_audits_a_server_against_a_pinned_root(live: Live, tmp_path: Path) -> None:
    pinned = tmp_path / "trust.json"
    pinned.write_text(_trust(live).format())
    result = CliRunner().invoke(audit_command, [live.url, "--trust", str(pinned), "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["ok"] is True


def test_a_receipt_verifies_offline_with_the_bundle_that_the_server_gave(live: Live, tmp_path: Path) -> None:
    story = Story("receipt")
    outcome = live.ledger.submit(story.module_manufactured(module(5000 + _fresh(live))))[0]
    assert isinstance(outcome, Logged)
    source = HttpSource(live.url)
    bundle = source._fetch("GET", "/v1/keys", 10_000_000)
    source.close()
    for name, data in {
        "receipt": outcome.receipt_text.encode(),
        "keys.json": bundle,
        "trust.json": _trust(live).format().encode(),
    }.items():
        (tmp_path / name).write_bytes(data)
    options = ["--trust", str(tmp_path / "trust.json"), "--key", str(tmp_path / "keys.json")]
    arguments = [str(tmp_path / "receipt"), *options, "--event", outcome.event_id]
    result = CliRunner().invoke(verify_command, arguments)
    assert result.exit_code == 0, result.output


def _fresh(live: Live) -> int:
    return live.ledger.size


def test_the_signers_own_key_file_verifies_too(live: Live, tmp_path: Path) -> None:
    story = Story("own key")
    outcome = live.ledger.submit(story.module_manufactured(module(7000 + _fresh(live))))[0]
    assert isinstance(outcome, Logged)
    key: PrivateKey = MAKER.key()
    (tmp_path / "key.json").write_text(json.dumps(key.verifier.jwk()))
    (tmp_path / "key.pem").write_bytes(key.to_pem(None))
    (tmp_path / "receipt").write_text(outcome.receipt_text)
    (tmp_path / "trust.json").write_text(_trust(live).format())
    for name in ("key.json", "key.pem"):
        options = ["--trust", str(tmp_path / "trust.json"), "--key", str(tmp_path / name)]
        result = CliRunner().invoke(verify_command, [str(tmp_path / "receipt"), *options])
        assert result.exit_code == 0, result.output


def _cell_of(live: Live, table: str, where: str, column: str, *names: str) -> Cell:
    """Return one cell of the first row that a condition picks, found again by the columns of its key."""
    with _database_of(live) as connection:
        select = f"SELECT * FROM {table} WHERE {where}"  # noqa: S608  the test's names
        row = connection.execute(text(select)).mappings().first()
    assert row is not None
    return Cell(table, {name: row[name] for name in names}, column)


def test_a_finding_that_is_withheld_and_one_that_is_invented_are_named(live: Live) -> None:
    place = "thread IS NULL AND rule LIKE 'mass.unaccounted%'"
    cell = _cell_of(live, "finding", place, "rule", "index", "n")
    other = {"mass.unaccounted": "mass.unaccounted_much", "mass.unaccounted_much": "mass.unaccounted"}
    with _changed(live, cell, lambda before: other[before]):
        report = _audit(live)
    assert {(one.kind, one.reason) for one in report.findings} == {
        (Kind.FINDING, "withheld"),
        (Kind.FINDING, "invented"),
    }
    assert {one.index for one in report.findings} == {cell.where["index"]}
    assert report.checks[Check.FINDINGS] is Verdict.FAILED


def test_a_finding_of_another_subject_is_named(live: Live) -> None:
    cell = _cell_of(live, "finding", "thread IS NULL AND rule LIKE 'mass%'", "facts", "index", "n")
    with _changed(live, cell, lambda before: before.replace('missing_g":', 'missing_g":9')):
        report = _audit(live)
    assert [(one.kind, one.reason) for one in report.findings] == [(Kind.FINDING, "differs")]


def test_an_account_with_another_mass_is_named_with_its_event(live: Live) -> None:
    cell = _cell_of(
        live, "tie", "course = 'processed' AND side = 'out'", "mass_g", "item", "index", "course", "side"
    )
    with _changed(live, cell, lambda before: before + 1_000):
        report = _audit(live)
    assert (Kind.ACCOUNT, "differs") in {(one.kind, one.reason) for one in report.findings}
    assert {one.kind for one in report.findings} <= {Kind.ACCOUNT, Kind.TREE}
    # The step is named, and its lot.
    assert {(one.index, one.item) for one in report.findings} >= {
        (cell.where["index"], None),
        (None, cell.where["item"]),
    }


def test_a_key_told_otherwise_is_named_by_its_thumbprint(live: Live) -> None:
    cell = _cell_of(live, "fact", "kind = 'key'", "state", "kind", "id")
    with _changed(live, cell, lambda before: json.dumps({**json.loads(before), "label": "ANOTHER"})):
        report = _audit(live)
    kid = cell.where["id"].removeprefix("key/")
    # The list for gates names the keys that it was made beside.
    assert [(one.kind, one.reason, one.item) for one in report.findings] == [
        (Kind.GATE, "differs", None),
        (Kind.ITEM, "key_differs", kid),
    ]


def test_a_further_code_that_leads_elsewhere_is_named(live: Live) -> None:
    cell = _cell_of(live, "fact", "kind = 'alias'", "state", "kind", "id")
    other = str(module(1001))
    with _changed(live, cell, lambda before: json.dumps({**json.loads(before), "item": other})):
        report = _audit(live)
    code = cell.where["id"].removeprefix("alias/")
    assert [(one.kind, one.reason, one.item) for one in report.findings] == [(Kind.ITEM, "alias", code)]


def test_a_false_index_is_named_on_a_server_and_in_a_folder(database_url: str, tmp_path: Path) -> None:
    ledger, story = Ledger(database_url, tmp_path), LastStory("index")
    with contextlib.closing(ledger), served(ledger) as live:
        live.ledger.log([*opening(story), story.pack_manufactured(pack(1)), story.index_published(3)])
        told = _audit(live)
        export(HttpSource(live.url), Folder(tmp_path / "copy"), LOG.verifier_key)
        copied = audit(FolderSource(tmp_path / "copy"), _trust(live), items=False)
    place = live.ledger.size - 1
    # The server has another index than was published, so nobody shows a line of that.
    assert _named(told) == [(Kind.INDEX, "differs", place), (Kind.INDEX, "not_traced", place)]
    assert _named(copied) == [(Kind.INDEX, "differs", place)]


def _named(report: Report) -> list[tuple[Kind, str, int | None]]:
    return [(one.kind, one.reason, one.index) for one in report.findings]


@pytest.mark.parametrize("number", [1, 7, 12])
def test_a_false_index_of_an_edited_database_is_traced_to_its_line(
    database_url: str, tmp_path: Path, number: int
) -> None:
    ledger, story = Ledger(database_url, tmp_path), LastStory("traced")
    with contextlib.closing(ledger), served(ledger) as live:
        live.ledger.log([*opening(story), *(story.pack_manufactured(pack(one)) for one in range(1, 13))])
        live.ledger.log([story.item_stolen(MAKER, pack(number))])
        with _database_of(live) as connection:
            # What happened last is hidden, and the registrar publishes what the database says.
            gone = text("DELETE FROM history WHERE item = :item AND seq = 2")
            assert connection.execute(gone, {"item": str(pack(number))}).rowcount == 1
        live.ledger.log([index_event(live.ledger.store, story)])
        report = _audit(live)
    assert [(one.kind, one.reason) for one in report.findings] == [
        (Kind.INDEX, "differs"),
        (Kind.INDEX, "line"),
    ]
    line = report.findings[1]
    assert line.item == str(pack(number))
    told, own = str(line.facts["served"]), str(line.facts["expected"])
    assert (told.split(" ")[:2], own.split(" ")[:2]) == ([line.item, "1"], [line.item, "2"])


def test_the_command_draws_a_sample_keeps_the_checkpoint_and_reads_in_processes(
    live: Live, tmp_path: Path
) -> None:
    pinned, kept = tmp_path / "trust.json", tmp_path / "kept" / "checkpoint"
    pinned.write_text(_trust(live).format())
    again = [live.url, "--trust", str(pinned), "--save", str(kept), "--json"]
    drawn = ["--sample", "5", "--seed", "a lottery", "--by-custodian", "--jobs", "2"]
    first = CliRunner().invoke(audit_command, [*again, *drawn])
    assert first.exit_code == 0, first.output
    assert len(json.loads(first.stdout)["sample"]["drawn"]) == 5
    second = CliRunner().invoke(audit_command, [*again, "--since", str(kept)])
    assert json.loads(second.stdout)["checks"]["since"] == "ok"

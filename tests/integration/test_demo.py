"""The demonstration on both databases: whole, audited, kept by a second run, continued when interrupted."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from cli.demo.build import Plan, build, freshen
from cli.demo.story import LEAST_PACKS
from cli.errors import CliError
from cli.log import opened
from cli.sources import HttpSource
from crypto import jws
from ledger.audit import audit
from ledger.entry import Entry
from ledger.events import REGISTRY, envelope
from ledger.indexing import latest
from ledger.rebuild import rebuild
from ledger.sequencer import Sequencer
from ledger.sequencer.clock import SystemClock
from ledger.sequencer.outcomes import Outcome
from ledger.trust import Trust
from tests.demonstration import built, served, settings_in
from tests.fakes import FakeClock


def _type(entry: bytes) -> str:
    return envelope.parse(jws.parse(Entry.decode(entry).jws)).type


def _size(database_url: str, folder: Path) -> int:
    with opened(settings_in(folder, database_url)) as store, store.snapshot() as snapshot:
        return snapshot.head().size


def test_a_small_demonstration_is_whole_and_passes_the_audit(database_url: str, tmp_path: Path) -> None:
    demonstration = built(tmp_path, database_url)
    with opened(demonstration.settings) as store:
        assert rebuild(store, check=True) == []
        with store.snapshot() as snapshot:
            size = snapshot.head().size
            types = {_type(entry) for entry in snapshot.entries(0, size)}
    assert types == set(REGISTRY)
    with served(demonstration) as live:
        report = audit(HttpSource(live.url), Trust.parse((live.folder / "trust.json").read_bytes()))
    assert report.ok, report.findings
    assert report.size == size


def test_a_second_run_keeps_the_data(database_url: str, tmp_path: Path) -> None:
    first = built(tmp_path, database_url)
    before = _size(first.settings.database_url, tmp_path)
    assert build(first.settings, first.folder, None) == first.plan
    assert _size(first.settings.database_url, tmp_path) == before


def test_the_index_is_published_anew_at_a_start_a_day_later(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = built(tmp_path, database_url)
    before = _size(first.settings.database_url, tmp_path)
    freshen(first.settings, first.folder)
    assert _size(first.settings.database_url, tmp_path) == before
    later_ms = SystemClock().now_ms() + 2 * 86_400_000
    monkeypatch.setattr("cli.demo.build.SystemClock", lambda: FakeClock(later_ms))
    for _ in range(2):
        freshen(first.settings, first.folder)
    with opened(first.settings) as store, store.snapshot() as snapshot:
        index_at, claims = latest(snapshot)
        assert snapshot.head().size == before + 1
    assert claims is not None
    assert (index_at, claims.size) == (before, before)


def test_an_interrupted_run_is_continued_by_the_next(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = Sequencer.submit, iter(range(10))

    def interrupted(self: Sequencer, texts: Sequence[str], **options: bool) -> list[Outcome]:
        # The log is founded, then half a batch is taken, then someone presses Ctrl-C.
        if next(calls) == 1:
            real(self, texts[: len(texts) // 2])
            raise KeyboardInterrupt
        return real(self, texts, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Sequencer, "submit", interrupted)
        with pytest.raises(KeyboardInterrupt):
            built(tmp_path, database_url)
    half = _size(database_url, tmp_path)
    assert half > 2
    continued = built(tmp_path, database_url)
    assert _size(database_url, tmp_path) > half
    assert continued.plan.complete
    with opened(continued.settings) as store:
        assert rebuild(store, check=True) == []


def test_another_number_of_packs_is_refused(tmp_path: Path) -> None:
    first = built(tmp_path, f"sqlite:///{tmp_path / 'ledger.db'}")
    with pytest.raises(CliError, match=f"has {LEAST_PACKS} packs"):
        build(first.settings, first.folder, LEAST_PACKS + 1)


def test_a_demonstration_does_not_go_into_another_ledger(tmp_path: Path) -> None:
    one = built(tmp_path / "one", f"sqlite:///{tmp_path / 'one.db'}")
    other = built(tmp_path / "other", f"sqlite:///{tmp_path / 'other.db'}")
    with pytest.raises(CliError, match="not the one in this database"):
        build(other.settings, one.folder, None)
    with pytest.raises(CliError, match="another ledger"):
        build(other.settings, tmp_path / "fresh", None)


@pytest.mark.parametrize("text", ["", "[]", '{"packs":"many"}'])
def test_a_damaged_plan_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "demo" / "story.json"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(CliError, match="damaged"):
        build(settings_in(tmp_path, f"sqlite:///{tmp_path / 'ledger.db'}"), tmp_path / "demo", 12)


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan = Plan(12, "http://localhost:8000", 1, {"split": "gbt34014:X"})
    plan.write(tmp_path / "story.json")
    assert Plan.read(tmp_path / "story.json") == plan
    assert not plan.complete
    assert replace(plan, root="x").complete

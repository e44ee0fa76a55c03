"""Figures of a running server whose tables somebody edited: the audit names the first wrong one."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from cli.sources import HttpSource
from ledger.audit import Check, Finding, Kind, NotServedError, Report, Trust, audit
from ledger.events.service import Selector
from ledger.verdict import Verdict
from tests.ledgers import LOG, Ledger
from tests.live import Live, served
from tests.lives import opening, turns, whole_life
from tests.scenario import FLEET, MAKER, RECYCLER, SECOND_LIFE, pack
from tests.scenario_last import LastStory

PLACED = "UPDATE item SET {} WHERE id = :id"


@contextmanager
def _edited(ledger: Ledger, *edits: tuple[str, str]) -> Iterator[Live]:
    """Serve a ledger some of whose rows were edited; no figure was asked for before."""
    engine = create_engine(ledger.store._engine.url)
    with engine.begin() as connection:
        for edit, name in edits:
            assert connection.execute(text(edit), {"id": name}).rowcount > 0
    engine.dispose()
    with served(ledger) as live:
        yield live


def _audited(live: Live) -> Report:
    with live.ledger.store.snapshot() as snapshot:
        trust = Trust(LOG.verifier_key, snapshot.entry_rows(0, 1)[0].event_id)
    with closing(HttpSource(live.url)) as source:
        return audit(source, trust)


@pytest.fixture
def ledger(database_url: str, tmp_path: Path) -> Iterator[Ledger]:
    story = LastStory("figures")
    with closing(Ledger(database_url, tmp_path)) as made:
        made.log([*opening(story), *whole_life(story), *turns(story), story.pack_manufactured(pack(77))])
        made.log([story.transfer_offered(MAKER, SECOND_LIFE, pack(77), load="open")])
        made.log([story.recall_opened(Selector(codes=(pack(77),)))])
        yield made


def _found(report: Report, kind: Kind) -> list[Finding]:
    return [one for one in report.findings if one.kind is kind]


def test_what_stands_in_columns_is_held_to_the_entries(ledger: Ledger) -> None:
    with _edited(ledger) as live:
        report = _audited(live)
        assert report.ok, report.findings
        assert report.counts.statistics > 10
        assert report.counts.offers > 10
    # The states themselves are untouched: only what is counted and listed by them was edited.
    phase = PLACED.format("phase = 'ended'"), str(pack(77))
    offer = PLACED.format(f"offer_to = '{FLEET.id}'"), str(pack(77))
    with _edited(ledger, phase, offer) as live:
        report = _audited(live)
    # What a column calls ended may be missing in a search that is drawn, and marked in a new list for gates.
    kinds = {one.kind for one in report.findings}
    assert kinds - {Kind.SEARCH, Kind.GATE} == {Kind.STATISTICS, Kind.OFFER}
    [figure] = _found(report, Kind.STATISTICS)
    assert (figure.reason, figure.facts["measure"], figure.facts["by"]) == ("differs", "packs", "phase")
    assert {(one.reason, one.item, one.facts["figure"]) for one in _found(report, Kind.OFFER)} == {
        ("withheld", str(SECOND_LIFE.id), str(pack(77))),
        ("invented", str(FLEET.id), str(pack(77))),
    }
    assert report.checks[Check.ITEMS] is Verdict.OK


def test_a_mass_in_the_ties_changes_figures_that_are_named(ledger: Ledger) -> None:
    edit = "UPDATE tie SET mass_g = mass_g + 1 WHERE course = 'processed' AND side = 'in' AND item LIKE :id"
    with _edited(ledger, (edit, "lot:%")) as live:
        report = _audited(live)
    tables = {(one.facts["measure"], one.facts["by"]) for one in _found(report, Kind.STATISTICS)}
    assert {("flows", "step"), ("recovery", "batch"), ("recovery", "recycler")} <= tables
    assert [one.reason for one in _found(report, Kind.ACCOUNT) if one.index is not None] == ["differs"]


def test_a_life_that_is_said_to_be_longer_is_named(ledger: Ledger) -> None:
    edit = "UPDATE item SET made_on = '2001-01-01' WHERE made_on IS NOT NULL AND id <> :id"
    with _edited(ledger, (edit, "none")) as live:
        report = _audited(live)
    tables = {one.facts["measure"] for one in _found(report, Kind.STATISTICS)}
    assert tables == {"time_to_retirement"}
    # What is searched for by the day it was made is not found.
    assert {one.kind for one in report.findings} == {Kind.STATISTICS, Kind.SEARCH}
    assert {one.reason for one in _found(report, Kind.SEARCH)} == {"withheld"}


def test_an_event_that_is_left_out_of_a_history_is_named(ledger: Ledger) -> None:
    edit = "DELETE FROM history WHERE item = :id AND seq = 2"
    with _edited(ledger, (edit, str(pack(77)))) as live:
        report = _audited(live)
    [found] = report.findings
    assert (found.kind, found.reason, found.item) == (Kind.HISTORY, "differs", str(pack(77)))
    assert report.checks[Check.HISTORIES] is Verdict.FAILED


def test_a_recall_that_is_hidden_is_named_with_each_item(ledger: Ledger) -> None:
    nothing = json.dumps({"maker": str(MAKER.id)}).replace(":", r"\:")
    edit = f"UPDATE fact SET state = '{nothing}' WHERE kind = :id"  # noqa: S608  the test's own text
    with _edited(ledger, (edit, "recalls")) as live:
        report = _audited(live)
    assert {(one.kind, one.reason) for one in report.findings} == {(Kind.ITEM, "differs")}
    assert {one.item for one in report.findings} == {str(pack(77))}


@contextmanager
def _writing(ledger: Ledger) -> Iterator[None]:
    """Log packs and offers of them in another thread, one after another, until the context ends."""
    story, ended = LastStory("meanwhile"), threading.Event()

    def write() -> None:
        for number in range(2_000, 3_000):
            if ended.wait(0.05):
                return
            made = story.pack_manufactured(pack(number))
            ledger.submit(made, story.transfer_offered(MAKER, SECOND_LIFE, pack(number), load=f"{number}"))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        ended.set()
        writer.join()


def test_figures_are_right_while_others_write(ledger: Ledger) -> None:
    before = ledger.size
    with _edited(ledger) as live, _writing(ledger):
        report = _audited(live)
    assert report.ok, report.findings
    assert report.size > before


def test_a_step_that_was_taken_back_has_no_account_and_no_figure(database_url: str, tmp_path: Path) -> None:
    story, black = LastStory("taken back"), [RECYCLER.lot(f"BM-{number}") for number in (1, 2)]
    with closing(Ledger(database_url, tmp_path)) as ledger:
        ledger.log([*opening(story), story.lot_declared(RECYCLER.lot("ACID"))])
        for lot in black:
            ledger.log([story.batch_processed(drawn={RECYCLER.lot("ACID"): 1_000}, made={lot: 900})])
        first = next(event for event in story.events.values() if event.type == "batch.processed")
        ledger.log([story.event_voided(first, RECYCLER)])
        with _edited(ledger) as live:
            report = _audited(live)
            assert report.ok, report.findings
            with closing(HttpSource(live.url)) as source, pytest.raises(NotServedError):
                source.account(first.id)

"""Erased: the disclosures are gone from the database in the same commit, and every proof still holds."""

from ledger.sequencer.outcomes import Refused
from tests.consortium import FLEET, LAB, MAKER, pack
from tests.ledgers import Ledger, rule_of
from tests.lives import opening
from tests.scenario_last import LastStory


def told(ledger: Ledger) -> LastStory:
    """Found a ledger in which a health was measured."""
    story = LastStory()
    ledger.log(opening(story))
    ledger.log([story.pack_manufactured(pack(1)), story.health_measured(pack(1), by=LAB)])
    return story


def kept(ledger: Ledger, event: str) -> list[str]:
    """Return the disclosures of an event that are still kept."""
    with ledger.store.snapshot() as snapshot:
        return snapshot.disclosures(event)


def test_erased_disclosures_are_gone_and_the_entry_stays(ledger: Ledger) -> None:
    story = told(ledger)
    measured = story.last
    before = kept(ledger, measured.id)
    assert len(before) == len(measured.sd)
    ledger.log([story.disclosure_erased(measured, measured.sd[0])])
    assert len(kept(ledger, measured.id)) == len(before) - 1
    with ledger.store.snapshot() as snapshot:
        assert snapshot.find_entry(measured.id) is not None


def test_what_is_measured_and_erased_in_one_request_is_never_kept(ledger: Ledger) -> None:
    story = told(ledger)
    measured = story.health_measured(pack(1), by=LAB)
    event = story.last
    ledger.log([measured, story.disclosure_erased(event)])
    assert kept(ledger, event.id) == []


def test_nobody_but_the_registrar_erases_and_a_refusal_erases_nothing(ledger: Ledger) -> None:
    story = told(ledger)
    measured = story.last
    before = kept(ledger, measured.id)
    for by in (MAKER, LAB, FLEET):
        assert rule_of(ledger.refusal(story.disclosure_erased(measured, by=by))) == "org.role"
    assert rule_of(ledger.refusal(story.disclosure_erased(measured, "A" * 43))) == "erasure.digest"
    assert kept(ledger, measured.id) == before


def test_a_dry_run_erases_nothing(ledger: Ledger) -> None:
    story = told(ledger)
    measured = story.last
    before = kept(ledger, measured.id)
    [outcome] = ledger.submit(story.disclosure_erased(measured), dry_run=True)
    assert not isinstance(outcome, Refused)
    assert kept(ledger, measured.id) == before

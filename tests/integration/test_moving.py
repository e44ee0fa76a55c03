"""A log that moves: the same tree under another origin and key, and nothing written under the old one."""

from dataclasses import replace
from pathlib import Path

import pytest

from crypto.note import NoteSigner
from ledger import checkpoint
from ledger.audit import Report, Trust, audit
from ledger.merkle import verify_consistency
from ledger.proofs import prove_growth
from ledger.sequencer import Sequencer
from ledger.sequencer.moving import MovingError, take_over
from ledger.sequencer.outcomes import Logged
from ledger.sequencer.seen import Seen, SeenError
from tests.consortium import MAKER, pack, private_key
from tests.ledgers import LOG, Ledger, StoreSource, rule_of
from tests.lives import opening
from tests.scenario_last import LastStory

NEW = NoteSigner("moved.example/packtrace", private_key("moved log"))


def told(ledger: Ledger) -> LastStory:
    """Found a ledger and make a pack."""
    story = LastStory()
    ledger.log([*opening(story), story.pack_manufactured(pack(1))])
    return story


def moved(ledger: Ledger) -> LastStory:
    """Found a ledger and move it."""
    story = told(ledger)
    ledger.log([story.log_moved(NEW.name, NEW.verifier_key.format())])
    return story


def new_seen(folder: Path) -> Seen:
    """Return the file of what the new key released."""
    return Seen(folder / "moved.key.seen", NEW.verifier_key)


def test_the_first_checkpoint_of_the_new_origin_extends_the_last_of_the_old(
    ledger: Ledger, tmp_path: Path
) -> None:
    story = moved(ledger)
    last = ledger.seen.read()
    seen = new_seen(tmp_path)
    first = checkpoint.open(take_over(ledger.store, NEW, seen, last), [NEW.verifier_key])
    assert (first.origin, first.size, first.root) == (NEW.name, last.checkpoint.size, last.checkpoint.root)
    ledger.sequencer.close()
    story.origin = NEW.name
    with Sequencer(ledger.store, NEW, seen, ledger.clock) as sequencer:
        [outcome] = sequencer.submit([story.pack_manufactured(pack(2))])
        assert isinstance(outcome, Logged)
        now = sequencer.released().checkpoint
        with ledger.store.snapshot() as snapshot:
            proof = prove_growth(snapshot, last.checkpoint.size, now.size)
        verify_consistency(last.checkpoint.size, now.size, proof, last.checkpoint.root, now.root)
        check(ledger, sequencer, NEW)
        report = follow(ledger, sequencer, since=last.note)
        assert [(step.origin, step.moved) for step in report.followed] == [(NEW.name, True)]


def test_nothing_is_logged_under_the_old_origin_any_more(ledger: Ledger) -> None:
    story = moved(ledger)
    assert rule_of(ledger.refusal(story.pack_manufactured(pack(2)))) == "log.audience"
    story.origin = NEW.name
    assert rule_of(ledger.refusal(story.pack_manufactured(pack(3)))) == "log.audience"


def test_what_follows_the_move_in_its_own_batch_is_refused(ledger: Ledger) -> None:
    story = told(ledger)
    texts = [story.log_moved(NEW.name, NEW.verifier_key.format()), story.pack_manufactured(pack(2))]
    outcomes = ledger.submit(*texts)
    assert isinstance(outcomes[0], Logged)
    assert rule_of(outcomes[1]) == "log.audience"
    assert ledger.size == outcomes[0].index + 1


def test_a_key_that_was_not_announced_does_not_take_over(ledger: Ledger, tmp_path: Path) -> None:
    moved(ledger)
    other = NoteSigner(NEW.name, private_key("a thief"))
    with pytest.raises(MovingError, match="not announced"):
        take_over(ledger.store, other, new_seen(tmp_path), ledger.seen.read())


def test_a_log_that_has_not_moved_is_not_taken_over(ledger: Ledger, tmp_path: Path) -> None:
    told(ledger)
    with pytest.raises(MovingError, match=r"`log\.moved` first"):
        take_over(ledger.store, NEW, new_seen(tmp_path), ledger.seen.read())


def test_a_database_that_is_not_what_the_old_key_released_is_not_taken_over(
    ledger: Ledger, tmp_path: Path
) -> None:
    story = told(ledger)
    earlier = ledger.seen.read()
    ledger.log([story.log_moved(NEW.name, NEW.verifier_key.format())])
    with pytest.raises(MovingError, match="released size"):
        take_over(ledger.store, NEW, new_seen(tmp_path), earlier)
    last = ledger.seen.read()
    forged = replace(last, checkpoint=replace(last.checkpoint, root=bytes(32)))
    with pytest.raises(MovingError, match="released size"):
        take_over(ledger.store, NEW, new_seen(tmp_path), forged)


def test_a_log_is_taken_over_once(ledger: Ledger, tmp_path: Path) -> None:
    moved(ledger)
    seen = new_seen(tmp_path)
    take_over(ledger.store, NEW, seen, ledger.seen.read())
    with pytest.raises(SeenError):
        take_over(ledger.store, NEW, seen, ledger.seen.read())


def test_a_second_key_under_the_same_origin_goes_on_with_the_tree(database_url: str, tmp_path: Path) -> None:
    ledger = Ledger(database_url, tmp_path)
    story = told(ledger)
    spare = NoteSigner(LOG.name, private_key("spare log"))
    ledger.log([story.log_key_added(spare.verifier_key.format())])
    seen = Seen(tmp_path / "spare.key.seen", spare.verifier_key)
    take_over(ledger.store, spare, seen, ledger.seen.read())
    ledger.sequencer.close()
    with Sequencer(ledger.store, spare, seen, ledger.clock) as sequencer:
        [outcome] = sequencer.submit([story.item_retired(MAKER, pack(1))])
        assert isinstance(outcome, Logged)
        check(ledger, sequencer, spare)
        assert not follow(ledger, sequencer).followed[0].moved
    ledger.close()


def check(ledger: Ledger, sequencer: Sequencer, signer: NoteSigner) -> None:
    """Audit the log as it is under a new key."""
    with ledger.store.snapshot() as snapshot:
        root = snapshot.entry_rows(0, 1)[0].event_id
    report = audit(StoreSource(ledger.store, sequencer), Trust(signer.verifier_key, root))
    assert report.ok, report.findings


def follow(ledger: Ledger, sequencer: Sequencer, *, since: str | None = None) -> Report:
    """Audit the log with nothing but its first key, which has to lead to the one that signs now."""
    with ledger.store.snapshot() as snapshot:
        root = snapshot.entry_rows(0, 1)[0].event_id
    report = audit(StoreSource(ledger.store, sequencer), Trust(LOG.verifier_key, root), since=since)
    assert report.ok, report.findings
    return report

"""A log whose key is elsewhere: a program signs its checkpoints, and may be out of reach."""

from pathlib import Path

import pytest

from crypto.command import CommandSigner, SignerError
from crypto.keys import PrivateKey
from crypto.note import NoteSigner
from ledger.audit import audit
from ledger.sequencer import Sequencer
from ledger.sequencer.genesis import release_empty
from ledger.sequencer.outcomes import Duplicate, OutcomeUnknownError, ReadOnlyError
from ledger.sequencer.seen import Seen
from ledger.store import Store
from ledger.trust import Trust
from tests.fakes import FakeClock
from tests.ledgers import LOG, StoreSource
from tests.scenario import Story
from tests.site import NOW_MS


class Card:
    """What stands for a hardware module: it has the key, and can be pulled out."""

    def __init__(self, key: PrivateKey) -> None:
        self.key, self.there = key, True

    def run(self, _command: object, data: bytes) -> bytes:
        """Sign, where it is there."""
        if not self.there:
            raise SignerError("card ended with 1")
        return self.key.sign(data)


def test_a_log_goes_on_where_its_card_was_out_for_a_while(tmp_path: Path, database_url: str) -> None:
    assert isinstance(LOG.signer, PrivateKey)
    card = Card(LOG.signer)
    signer = NoteSigner(LOG.name, CommandSigner(LOG.signer.verifier, ("card",), card.run))
    store, seen = Store(database_url), Seen(tmp_path / "log.seen", signer.verifier_key)
    release_empty(signer, seen)
    story = Story()
    founding, [more, *_] = story.founding(), story.enrolments()
    with Sequencer(store, signer, seen, FakeClock(NOW_MS)) as sequencer:
        sequencer.submit(founding)
        card.there = False
        # It is in the database, and nobody hears of it before its checkpoint is signed.
        with pytest.raises(OutcomeUnknownError):
            sequencer.submit([more])
        with pytest.raises(ReadOnlyError, match="signer"):
            sequencer.submit([more])
        assert sequencer.released().checkpoint.size == len(founding)
        card.there = True
        [outcome] = sequencer.submit([more])
        assert isinstance(outcome, Duplicate)
        with store.snapshot() as snapshot:
            root = snapshot.entry_rows(0, 1)[0].event_id
        assert audit(StoreSource(store, sequencer), Trust(LOG.verifier_key, root)).ok
    seen.close()
    store.close()

"""Whatever firms do: what is open in the stream is what the states say, and every finding finds its words."""

import json

from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant

from ledger.events.envelope import Event
from ledger.findings import FINDING_RULES
from ledger.findings.shown import Kept, finding_json, finding_of
from ledger.findings.standing import threads
from ledger.identifiers import ItemId
from ledger.rules import LATEST, rule_set
from ledger.state import Item
from ledger.wording import Language
from ledger.wording.findings import finding_text
from tests.consortium import START
from tests.lives import opening, turns, whole_life
from tests.machine import Ledger
from tests.machine_turns import TurnsMachine
from tests.scenario import Story
from tests.watched import DAY_MS, WatchedLedger

KNOWN = {rule.rule for rules in FINDING_RULES.values() for rule in rules.rules}
# What no state tells of: reports and scans have threads of their own.
_STATED = ("report ", "pool ", "scan ")


def open_threads(stream: list[Kept]) -> set[str]:
    """Return the threads of a stream that something began and nothing ended since."""
    found = set[str]()
    for one in stream:
        thread = one.remark.thread
        if thread is not None and not thread.startswith(_STATED):
            (found.discard if one.remark.ends else found.add)(thread)
    return found


def check_stream(ledger: WatchedLedger) -> None:
    """Check a whole stream against the states that it came from."""
    assert open_threads(ledger.stream) == {
        thread for state in ledger.states.values() for thread in threads(state)
    }
    begun = [one for one in ledger.stream if not one.remark.ends]
    assert {one.remark.rule for one in ledger.stream} <= KNOWN
    ids = [(one.index, one.remark.rule, one.remark.subject) for one in begun]
    assert len(set(ids)) == len(ids)
    for days in (0, 400):
        for one in begun:
            found = finding_of(one, START.ms + days * DAY_MS, rule_set(LATEST))
            if found is not None:
                told = finding_json(found)
                assert json.loads(json.dumps(told)) == told
                for lang in Language:
                    assert finding_text(found.rule.rule, lang, item=found.subject, facts=found.facts).detail


def test_a_stream_of_whole_lives_says_what_the_states_say() -> None:
    story, ledger = Story(), WatchedLedger()
    texts = [*opening(story), *whole_life(story), *turns(story)]
    ledger.submit_all(texts)
    check_stream(ledger)
    again = WatchedLedger()
    again.submit_all(texts)
    assert again.stream == ledger.stream


class InMemory(WatchedLedger):
    """A watched ledger that lists its items."""

    def submit(self, text: str, *, logged_at_ms: int | None = None) -> Event:
        """Log one submission; what is refused is remarked nowhere."""
        count = len(self.stream)
        try:
            return super().submit(text, logged_at_ms=logged_at_ms)
        except Exception:
            assert len(self.stream) == count
            raise

    def items(self) -> dict[ItemId, Item]:
        """Return every item."""
        return {state.id: state for state in self.states.values() if isinstance(state, Item)}


class FindingsMachine(TurnsMachine):
    """Random events by random firms, each remarked on."""

    def open_ledger(self) -> Ledger:
        """Return an empty ledger."""
        self.watched = InMemory()
        return self.watched

    @invariant()
    def the_stream_says_what_the_states_say(self) -> None:
        """Compare what is open with the states after every event."""
        assert open_threads(self.watched.stream) == {
            thread for state in self.watched.states.values() for thread in threads(state)
        }

    def teardown(self) -> None:
        """Check the whole stream once more, with its words."""
        check_stream(self.watched)


TestFindingsMachine = FindingsMachine.TestCase
TestFindingsMachine.settings = settings(
    max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

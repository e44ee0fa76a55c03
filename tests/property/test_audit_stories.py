"""Whatever firms do within the rules, an audit finds nothing wrong; and nothing passes that was left out."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger import submission
from ledger.audit import Check
from ledger.verdict import Verdict
from tests import audits
from tests.audits import lives
from tests.memory import opening
from tests.scenario import Story


@st.composite
def stories(draw: st.DrawFn) -> list[str]:
    """Lives of several packs, each broken off anywhere, their events shuffled together in every order."""
    story = Story("stories")
    texts = opening(story)
    ends = draw(st.lists(st.integers(0, 4), min_size=1, max_size=5))
    waiting = [lives(story, 5 * place + end, 1) for place, end in enumerate(ends, start=1)]
    waiting = [life[: draw(st.integers(1, len(life)))] for life in waiting]
    while any(waiting):
        life = draw(st.sampled_from([one for one in waiting if one]))
        texts.append(life.pop(0))
    return texts


@settings(deadline=None)
@given(stories())
def test_every_story_within_the_rules_audits_clean(texts: list[str]) -> None:
    log = audits.build(texts)
    report = audits.run(log.source(), log.trust)
    assert report.ok, report.findings
    assert report.counts.events == len(texts)


def born_last() -> list[str]:
    """Return a story whose last event makes a pack, and names nothing that the ledger knew before."""
    story = Story("stories")
    return [*opening(story), *lives(story, 1, 1), lives(story, 2, 1)[0]]


def only_makes(texts: list[str], index: int) -> bool:
    """Say whether the event at `index` names no item or organisation that an earlier one names."""
    named = [set(submission.parse(text).event.prev) for text in texts[: index + 1]]
    return named[-1].isdisjoint(item for items in named[:-1] for item in items)


@settings(deadline=None, max_examples=25)
@given(stories(), st.integers(0, 10_000))
@example(born_last(), len(born_last()) - 1)
def test_a_log_with_an_event_left_out_does_not_pass(texts: list[str], number: int) -> None:
    log = audits.build(texts)
    index = number % len(texts)
    source = audits.serve([*log.entries[:index], *log.entries[index + 1 :]], log.states)
    report = audits.run(source, log.trust)
    if index == len(texts) - 1 and only_makes(texts, index):
        # Cut off at its end, a log is a shorter log, sound in itself, and none of its entries names what was
        # made last: no audit asks for it. Who keeps the receipt of that event knows better, and so does who
        # keeps a later checkpoint, as witnesses do.
        assert report.ok
        report = audits.run(source, log.trust, since=log.source().note)
        assert report.checks[Check.SINCE] is Verdict.FAILED
    assert not report.ok
    assert report.findings
    assert report.checks[Check.CHECKPOINT] is Verdict.OK


@settings(deadline=None, max_examples=25)
@given(stories(), st.data())
def test_every_older_checkpoint_of_a_log_is_one_it_begins_with(texts: list[str], data: st.DataObject) -> None:
    log = audits.build(texts)
    size = data.draw(st.integers(0, len(texts)))
    older = audits.serve(log.entries[:size], {}).note
    assert audits.run(log.source(), log.trust, since=older).ok

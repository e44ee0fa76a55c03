"""Whatever firms do within the rules, an audit finds nothing wrong; and nothing passes that was left out."""

from hypothesis import given, settings
from hypothesis import strategies as st

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


@settings(deadline=None, max_examples=25)
@given(stories(), st.data())
def test_a_log_with_an_event_left_out_does_not_pass(texts: list[str], data: st.DataObject) -> None:
    log = audits.build(texts)
    index = data.draw(st.integers(0, len(texts) - 1))
    entries = [*log.entries[:index], *log.entries[index + 1 :]]
    report = audits.run(audits.serve(entries, log.states), log.trust)
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

"""Each invariant of docs/events.md, broken by force: the writer would refuse it, and an audit names it.

The attacker is the log itself. It writes an event that no rule allows, validly signed by its firm, hashes the
tree anew and signs the checkpoint; only a replay of the rules can tell.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import pytest

from ledger import submission
from ledger.audit import Check, Finding, Kind
from ledger.entry import Entry
from ledger.errors import Refusal
from ledger.events.correction import Facets
from ledger.instants import Instant
from ledger.verdict import Verdict
from ledger.vocabulary import Phase, Purpose
from tests import audits
from tests.consortium import (
    FLEET,
    LAB,
    MAKER,
    RECYCLER,
    SECOND_LIFE,
    START,
    VEHICLE_MAKER,
    cell,
    module,
    pack,
    sign,
    vehicle,
)
from tests.memory import MemoryLedger, opening
from tests.scenario_last import LastStory

ONE, LOT, OUT = pack(1), RECYCLER.lot("A"), RECYCLER.lot("B")
Break = Callable[[LastStory], list[str]]
"""Tells what happened; the last event is the one that no rule allows."""


def _made(story: LastStory) -> list[str]:
    return [story.pack_manufactured(ONE, [module(1)])]


def _two_custodians(story: LastStory) -> list[str]:
    told = [*_made(story), *story.transfer(MAKER, FLEET, ONE)]
    return [*told, story.transfer_offered(MAKER, LAB, ONE, load="twice")]


def _acting_without_custody(story: LastStory) -> list[str]:
    return [*_made(story), story.item_retired(FLEET, ONE)]


def _two_vehicles(story: LastStory) -> list[str]:
    told = [*_made(story), *story.transfer(MAKER, VEHICLE_MAKER, ONE), story.pack_fitted(ONE, vehicle(1))]
    return [*told, story.pack_fitted(ONE, vehicle(2))]


def _the_dead_alive(story: LastStory) -> list[str]:
    told = [*_made(story), *story.transfer(MAKER, SECOND_LIFE, ONE), story.item_split(ONE, [module(1)])]
    return [*told, story.product_deployed(ONE)]


def _waste_revived(story: LastStory) -> list[str]:
    told = [*_made(story), story.item_retired(MAKER, ONE)]
    return [*told, story.state_rectified(ONE, MAKER, Facets(phase=Phase.STOCK))]


def _a_child_lost(story: LastStory) -> list[str]:
    told = [story.pack_manufactured(ONE, [module(1), module(2)]), *story.transfer(MAKER, SECOND_LIFE, ONE)]
    return [*told, story.item_split(ONE, [module(1)])]


def _mass_made(story: LastStory) -> list[str]:
    told = [story.lot_declared(LOT, mass_g=1_000)]
    return [*told, story.batch_processed(drawn={LOT: 1_000}, made={OUT: 2_000})]


def _mass_given_back_twice(story: LastStory) -> list[str]:
    told = [story.lot_declared(LOT, mass_g=1_000), story.residue_disposed(drawn={LOT: 600})]
    drawn = story.last
    return [*told, story.event_voided(drawn, RECYCLER), story.event_voided(drawn, RECYCLER)]


def _a_stale_tip(story: LastStory) -> list[str]:
    told = _made(story)
    tip = story.tips[ONE]
    told.append(story.item_exported(MAKER, ONE))
    story.tips[ONE] = tip
    return [*told, story.item_retired(MAKER, ONE)]


def _a_revoked_key(story: LastStory) -> list[str]:
    return [story.key_revoked(MAKER, MAKER.key()), *_made(story)]


def _a_purpose_exceeded(story: LastStory) -> list[str]:
    told = _made(story)
    story.item_retired(MAKER, ONE)
    event = story.last
    at = Instant.from_ms(story.now_ms)
    return [*told, sign(MAKER, event.claims, event.prev, at=at, key=MAKER.key(Purpose.ADMIN))]


def _a_delegate_unasked(story: LastStory) -> list[str]:
    return [*_made(story), story.acting(MAKER).item_retired(LAB, ONE)]


def _a_day_ahead(story: LastStory) -> list[str]:
    story.pack_manufactured(ONE)
    event = story.last
    late = replace(event.claims)
    prev: Mapping[object, str | None] = {ONE: None}
    return [sign(MAKER, late, prev, at=Instant.from_ms(START.ms + 40 * 86_400_000))]  # type: ignore[arg-type]  # one id


def _a_cell_for_a_pack(story: LastStory) -> list[str]:
    return [story.pack_manufactured(cell(1))]


def _a_thief_confirms(story: LastStory) -> list[str]:
    told = [*_made(story), story.key_added(MAKER, number=2)]
    since = Instant.from_ms(story.now_ms)
    told.append(story.key_revoked(MAKER, MAKER.key(), compromised_since=since))
    return [*told, story.event_confirmed(MAKER, MAKER.key(), 0, 1)]


def _not_in_the_rules(story: LastStory) -> list[str]:
    told = [*_made(story), story.rules_adopted("2026.11")]
    return [*told, story.item_exported(MAKER, ONE)]


BREAKS: Final[Mapping[str, tuple[Break, str]]] = {
    "1 one custodian": (_two_custodians, "transfer.right"),
    "1 acts need custody": (_acting_without_custody, "custody.holder"),
    "2 one vehicle": (_two_vehicles, "lifecycle.phase"),
    "3 ended stays ended": (_the_dead_alive, "lifecycle.ended"),
    "3 waste stays waste": (_waste_revived, "rectification.phase"),
    "4 children are conserved": (_a_child_lost, "split.conserve"),
    "5 no step makes mass": (_mass_made, "balance.mass"),
    "5 no voiding makes mass": (_mass_given_back_twice, "void.before"),
    "6 acts build on tips": (_a_stale_tip, "prev.stale"),
    "7 keys in log order": (_a_revoked_key, "key.revoked"),
    "7 a purpose binds its key": (_a_purpose_exceeded, "key.purpose"),
    "7 delegates are named": (_a_delegate_unasked, "delegation.none"),
    "8 nothing from tomorrow": (_a_day_ahead, "clock.signed_ahead"),
    "9 a code fits its item": (_a_cell_for_a_pack, "code.kind"),
    "10 a thief confirms nothing": (_a_thief_confirms, "key.revoked"),
    "11 the adopted rules judge": (_not_in_the_rules, "rules.event_unknown"),
}
each = pytest.mark.parametrize(("told", "rule"), BREAKS.values(), ids=BREAKS)


def _before(told: Break) -> tuple[list[str], str]:
    story = LastStory()
    texts = [*opening(story), *told(story)]
    return texts[:-1], texts[-1]


@each
def test_the_writer_refuses_it(told: Break, rule: str) -> None:
    texts, broken = _before(told)
    ledger = MemoryLedger()
    ledger.submit_all(texts)
    clock = {"logged_at_ms": START.ms + 86_400_000} if rule == "clock.signed_ahead" else {}
    with pytest.raises(Refusal) as caught:
        ledger.submit(broken, **clock)
    assert caught.value.rule == rule


@each
def test_written_past_the_rules_it_is_named_by_an_audit(told: Break, rule: str) -> None:
    texts, broken = _before(told)
    log = audits.build(texts)
    jws = submission.parse(broken).jws.text
    forged = Entry(Entry.decode(log.entries[-1]).logged_at_ms + 60_000, jws)
    report = audits.run(audits.serve([*log.entries, forged.encode()], log.states), log.trust)
    found: list[Finding] = [one for one in report.findings if one.follows is None]
    assert [(one.kind, one.reason, one.index, one.event) for one in found] == [
        (Kind.RULE, rule, len(texts), forged.event_id)
    ]
    assert report.checks[Check.RULES] is Verdict.FAILED
    assert report.checks[Check.SIGNATURES] is Verdict.OK
    assert report.checks[Check.TREE] is Verdict.OK


def test_every_invariant_is_broken_once() -> None:
    assert {int(name.split()[0]) for name in BREAKS} == set(range(1, 12))

"""Submissions through the sequencer, on both databases: one event at a time, its keys and its proof."""

from crypto.keys import Algorithm, PrivateKey
from crypto.strictjson import Json
from ledger import submission
from ledger.errors import AuthorityRefusal, ConflictError, MalformedSubmissionError, StaleTipError
from ledger.events import REGISTRY
from ledger.events.registry import KeyAdded
from ledger.instants import Instant
from ledger.sequencer.admission import Door
from ledger.sequencer.batch import Taken
from ledger.sequencer.commit import Request, Writer
from ledger.sequencer.outcomes import Duplicate, Logged, Refused
from ledger.state import LOG as LOG_STATE
from ledger.state import Item, Log
from ledger.store import ItemFilter
from ledger.vocabulary import Kind, Phase, Purpose
from tests.ledgers import LOG, YEAR_MS, Ledger, check_promise, opened, rule_of, verified
from tests.lives import closing, opening, turns, whole_life
from tests.scenario import (
    COLLECTOR,
    FLEET,
    LAB,
    MAKER,
    SECOND_LIFE,
    START,
    VEHICLE_MAKER,
    Story,
    cell,
    module,
    pack,
    sign,
    vehicle,
)
from tests.scenario_last import LAST_TYPES
from tests.scenario_more import MORE_TYPES


def test_a_whole_life_is_logged_and_every_receipt_verifies(ledger: Ledger) -> None:
    story = Story()
    receipts = [
        receipt
        for texts in (opening(story), whole_life(story), turns(story), whole_life(story, 2), closing(story))
        for receipt in ledger.log(texts)
    ]
    # The other types are told in tests/integration/test_whole_life.py.
    assert {event.type for event in story.events.values()} == set(REGISTRY) - MORE_TYPES - LAST_TYPES
    assert [receipt.index for receipt in receipts] == list(range(len(story.events)))
    for receipt in receipts:
        check_promise(ledger, receipt)


def test_events_sent_one_by_one_are_logged_as_well_as_together(ledger: Ledger) -> None:
    story = Story()
    for index, text in enumerate([*opening(story), *whole_life(story)]):
        [receipt] = ledger.log([text])
        assert receipt.index == index


def test_the_states_are_those_the_events_left(ledger: Ledger) -> None:
    story = opened(ledger)
    ledger.log(whole_life(story))
    with ledger.store.snapshot() as snapshot:
        states = snapshot.states([pack(1), vehicle(1), LOG_STATE])
        assert [item.id for item in snapshot.children(vehicle(1))] == []
        deployed = snapshot.items(ItemFilter(phase=Phase.DEPLOYED))
        assert snapshot.count_items()[Kind.MODULE, Phase.ENDED] == 1
    taken, car, log = states[pack(1)], states[vehicle(1)], states[LOG_STATE]
    assert isinstance(taken, Item)
    assert isinstance(car, Item)
    assert isinstance(log, Log)
    assert (taken.phase, taken.custodian) == (Phase.ENDED, SECOND_LIFE.id)
    assert car.custodian == COLLECTOR.id
    assert log.origin == LOG.name
    assert [item.kind for item in deployed] == [Kind.PRODUCT]


def test_a_history_counts_every_event_and_marks_those_that_touch(ledger: Ledger) -> None:
    story = opened(ledger)
    texts = [story.pack_manufactured(pack(1)), story.health_measured(pack(1))]
    texts += story.transfer(MAKER, VEHICLE_MAKER, pack(1))
    first = ledger.log(texts)[0].index
    with ledger.store.snapshot() as snapshot:
        rows = snapshot.history(pack(1))
        assert [row.seq for row in snapshot.history(pack(1), after=2, limit=1)] == [3]
    assert [(row.seq, row.index - first, row.touches) for row in rows] == [
        (1, 0, True),
        (2, 1, False),
        (3, 2, True),
        (4, 3, True),
    ]


def test_the_disclosures_are_kept_beside_the_entry_and_not_in_it(ledger: Ledger) -> None:
    story = opened(ledger)
    text = story.pack_manufactured(pack(1), {module(1): [cell(number) for number in range(1, 4)]})
    [receipt] = ledger.log([text])
    parts = text.split("~")
    with ledger.store.snapshot() as snapshot:
        assert snapshot.disclosures(story.last.id) == parts[1:-1]
    assert receipt.entry_bytes.endswith(parts[0].encode())
    assert cell(1).value.encode() not in receipt.entry_bytes


def test_a_disclosure_of_more_than_64_kib_is_kept(ledger: Ledger) -> None:
    story = opened(ledger)
    cells = [cell(number) for number in range(1, 3_001)]
    text = story.pack_manufactured(pack(1), {module(1): cells})
    assert len(text) > 64 * 1024
    ledger.log([text])
    with ledger.store.snapshot() as snapshot:
        assert snapshot.disclosures(story.last.id) == text.split("~")[1:-1]


def test_a_known_event_gets_a_receipt_for_the_same_index_and_the_current_checkpoint(ledger: Ledger) -> None:
    story = opened(ledger)
    text = story.pack_manufactured(pack(1))
    [logged] = ledger.log([text])
    ledger.log([story.pack_manufactured(pack(number)) for number in range(2, 300)])
    [outcome] = ledger.submit(text)
    assert isinstance(outcome, Duplicate)
    again = verified(outcome)
    assert (again.index, again.entry_bytes) == (logged.index, logged.entry_bytes)
    assert again.checkpoint_note == ledger.sequencer.checkpoint() != logged.checkpoint_note


def test_a_known_event_is_known_whatever_its_signature_bytes(ledger: Ledger) -> None:
    story = opened(ledger)
    text = story.pack_manufactured(pack(1))
    ledger.log([text])
    body, _, _ = text.rpartition(".")
    [outcome] = ledger.submit(f"{body}.{'A' * 86}~")
    assert isinstance(outcome, Duplicate)
    assert verified(outcome).entry_bytes.endswith(text[:-1].encode())


def test_an_event_twice_in_one_batch_gets_one_index(ledger: Ledger) -> None:
    story = opened(ledger)
    text = story.pack_manufactured(pack(1))
    first, second = ledger.submit(text, text)
    assert isinstance(first, Logged)
    assert isinstance(second, Duplicate)
    assert verified(first).index == verified(second).index
    assert ledger.size == first.index + 1


def test_a_forged_signature_is_refused(ledger: Ledger) -> None:
    story = opened(ledger)
    body, _, signature = story.pack_manufactured(pack(1)).rpartition(".")
    flipped = ("B" if signature[0] == "A" else "A") + signature[1:]
    outcome = ledger.refusal(f"{body}.{flipped}")
    assert rule_of(outcome) == "key.signature"
    assert isinstance(outcome.refusal, AuthorityRefusal)
    assert outcome.event_id == story.last.id


def test_a_key_that_nobody_registered_is_unknown(ledger: Ledger) -> None:
    opened(ledger)
    stranger = PrivateKey.generate(Algorithm.ED25519)
    claims = KeyAdded(jwk=stranger.verifier, purpose=Purpose.OFFICE)
    text = sign(MAKER, claims, {MAKER.id: None}, key=stranger)
    # The event names its own key; only a key that was registered before it counts.
    assert rule_of(ledger.refusal(text)) == "key.unknown"


def test_a_key_added_earlier_in_the_batch_may_sign(ledger: Ledger) -> None:
    story = opened(ledger)
    line = MAKER.key(Purpose.LINE)
    added = story.key_added(MAKER, Purpose.LINE)
    claims = story.pack_manufactured(pack(1))
    made = submission.parse(claims).event.claims
    text = sign(MAKER, made, {pack(1): None}, key=line)
    assert [type(one) for one in ledger.submit(added, text)] == [Logged, Logged]


def test_a_key_added_by_another_request_of_the_same_batch_may_sign(ledger: Ledger) -> None:
    story = opened(ledger)
    added = story.key_added(MAKER, Purpose.LINE)
    made = submission.parse(story.pack_manufactured(pack(1))).event.claims
    text = sign(MAKER, made, {pack(1): None}, key=MAKER.key(Purpose.LINE))
    forged = text.rpartition(".")[0] + "." + "A" * 86 + "~"
    door = Door(ledger.store, LOG.name)
    requests = [Request(door.admit([one]), atomic=False) for one in (added, forged, text)]
    verdicts = Writer(ledger.store, LOG, ledger.seen, ledger.clock).flush(requests).verdicts
    assert isinstance(verdicts[0][0], Taken)
    assert rule_of(verdicts[1][0]) == "key.signature"
    assert isinstance(verdicts[2][0], Taken)


def test_a_key_revoked_earlier_in_the_batch_may_not_sign(ledger: Ledger) -> None:
    story = opened(ledger)
    revoked = story.key_revoked(MAKER, MAKER.key())
    outcomes = ledger.submit(revoked, story.pack_manufactured(pack(1)))
    assert isinstance(outcomes[0], Logged)
    assert rule_of(outcomes[1]) == "key.revoked"


def test_the_same_jti_with_another_event_is_refused(ledger: Ledger) -> None:
    story = opened(ledger)
    first = submission.parse(story.pack_manufactured(pack(1))).event
    twice = sign(MAKER, first.claims, {pack(2): None}, jti=first.jti)
    ledger.log([sign(MAKER, first.claims, {pack(1): None}, jti=first.jti)])
    outcome = ledger.refusal(twice)
    assert rule_of(outcome) == "log.duplicate_jti"
    assert isinstance(outcome.refusal, ConflictError)


def test_the_same_jti_twice_in_one_batch_is_refused(ledger: Ledger) -> None:
    story = opened(ledger)
    first = submission.parse(story.pack_manufactured(pack(1))).event
    texts = [sign(MAKER, first.claims, {pack(number): None}, jti=first.jti) for number in (1, 2)]
    logged, refused = ledger.submit(*texts)
    assert isinstance(logged, Logged)
    assert rule_of(refused) == "log.duplicate_jti"


def test_two_issuers_may_use_the_same_jti(ledger: Ledger) -> None:
    story = opened(ledger)
    ledger.log([story.pack_manufactured(pack(1))])
    measured = submission.parse(story.health_measured(pack(1))).event
    jti = measured.jti
    ledger.log([sign(MAKER, story.events[story.tips[pack(1)] or ""].claims, {pack(2): None}, jti=jti)])
    restricted: dict[str, Json] = {"quantity": "capacity_mah", "base": 10, "measured": 8}
    restricted |= {"soh_permille": 800, "source": "bench"}
    ledger.log([sign(LAB, measured.claims, {pack(1): None}, jti=jti, restricted=restricted)])


def test_an_event_for_another_log_is_refused(ledger: Ledger) -> None:
    story = opened(ledger)
    made = submission.parse(story.pack_manufactured(pack(1))).event.claims
    text = sign(MAKER, made, {pack(1): None}, aud="other.example/log")
    assert rule_of(ledger.refusal(text)) == "log.audience"


def test_an_event_signed_too_far_ahead_is_refused(ledger: Ledger) -> None:
    story = opened(ledger)
    made = submission.parse(story.pack_manufactured(pack(1))).event.claims
    now_ms = START.ms + YEAR_MS
    ahead = sign(MAKER, made, {pack(1): None}, at=Instant.from_ms(now_ms + 301_000))
    just = sign(MAKER, made, {pack(1): None}, at=Instant.from_ms(now_ms + 300_000))
    assert rule_of(ledger.refusal(ahead)) == "clock.signed_ahead"
    ledger.log([just])


def test_a_stale_event_is_refused_with_the_tips(ledger: Ledger) -> None:
    story = opened(ledger)
    ledger.log([story.pack_manufactured(pack(1))])
    old = dict(story.tips)
    ledger.log([story.transfer_offered(MAKER, FLEET, pack(1))])
    tip, story.tips = story.tips[pack(1)], old
    outcome = ledger.refusal(story.transfer_offered(MAKER, VEHICLE_MAKER, pack(1)))
    assert isinstance(outcome.refusal, StaleTipError)
    assert outcome.refusal.tips == {str(pack(1)): tip}


def test_one_bad_event_refuses_itself_and_not_its_neighbours(ledger: Ledger) -> None:
    story = opened(ledger)
    texts = [story.pack_manufactured(pack(number)) for number in (1, 2)]
    outcomes = ledger.submit(texts[0], "not an event", story.item_retired(FLEET, pack(1)), texts[1])
    assert [type(one) for one in outcomes] == [Logged, Refused, Refused, Logged]
    assert isinstance(outcomes[1], Refused)
    assert isinstance(outcomes[1].refusal, MalformedSubmissionError)
    assert outcomes[1].event_id is None
    assert rule_of(outcomes[2]) == "custody.holder"


def test_what_follows_a_refused_event_is_refused_too(ledger: Ledger) -> None:
    story = opened(ledger)
    made = story.pack_manufactured(pack(1))
    story.transfer_offered(FLEET, VEHICLE_MAKER, pack(1))
    accepted = story.transfer_accepted(VEHICLE_MAKER, pack(1))
    logged, refused = ledger.submit(made, accepted)
    assert isinstance(logged, Logged)
    assert rule_of(refused) == "prev.stale"

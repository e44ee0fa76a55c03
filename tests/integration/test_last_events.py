"""What is identified, taken back, set right or done for another, through the writer, then audited."""

from ledger import indexing
from ledger.events.correction import Facets
from ledger.instants import Instant
from ledger.vocabulary import Phase, Right
from tests.consortium import COLLECTOR, FLEET, LAB, MAKER, RECYCLER, SECOND_LIFE, module, pack
from tests.ledgers import Ledger, rule_of
from tests.memory import opening
from tests.scenario_last import LAST_TYPES, LastStory, vkey
from tests.scenario_more import founded_more, local

ONE, LOT, FOUND = pack(1), RECYCLER.lot("A"), local(COLLECTOR, "X-1")


def founded(ledger: Ledger) -> LastStory:
    """The log, with every firm."""
    story = LastStory()
    ledger.log([*opening(story), *founded_more(story)])
    return story


def test_the_last_events_in_one_request(ledger: Ledger) -> None:
    story = founded(ledger)
    texts = [story.pack_manufactured(ONE, [module(1)]), story.label_coded(ONE, "SECOND-CODE")]
    texts += [*story.transfer(MAKER, COLLECTOR, ONE), story.item_declared(FOUND)]
    texts += [story.item_identified(FOUND, ONE), story.event_voided(story.last, COLLECTOR)]
    texts += [story.item_identified(FOUND, ONE), story.health_measured(ONE)]
    measured = story.last
    texts += [
        story.disclosure_erased(measured),
        story.consent_given(FLEET, COLLECTOR, ONE, act="state.rectified"),
        story.state_rectified(ONE, COLLECTOR, Facets(owner=FLEET.id, phase=Phase.RETIRED)),
        story.lot_declared(LOT, mass_g=1_000),
        story.residue_disposed(drawn={LOT: 600}),
        story.event_voided(story.last, RECYCLER),
        story.delegation_granted(FLEET, LAB, "item.exported"),
        story.delegation_revoked(FLEET, LAB),
        story.org_succeeded(FLEET, SECOND_LIFE),
        story.key_added(MAKER, number=2),
    ]
    since = Instant.from_ms(story.now_ms)
    told, kid = list(story.events.values()), MAKER.key().verifier.thumbprint()
    signed = sum(event.kid == kid for event in told)
    with ledger.store.snapshot() as snapshot:
        lines = indexing.make(snapshot, ledger.size).lines
    texts += [
        story.key_revoked(MAKER, MAKER.key(), compromised_since=since),
        story.event_confirmed(
            MAKER, MAKER.key(), 0, len(told) - 1, count=signed, signed_with=MAKER.key(number=2)
        ),
        story.index_published(ledger.size, lines=lines),
        story.log_key_added(vkey()),
    ]
    ledger.log(texts)
    # A log moves by a command of its own, see test_moving.py.
    assert {event.type for event in story.events.values()} >= LAST_TYPES - {"log.moved"}


def test_an_act_and_its_voiding_and_making_again_come_in_one_request(ledger: Ledger) -> None:
    story = founded(ledger)
    made = story.pack_manufactured(ONE, [module(1)])
    voided = story.event_voided(story.last, MAKER)
    again = story.pack_manufactured(ONE, [module(1)])
    ledger.log([made, voided, again])


def test_a_succession_holds_for_the_next_event_of_its_request(ledger: Ledger) -> None:
    story = founded(ledger)
    ledger.log([story.pack_manufactured(ONE)])
    done = ledger.submit(
        story.org_succeeded(MAKER, FLEET),
        story.transfer_offered(FLEET, LAB, ONE, rights=[Right.CUSTODY]),
    )
    assert not any(hasattr(outcome, "refusal") for outcome in done)
    [refused] = ledger.submit(story.key_added(MAKER))
    assert rule_of(refused) == "org.succeeded"


def test_a_delegation_holds_for_the_next_event_of_its_request(ledger: Ledger) -> None:
    story = founded(ledger)
    ledger.log([story.pack_manufactured(ONE)])
    granted = story.delegation_granted(MAKER, LAB, "item.exported")
    exported = story.acting(MAKER).item_exported(LAB, ONE)
    ledger.log([granted, exported])
    revoked = story.acting(None).delegation_revoked(MAKER, LAB)
    late = story.acting(MAKER).item_exported(LAB, ONE, destination="FR")
    outcomes = ledger.submit(revoked, late)
    assert rule_of(outcomes[1]) == "delegation.none"

"""Hand-overs while everybody acts at once, over HTTP: one offer has one answer, and rights move once."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import requests

from ledger.events import custody
from ledger.identifiers import ItemId
from ledger.search import Query, search
from ledger.store import Snapshot
from ledger.vocabulary import Condition, MassBasis
from tests.ledgers import opened
from tests.live import Live, serving
from tests.scenario import COLLECTOR, FLEET, MAKER, RECYCLER, VEHICLE_MAKER, Party, Story, pack

TIMEOUT_S = 60


@pytest.fixture
def live(database_url: str, tmp_path: Path) -> Iterator[Live]:
    """Serve a founded ledger on either database; it is audited in the end."""
    with serving(database_url, tmp_path) as found:
        yield found


def send(live: Live, *texts: str) -> list[dict[str, Any]]:
    answer = requests.post(f"{live.url}/v1/events", json={"events": list(texts)}, timeout=TIMEOUT_S)
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def logged(live: Live, *texts: str) -> None:
    for start in range(0, len(texts), 200):
        results = send(live, *texts[start : start + 200])
        assert {one["result"] for one in results} == {"logged"}, results


def at_once(acts: Sequence[Callable[[], list[dict[str, Any]]]]) -> list[dict[str, Any]]:
    """Let each act in a thread of its own, all at the same moment; return their one result each."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], list[dict[str, Any]]]) -> dict[str, Any]:
        barrier.wait(TIMEOUT_S)
        [result] = act()
        return result

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def sending(live: Live, texts: Sequence[str]) -> list[Callable[[], list[dict[str, Any]]]]:
    """Return for each event the act of sending it alone."""
    return [partial(send, live, text) for text in texts]


def rules(results: Sequence[dict[str, Any]]) -> list[str]:
    return sorted(one["problem"]["rule"] for one in results if one["result"] == "refused")


def offers_to(live: Live, party: Party) -> list[dict[str, Any]]:
    told = list[dict[str, Any]]()
    after = ""
    while True:
        answer = requests.get(f"{live.url}/v1/offers?to={party.id}&limit=100{after}", timeout=TIMEOUT_S)
        told += answer.json()["consignments"]
        if answer.json()["next"] is None:
            return told
        after = f"&after={answer.json()['next']}"


def items_in(told: Sequence[dict[str, Any]]) -> list[str]:
    return [item for load in told for offer in load["offers"] for item in offer["items"]]


def holder_of(live: Live, item: ItemId) -> str:
    answer = requests.get(f"{live.url}/v1/items/{item}", timeout=TIMEOUT_S).json()
    return str(answer["custodian"]["id"])


def versions(story: Story, count: int) -> list[Story]:
    """Return copies of a story that go on from the same tips, each with names of its own."""
    found = [deepcopy(story) for _ in range(count)]
    for number, one in enumerate(found):
        one.name = f"{story.name} {number}"
    return found


def test_of_two_receivers_of_one_pack_one_wins(live: Live) -> None:
    story = opened(live.ledger)
    logged(live, story.pack_manufactured(pack(1)))
    one, other = versions(story, 2)
    offers = [
        one.transfer_offered(MAKER, FLEET, pack(1), load="to the fleet"),
        other.transfer_offered(MAKER, VEHICLE_MAKER, pack(1), load="to the vehicle maker"),
    ]
    results = at_once(sending(live, offers))
    assert sorted(one["result"] for one in results) == ["logged", "refused"]
    won = next(place for place, one in enumerate(results) if one["result"] == "logged")
    winner, load = [(FLEET, "to the fleet"), (VEHICLE_MAKER, "to the vehicle maker")][won]
    loser = VEHICLE_MAKER if winner is FLEET else FLEET
    assert items_in(offers_to(live, winner)) == [str(pack(1))]
    assert offers_to(live, loser) == []
    teller = (one, other)[won]
    claims = custody.TransferAccepted(
        place=winner.place,
        consignment=teller.uuid(load),
        mass_basis=MassBasis.DECLARED,
        checklist=custody.CheckList(),
    )
    good, stolen = (deepcopy(teller).tell(by, claims, pack(1)) for by in (winner, loser))
    results = at_once(sending(live, [good, stolen]))
    assert [one["result"] for one in results] == ["logged", "refused"]
    assert holder_of(live, pack(1)) == str(winner.id)


def test_an_answer_and_a_withdrawal_at_once_leave_one_holder(live: Live) -> None:
    story = opened(live.ledger)
    count = 12
    packs = [pack(number) for number in range(1, count + 1)]
    logged(live, *(story.pack_manufactured(one) for one in packs))
    logged(live, *(story.transfer_offered(MAKER, FLEET, one, load=str(one)) for one in packs))
    takes, takes_back = deepcopy(story), deepcopy(story)
    acts = [
        *(takes.transfer_accepted(FLEET, one, load=str(one)) for one in packs),
        *(takes_back.transfer_withdrawn(MAKER, one, load=str(one)) for one in packs),
    ]
    results = at_once(sending(live, acts))
    for number, one in enumerate(packs):
        outcome = (results[number]["result"], results[number + count]["result"])
        assert sorted(outcome) == ["logged", "refused"], outcome
        assert holder_of(live, one) == str((FLEET if outcome[0] == "logged" else MAKER).id)
    assert offers_to(live, FLEET) == []


def test_nobody_acts_on_what_they_do_not_hold(live: Live) -> None:
    story = opened(live.ledger)
    logged(live, story.pack_manufactured(pack(1)))
    thieves = (FLEET, VEHICLE_MAKER, RECYCLER, COLLECTOR)
    copies = versions(story, 2 * len(thieves))
    texts = [
        *(one.item_retired(by, pack(1)) for one, by in zip(copies, thieves, strict=False)),
        *(
            one.transfer_offered(by, MAKER, pack(1))
            for one, by in zip(copies[len(thieves) :], thieves, strict=False)
        ),
    ]
    results = at_once(sending(live, texts))
    assert {one["result"] for one in results} == {"refused"}
    assert set(rules(results)) == {"custody.holder", "transfer.right"}
    assert holder_of(live, pack(1)) == str(MAKER.id)
    logged(live, story.item_retired(MAKER, pack(1)))


def test_a_load_of_500_packs_is_answered_in_parts(live: Live) -> None:
    """Two offers, 3 packs missing, 1 damaged; two docks take the rest in parts at the same time."""
    story = opened(live.ledger)
    packs = [pack(number) for number in range(1, 501)]
    missing, damaged = packs[100:103], packs[400]
    logged(live, *(story.pack_manufactured(one) for one in packs))
    halves = [packs[:250], packs[250:]]
    logged(live, *(story.transfer_offered(MAKER, VEHICLE_MAKER, *half, load="lorry") for half in halves))
    told = offers_to(live, VEHICLE_MAKER)
    assert {load["consignment"] for load in told} == {story.uuid("lorry")}
    assert sorted(items_in(told)) == sorted(map(str, packs))
    assert [load["continued"] for load in told] == [True] * 4 + [False]

    there = [one for one in packs if one not in missing]
    parts = [there[start : start + 50] for start in range(0, len(there), 50)]
    claims = [_accepted(story, damaged if damaged in part else None) for part in parts]
    # Each dock sends every part, as two clerks with the same list would: each part is taken once.
    acts = [
        story_of.tell(VEHICLE_MAKER, told_of, *part)
        for story_of in versions(story, 2)
        for part, told_of in zip(parts, claims, strict=True)
    ]
    results = at_once(sending(live, acts))
    outcomes = [one["result"] for one in results]
    assert outcomes.count("logged") == len(parts)
    for number in range(len(parts)):
        assert sorted((outcomes[number], outcomes[number + len(parts)])) == ["logged", "refused"]
    with live.ledger.store.snapshot() as snapshot:
        assert _held_by(snapshot, VEHICLE_MAKER) == {str(one) for one in there}
        assert _held_by(snapshot, MAKER) == {str(one) for one in missing}
    assert sorted(items_in(offers_to(live, VEHICLE_MAKER))) == sorted(map(str, missing))
    logged(live, deepcopy(story).transfer_rejected(VEHICLE_MAKER, *missing, load="lorry"))
    assert offers_to(live, VEHICLE_MAKER) == []


def _accepted(story: Story, damaged: ItemId | None) -> custody.TransferAccepted:
    exceptions = [] if damaged is None else [damaged]
    return custody.TransferAccepted(
        place=VEHICLE_MAKER.place,
        consignment=story.uuid("lorry"),
        mass_basis=MassBasis.DECLARED,
        checklist=custody.CheckList(),
        exceptions=tuple(
            custody.ArrivalException(item=one, condition=Condition.DAMAGED) for one in exceptions
        ),
    )


def _held_by(snapshot: Snapshot, party: Party) -> set[str]:
    found: set[str] = set()
    after: str | None = None
    while True:
        page = search(snapshot, Query(holder=str(party.id)), after=after, limit=200)
        found |= {str(hit.item.id) for hit in page.hits}
        after = page.next
        if after is None:
            return found

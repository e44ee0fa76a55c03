"""Dossiers as a ledger gives them: whole, and no entry of them can be left out unseen."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crypto.encoding import b64url_encode
from ledger import indexing
from ledger.dossier import form
from ledger.dossier.absence import check_absent
from ledger.dossier.statement import read
from ledger.dossier.verify import verify_dossier
from ledger.dossiers import build, build_about
from ledger.entry import Entry
from ledger.events.log import IndexPublished
from ledger.events.service import Selector
from ledger.identifiers import ItemId
from ledger.index import Index, alias_line
from ledger.indexing import IndexContradictionError, Indexes, MadeIndex
from ledger.verdict import Verdict
from ledger.vocabulary import RepairStage
from tests import dossiers
from tests.consortium import COLLECTOR, cell
from tests.dossiers import dossier_of, told, trust_of, verified
from tests.integration.test_batches import statements
from tests.javascript import answers, asked
from tests.ledgers import Ledger
from tests.lives import opening
from tests.scenario import MAKER, REGISTRAR, SECOND_LIFE, VEHICLE_MAKER, module, pack, product, vehicle
from tests.scenario_last import LastStory
from tests.scenario_more import founded_more, local
from tests.site import Site, bearer, problem

LINK = "https://x.example/01/09506000134352"
DAY_MS = 86_400_000
PLAIN = {
    "disclosed": "unknown withheld",
    "fresh": "unknown no_policy",
    "witnessed": "unknown no_policy",
}


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    """A site with the life of a pack, published."""
    found = Site(tmp_path, database_url)
    found.found()
    found.life()
    dossiers.publish(found)
    yield found
    found.close()


@pytest.fixture
def last(ledger: Ledger) -> LastStory:
    """Found a log in which every event type can be told."""
    story = LastStory()
    ledger.log([*opening(story), *founded_more(story)])
    return story


def publish(ledger: Ledger, story: LastStory) -> IndexPublished:
    text = dossiers.index_event(ledger.store, story)
    ledger.log([text])
    claims = list(story.events.values())[-1].claims
    assert isinstance(claims, IndexPublished)
    return claims


def built(ledger: Ledger, item: ItemId, indexes: Indexes | None = None) -> form.Dossier:
    with ledger.store.snapshot() as snapshot:
        note = ledger.sequencer.checkpoint()
        return build(snapshot, item, checkpoint_note=note, indexes=indexes or Indexes())


def test_a_plain_reader_verifies_everything_but_what_is_withheld(site: Site) -> None:
    found = verified(site, dossier_of(site, pack(1), "?parts=1"))
    assert {name: one for name, one in told(found).items() if not one.startswith("ok")} == PLAIN
    with site.service.snapshot() as snapshot:
        assert found.complete_to == snapshot.head().size - 1


def test_a_product_brings_its_ancestors_and_their_vehicle_along(site: Site) -> None:
    found = dossier_of(site, product(1))
    assert {str(pack(1)), str(vehicle(1)), str(module(1)), str(module(2))} <= set(found.items)
    assert found.items[0] == str(product(1))


def test_no_entry_can_be_left_out(site: Site) -> None:
    whole = dossier_of(site, pack(1), "?parts=1")
    for at in range(len(whole.entries)):
        cut = replace(whole, entries=whole.entries[:at] + whole.entries[at + 1 :])
        found = verified(site, form.parse(cut.format()))
        assert found.complete_to is None, whole.entries[at].index
        assert found.failed, whole.entries[at].index


def test_entries_after_the_index_are_shown_but_not_told_to_be_all(site: Site) -> None:
    site.submit([site.story.health_measured(module(1))])
    found = verified(site, dossier_of(site, module(1)))
    with site.service.snapshot() as snapshot:
        size = snapshot.head().size
    assert found.entries[-1].index == size - 1
    assert found.complete_to == size - 2


@pytest.mark.parametrize("theirs", [False, True], ids=["another's event", "its own event"])
def test_a_dossier_shows_until_when_its_index_covers(site: Site, *, theirs: bool) -> None:
    with site.service.snapshot() as snapshot:
        size = snapshot.head().size
    story, late_ms = site.story, site.clock.now + 30 * DAY_MS
    covered_ms = site.clock.now + DAY_MS
    index = dossiers.index_event(site.service.store, story)
    site.clock.now = covered_ms
    site.submit([story.health_measured(module(1)) if theirs else story.pack_manufactured(pack(9))])
    site.clock.now = late_ms
    site.submit([index])
    dossier = dossier_of(site, module(1))
    found = verified(site, dossier)
    assert dossier.published is not None
    assert dossier.published.after == (None if theirs else size)
    assert (found.complete_to, found.published_ms, found.covered_ms) == (size, late_ms, covered_ms)
    assert (size in {one.index for one in found.entries}) is theirs
    assert {name: one for name, one in told(found).items() if not one.startswith("ok")} == PLAIN
    about = verified(site, form.parse(site.get(f"/v1/index?of={pack(99)}").text))
    assert (about.complete_to, about.covered_ms) == (size, covered_ms)


def test_recalls_of_a_maker_that_signed_nothing_come_along(ledger: Ledger, last: LastStory) -> None:
    declared = pack(7)
    ledger.log([last.item_declared(declared)])
    ledger.log([last.recall_opened(Selector(vendor="ZZZ"))])
    publish(ledger, last)
    found = built(ledger, declared)
    types = {event.type for event in last.events.values()}
    assert "recall.opened" in types
    assert any("recall.opened" in one for one in _payloads(found))
    assert str(MAKER.id) in {line.line.split()[0] for line in _lines(found)}


def _payloads(dossier: form.Dossier) -> list[str]:
    return [read(Entry.decode(one.entry.encode()), one.index).event for one in dossier.entries]


def _lines(dossier: form.Dossier) -> tuple[form.IndexLine, ...]:
    assert dossier.published is not None
    return dossier.published.lines


def test_a_principal_comes_along_for_whom_a_delegate_signed(ledger: Ledger, last: LastStory) -> None:
    ledger.log([last.pack_manufactured(pack(1)), *last.transfer(MAKER, VEHICLE_MAKER, pack(1))])
    granted = last.delegation_granted(VEHICLE_MAKER, MAKER, "health.measured", "item.retired")
    ledger.log([granted])
    publish(ledger, last)
    assert str(VEHICLE_MAKER.id) in {line.line.split()[0] for line in _lines(built(ledger, pack(1)))}


def test_a_local_item_that_was_identified_comes_along_with_its_alias(ledger: Ledger, last: LastStory) -> None:
    found = local(COLLECTOR, "X-1")
    ledger.log([last.pack_manufactured(pack(1)), *last.transfer(MAKER, COLLECTOR, pack(1))])
    ledger.log([last.item_declared(found), last.item_identified(found, pack(1))])
    publish(ledger, last)
    dossier = built(ledger, pack(1))
    assert str(found) in dossier.items
    assert alias_line(str(found), str(pack(1))).decode() in {line.line for line in _lines(dossier)}


def test_a_part_taken_out_at_a_repair_comes_with_what_it_was_in(ledger: Ledger, last: LastStory) -> None:
    ledger.log([last.pack_manufactured(pack(1), [module(1)]), last.module_manufactured(module(9))])
    swap = last.item_repaired(pack(1), MAKER, out=[module(1)], into=[module(9)], stage=RepairStage.PRODUCTION)
    ledger.log([swap])
    publish(ledger, last)
    assert str(pack(1)) in built(ledger, module(1)).items


def test_an_index_is_found_again_after_its_aliases_were_bound_anew(ledger: Ledger, last: LastStory) -> None:
    one, found = pack(1), local(COLLECTOR, "X-1")
    ledger.log([last.pack_manufactured(one), last.label_coded(one, LINK)])
    ledger.log(last.transfer(MAKER, COLLECTOR, one))
    ledger.log([last.item_declared(found), last.item_identified(found, one)])
    identified = list(last.events.values())[-1]
    claims = publish(ledger, last)
    ledger.log([last.event_voided(identified, COLLECTOR)])
    ledger.log([last.label_coded(one, LINK, 2, COLLECTOR, voided=1)])
    with ledger.store.snapshot() as snapshot:
        indexing.check(indexing.make(snapshot, claims.size), claims)


def test_an_index_made_from_the_last_one_is_the_one_made_anew(ledger: Ledger, last: LastStory) -> None:
    indexes = Indexes()
    ledger.log([last.pack_manufactured(pack(1)), last.pack_manufactured(pack(2))])
    publish(ledger, last)
    built(ledger, pack(1), indexes)
    ledger.log([*last.transfer(MAKER, COLLECTOR, pack(1)), last.item_declared(local(COLLECTOR, "X-1"))])
    ledger.log([last.item_identified(local(COLLECTOR, "X-1"), pack(1)), last.pack_manufactured(pack(3))])
    publish(ledger, last)
    with ledger.store.snapshot() as snapshot:
        again = indexes.published(snapshot, ledger.size)
        assert again is not None
        anew = indexing.make(snapshot, again.size)
    assert again.index.lines == anew.lines
    assert again.index.root() == anew.root()


def test_until_a_checkpoint_covers_the_new_index_the_one_before_is_told(
    ledger: Ledger, last: LastStory
) -> None:
    indexes = Indexes()
    first = publish(ledger, last)
    built(ledger, REGISTRAR.id, indexes)
    before = ledger.size
    publish(ledger, last)
    with ledger.store.snapshot() as snapshot:
        told_of = indexes.published(snapshot, before)
        assert isinstance(told_of, MadeIndex)
        assert told_of.size == first.size
        assert Indexes().published(snapshot, before) is None


def test_a_reader_with_a_right_gets_claims_and_each_is_recorded(site: Site) -> None:
    path = f"/v1/items/{pack(1)}/dossier"
    with statements(site.service.store) as sent:
        answer = site.get(path, Authorization=bearer(SECOND_LIFE, path))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert len(sent) < 400
    found = form.parse(answer.text)
    shown = {one.index: len(one.disclosures) for one in found.entries if one.disclosures}
    assert shown
    reads = f"/v1/items/{pack(1)}/reads"
    told_of = site.get(reads, Authorization=bearer(SECOND_LIFE, reads)).get_json()
    assert {one["index"]: len(one["claims"]) for one in told_of["reads"]} == shown


def test_nobody_in_particular_is_shown_no_claim(site: Site) -> None:
    found = dossier_of(site, pack(1), "?parts=1")
    assert all(one.disclosures == () for one in found.entries)


def test_what_the_ledger_never_saw_is_proven_by_two_neighbours(site: Site) -> None:
    answer = site.get(f"/v1/index?of={pack(99).code}")
    dossier = form.parse(answer.text)
    found = verified(site, dossier)
    assert check_absent(dossier, found, str(pack(99))).reason == "absent"
    assert check_absent(dossier, found, str(pack(1))).verdict is not Verdict.OK
    assert check_absent(dossier, verified(site, dossier, policy=None), "zzz").reason == "not_shown"
    trust = trust_of(site).format()
    texts = [str(pack(99)), str(pack(1)), "zzz"]
    said = answers([asked("absence", answer.data, trust=trust, text=text) for text in texts])
    assert [one["absent"]["reason"] for one in said] == [
        check_absent(dossier, found, text).reason for text in texts
    ]


@pytest.mark.parametrize("text", ["!", "~", "gbt34014:0", "https://x.example/01/09506000134352?s=1"])
def test_absence_is_proven_at_both_ends_of_the_index_too(site: Site, text: str) -> None:
    answer = site.client.get("/v1/index", query_string={"of": text})
    dossier = form.parse(answer.text)
    assert check_absent(dossier, verified(site, dossier), text).reason == "absent"


def test_that_no_event_names_a_cell_does_not_show_that_no_unit_holds_it(site: Site) -> None:
    one = f"gbt34014:{cell(99).value}"
    answer = site.get(f"/v1/index?of={one}")
    dossier = form.parse(answer.text)
    found = check_absent(dossier, verified(site, dossier), one)
    assert (found.verdict, found.reason) == (Verdict.UNKNOWN, "cell")
    [said] = answers([asked("absence", answer.data, trust=trust_of(site).format(), text=one)])
    assert said["absent"] == found.to_json()


def test_what_the_ledger_has_is_not_absent(site: Site) -> None:
    dossier = form.parse(site.get(f"/v1/index?of={pack(1).code}").text)
    assert check_absent(dossier, verified(site, dossier), str(pack(1))).reason == "seen"


def test_absence_is_not_shown_where_the_index_is_not_verified(site: Site) -> None:
    dossier = form.parse(site.get(f"/v1/index?of={pack(99).code}").text)
    unpinned = replace(trust_of(site), pinned=False)
    found = verify_dossier(dossier, unpinned)
    assert check_absent(dossier, found, str(pack(99))).reason == "not_verified"


def test_before_the_first_index_nothing_is_told_of_it(database_url: str, tmp_path: Path) -> None:
    fresh = Site(tmp_path, database_url)
    fresh.found()
    try:
        answer = fresh.get(f"/v1/index?of={pack(1).code}")
        assert (answer.status_code, problem(answer)["rule"]) == (404, "index.none")
        assert fresh.get("/v1/index?of=a%20b").status_code == 400
        fresh.submit([fresh.story.pack_manufactured(pack(1))])
        found = verified(fresh, dossier_of(fresh, pack(1)))
        assert told(found)["complete"] == "unknown no_index"
    finally:
        fresh.close()


def test_a_database_that_contradicts_the_published_index_is_not_served(site: Site) -> None:
    forged = b64url_encode(bytes(32))
    with site.service.snapshot() as snapshot:
        size = snapshot.head().size
        count = indexing.make(snapshot, size).count
    site.submit([site.story.tell(REGISTRAR, IndexPublished(size=size, count=count, root=forged))])
    assert site.get("/readyz").status_code == 200
    for _ in range(2):
        answer = site.get(f"/v1/items/{pack(1)}/dossier")
        assert (answer.status_code, problem(answer)["rule"]) == (503, "index.contradicted")
    assert problem(site.get("/readyz"))["rule"] == "index.contradicted"
    dossiers.publish(site)
    assert site.get(f"/v1/items/{pack(1)}/dossier").status_code == 200
    assert site.get("/readyz").status_code == 200


def test_an_index_of_other_lines_is_a_contradiction() -> None:
    claims = IndexPublished(size=1, count=1, root=b64url_encode(bytes(32)))
    with pytest.raises(IndexContradictionError, match=r"index\.contradicted"):
        indexing.check(Index([b"a 1 0 b"]), claims)


def test_the_index_says_nothing_of_a_log_without_one(ledger: Ledger, last: LastStory) -> None:
    assert last.events
    with ledger.store.snapshot() as snapshot:
        note = ledger.sequencer.checkpoint()
        assert build_about(snapshot, "a", checkpoint_note=note, indexes=Indexes()) is None

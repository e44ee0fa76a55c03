"""What rests on a stolen key's signature is amber wherever it is shown, until its firm stands by it."""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from ledger import doubts
from ledger.audit import Trust, audit
from ledger.doubts import doubtful, in_doubt
from ledger.events import production
from ledger.findings import FINDING_RULES
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.state import Item
from ledger.store import CorruptRowError, Snapshot
from ledger.vocabulary import Purpose
from tests.consortium import MAKER, RECYCLER, VEHICLE_MAKER, pack
from tests.ledgers import StoreSource
from tests.lives import opening
from tests.scenario import MADE_ON, PACK_G
from tests.scenario_last import LastStory
from tests.site import Site
from tests.unit.test_sessions import at_desk

LOT: Final = RECYCLER.lot("BM-1")
SOUND, ROBBED, SENT = pack(9), pack(2), pack(3)


class Robbed:
    """A site whose maker's office key was stolen after pack 9 and before packs 2, 3 and 4.

    Pack 1 was made before, handed over since, and is black mass by now; pack 3 is on its way.
    """

    def __init__(self, folder: Path, database_url: str) -> None:
        self.site, self.story = Site(folder, database_url, demo=True), LastStory()
        self.other = MAKER.key(Purpose.OFFICE, 2)
        self.log(*opening(self.story), self.story.key_added(MAKER, Purpose.OFFICE, 2))
        self.log(self.story.pack_manufactured(pack(1)), self.story.pack_manufactured(SOUND))
        self.since = Instant.from_ms(self.site.clock.now + 1_000)
        self.log(self.story.pack_manufactured(ROBBED), *self.story.transfer(MAKER, VEHICLE_MAKER, pack(1)))
        self.log(self.story.pack_manufactured(SENT))
        self.log(self.story.transfer_offered(MAKER, VEHICLE_MAKER, SENT, load="sent"))
        made = production.PackManufactured(
            place=MAKER.place, model=MAKER.model(), mass_g=PACK_G, manufactured_on=MADE_ON, modules=()
        )
        self.log(self.story.tell(MAKER, made, pack(4), key=self.other))
        self.log(self.story.key_revoked(MAKER, MAKER.key(), compromised_since=self.since))
        self.log(*self.story.transfer(VEHICLE_MAKER, RECYCLER, pack(1)))
        self.log(self.story.item_retired(RECYCLER, pack(1)))
        black_mass = {LOT: PACK_G - 10_000}
        self.log(self.story.batch_processed(pack(1), made=black_mass, losses_g=10_000))

    def log(self, *texts: str) -> None:
        """Log events, each a second after the one before."""
        for text in texts:
            self.site.clock.now += 1_000
            self.site.submit([text])

    def events(self, item: ItemId) -> list[dict[str, Any]]:
        """Return an item's history as it is served."""
        found: list[dict[str, Any]] = self.site.get(f"/v1/items/{item}/events").get_json()["events"]
        return found

    def confirm(self, item: ItemId) -> None:
        """The maker stands by what its stolen key signed about an item."""
        for event in self.events(item):
            if event["amber"]:
                at = event["index"]
                self.log(self.story.event_confirmed(MAKER, MAKER.key(), at, at, signed_with=self.other))

    def ambers(self, *items: ItemId) -> list[bool]:
        """Return what a look-up says of items, by id and by code."""
        answer = self.site.client.post("/v1/items/lookup", json={"items": [str(one) for one in items]})
        return [one["amber"] for one in answer.get_json()["items"]]

    def items(self) -> list[Item]:
        """Return the states of the packs."""
        with self.site.service.snapshot() as snapshot:
            return list(snapshot.items_of([str(pack(n)) for n in (1, 2, 3, 4, 9)]).values())


@pytest.fixture
def robbed(tmp_path: Path, database_url: str) -> Iterator[Robbed]:
    found = Robbed(tmp_path, database_url)
    yield found
    service = found.site.service
    with service.snapshot() as snapshot:
        root = snapshot.entry_rows(0, 1)[0].event_id
    report = audit(StoreSource(service.store, service.sequencer), Trust(service.vkey, root))
    assert report.ok, report.findings
    found.site.close()


def test_an_item_is_in_doubt_until_each_event_of_its_history_is_stood_by(robbed: Robbed) -> None:
    # Another firm's own key accepted pack 1, and yet a thief may have sent it.
    asked = [pack(1), ROBBED, SENT, pack(4), SOUND, LOT, MAKER.id, pack(77)]
    assert robbed.ambers(*asked) == [True, True, True, False, False, False, False, False]
    robbed.confirm(ROBBED)
    assert robbed.ambers(pack(1), ROBBED) == [True, False]
    robbed.confirm(pack(1))
    assert robbed.ambers(pack(1), ROBBED, SENT) == [False, False, True]


Seen = Callable[[Robbed], bool]


def told(path: str, *way: str | int) -> Seen:
    """Return what asks for JSON and follows members and places to what must be true."""

    def seen(robbed: Robbed) -> bool:
        found = robbed.site.get(path).get_json()
        for step in way:
            found = found[step]
        return found is True

    return seen


def read(path: str, *texts: str, desk: bool = False) -> Seen:
    """Return what opens a page, at the vehicle maker's desk where asked, and looks for words on it."""

    def seen(robbed: Robbed) -> bool:
        site = robbed.site
        client = at_desk(site, VEHICLE_MAKER) if desk else site.client
        answer = client.get(path, headers={"Accept": "text/html", "Accept-Language": "en"})
        assert answer.status_code == 200, answer.text[:400]
        return all(text in answer.text for text in texts)

    return seen


def offered(robbed: Robbed) -> bool:
    loads = robbed.site.get(f"/v1/offers?to={VEHICLE_MAKER.id}").get_json()["consignments"]
    return bool(loads[0]["offers"][0]["amber"] == [str(SENT)])


def in_tree(robbed: Robbed) -> bool:
    found = robbed.site.get(f"/v1/items/{LOT}/tree").get_json()
    return bool(found["items"][str(pack(1))]["amber"]) and not found["up"]["acts"][0]["amber"]


def the_event(path: str) -> Callable[[Robbed], str]:
    return lambda robbed: path.format(robbed.events(ROBBED)[0]["id"])


def at_event(path: str, *way: str | int, words: str = "") -> Seen:
    def seen(robbed: Robbed) -> bool:
        place = the_event(path)(robbed)
        return read(place, words)(robbed) if words else told(place, *way)(robbed)

    return seen


def on_form(robbed: Robbed) -> bool:
    [load] = robbed.site.get(f"/v1/offers?to={VEHICLE_MAKER.id}").get_json()["consignments"]
    page = f"/desk/load/{load['consignment']}/transfer.accepted"
    return read(page, "in doubt", desk=True)(robbed) and read(
        f"/desk/item/{SENT.code}/transfer.accepted", "in doubt", desk=True
    )(robbed)


def in_dossier(robbed: Robbed) -> bool:
    # A verifier draws its own conclusion from the entries: the revocation is among them.
    entries = robbed.site.get(f"/v1/items/{ROBBED}/dossier").get_json(force=True)["entries"]
    revoked = robbed.site.get(f"/v1/orgs/{MAKER.id}/keys").get_json()["keys"]
    places = {one.get("revoked") for one in revoked} - {None}
    return places <= {one["index"] for one in entries}


STOLEN = "key reported stolen"
IN_DOUBT = "in doubt"
FIGURE = "/dashboard/events?measure=packs&by=phase&key=stock"

SHOWN: Final[dict[str, Seen]] = {
    "/": read("/", IN_DOUBT),
    "/find": read(f"/find?q={ROBBED.code[:10]}", IN_DOUBT),
    "/p/<code>": read(f"/p/{ROBBED.code}", "In doubt: an event", STOLEN, "Do not rely on this line"),
    "/e/<event_id>": at_event("/e/{}", words=STOLEN),
    "/o/<org_id>": read(f"/o/{MAKER.id}", "is not to be relied on until the firm"),
    "/dashboard/events": read(FIGURE, IN_DOUBT),
    "/desk": read("/desk", IN_DOUBT, desk=True),
    "/desk/item/<code>": read(f"/desk/item/{SENT.code}", "In doubt: an event", desk=True),
    "/desk/item/<code>/<event>": on_form,
    "/desk/item/<code>/<event>/consent": read(
        f"/desk/item/{SENT.code}/batch.processed/consent", IN_DOUBT, desk=True
    ),
    "/desk/item/<code>/share": read(f"/desk/item/{SENT.code}/share", "in doubt", desk=True),
    "/desk/load/<consignment>/<event>": on_form,
    "/v1/items": told(f"/v1/items?pattern={ROBBED.code}", "items", 0, "amber"),
    "/v1/items/<item_id>": told(f"/v1/items/{pack(1)}", "amber"),
    "/v1/items/<item_id>/events": told(f"/v1/items/{ROBBED}/events", "events", 0, "amber"),
    "/v1/items/<item_id>/tree": in_tree,
    "/v1/items/<item_id>/dossier": in_dossier,
    "/v1/items/lookup": lambda robbed: robbed.ambers(ROBBED) == [True],
    "/v1/offers": offered,
    "/v1/events": lambda robbed: any(
        one["amber"] for one in robbed.site.get("/v1/events?limit=1000").get_json()["events"]
    ),
    "/v1/events/<event_id>": at_event("/v1/events/{}", "amber"),
}

NO_EVENT_OR_ITEM: Final = {
    *("/healthz", "/readyz", "/docs", "/openapi.json", "/problems/<rule>", "/static/<path:filename>"),
    *("/scan/manifest.webmanifest", "/scan/worker.js", "/scan/device/<code>.svg", "/audit", "/dashboard"),
    *("/desk/sign-in", "/desk/sign-in/<kid>", "/desk/keys", "/desk/find", "/v1/rules/<version>"),
    *("/desk/keys/<kid>/revoke", "/desk/state", "/desk/state/<event>", "/desk/import", "/v1/policy"),
    *("/v1/orgs", "/v1/witnesses", "/v1/trust", "/v1/growth", "/log/checkpoints", "/log/released"),
    *("/log/checkpoints/<size>", "/log/checkpoint", "/v1/shares", "/v1/documents/<sha256>"),
}
"""Figures, files and forms; what a figure rests on is shown by /dashboard/events."""
ONLY_BYTES: Final = {
    *("/log/tile/<path:place>", "/log/tile/entries/<path:number>", "/v1/events/<event_id>/receipt"),
    *("/v1/index", "/label/<code>.pdf", "/label/<code>.png", "/label/<code>.svg", "/label/<code>.zpl"),
    "/desk/item/<code>/label",
}
"""Signed bytes and printed labels: whoever verifies them asks for the keys, which say it."""
SAYS_WHOSE_KEY: Final = {
    *("/v1/keys", "/v1/orgs/<org_id>", "/v1/orgs/<org_id>/keys", "/desk/keys/<kid>/confirm"),
}
"""The keys themselves, with `compromised_since` and what was confirmed, or is to be."""
SAME_AS: Final = {
    "/P/<code>": "/p/<code>",
    "/P/<code>/<token>": "/p/<code>",
    "/p/<code>/<token>": "/p/<code>",
    "/dashboard/flow": "/dashboard/events",
    "/dashboard/packs": "/dashboard/events",
    "/desk/consent": "/desk/item/<code>/<event>",
    "/desk/event/<event_id>/<event>": "/desk/item/<code>/<event>",
    "/desk/recall/<event_id>": "/desk/item/<code>/<event>",
    "/desk/finding/<index>/<event>": "/desk/item/<code>/<event>",
    "/v1/orgs/<org_id>/events": "/v1/items/<item_id>/events",
}
"""What is shown by the same function."""
BY_ID_ALONE: Final = {
    *("/v1/findings", "/v1/items/<item_id>/reads", "/v1/items/<item_id>/account", "/v1/statistics"),
    "/v1/events/<event_id>/account",
}
"""They name events and items by id and show no state of them; `key.compromised` is itself a finding."""
ELSEWHERE: Final = {"/scan", "/v1/gate"}
"""The gate: tests/gate and tests/browser. Its list takes `amber` of what is announced from look-ups."""


@pytest.mark.parametrize("route", SHOWN)
def test_every_place_shows_it(route: str, sqlite_robbed: Robbed) -> None:
    assert SHOWN[route](sqlite_robbed)


def test_no_place_is_forgotten(sqlite_robbed: Robbed) -> None:
    rules = sqlite_robbed.site.app.url_map.iter_rules()
    reads = {one.rule for one in rules if one.methods and "GET" in one.methods} | {"/v1/items/lookup"}
    assert set(SAME_AS.values()) <= set(SHOWN)
    placed = [{*SHOWN}, NO_EVENT_OR_ITEM, ONLY_BYTES, SAYS_WHOSE_KEY, {*SAME_AS}, BY_ID_ALONE, ELSEWHERE]
    assert reads - set().union(*placed) == set()


@pytest.fixture(scope="module")
def sqlite_robbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Robbed]:
    """Share one robbed ledger among the tests that only read it."""
    folder = tmp_path_factory.mktemp("robbed")
    found = Robbed(folder, f"sqlite:///{folder / 'ledger.db'}")
    yield found
    found.site.close()


def test_a_long_history_is_entered_where_the_doubt_begins(
    robbed: Robbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = doubtful_of(robbed)
    monkeypatch.setattr(doubts, "LONG", 1)
    assert doubtful_of(robbed) == plain == {pack(1), ROBBED, SENT}


def doubtful_of(robbed: Robbed) -> frozenset[ItemId]:
    items = robbed.items()
    with robbed.site.service.snapshot() as snapshot:
        assert in_doubt(snapshot, [one.id for one in items]) == doubtful(snapshot, items)
        return doubtful(snapshot, items)


@pytest.mark.parametrize("limit", ["MAX_ROWS", "MAX_READ"])
def test_what_is_too_much_to_read_counts_as_in_doubt(
    robbed: Robbed, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(doubts, limit, 1)
    assert {pack(1), ROBBED, SENT} <= doubtful_of(robbed)
    assert SOUND not in doubtful_of(robbed)


def test_of_each_history_the_first_suspect_is_read_before_any_other(
    robbed: Robbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads, plain = list[int](), Snapshot.entries_at

    def counted(self: Snapshot, indexes: Collection[int]) -> dict[int, bytes]:
        reads.append(len(indexes))
        return plain(self, indexes)

    monkeypatch.setattr(Snapshot, "entries_at", counted)
    assert doubtful_of(robbed) == {pack(1), ROBBED, SENT}
    # That of pack 4 was signed with another key of the firm, and is the only one that told nothing.
    assert set(reads) == {4}


def test_without_a_compromised_key_no_history_is_read(tmp_path: Path) -> None:
    site = Site(tmp_path)
    try:
        site.found()
        site.submit([site.story.pack_manufactured(pack(1))])
        with site.service.snapshot() as snapshot:
            items = list(snapshot.items_of([str(pack(1))]).values())
            reads = list[str]()
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(Snapshot, "entries_at", lambda *_: reads.append("entries"))
                patch.setattr(Snapshot, "stated", lambda *_, **__: reads.append("histories"))
                assert doubtful(snapshot, items) == in_doubt(snapshot, [pack(1)]) == frozenset()
        assert reads == []
    finally:
        site.close()


def test_every_version_of_the_finding_rules_remarks_a_stolen_key() -> None:
    # Stolen keys are found by that remark.
    assert all("key.compromised" in {one.rule for one in rules.rules} for rules in FINDING_RULES.values())


def test_an_entry_that_cannot_be_read_is_our_failure(robbed: Robbed, monkeypatch: pytest.MonkeyPatch) -> None:
    for body in (b"no entry", b"1 a.b.c"):
        monkeypatch.setattr(
            Snapshot, "entries_at", lambda _, indexes, body=body: dict.fromkeys(indexes, body)
        )
        with robbed.site.service.snapshot() as snapshot, pytest.raises(CorruptRowError, match="entry"):
            doubtful(snapshot, list(snapshot.items_of([str(ROBBED)]).values()))

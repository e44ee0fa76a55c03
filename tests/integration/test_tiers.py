"""The tier matrix over HTTP: every event that conceals, every reader, both databases; and every other door.

What may be read is what docs/events.md says, worked out by `tests.concealed` in its own way.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from werkzeug.test import TestResponse

from crypto.encoding import b64url_decode
from ledger.events import REGISTRY
from ledger.events.envelope import Event
from ledger.rebuild import rebuild
from ledger.vocabulary import Purpose
from tests.concealed import (
    MARK,
    READERS,
    Followed,
    SealedStory,
    documented,
    lab_correction,
    may_read,
    sealed_life,
)
from tests.consortium import LAB, MAKER, SECOND_LIFE, VEHICLE_MAKER, Party, pack
from tests.site import Site, bearer, problem

METHODS: Final = ("get", "head", "post", "put", "delete", "patch", "options")


class Sealed:
    """A site with a life under seal, and who held what in it."""

    def __init__(self, site: Site) -> None:
        self.site: Final = site
        story = SealedStory()
        texts = sealed_life(story)
        texts += [lab_correction(story)]
        texts += [story.key_added(LAB, purpose) for purpose in (Purpose.READER, Purpose.LINE, Purpose.RIG)]
        site.submit(texts)
        self.followed: Final = Followed(texts)
        self.events: Final = [(index, event) for index, event in enumerate(self.followed.events) if event.sd]
        self.disclosures: Final = [
            part for text in texts for part in text.split("~")[1:-1] if MARK.encode() in b64url_decode(part)
        ]

    def one(self, event_type: str) -> tuple[int, Event]:
        """Return the first event of a type that conceals something."""
        return next((index, event) for index, event in self.events if event.type == event_type)

    def ask(self, party: Party, path: str, **changes: Any) -> TestResponse:  # noqa: ANN401  claims of a token
        """Ask with a token."""
        return self.site.get(path, Authorization=bearer(party, path, **changes))

    def reads(self, party: Party, path: str, query: str = "limit=1000") -> list[dict[str, Any]]:
        """Return the reads of an item, which a party asks for."""
        answer = self.site.get(f"{path}?{query}", Authorization=bearer(party, path))
        found: list[dict[str, Any]] = answer.get_json()["reads"]
        return found


@pytest.fixture(scope="module")
def sealed(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sealed]:
    """Tell the life once on either database; at the end the derived rows must equal a replay."""
    site = Site(tmp_path_factory.mktemp("sealed"), module_database_url)
    yield Sealed(site)
    assert rebuild(site.service.store, check=True) == []
    site.close()


def _names(event: Event, members: Mapping[str, Any]) -> set[str]:
    shown = members.get("restricted", {})
    assert len(shown) == len(members.get("disclosures", ()))
    assert members["id"] == event.id
    return set(shown)


def test_every_event_shows_every_reader_what_the_document_says(sealed: Sealed) -> None:
    concealed, seen = dict[str, set[str]](), set[tuple[str, bool, bool]]()
    for index, event in sealed.events:
        path = f"/v1/events/{event.id}"
        assert "restricted" not in sealed.site.get(path).get_json()
        own = next(party for party in READERS if party.id == event.iss)
        whole = _names(event, sealed.ask(own, path).get_json())
        assert len(whole) == len(event.sd)
        concealed.setdefault(event.type, set()).update(whole)
        for party in READERS:
            holder = sealed.followed.is_holder(party.id, index)
            told = {name for name in whole if may_read(party, event, name, holder=holder)}
            assert _names(event, sealed.ask(party, path).get_json()) == told, (party.name, event.type)
            former = any((party.id, item) in sealed.followed.ends for item in event.prev)
            seen.add(("holder" if holder else "former" if former else "stranger", bool(told), party is own))
    assert {("holder", True, False), ("former", False, False), ("stranger", False, False)} <= seen
    missing = {(kind, name) for kind, name in documented() if name not in concealed.get(kind, set())}
    assert missing <= {(kind, name) for kind in REGISTRY for name in ("cell_codes", "label_token")}


def test_a_reader_key_reads_and_a_line_or_rig_key_does_not(sealed: Sealed) -> None:
    path = f"/v1/events/{sealed.one('health.measured')[1].id}"
    assert "restricted" in sealed.ask(LAB, path, key=LAB.key(Purpose.READER)).get_json()
    for purpose in (Purpose.LINE, Purpose.RIG):
        assert problem(sealed.ask(LAB, path, key=LAB.key(purpose)))["rule"] == "token.purpose"


def test_no_other_address_method_or_form_tells_what_is_concealed(sealed: Sealed) -> None:
    texts = [text.encode() for text in (*sealed.disclosures, MARK)]
    item, event = pack(1), sealed.one("pack.manufactured")[1]
    for path in _addresses(sealed, item.code, event.id):
        asked = [(method, "*/*") for method in METHODS]
        asked += [("get", accept) for accept in ("application/json", "text/html", "application/sd-jwt")]
        for method, accept in asked:
            answer = getattr(sealed.site.client, method)(path, headers={"Accept": accept})
            assert not any(text in answer.data for text in texts), (method, path, accept)
    looked = sealed.site.client.post(
        "/v1/items/lookup", json={"items": [str(item), item.code, item.code.lower()]}
    )
    assert not any(text in looked.data for text in texts)


def _addresses(sealed: Sealed, code: str, event: str) -> list[str]:
    paths = [f"/v1/items/{code}", f"/v1/items/{code.lower()}", f"/v1/items/gbt34014:{code}"]
    paths += [f"/v1/items/{code}{part}" for part in ("/events", "/tree", "/reads", "/dossier")]
    paths += [f"/p/{code}", f"/P/{code}", f"/p/{code}?share=", f"/p/{code}?share=x", f"/label/{code}.svg"]
    paths += [
        f"/v1/events/{event}{part}" for part in ("", "/", "/receipt", "?tier=authority", "?restricted=1")
    ]
    paths += [
        f"//v1/events/{event}",
        f"/v1//events/{event}",
        f"/v1/events/{event}%00",
        f"/v1/events/{event}%2f",
    ]
    paths += ["/v1/events?limit=1000", "/v1/items", "/v1/orgs", "/v1/keys", "/v1/shares", "/v1/findings"]
    paths += [
        "/log/checkpoint",
        f"/log/tile/entries/000.p/{sealed.site.get('/v1/events').get_json()['size'] % 256}",
    ]
    return paths


def test_a_token_for_one_address_opens_no_other(sealed: Sealed) -> None:
    path = f"/v1/events/{sealed.one('health.measured')[1].id}"
    for other in (f"{path}/", f"/{path}", path.upper(), "/v1/items", f"{path}/receipt"):
        answer = sealed.site.get(other, Authorization=bearer(LAB, path))
        assert "restricted" not in answer.text
    token = bearer(LAB, path)
    assert "restricted" in sealed.site.get(f"{path}?lang=en", Authorization=token).get_json()
    assert problem(sealed.site.get(path, Authorization=token))["rule"] == "token.replayed"


def test_a_former_holder_reads_until_its_right_ended_and_nothing_after(sealed: Sealed) -> None:
    maker = [
        (sealed.followed.is_holder(MAKER.id, index), sealed.ask(MAKER, f"/v1/events/{event.id}").get_json())
        for index, event in sealed.events
        if pack(7) in event.prev and event.iss != MAKER.id
    ]
    assert {("restricted" in members) for _, members in maker} == {held for held, _ in maker}
    assert all(("restricted" in members) == held for held, members in maker)


def test_every_read_is_told_to_who_holds_the_item(sealed: Sealed) -> None:
    index, event = sealed.one("health.measured")
    item = next(iter(event.prev))
    path, reads = f"/v1/events/{event.id}", f"/v1/items/{item}/reads"
    before = sealed.reads(SECOND_LIFE, reads)
    for party in (LAB, VEHICLE_MAKER):
        assert sealed.ask(party, path).status_code == 200
    told = [row for row in sealed.reads(SECOND_LIFE, reads)[len(before) :] if row["index"] == index]
    readers = [str(LAB.id)] + [str(VEHICLE_MAKER.id)] * sealed.followed.is_holder(VEHICLE_MAKER.id, index)
    assert [row["reader"] for row in told] == readers
    assert told[0]["event"] == event.id
    assert "soh_permille" in told[0]["claims"]
    assert sealed.site.get(reads).status_code == 401
    stranger = next(party for party in READERS if party.name == "Bank")
    assert problem(sealed.ask(stranger, reads))["rule"] == "reads.holder"


def test_reads_come_page_by_page(sealed: Sealed) -> None:
    _, event = sealed.one("health.measured")
    item, path = next(iter(event.prev)), f"/v1/events/{event.id}"
    for _ in range(3):
        sealed.ask(LAB, path)
    reads = f"/v1/items/{item}/reads"
    auditor = next(party for party in READERS if party.name == "Auditor")
    whole = sealed.reads(auditor, reads)
    first = sealed.reads(auditor, reads, "limit=2")
    assert first == whole[:2]
    assert sealed.reads(auditor, reads, f"limit=1000&after={first[-1]['number']}") == whole[2:]
    last = f"{reads}?after={whole[-2]['number']}"
    assert sealed.site.get(last, Authorization=bearer(auditor, reads)).get_json()["next"] is None


def test_nothing_is_served_where_the_read_cannot_be_kept(
    sealed: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("the disk is full")

    path = f"/v1/events/{sealed.one('health.measured')[1].id}"
    monkeypatch.setattr("ledger.store.beside.Beside.record", fail)
    answer = sealed.ask(LAB, path)
    assert answer.status_code == 500
    assert "restricted" not in answer.text


def test_an_erased_claim_is_gone_for_everybody_and_every_proof_holds(sealed: Sealed) -> None:
    _, event = sealed.one("item.repaired")
    by = next(party for party in READERS if party.id == event.iss)
    path = f"/v1/events/{event.id}"
    before = sealed.ask(by, path).get_json()
    gone = event.sd[0]
    with sealed.site.service.store.write() as transaction:
        assert transaction.erase_disclosures(event.id, [gone, "A" * 43]) == 1
        assert transaction.erase_disclosures(event.id, [gone]) == 0
        transaction.commit()
    after = sealed.ask(by, path).get_json()
    assert len(after["restricted"]) == len(before["restricted"]) - 1
    assert after["data"] == before["data"]
    page = sealed.site.get(f"/p/{next(iter(event.prev)).code}", Accept_Language="en").text
    assert "1 no longer kept" in page

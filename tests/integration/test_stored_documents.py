"""Documents by hash: who puts them, who reads them, and how they are kept."""

import io
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from crypto.encoding import b64url_encode
from crypto.strictjson import Json
from ledger import docstore
from ledger.docstore import DocumentError, DocumentFolder
from ledger.errors import TooLargeError
from ledger.events import custody, registry, service
from ledger.vocabulary import HealthMethod, Purpose, ReportAuthority
from tests.scenario import COLLECTOR, LAB, MADE_ON, MAKER, RECYCLER, Party, pack
from tests.scenario_more import MoreStory
from tests.site import Site, bearer, problem

PUBLIC, SEALED, LOOSE = b"a report for all", b"raw data of the bench", b"named by nobody"


def digest(data: bytes) -> str:
    return b64url_encode(sha256(data).digest())


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    """A ledger with a measurement that names raw data under seal, and a release that names a report."""
    found = Site(tmp_path, database_url)
    story = found.story = MoreStory()
    found.found()
    found.submit([story.pack_manufactured(pack(1)), _measured(story), story.incident_reported(pack(1))])
    found.submit([_lifted(story), story.key_added(LAB, Purpose.LINE)])
    yield found
    found.close()


def _measured(story: MoreStory) -> str:
    claims = service.HealthMeasured(place=LAB.place, method=HealthMethod.CAPACITY_TEST)
    restricted: dict[str, Json] = {
        "quantity": "capacity_mah",
        "base": 10,
        "measured": 8,
        "soh_permille": 800,
        "source": "bench",
        "raw_file_sha256": digest(SEALED),
    }
    return story.tell(LAB, claims, pack(1), restricted=restricted)


def _lifted(story: MoreStory) -> str:
    claims = service.QuarantineLifted(place=LAB.place, report_sha256=digest(PUBLIC))
    return story.tell(LAB, claims, pack(1))


def address(data: bytes) -> str:
    return f"/v1/documents/{digest(data)}"


def put(site: Site, data: bytes, by: Party = LAB, *, path: str = "") -> TestResponse:
    where = path or address(data)
    token = bearer(by, where, htm="PUT")
    return site.client.put(where, data=data, headers={"Authorization": token})


def ask(site: Site, data: bytes, by: Party) -> TestResponse:
    return site.get(address(data), Authorization=bearer(by, address(data)))


def test_a_document_of_a_public_claim_is_public_and_is_bytes_to_save(site: Site) -> None:
    assert put(site, PUBLIC).status_code == 201
    assert put(site, PUBLIC).status_code == 200
    answer = site.get(address(PUBLIC), Accept="text/html")
    assert answer.data == PUBLIC
    assert answer.content_type == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.content_length == len(PUBLIC)
    assert site.client.head(address(PUBLIC)).content_length == len(PUBLIC)


def test_a_document_under_seal_is_for_who_may_read_its_claim(site: Site) -> None:
    assert put(site, SEALED).status_code == 201
    public = site.get(address(SEALED))
    missing = site.get(address(b"not there"))
    assert (public.status_code, problem(public)["rule"]) == (404, "document.unknown")
    assert set(problem(public)) == set(problem(missing))
    for stranger in (COLLECTOR, RECYCLER):
        assert ask(site, SEALED, stranger).status_code == 404
    for reader in (LAB, MAKER):
        answer = ask(site, SEALED, reader)
        assert answer.data == SEALED
        assert answer.headers["Cache-Control"] == "private, no-store"
    reads = f"/v1/items/{pack(1)}/reads"
    told = site.get(reads, Authorization=bearer(MAKER, reads)).get_json()["reads"]
    assert [(row["reader"], row["claims"]) for row in told] == [(str(MAKER.id), ["raw_file_sha256"])]


def test_a_document_whose_claim_was_erased_is_for_nobody_but_who_put_it(site: Site) -> None:
    put(site, SEALED)
    event = next(event for event in site.story.events.values() if event.type == "health.measured")
    with site.service.store.write() as transaction:
        transaction.erase_disclosures(event.id, event.sd)
        transaction.commit()
    assert ask(site, SEALED, MAKER).status_code == 404
    assert ask(site, SEALED, LAB).status_code == 200


def test_who_knows_no_more_than_a_hash_opens_nothing_by_stating_it(site: Site) -> None:
    put(site, SEALED)
    claims = registry.ReportFiled(
        authority=ReportAuthority.NATIONAL_PLATFORM,
        from_=MADE_ON,
        until=MADE_ON,
        file_sha256=digest(SEALED),
    )
    site.submit([site.story.tell(RECYCLER, claims, RECYCLER.id)])
    assert site.get(address(SEALED)).status_code == 404
    assert ask(site, SEALED, RECYCLER).status_code == 404
    put(site, LOOSE, RECYCLER)
    assert ask(site, SEALED, RECYCLER).status_code == 404


def test_a_document_that_nothing_names_is_for_who_put_it(site: Site) -> None:
    put(site, LOOSE, MAKER)
    assert ask(site, LOOSE, MAKER).data == LOOSE
    assert ask(site, LOOSE, LAB).status_code == 404
    assert site.get(address(LOOSE)).status_code == 404


def test_a_document_is_put_by_an_enrolled_firm_under_its_own_hash(site: Site) -> None:
    assert site.client.put(address(PUBLIC), data=PUBLIC).status_code == 401
    line = LAB.key(Purpose.LINE)
    token = bearer(LAB, address(PUBLIC), htm="PUT", key=line)
    refused = site.client.put(address(PUBLIC), data=PUBLIC, headers={"Authorization": token})
    assert problem(refused)["rule"] == "token.purpose"
    other = put(site, b"something else", path=address(PUBLIC))
    assert (other.status_code, problem(other)["rule"]) == (422, "document.hash")
    assert site.get(address(PUBLIC)).status_code == 404
    assert put(site, PUBLIC, path="/v1/documents/..%2f..%2fledger.db").status_code in {400, 401, 404}
    assert put(site, PUBLIC, path=f"/v1/documents/{digest(PUBLIC)[:-1]}B").status_code == 400


def test_documents_have_bounds(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.docstore.MAX_BYTES", 10)
    monkeypatch.setattr("api.documents.MAX_BYTES", 10)
    assert problem(put(site, b"x" * 11))["rule"] == "document.size"
    assert put(site, b"x" * 10).status_code == 201
    monkeypatch.setattr("api.documents.MAX_BYTES_OF_AN_ORG", 15)
    full = put(site, b"y" * 10)
    assert (full.status_code, problem(full)["rule"]) == (403, "document.quota")
    assert put(site, b"z" * 10, MAKER).status_code == 201
    headers = {"Authorization": bearer(LAB, address(b"q"), htm="PUT"), "Content-Encoding": "gzip"}
    assert problem(site.client.put(address(b"q"), data=b"q", headers=headers))["rule"] == "http.encoding"


def test_a_folder_keeps_whole_documents_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = DocumentFolder(tmp_path / "documents")
    with pytest.raises(DocumentError, match=r"document\.hash"):
        folder.keep(digest(b"one"), io.BytesIO(b"two"))
    monkeypatch.setattr(docstore, "MAX_BYTES", 2)
    with pytest.raises(TooLargeError, match=r"document\.size"):
        folder.keep(digest(b"one"), io.BytesIO(b"one"))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert folder.read(digest(b"one")) is None
    assert folder.keep(digest(b"on"), io.BytesIO(b"on")) == 2
    assert folder.keep(digest(b"on"), io.BytesIO(b"on")) == 2
    size, chunks = folder.read(digest(b"on")) or (0, iter([]))
    assert (size, b"".join(chunks), folder.has(digest(b"on"))) == (2, b"on", True)


def test_a_photo_and_a_report_are_documents_and_the_hash_of_a_label_is_none(site: Site) -> None:
    claims = custody.IntakeRecorded(
        place=None,
        consignment=site.story.uuid("load"),
        scans=(custody.Scan(raw="?", photo_sha256=digest(b"photo")),),
        gross_g=20,
        tare_g=10,
    )
    made, _ = site.labelled_pack(pack(2), [])
    site.submit([site.story.tell(COLLECTOR, claims), made])
    with site.service.snapshot() as snapshot:
        assert snapshot.is_stated_document(digest(b"photo"), [str(COLLECTOR.id)])
        assert not snapshot.is_stated_document(digest(b"photo"), [str(MAKER.id)])
        label = next(event for event in site.story.events.values() if pack(2) in event.prev).claims
        assert not snapshot.is_stated_document(label.label.sha256, [str(MAKER.id)])  # type: ignore[attr-defined]  # a pack's

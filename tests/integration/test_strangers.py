"""Strangers at a running server: they sign events that are logged, check the receipts, and read the log.

None of them shares code with ours: plain Python, joserfc, Java's own library, and Go's x/mod.
"""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from cli.sources import HttpSource
from crypto import jws
from crypto.strictjson import Json, loads
from ledger.audit import Trust, audit
from tests.clients import plain, with_joserfc
from tests.integration import go_client, java_client
from tests.ledgers import LOG, opened
from tests.live import Live, serving
from tests.scenario import LAB, MAKER, Story, module, pack

VKEY = LOG.verifier_key.format()


@pytest.fixture
def live(database_url: str, tmp_path: Path) -> Iterator[Live]:
    with serving(database_url, tmp_path) as started:
        yield started


def _claims(story: Story, serial: int) -> dict[str, Json]:
    """Return the claims of a pack's manufacture, as a maker's own system would put them together."""
    text = story.pack_manufactured(pack(serial), [module(10 * serial + place) for place in range(3)])
    claims = loads(jws.parse(text.partition("~")[0]).payload)
    assert isinstance(claims, dict)
    return claims


def _submit(url: str, text: str) -> str:
    request = urllib.request.Request(  # noqa: S310  our own server on loopback
        f"{url}/v1/events", text.encode(), {"Content-Type": "application/sd-jwt"}, method="POST"
    )
    with urllib.request.urlopen(request) as response:  # noqa: S310  the same
        assert response.status == 201
        body: bytes = response.read()
        return body.decode()


@pytest.mark.parametrize("module_of", [plain, with_joserfc], ids=["plain", "joserfc"])
def test_python_without_our_code_signs_submits_and_checks_its_receipt(live: Live, module_of: object) -> None:
    key = MAKER.key()
    claims = _claims(opened(live.ledger), 1)
    text = module_of.sign_event(claims, key.to_pem(None).decode())  # type: ignore[attr-defined]  # a module
    receipt = _submit(live.url, text)
    module_of.verify_receipt(receipt, VKEY, key.verifier.jwk(), plain.event_id(text))  # type: ignore[attr-defined]  # a module


def test_java_signs_submits_and_checks_its_receipt(live: Live, tmp_path: Path) -> None:
    program = java_client.build(tmp_path)
    private = MAKER.key().to_pem(None)
    public = load_pem_private_key(private, None).public_key()
    spki = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    claims = plain.compact(_claims(opened(live.ledger), 1))
    event_id, text = java_client.sign_event(program, tmp_path, claims, (private.decode(), spki), {})
    receipt = _submit(live.url, text)
    assert (
        java_client.verify_receipt(program, tmp_path, receipt, VKEY, public=spki, event_id=event_id) is None
    )


def test_go_reads_the_log_and_a_receipt_from_the_server(live: Live, tmp_path: Path) -> None:
    program = go_client.build(tmp_path)
    story = opened(live.ledger)
    live.ledger.log([story.pack_manufactured(pack(serial)) for serial in range(1, 301)])
    older = tmp_path / "older"
    older.write_text(live.ledger.sequencer.checkpoint(), encoding="utf-8")
    receipt = tmp_path / "receipt"
    receipt.write_text(_submit(live.url, story.pack_manufactured(pack(400))), encoding="utf-8")
    told = go_client.check(program, VKEY, url=f"{live.url}/log", receipt=receipt, old=older)
    assert told["ok"], told
    assert told["size"] == live.ledger.size


def test_an_audit_over_http_finds_everything_in_order(live: Live) -> None:
    story = opened(live.ledger)
    live.ledger.log([story.pack_manufactured(pack(serial)) for serial in range(1, 301)])
    with live.ledger.store.snapshot() as snapshot:
        root = snapshot.entry_rows(0, 1)[0].event_id
    report = audit(HttpSource(live.url), Trust(LOG.verifier_key, root))
    assert report.ok, report.findings
    assert report.size == live.ledger.size


def test_many_events_in_one_request_may_build_on_each_other(live: Live) -> None:
    story = opened(live.ledger)
    texts = [story.pack_manufactured(pack(1)), *story.transfer(MAKER, LAB, pack(1))]
    request = urllib.request.Request(  # noqa: S310  the same
        f"{live.url}/v1/events?atomic=1",
        json.dumps({"events": texts}).encode(),
        {"Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request) as response:  # noqa: S310  the same
        results = json.load(response)["results"]
    assert [one["result"] for one in results] == ["logged"] * 3

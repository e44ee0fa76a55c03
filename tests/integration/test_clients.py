"""Clients that share no code with ours sign events that we take, and verify receipts that we write.

Plain Python, joserfc and, where a JDK is installed, Java; each with a key of either algorithm.
"""

import ast
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from crypto.keys import Algorithm, PrivateKey
from ledger import checkpoint, merkle, submission
from ledger.checkpoint import Checkpoint
from ledger.entry import Entry
from ledger.receipt import Receipt
from tests.clients import plain, with_joserfc
from tests.clients.plain import InvalidReceiptError
from tests.integration import java_client
from tests.logs import ORIGIN, entry, signer

CLIENTS = Path(__file__).parents[1] / "clients"
EVENT = json.loads((CLIENTS.parent / "vectors/event.json").read_text(encoding="utf-8"))["events"][-1]
CLAIMS = {name: value for name, value in json.loads(EVENT["payload"]).items() if name != "_sd_alg"}
del CLAIMS["data"]["_sd"]
RESTRICTED = {"carrier": "虚构物流公司", "waybill": "W-2"}
KEYS = [PrivateKey.from_seed(bytes(32)), *(PrivateKey.generate(Algorithm.ES256) for _ in range(3))]


@dataclass(frozen=True, slots=True)
class Client:
    """A stranger's program: it signs for a key, and says None of a receipt or why it refuses it."""

    sign: Callable[[PrivateKey], tuple[str, str]]
    refusal: Callable[[str, str, PrivateKey, str], str | None]


def pem(key: PrivateKey) -> str:
    return key.to_pem(None).decode()


def public_pem(key: PrivateKey) -> str:
    public = load_pem_private_key(key.to_pem(None), None).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def python_client(module: Any) -> Client:  # noqa: ANN401 - modules with the same functions have no common type
    def sign(key: PrivateKey) -> tuple[str, str]:
        text = module.sign_event(CLAIMS, pem(key), RESTRICTED)
        return plain.event_id(text), text

    def refusal(text: str, vkey: str, key: PrivateKey, event: str) -> str | None:
        try:
            module.verify_receipt(text, vkey, key.verifier.jwk(), event)
        except InvalidReceiptError as error:
            return str(error)
        return None

    return Client(sign, refusal)


def java(folder: Path) -> Client:
    program = java_client.build(folder)
    claims = {**CLAIMS, "data": {**CLAIMS["data"], "_sd": []}, "_sd_alg": "sha-256"}

    def sign(key: PrivateKey) -> tuple[str, str]:
        restricted = {name: json.dumps(value) for name, value in RESTRICTED.items()}
        return java_client.sign_event(
            program, folder, plain.compact(claims), (pem(key), public_pem(key)), restricted
        )

    def refusal(text: str, vkey: str, key: PrivateKey, event: str) -> str | None:
        return java_client.verify_receipt(program, folder, text, vkey, public=public_pem(key), event_id=event)

    return Client(sign, refusal)


@pytest.fixture(scope="module", params=["plain", "joserfc", "java"])
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Client:
    if request.param == "java":
        return java(tmp_path_factory.mktemp("java"))
    return python_client(plain if request.param == "plain" else with_joserfc)


def receipt_of(text: str, size: int = 7, index: int = 4) -> str:
    """Return the receipt of an event in a log of other people's entries."""
    entries = [entry(number) for number in range(size)]
    entries[index] = Entry(1_800_000_000_000, text.partition("~")[0])
    hashes = [each.leaf_hash for each in entries]
    proof = merkle.prove_inclusion(
        index, size, lambda nodes: [merkle.root(hashes[at << level : at + 1 << level]) for level, at in nodes]
    )
    note = checkpoint.sign(Checkpoint(ORIGIN, size, merkle.root(hashes)), signer())
    return Receipt(entries[index].encode(), index, tuple(proof), note).format()


def test_the_ledger_takes_what_it_signs(client: Client) -> None:
    for key in KEYS:
        event_id, text = client.sign(key)
        taken = submission.parse(text)
        taken.jws.verify(key.verifier)
        assert taken.event.id == event_id
        assert taken.event.type == "transfer.offered"
        assert {name: each.value for name, each in taken.disclosures.items()} == RESTRICTED


def test_it_verifies_the_receipt_of_what_it_signed(client: Client) -> None:
    vkey = signer().verifier_key.format()
    for key in KEYS[:2]:
        event_id, text = client.sign(key)
        for size, index in [(7, 4), (7, 6), (1, 0), (8, 0)]:
            assert client.refusal(receipt_of(text, size, index), vkey, key, event_id) is None


def test_it_refuses_a_receipt_that_proves_something_else(client: Client) -> None:
    key, vkey = KEYS[1], signer().verifier_key.format()
    event_id, text = client.sign(key)
    good = receipt_of(text)
    other_log = signer(seed=2).verifier_key.format()
    other_event = plain.b64url(bytes(32))
    assert client.refusal(good, other_log, key, event_id) is not None
    assert client.refusal(good, vkey, key, other_event) is not None
    assert client.refusal(good, vkey, KEYS[2], event_id) is not None
    assert client.refusal(good.replace("index 4", "index 5"), vkey, key, event_id) is not None
    assert client.refusal(good.replace("\n7\n", "\n6\n"), vkey, key, event_id) is not None
    assert client.refusal(good.replace("extra MT", "extra Mj"), vkey, key, event_id) is not None


@pytest.mark.parametrize("file", sorted(CLIENTS.glob("*.py")), ids=lambda file: file.name)
def test_a_python_client_imports_nothing_of_ours(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert {name.partition(".")[0] for name in imported}.isdisjoint({"crypto", "ledger", "api", "cli"})
    assert all(name.startswith("tests.clients") for name in imported if name.startswith("tests"))


def test_plain_python_stays_short() -> None:
    assert len((CLIENTS / "plain.py").read_text(encoding="utf-8").splitlines()) < 200


def test_the_java_of_the_document_is_the_java_that_runs() -> None:
    document = (CLIENTS.parents[1] / "docs/clients.md").read_text(encoding="utf-8")
    program = (CLIENTS / "java/Sign.java").read_text(encoding="utf-8").replace("\n    ", "\n")
    quoted = re.findall(r"(?s)```java\n(.*?)```", document)
    assert len(quoted) == 5
    assert [part for part in quoted if f"\n{part}" not in program] == []


def test_the_claims_of_the_document_are_an_event() -> None:
    document = (CLIENTS.parents[1] / "docs/clients.md").read_text(encoding="utf-8")
    claims = re.findall(r"(?s)```json\n(.*?)```", document)[0]
    text = plain.sign_jws(claims, pem(KEYS[1]))
    assert submission.parse(f"{text}~").event.type == "pack.manufactured"

"""Our published vectors: the formats still give them, byte for byte, and strangers' code agrees."""

import base64
import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ledger import submission
from ledger.events import envelope
from tests.clients import plain, plain_label, with_joserfc
from tests.clients.plain import InvalidReceiptError
from tests.vectors import make

VerifyReceipt = Callable[[str, str, Mapping[str, str], str], None]
NAMES = sorted(make.vectors())
CHECKS = pytest.mark.parametrize("verify_receipt", [plain.verify_receipt, with_joserfc.verify_receipt])


@cache
def vector(name: str) -> dict[str, Any]:
    """Return a vector as it is published."""
    found: dict[str, Any] = json.loads((make.FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def keys() -> dict[str, dict[str, Any]]:
    return {**vector("keys")["keys"], "log": vector("keys")["log"]}


@cache
def pem(name: str) -> str:
    """Return a private key of the vectors as PEM, made without our code."""
    private, kind = bytes.fromhex(keys()[name]["private"]), keys()[name]["jwk"]["kty"]
    key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey
    if kind == "OKP":
        key = Ed25519PrivateKey.from_private_bytes(private)
    else:
        key = ec.derive_private_key(int.from_bytes(private, "big"), ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def restricted_of(place: int) -> tuple[dict[str, Any], list[bytes]]:
    found = [each for each in vector("disclosure")["disclosures"] if each["event"] == place]
    return {each["name"]: each["value"] for each in found}, [plain.unb64url(each["salt"]) for each in found]


@pytest.mark.parametrize("name", NAMES)
def test_a_vector_is_made_again_byte_for_byte(name: str) -> None:
    assert make.text_of(make.vectors()[name]).encode() == (make.FOLDER / f"{name}.json").read_bytes()


def test_no_vector_is_left_that_nobody_makes() -> None:
    assert sorted(file.stem for file in make.FOLDER.glob("*.json")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_vector_says_where_it_came_from(name: str) -> None:
    assert vector(name)["note"].startswith(make.ORIGINAL)


@pytest.mark.parametrize("event", vector("event")["events"], ids=lambda event: event["key"])
def test_the_events_are_read_and_written_alike(event: dict[str, Any]) -> None:
    parsed = submission.parse(event["sd_jwt"]).event
    again = envelope.build(
        parsed.claims,
        aud=parsed.aud,
        iss=parsed.iss,
        jti=parsed.jti,
        iat=parsed.iat,
        at=parsed.at,
        prev=parsed.prev,
        sd=parsed.sd,
    )
    assert again.decode() == event["payload"]


# From here on nothing of ours is called: only the published files and the strangers' clients.


def test_plain_python_derives_the_keys() -> None:
    for name, key in keys().items():
        assert plain.public_of(pem(name)) == key["jwk"]
        assert plain.thumbprint(key["jwk"]) == key["thumbprint"]


def test_plain_python_signs_the_events_byte_for_byte() -> None:
    for place, event in enumerate(vector("event")["events"][:-1]):
        claims = json.loads(event["payload"])
        claims.pop("_sd_alg", None)
        claims["data"].pop("_sd", None)
        assert plain.sign_event(claims, pem(event["key"]), *restricted_of(place)) == event["sd_jwt"]


def test_plain_python_verifies_every_event_whatever_the_order_of_its_header() -> None:
    for event in vector("event")["events"]:
        header, body, signature = event["jws"].split(".")
        assert (plain.unb64url(header).decode(), plain.unb64url(body).decode()) == (
            event["header"],
            event["payload"],
        )
        plain.verify(keys()[event["key"]]["jwk"], event["signing_input"].encode(), plain.unb64url(signature))


def test_plain_python_computes_the_event_ids_that_the_next_events_name() -> None:
    events = vector("event")["events"]
    ids = [each["event_id"] for each in vector("event_id")["ids"]]
    assert [plain.event_id(event["sd_jwt"]) for event in events] == ids
    named = [tip for event in events for tip in json.loads(event["payload"])["prev"].values() if tip]
    assert named == [ids[0], ids[2], ids[3], ids[4], ids[6]]


def test_plain_python_makes_the_disclosures() -> None:
    for each in vector("disclosure")["disclosures"]:
        text = plain.disclose(plain.unb64url(each["salt"]), each["name"], each["value"])
        assert (text, plain.unb64url(text).decode()) == (each["disclosure"], each["json"])
        assert plain.b64url(plain.sha256(text.encode())) == each["digest"]


def test_plain_python_hashes_the_entries_to_the_leaves() -> None:
    entries = vector("entry")["entries"]
    for entry, event in zip(entries, vector("event")["events"], strict=True):
        assert entry["entry"] == f"{entry['logged_at_ms']} {event['jws']}"
    found = [plain.sha256(b"\x00" + entry["entry"].encode()).hex() for entry in entries]
    assert found == vector("leaf")["leaf_hashes"]


def test_plain_python_opens_the_checkpoints() -> None:
    assert vector("checkpoint")["vkey"] == keys()["log"]["vkey"]
    for each in vector("checkpoint")["checkpoints"]:
        size, root = plain.open_checkpoint(each["note"], vector("checkpoint")["vkey"])
        assert (size, root.hex()) == (each["size"], each["root"])
        assert each["root"] == vector("leaf")["roots"][size]
        assert each["note"].startswith(f"{each['text']}\n\u2014 ")


@CHECKS
def test_a_stranger_verifies_every_receipt(verify_receipt: VerifyReceipt) -> None:
    told = vector("receipt")
    for each in told["receipts"]:
        verify_receipt(each["receipt"], told["vkey"], keys()[each["key"]]["jwk"], each["event_id"])


def bent_receipts() -> dict[str, str]:
    good = vector("receipt")["receipts"][-1]["receipt"]
    head = good.partition("\n\n")[0]
    lines = head.split("\n")
    entry = base64.b64decode(lines[1].removeprefix("extra "))
    later = "extra " + base64.b64encode(b"2" + entry[1:]).decode()
    return {
        "another header": good.replace("@v1", "@v2"),
        "another time": good.replace(lines[1], later),
        "another index": good.replace("index 7", "index 6"),
        "an index outside": good.replace("index 7", "index 8"),
        "another hash": good.replace(lines[3], lines[4], 1),
        "a hash too few": good.replace(f"{lines[3]}\n", ""),
        "a hash too many": good.replace(f"{lines[3]}\n", f"{lines[3]}\n" * 2),
        "another size": good.replace("\n8\n", "\n9\n"),
        "another origin": good.replace("packtrace\n8", "elsewhere\n8"),
        "another signature": good[:-10] + ("A" if good[-10] != "A" else "B") + good[-9:],
        "another signer": good.replace("\u2014 vectors.example/packtrace", "\u2014 other.example"),
        "no checkpoint": head,
        "nothing": "",
    }


@CHECKS
@pytest.mark.parametrize("bend", list(bent_receipts()))
def test_a_stranger_refuses_a_receipt_with(verify_receipt: VerifyReceipt, bend: str) -> None:
    told = vector("receipt")
    each, text = told["receipts"][-1], bent_receipts()[bend]
    assert text != each["receipt"]
    with pytest.raises(InvalidReceiptError):
        verify_receipt(text, told["vkey"], keys()[each["key"]]["jwk"], each["event_id"])


@CHECKS
def test_a_stranger_refuses_another_event_signer_or_log(verify_receipt: VerifyReceipt) -> None:
    told = vector("receipt")
    last, first = told["receipts"][-1], told["receipts"][0]
    own = keys()[last["key"]]["jwk"]
    for vkey, public, event in [
        (told["vkey"], own, first["event_id"]),
        (told["vkey"], keys()["maker admin"]["jwk"], last["event_id"]),
        (told["vkey"].replace("vectors.example", "other.example"), own, last["event_id"]),
    ]:
        with pytest.raises(InvalidReceiptError):
            verify_receipt(last["receipt"], vkey, public, event)


def test_plain_python_commits_to_the_cells_and_releases_them() -> None:
    told = vector("cells")
    key = plain.unb64url(told["key"])
    for unit in told["units"]:
        root = plain_label.cells_root(key, [cell["code"] for cell in unit["cells"]])
        assert plain.b64url(root) == unit["cells_root"]
        for cell in unit["cells"]:
            salt, proof = plain.unb64url(cell["salt"]), [plain.unb64url(node) for node in cell["proof"]]
            leaf = plain_label.cell_leaf(key, cell["code"])
            assert leaf == salt + cell["code"].encode()
            assert plain.sha256(b"\x00" + leaf).hex() == cell["leaf_hash"]
            place = (cell["index"], unit["cell_count"])
            assert plain_label.root_of_release(salt, cell["code"], *place, proof) == root


def test_plain_python_makes_the_label_tokens() -> None:
    facts: dict[int, int | str] = {1: "LFP", 2: 389_000, 3: 403_200, 4: 60_480, 5: 0b101, 6: 20_758, 7: 1}
    for each in vector("label")["labels"]:
        token = plain_label.label_token(facts, each["url_prefix"], pem(each["key"]))
        assert token == each["token"]
        assert each["url"] == each["url_prefix"] + token
        cose = base64.b32decode(token + "=" * (-len(token) % 8))
        assert cose.hex() == each["cose"]
        assert plain.b64url(plain.sha256(cose)) == each["sha256"]
        assert plain_label.cbor(facts).hex() == each["payload"]

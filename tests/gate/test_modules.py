"""The gate's modules answer as the ledger's own code does: signatures, labels, codes, recalls, events."""

import base64
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from random import Random
from typing import Any

import cbor2
import pytest

from crypto import jws
from crypto.encoding import b64url_encode
from crypto.errors import CryptoError
from crypto.keys import Algorithm, PrivateKey, Verifier
from ledger import device, gbt34014, submission
from ledger.claims import encode
from ledger.events.custody import IntakeRecorded
from ledger.identifiers import ItemId
from ledger.label import Label, LabelFacts, sign_label
from ledger.label_url import LabelUrl
from ledger.lifecycle.recalls import selects
from ledger.scan import MalformedScanError, interpret
from ledger.state import Item, Recall, state_to_json
from ledger.vocabulary import Kind, Phase
from tests import edwards
from tests.consortium import MAKER, RECYCLER, battery, pack
from tests.gate.node import FOLDER, calls
from tests.javascript import node
from tests.labels import CELL, ED25519, ES256, FACTS, LARGEST_FACTS, OTHER, URL, WIDE_URL

NOW_MS = 1_795_349_000_000
EVENT = "A" * 43


def test_the_tests_that_node_runs_hold() -> None:
    files = sorted(str(path) for path in FOLDER.glob("*.test.mjs"))
    done = subprocess.run([node(), "--test", *files], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout[-4000:]


# Signatures


def _ed25519_cases() -> list[tuple[bytes, bytes, bytes]]:
    message, secret, nonce = b"pack left the line", 0x1234567890ABCDEF, 777
    key = edwards.encode(edwards.multiply(secret, edwards.BASE))
    r_bytes = edwards.encode(edwards.multiply(nonce, edwards.BASE))
    good = edwards.sign(secret, key, message, nonce=nonce, r_bytes=r_bytes)
    s = int.from_bytes(good[32:], "little")
    cases = [(key, message, good), (key, message + b".", good), (key, message, good[:32] + bytes(32))]
    cases += [(key, message, good[:32] + (s + edwards.L).to_bytes(32, "little"))]
    cases += [(key, message, bytes([good[0] ^ 1, *good[1:]])), (key, message, good[:-1])]
    small = [edwards.encode(point) for point in edwards.TORSION]
    loose = [edwards.encode_loosely(edwards.P + y, sign) for y, sign in product(range(19), (0, 1))]
    for bad in [*small, *loose, edwards.encode_loosely(1, 1)]:
        cases += [(bad, message, bad + bytes(32)), (key, message, bad + good[32:])]
    return [*cases, *((key, message, bytes(Random(seed).randbytes(64))) for seed in range(8))]  # noqa: S311  test data


def test_ed25519_accepts_what_ours_accepts_and_nothing_else() -> None:
    cases = _ed25519_cases()
    answers = calls(*(("ed25519", *map(b64url_encode, case)) for case in cases))
    for (key, message, signature), answer in zip(cases, answers, strict=True):
        assert answer is True or answer == "Refused"
        assert (answer is True) == _accepted(Algorithm.ED25519, key, message, signature)
    assert answers.count(True) == 1


def test_es256_takes_only_the_lower_of_the_two_signatures() -> None:
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    message, good = b"pack", ES256.sign(b"pack")
    high = good[:32] + (order - int.from_bytes(good[32:], "big")).to_bytes(32, "big")
    cases = [good, high, good[:-1], bytes(64), good[:40] + bytes([good[40] ^ 1]) + good[41:]]
    told = [b64url_encode(one) for one in cases]
    answers = calls(*(("es256", ES256.verifier.jwk(), b64url_encode(message), one) for one in told))
    assert answers == [True, *["Refused"] * 4]


def _accepted(algorithm: Algorithm, key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Verifier(algorithm, key).verify(message, signature)
    except CryptoError:
        return False
    return True


# Labels


def key_json(key: PrivateKey) -> dict[str, Any]:
    return {"kid": key.verifier.thumbprint(), "jwk": key.verifier.jwk(), "org": str(MAKER.id)}


KEYS = [key_json(key) for key in (OTHER, ED25519, ES256)]


@pytest.mark.parametrize("url", [URL, WIDE_URL], ids=["usual", "longest"])
@pytest.mark.parametrize("facts", [FACTS, LARGEST_FACTS], ids=["usual", "largest"])
@pytest.mark.parametrize("signer", [ED25519, ES256], ids=["Ed25519", "ES256"])
def test_a_label_opens_with_its_key_and_tells_the_same_facts(
    signer: PrivateKey, facts: LabelFacts, url: LabelUrl
) -> None:
    token = sign_label(facts, url.prefix, signer)
    whole = f"{url.prefix}{token}"
    found, lower = calls(("label", whole, KEYS), ("label", whole.lower(), KEYS))
    assert found == lower
    assert found["verdict"] == "signed"
    assert found["key"]["kid"] == signer.verifier.thumbprint()
    assert found["sha256"] == b64url_encode(Label.parse(token).sha256())
    assert found["facts"]["mass_g"] == facts.mass_g
    assert found["facts"]["manufactured_on"] == facts.manufactured_on.isoformat()
    assert found["facts"]["number"] == facts.number


def test_a_label_without_its_key_is_unknown_and_not_forged() -> None:
    token = sign_label(FACTS, URL.prefix, ED25519)
    [found] = calls(("label", f"{URL.prefix}{token}", [key_json(OTHER)]))
    assert found["verdict"] == "unknown"


def test_no_changed_token_and_no_token_at_another_address_opens() -> None:
    token = sign_label(FACTS, URL.prefix, ED25519)
    elsewhere = LabelUrl.of("https://sudian.example", pack(1)).prefix
    changed = [
        token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in range(0, len(token), 4)
    ]
    texts = [
        f"{elsewhere}{token}",
        f"{URL.prefix}",
        f"{URL.prefix}{token}A",
        *(URL.prefix + c for c in changed),
    ]
    answers = calls(*(("label", text, KEYS) for text in texts))
    # A changed key id names a key that is not there, of which nothing can be said; no change is ever good.
    assert {one["verdict"] for one in answers} <= {"forged", "unknown"}
    assert [one["verdict"] for one in answers[:3]] == ["forged"] * 3


def test_a_token_in_another_encoding_is_refused() -> None:
    label = Label.parse(sign_label(FACTS, URL.prefix, ED25519))
    whole = cbor2.loads(label.encode())
    loose = [
        cbor2.dumps(cbor2.CBORTag(18, whole)),
        cbor2.dumps(whole) + b"\x00",
        cbor2.dumps([*whole, 1]),
        cbor2.dumps([whole[0], {**whole[1], 5: 1}, *whole[2:]]),
        cbor2.dumps([whole[0], whole[1], cbor2.dumps({**cbor2.loads(whole[2]), 8: 1}), whole[3]]),
        cbor2.dumps([whole[0], whole[1], cbor2.dumps({**cbor2.loads(whole[2]), 7: 0}), whole[3]]),
        label.encode().replace(b"\x04H", b"\x04\x58\x08", 1),
    ]
    answers = calls(*(("label", URL.prefix + _base32(data), KEYS) for data in loose))
    assert [one["verdict"] for one in answers] == ["forged"] * len(loose)


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=")


# Codes


SCANS = [
    "001CB240000003B3C0221953",
    "001cb240000003b3c0221953",
    "]Q3001CB240000003B3C0221953",
    "001CB24 0000003 B3C0221953",
    "B3C0221953 001CB240000003",
    "B3C0221953001CB240000003",
    "OO1CB240000003B3CO22I953",
    "001CB240000003B3CO22I953",
    "００１ＣＢ２４００００００３Ｂ３Ｃ０２２１９５３",
    "ZZZPB01ABC0001C720000012RP",
    "ZZYPB01G610000001RP",
    "001CB240000003B3Z0221953",
    "001CB240000003B2X0221953",
    "https://maker.example/battery/001CB240000003B3C0221953?x=1",
    "gbt34014:001CB240000003B3C0221953",
    "hello",
    "12345678",
]


@pytest.mark.parametrize("scan", SCANS)
def test_a_scan_names_first_what_ours_names_first(scan: str) -> None:
    [found] = calls(("interpret", scan))
    try:
        expected = interpret(scan).items
    except MalformedScanError:
        expected = ()
    assert found["items"][:1] == [str(one) for one in expected][:1]


def test_a_label_is_read_in_any_case() -> None:
    text = f"{URL.prefix}{sign_label(FACTS, URL.prefix, ED25519)}"
    for one in calls(("interpret", text), ("interpret", text.lower())):
        assert one["kind"] == "label"
        assert one["items"] == [str(CELL)]


def test_the_parts_of_a_code_are_those_of_ours() -> None:
    texts = [battery(serial).value for serial in (1, 77, 9_999_999)] + ["001CB240000003B3C0221953"]
    for text, found in zip(texts, calls(*(("code", text) for text in texts)), strict=True):
        code = gbt34014.parse(text)
        parts = (found["vendor"], found["kind"], found["spec"], found["made_on"], found["serial"])
        assert parts == (code.vendor, code.kind, code.spec, code.date.isoformat(), code.serial)


def test_an_unreadable_code_has_its_likeliest_readings_first() -> None:
    codes = [battery(serial).value for serial in range(1, 200)]
    typed = codes[41].replace("0000042", "000OO42"), codes[41][:-2] + "?2", codes[41][-8:], "ZZ"
    whole, unread, end, short = calls(*(("guesses", text, codes) for text in typed))
    assert whole[0]["code"] == codes[41]
    assert {one["code"][-1] for one in unread} == {"2"}
    assert end[0] == {"code": codes[41], "cost": 0}
    assert short == []


# Recalls


def _recalls() -> list[Recall]:
    day = date(2026, 6, 1)
    some = [
        Recall(event=EVENT, by=MAKER.id, codes=(pack(1), pack(2))),
        Recall(event=EVENT, by=MAKER.id, vendor="ZZZ", spec="01", serial_from=2, serial_until=3),
        Recall(event=EVENT, by=MAKER.id, vendor="YYY"),
        Recall(event=EVENT, by=MAKER.id, model=MAKER.model()),
        Recall(event=EVENT, by=MAKER.id, model=MAKER.model("OTHER")),
    ]
    for before, after in product((-1, 0, 1), repeat=2):
        window = day + timedelta(days=before), day + timedelta(days=after)
        some.append(Recall(event=EVENT, by=MAKER.id, made_from=window[0], made_until=window[1]))
    return some


def _items() -> list[Item]:
    whole = Item(
        id=pack(1),
        kind=Kind.PACK,
        phase=Phase.STOCK,
        custodian=MAKER.id,
        owner=MAKER.id,
        operator=MAKER.id,
        maker=MAKER.id,
        model=MAKER.model(),
        made_on=date(2026, 6, 1),
    )
    local = ItemId.parse(f"local:{MAKER.id.value}:X-1")
    return [
        *(replace(whole, id=pack(number)) for number in (1, 2, 3, 4)),
        replace(whole, made_on=None, model=None),
        replace(whole, id=local, made_on=None),
    ]


def test_a_recall_selects_what_ours_selects() -> None:
    cases = list(product(_recalls(), _items()))
    told = [("selects", encode(recall), str(item.id), state_to_json(item)) for recall, item in cases]
    assert calls(*told) == [selects(recall, item) for recall, item in cases]


def test_without_a_state_a_recall_by_model_cannot_be_told() -> None:
    recalls = [encode(one) for one in _recalls()[:4]]
    answers = calls(*(("selects", recall, str(pack(2)), None) for recall in recalls))
    assert answers == [True, True, False, None]


# Events


def _event(members: dict[str, Any]) -> tuple[Verifier, dict[str, Any]]:
    key, made = calls(("key",), ("event", members))
    return Verifier.from_jwk(key["jwk"]), made


def test_an_intake_signed_on_the_device_is_one_that_ours_reads_and_verifies() -> None:
    raw = ["HTTPS://PACKS.EXAMPLE/P/X/" + "A" * 400, "烧毁", ""]
    printable = calls(*(("raw", one) for one in raw))
    scans: Sequence[dict[str, Any]] = [
        {"raw": printable[0], "item": str(pack(1))},
        {"raw": printable[1], "photo_sha256": b64url_encode(bytes(32))},
        {"raw": printable[2]},
    ]
    data = {
        "consignment": "01902000-0000-7000-8000-000000000001",
        "scans": scans,
        "gross_g": 500,
        "tare_g": 100,
        "place": {"district": "360702"},
    }
    members = {
        "aud": "test.example/packtrace",
        "iss": str(RECYCLER.id),
        "event": "intake.recorded",
        "prev": {str(pack(1)): None},
        "data": data,
        "now": NOW_MS,
    }
    verifier, made = _event(members)
    found = submission.parse(made["text"])
    found.jws.verify(verifier)
    assert found.event.id == made["id"]
    assert isinstance(found.event.claims, IntakeRecorded)
    assert [len(one.raw) for one in found.event.claims.scans] == [300, 2, 1]
    assert found.event.at.ms == NOW_MS // 1000 * 1000


def test_the_acts_of_a_gate_have_claims_that_ours_reads() -> None:
    place = {"district": "360702", "site": "GATE-1"}
    load = {"place": place, "consignment": "01902000-0000-7000-8000-000000000001"}
    told = {
        "transfer.accepted": {
            **load,
            "mass_basis": "apportioned",
            "gross_g": 100,
            "tare_g": 0,
            "checklist": {"yes": []},
            "exceptions": [{"item": str(pack(1)), "condition": "swollen"}],
        },
        "transfer.rejected": {**load, "reason": "not_announced"},
        "item.collected": {"place": place, "from": "consumer", "condition": "burnt"},
    }
    members = {
        "aud": "a",
        "iss": str(RECYCLER.id),
        "prev": {str(pack(1)): EVENT},
        "now": NOW_MS,
        "at": NOW_MS - 60_000,
    }
    answers = calls(*(("event", {**members, "event": name, "data": data}) for name, data in told.items()))
    for name, made in zip(told, answers, strict=True):
        assert submission.parse(made["text"]).event.type == name


def test_a_token_of_the_device_is_one_that_ours_reads() -> None:
    members = {
        "iss": str(RECYCLER.id),
        "aud": "a",
        "method": "PUT",
        "url": "https://x.example/v1",
        "now": NOW_MS,
    }
    key, token = calls(("key",), ("token", members))
    jws.parse(token, typ="access+jwt").verify(Verifier.from_jwk(key["jwk"]))


# The code of a device


def test_the_code_of_a_device_is_read_back_to_its_key() -> None:
    [key] = calls(("key",))
    assert device.parse_code(key["code"]).jwk() == key["jwk"]
    assert device.format_code(device.parse_code(key["code"])) == key["code"]


def test_both_sides_write_one_code_for_one_key() -> None:
    keys = [PrivateKey.generate(Algorithm.ES256).verifier for _ in range(20)]
    answers = calls(*(("code_of", key.jwk()) for key in keys))
    assert answers == [device.format_code(key) for key in keys]

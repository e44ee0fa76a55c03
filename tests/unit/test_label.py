"""Label tokens: what is signed, and every forgery that is refused."""

import base64
import hashlib
from dataclasses import replace
from datetime import date

import cbor2
import pytest

from crypto.encoding import b64url_decode
from crypto.keys import Algorithm, PrivateKey
from ledger.errors import LedgerError
from ledger.identifiers import ItemId
from ledger.label import InvalidLabelError, Label, LabelFacts, UnknownLabelKeyError, open_label, sign_label
from ledger.label_url import LabelUrl, MalformedLabelError
from ledger.vocabulary import Chemistry, Hazard
from tests.labels import CELL, ED25519, ES256, FACTS, LARGEST_FACTS, OTHER, URL, WIDE_URL

TOKEN = sign_label(FACTS, URL.prefix, ED25519)
COSE = base64.b32decode(TOKEN + "=" * (-len(TOKEN) % 8))


def token_of(cose: object) -> str:
    data = cose if isinstance(cose, bytes) else cbor2.dumps(cose)
    return base64.b32encode(data).decode().rstrip("=")


@pytest.mark.parametrize("signer", [ED25519, ES256])
@pytest.mark.parametrize("facts", [FACTS, LARGEST_FACTS])
def test_a_signed_label_opens_with_its_key_and_tells_which(signer: PrivateKey, facts: LabelFacts) -> None:
    token = sign_label(facts, URL.prefix, signer)
    assert open_label(token, URL.prefix, [OTHER.verifier, signer.verifier]) == (facts, signer.verifier)


@pytest.mark.parametrize("chemistry", Chemistry)
def test_every_chemistry_has_its_text(chemistry: Chemistry) -> None:
    facts = replace(FACTS, chemistry=chemistry)
    assert LabelFacts.decode(facts.encode()) == facts


def test_the_bytes_are_those_of_the_format() -> None:
    protected, unprotected, encoded, signature = cbor2.loads(COSE)
    assert protected == bytes.fromhex("a10132")
    assert unprotected == {4: b64url_decode(ED25519.verifier.thumbprint())[:8]}
    assert cbor2.loads(encoded) == {1: "LFP", 2: 389000, 3: 403200, 4: 60480, 5: 0b101, 6: 18698, 7: 1}
    structure = ["Signature1", protected, b"HTTPS://SUDIAN.EXAMPLE/P/001CB240000003B3C0221953/", encoded]
    ED25519.verifier.verify(cbor2.dumps(structure), signature)
    assert Label.parse(TOKEN).sha256() == hashlib.sha256(COSE).digest()


def test_an_es256_label_names_esp256() -> None:
    label = Label.parse(sign_label(FACTS, URL.prefix, ES256))
    assert label.algorithm is Algorithm.ES256
    assert label.encode()[1:5] == bytes.fromhex("43a10128")


def test_every_flipped_bit_of_a_token_is_refused() -> None:
    candidates = [ED25519.verifier, OTHER.verifier]
    for place in range(len(COSE)):
        for bit in range(8):
            forged = bytearray(COSE)
            forged[place] ^= 1 << bit
            with pytest.raises((MalformedLabelError, InvalidLabelError)):
                open_label(token_of(bytes(forged)), URL.prefix, candidates)


def test_every_other_character_of_a_token_is_refused() -> None:
    for place, character in enumerate(TOKEN):
        for other in "A7a=0 é":
            if other != character:
                with pytest.raises(LedgerError):
                    open_label(TOKEN[:place] + other + TOKEN[place + 1 :], URL.prefix, [ED25519.verifier])


@pytest.mark.parametrize(
    "url_prefix",
    [
        LabelUrl.of("https://sudian.example.evil", CELL).prefix,
        LabelUrl.of("http://sudian.example", CELL).prefix,
        LabelUrl.of("https://sudian.example", ItemId.parse("gbt34014:001CB240000003B3C0221954")).prefix,
        URL.prefix.lower(),
        URL.prefix.removesuffix("/"),
        "",
    ],
)
def test_a_token_under_another_host_or_code_is_refused(url_prefix: str) -> None:
    with pytest.raises(InvalidLabelError):
        open_label(TOKEN, url_prefix, [ED25519.verifier])


def test_a_label_signed_with_another_key_is_refused() -> None:
    forged = replace(Label.parse(sign_label(FACTS, URL.prefix, OTHER)), kid=Label.parse(TOKEN).kid)
    with pytest.raises(InvalidLabelError) as refusal:
        open_label(str(forged), URL.prefix, [ED25519.verifier])
    assert not isinstance(refusal.value, UnknownLabelKeyError)


@pytest.mark.parametrize("keys", [[], [OTHER], [ES256]])
def test_without_the_key_nothing_is_said_of_the_signature(keys: list[PrivateKey]) -> None:
    with pytest.raises(UnknownLabelKeyError, match=Label.parse(TOKEN).kid.hex()):
        open_label(TOKEN, URL.prefix, [key.verifier for key in keys])


def test_a_label_that_names_the_other_algorithm_is_refused() -> None:
    forged = replace(Label.parse(TOKEN), algorithm=Algorithm.ES256)
    with pytest.raises(UnknownLabelKeyError):
        open_label(str(forged), URL.prefix, [ED25519.verifier])


PROTECTED, UNPROTECTED, ENCODED, SIGNATURE = cbor2.loads(COSE)


@pytest.mark.parametrize(
    "cose",
    [
        b"",
        b"\xff",
        COSE + b"\x00",
        COSE[:-1],
        b"\xd2" + COSE,
        b"\x9f" + COSE[1:] + b"\xff",
        b"\x81" * 9 + b"\x00",
        [PROTECTED, UNPROTECTED, ENCODED],
        [PROTECTED, UNPROTECTED, None, SIGNATURE],
        [PROTECTED, {}, ENCODED, SIGNATURE],
        [PROTECTED, {4: UNPROTECTED[4][:7]}, ENCODED, SIGNATURE],
        [PROTECTED, UNPROTECTED | {5: b""}, ENCODED, SIGNATURE],
        [PROTECTED, UNPROTECTED, ENCODED, SIGNATURE[:-1]],
        [b"", UNPROTECTED | {1: -19}, ENCODED, SIGNATURE],
        [cbor2.dumps({1: -8}), UNPROTECTED, ENCODED, SIGNATURE],
        [cbor2.dumps({1: -19, 3: 0}), UNPROTECTED, ENCODED, SIGNATURE],
        [bytes.fromhex("a1013812"), UNPROTECTED, ENCODED, SIGNATURE],
        [PROTECTED, UNPROTECTED, b"", SIGNATURE],
        [PROTECTED, UNPROTECTED, b"\xa0", SIGNATURE],
    ],
)
def test_what_is_not_the_one_cose_form_is_refused(cose: object) -> None:
    with pytest.raises(MalformedLabelError):
        Label.parse(token_of(cose))


@pytest.mark.parametrize(
    "change",
    [
        {1: "lfp"},
        {1: "PB"},
        {1: b"LFP"},
        {2: 0},
        {2: True},
        {2: 1.0},
        {3: 2**32},
        {4: -1},
        {5: 1 << len(Hazard)},
        {5: False},
        {6: -1},
        {6: 2**16},
        {7: 0},
        {7: 2**16},
        {8: 1},
    ],
)
def test_a_fact_out_of_its_range_is_refused(change: dict[int, object]) -> None:
    with pytest.raises(MalformedLabelError):
        LabelFacts.decode(cbor2.dumps(cbor2.loads(ENCODED) | change, canonical=True))


@pytest.mark.parametrize("member", range(1, 8))
def test_a_missing_fact_is_refused(member: int) -> None:
    facts = {key: value for key, value in cbor2.loads(ENCODED).items() if key != member}
    with pytest.raises(MalformedLabelError):
        LabelFacts.decode(cbor2.dumps(facts))


def test_facts_in_another_order_or_a_longer_number_are_refused() -> None:
    backwards = dict(reversed(list(cbor2.loads(ENCODED).items())))
    for data in (cbor2.dumps(backwards), ENCODED[:-1] + b"\x18\x01"):
        assert cbor2.loads(data) == cbor2.loads(ENCODED)
        with pytest.raises(MalformedLabelError, match="re-encode"):
            LabelFacts.decode(data)


@pytest.mark.parametrize(
    "facts",
    [
        replace(FACTS, mass_g=0),
        replace(FACTS, nominal_voltage_mv=2**32),
        replace(FACTS, number=0),
        replace(FACTS, manufactured_on=date(1969, 12, 31)),
        replace(FACTS, manufactured_on=date(2149, 6, 7)),
    ],
)
def test_a_fact_out_of_its_range_is_not_signed(facts: LabelFacts) -> None:
    with pytest.raises(MalformedLabelError):
        sign_label(facts, URL.prefix, ED25519)


@pytest.mark.parametrize("token", ["", "a", TOKEN.lower(), TOKEN + "=", TOKEN + "A", f" {TOKEN}", "A" * 401])
def test_a_token_in_another_spelling_is_refused(token: str) -> None:
    with pytest.raises(MalformedLabelError):
        Label.parse(token)


def test_a_url_outside_ascii_is_neither_signed_nor_opened() -> None:
    for url_prefix in ("HTTPS://溯电.EXAMPLE/P/X/", "\ud800"):
        with pytest.raises(MalformedLabelError, match="ASCII"):
            sign_label(FACTS, url_prefix, ED25519)
        with pytest.raises(MalformedLabelError, match="ASCII"):
            open_label(TOKEN, url_prefix, [ED25519.verifier])


def test_a_label_url_is_printed_in_capitals_and_read_in_any_case() -> None:
    url = replace(URL, token=TOKEN)
    assert str(url) == f"HTTPS://SUDIAN.EXAMPLE/P/{CELL.value}/{TOKEN}"
    assert LabelUrl.parse(str(url)) == LabelUrl.parse(str(url).lower()) == url
    assert LabelUrl.parse(str(URL)) == LabelUrl.parse(URL.prefix) == URL


@pytest.mark.parametrize(
    "item",
    [
        "gbt45565:ESS-7",
        "lot:duns:123456789:X",
        "vehicle:8c9b6b0e-1f5e-4d3a-9f0e-1a2b3c4d5e6f",
        "gs1:09506000134352:A",
    ],
)
def test_a_label_url_of_any_item_is_read_back(item: str) -> None:
    url = LabelUrl.of("http://127.0.0.1:8000/", ItemId.parse(item))
    assert LabelUrl.parse(str(url).lower()) == url
    assert str(url) == f"HTTP://127.0.0.1:8000/P/{item.upper()}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "HTTPS://SUDIAN.EXAMPLE/P/",
        "HTTPS://SUDIAN.EXAMPLE/P/X",
        f"HTTPS://SUDIAN.EXAMPLE/P/GBT34014:{CELL.value}",
        f"FTP://SUDIAN.EXAMPLE/P/{CELL.value}",
        f"HTTPS:///P/{CELL.value}",
        f"HTTPS://U@SUDIAN.EXAMPLE/P/{CELL.value}",
        f"HTTPS://SUDIAN.EXAMPLE/P/{CELL.value}/TOKEN1",
        f"HTTPS://SUDIAN.EXAMPLE/P/{CELL.value}/A/B",
        f"HTTPS://SUDIAN.EXAMPLE/P/{CELL.value}?X=1",
        f"HTTPſ://SUDIAN.EXAMPLE/P/{CELL.value}",
        f"HTTPS://SUDIAN.EXAMPLE/P/{CELL.value}\n",
    ],
)
def test_another_url_is_not_a_labels(text: str) -> None:
    with pytest.raises(MalformedLabelError):
        LabelUrl.parse(text)


@pytest.mark.parametrize(
    "base_url",
    ["", "sudian.example", "https://sudian.example/app", "https://溯电.example", "https://h:0", "https://ſ"],
)
def test_a_base_url_that_capitals_would_change_makes_no_label(base_url: str) -> None:
    with pytest.raises(MalformedLabelError):
        LabelUrl.of(base_url, CELL)


def test_the_widest_url_has_the_host_of_25_characters_the_format_promises() -> None:
    assert len(WIDE_URL.origin.removeprefix("HTTPS://")) == 25

"""What is a JWS here and what is not; joserfc verifies what we sign and we verify what it signs."""

import itertools
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwk
from joserfc import jws as joserfc_jws

from crypto import jws
from crypto.encoding import b64url_decode, b64url_encode
from crypto.errors import InvalidSignatureError, MalformedJwsError
from crypto.es256 import GROUP_ORDER
from crypto.keys import Algorithm, PrivateKey, Verifier

EVENT = "battery-event+sd-jwt"
ED25519 = PrivateKey.from_seed(bytes(range(32)))
ES256 = PrivateKey(ec.derive_private_key(0x1234567890ABCDEF, ec.SECP256R1()))
BOTH = pytest.mark.parametrize("key", [ED25519, ES256], ids=["Ed25519", "ES256"])
PAYLOAD = '{"v":1,"event":"pack.fitted","说":"溯电"}'.encode()
TEXT = jws.sign(PAYLOAD, ED25519, EVENT)
HEADER = {"alg": "Ed25519", "kid": ED25519.verifier.thumbprint(), "typ": EVENT}


def compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def signed(header: bytes, key: PrivateKey = ED25519, payload: bytes = PAYLOAD) -> str:
    """Return a JWS with a good signature under any header bytes."""
    signing_input = f"{b64url_encode(header)}.{b64url_encode(payload)}"
    return f"{signing_input}.{b64url_encode(key.sign(signing_input.encode()))}"


def joserfc_key(key: PrivateKey) -> Any:  # noqa: ANN401 - joserfc names no common type for its keys
    pem = key.to_pem(None)
    return jwk.import_key(pem, "OKP" if key.verifier.algorithm is Algorithm.ED25519 else "EC")


@BOTH
def test_what_is_signed_parses_and_verifies(key: PrivateKey) -> None:
    text = jws.sign(PAYLOAD, key, EVENT)
    parsed = jws.parse(text, typ=EVENT)
    parsed.verify(key.verifier)
    assert parsed.payload == PAYLOAD
    assert parsed.text == text
    assert parsed.signing_input.decode() == text.rpartition(".")[0]
    assert (parsed.kid, parsed.typ) == (key.verifier.thumbprint(), EVENT)


def test_the_header_we_sign_is_alg_kid_typ_in_compact_json() -> None:
    assert b64url_decode(TEXT.split(".")[0]) == compact(HEADER)
    assert signed(compact(HEADER)) == TEXT


@pytest.mark.parametrize("names", list(itertools.permutations(HEADER)), ids=" ".join)
@pytest.mark.parametrize("indent", [None, 2])
def test_the_header_may_come_in_any_order_and_with_space_in_it(
    names: tuple[str, ...], indent: int | None
) -> None:
    header = json.dumps({name: HEADER[name] for name in names}, indent=indent).encode()
    parsed = jws.parse(signed(header), typ=EVENT)
    parsed.verify(ED25519.verifier)
    assert parsed.header == HEADER
    assert b64url_decode(parsed.signing_input.decode().split(".")[0]) == header


def test_a_header_rewritten_in_another_order_breaks_the_signature() -> None:
    header = compact(dict(reversed(HEADER.items())))
    with pytest.raises(InvalidSignatureError, match="does not verify"):
        jws.parse(f"{b64url_encode(header)}.{TEXT.partition('.')[2]}").verify(ED25519.verifier)


@BOTH
def test_joserfc_verifies_what_we_sign(key: PrivateKey) -> None:
    text = jws.sign(PAYLOAD, key, EVENT)
    name = key.verifier.algorithm.value
    opened = joserfc_jws.deserialize_compact(text, jwk.import_key({**key.verifier.jwk()}), algorithms=[name])
    assert opened.payload == PAYLOAD
    assert opened.headers() == {"alg": name, "kid": key.verifier.thumbprint(), "typ": EVENT}


def test_we_verify_ed25519_as_joserfc_signs_it() -> None:
    text = joserfc_jws.serialize_compact({**HEADER}, PAYLOAD, joserfc_key(ED25519), algorithms=["Ed25519"])
    jws.parse(text).verify(ED25519.verifier)
    assert text == TEXT


def test_we_verify_es256_as_joserfc_signs_it_once_s_is_low() -> None:
    header = {"alg": "ES256", "kid": ES256.verifier.thumbprint(), "typ": EVENT}
    for _ in range(8):
        text = joserfc_jws.serialize_compact({**header}, PAYLOAD, joserfc_key(ES256), algorithms=["ES256"])
        signing_input, _, signature = text.rpartition(".")
        r, s = b64url_decode(signature)[:32], int.from_bytes(b64url_decode(signature)[32:], "big")
        low = r + min(s, GROUP_ORDER - s).to_bytes(32, "big")
        jws.parse(f"{signing_input}.{b64url_encode(low)}").verify(ES256.verifier)


@BOTH
def test_the_other_key_is_refused_before_its_signature_is_looked_at(key: PrivateKey) -> None:
    other = ES256 if key is ED25519 else ED25519
    with pytest.raises(InvalidSignatureError, match="alg"):
        jws.parse(jws.sign(PAYLOAD, key, EVENT)).verify(other.verifier)


def test_another_key_of_the_same_algorithm_is_refused_by_its_thumbprint() -> None:
    with pytest.raises(InvalidSignatureError, match="kid"):
        jws.parse(TEXT).verify(PrivateKey.generate(Algorithm.ED25519).verifier)


def test_a_key_id_claimed_for_anothers_signature_is_refused() -> None:
    forged = signed(compact(HEADER), PrivateKey.generate(Algorithm.ED25519))
    with pytest.raises(InvalidSignatureError, match="does not verify"):
        jws.parse(forged).verify(ED25519.verifier)


def test_a_high_s_twin_of_a_signature_is_refused() -> None:
    signing_input, _, signature = jws.sign(PAYLOAD, ES256, EVENT).rpartition(".")
    raw = b64url_decode(signature)
    twin = raw[:32] + (GROUP_ORDER - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    with pytest.raises(InvalidSignatureError, match="upper half"):
        jws.parse(f"{signing_input}.{b64url_encode(twin)}").verify(ES256.verifier)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (compact({**HEADER, "alg": "none"}), "alg is not"),
        (compact({**HEADER, "alg": "EdDSA"}), "alg is not"),
        (compact({**HEADER, "alg": "HS256"}), "alg is not"),
        (compact({**HEADER, "alg": "ed25519"}), "alg is not"),
        (compact({**HEADER, "alg": "ESP256"}), "alg is not"),
        (compact({**HEADER, "alg": ""}), "alg is not"),
        (compact({**HEADER, "kid": ""}), "kid is not"),
        (compact({**HEADER, "kid": "A" * 42}), "kid is not"),
        (compact({**HEADER, "kid": "A" * 44}), "kid is not"),
        (compact({**HEADER, "kid": "A" * 42 + "B"}), "kid is not"),
        (compact({**HEADER, "typ": ""}), "typ is not"),
        (compact({**HEADER, "typ": "JWT"}), "typ is not"),
        (compact({**HEADER, "typ": "application/jwt"}), "typ is not"),
        (compact({**HEADER, "typ": "a" * 65}), "typ is not"),
        (compact({**HEADER, "typ": "jwt\n"}), "typ is not"),
        (compact({**HEADER, "cty": "json"}), "members"),
        (compact({**HEADER, "crit": []}), "members"),
        (compact({**HEADER, "jwk": ED25519.verifier.jwk()}), "members"),
        (compact({**HEADER, "b64": False}), "members"),
        (compact({**HEADER, "alg": None}), "members"),
        (compact({**HEADER, "kid": 1}), "members"),
        (compact({**HEADER, "typ": [EVENT]}), "members"),
        (compact({"alg": "Ed25519", "kid": HEADER["kid"]}), "members"),
        (compact({"alg": "Ed25519", "typ": EVENT}), "members"),
        (compact({"kid": HEADER["kid"], "typ": EVENT}), "members"),
        (compact({}), "members"),
        (compact([]), "not an object"),
        (compact("alg"), "not an object"),
        (b"null", "not an object"),
        (b"", "header"),
        (b"\xff", "header"),
        (compact(HEADER)[:-1], "header"),
        (compact(HEADER).replace(b"{", b'{"alg":"none",', 1), "twice"),
        (b"\xef\xbb\xbf" + compact(HEADER), "header"),
        (compact(HEADER) + b"\x00", "header"),
        (compact(HEADER) + b"{}", "header"),
        (compact(HEADER).replace(b'"alg"', b'"Alg"'), "members"),
    ],
)
def test_a_header_in_any_other_form_is_refused_though_its_signature_holds(header: bytes, reason: str) -> None:
    with pytest.raises(MalformedJwsError, match=reason):
        jws.parse(signed(header))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "three parts"),
        ("a.b", "three parts"),
        (TEXT + ".", "three parts"),
        (TEXT.rpartition(".")[0] + ".", "64 bytes"),
        (TEXT[:-2], "64 bytes"),
        (TEXT + "AA", "64 bytes"),
        (TEXT + "=", "base64url"),
        (TEXT + "\n", "base64url"),
        (" " + TEXT, "base64url"),
        (TEXT[:-1] + "é", "base64url"),
        (TEXT[:-1] + ("B" if TEXT[-1] == "A" else chr(ord(TEXT[-1]) + 1)), "base64url"),
        (TEXT.replace(".", ".=", 1), "base64url"),
        (TEXT.replace(".", "..", 1), "three parts"),
        (f".{TEXT.partition('.')[2]}", "header"),
    ],
)
def test_a_text_that_is_no_compact_jws_is_refused(text: str, reason: str) -> None:
    with pytest.raises(MalformedJwsError, match=reason):
        jws.parse(text)


def test_a_token_is_not_taken_for_an_event() -> None:
    with pytest.raises(MalformedJwsError, match="typ"):
        jws.parse(jws.sign(PAYLOAD, ED25519, "access+jwt"), typ=EVENT)


@pytest.mark.parametrize("typ", ["", "Event", "a b", "application/event", "e\u0301"])
def test_a_type_that_would_be_refused_is_not_signed(typ: str) -> None:
    with pytest.raises(MalformedJwsError, match="typ"):
        jws.sign(PAYLOAD, ED25519, typ)


@BOTH
def test_every_changed_character_is_refused(key: PrivateKey) -> None:
    text = jws.sign(b'{"v":1}', key, EVENT)
    for position, old in enumerate(text):
        new = "B" if old == "A" else "A"
        with pytest.raises((MalformedJwsError, InvalidSignatureError)):
            jws.parse(text[:position] + new + text[position + 1 :]).verify(key.verifier)


def test_a_signer_needs_no_private_key_in_this_process() -> None:
    class Module:
        """A hardware module, as far as the caller can see."""

        @property
        def verifier(self) -> Verifier:
            return ED25519.verifier

        def sign(self, message: bytes) -> bytes:
            return ED25519.sign(message)

    assert jws.sign(PAYLOAD, Module(), EVENT) == TEXT

"""Every codec of `crypto` round-trips, and every accepted text is the one text of its value."""

import json
import unicodedata

from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from crypto import jws, note, sdjwt, strictjson
from crypto.encoding import b64_decode, b64_encode, b64url_decode, b64url_encode
from crypto.errors import CryptoError, MalformedJsonError
from crypto.es256 import GROUP_ORDER
from crypto.keys import PrivateKey, Verifier
from crypto.note import NoteSigner, VerifierKey
from crypto.strictjson import MAX_INTEGER, Json

SAFE_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")).map(
    lambda text: unicodedata.normalize("NFC", text)
)
LEAVES = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | SAFE_TEXT
VALUES: st.SearchStrategy[Json] = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(SAFE_TEXT, inner, max_size=4),
    max_leaves=12,
)
NAMES = SAFE_TEXT.filter(lambda name: name not in sdjwt.RESERVED_NAMES and name != "")
ED25519_KEYS = st.binary(min_size=32, max_size=32).map(PrivateKey.from_seed)
ES256_KEYS = st.integers(1, GROUP_ORDER - 1).map(
    lambda scalar: PrivateKey(ec.derive_private_key(scalar, ec.SECP256R1()))
)
KEYS = ED25519_KEYS | ES256_KEYS
NOTE_TEXTS = st.text(st.characters(exclude_categories=["Cs"], min_codepoint=32) | st.just("\n")).map(
    lambda text: text + "\n"
)
KEY_NAMES = st.text(st.characters(exclude_categories=["Cs", "Zs", "Zl", "Zp", "Cc"]), min_size=1).filter(
    lambda name: "+" not in name
)


@given(st.binary())
def test_base64_round_trips(data: bytes) -> None:
    assert b64url_decode(b64url_encode(data)) == data
    assert b64_decode(b64_encode(data)) == data


@given(st.text("ABab01-_=+/", max_size=6))
def test_two_base64url_texts_never_have_one_value(text: str) -> None:
    try:
        data = b64url_decode(text)
    except CryptoError:
        return
    assert b64url_encode(data) == text


@given(VALUES)
def test_json_round_trips(value: Json) -> None:
    assert strictjson.loads(strictjson.dumps(value)) == value


@given(VALUES)
def test_strict_json_reads_escaped_and_spaced_text_alike(value: Json) -> None:
    assert strictjson.loads(json.dumps(value, ensure_ascii=True, indent=1)) == value


@given(st.text('{}[]":,\\u0eE-+.19 nulltrefas', max_size=20))
def test_what_strict_json_reads_the_standard_reader_reads_alike(text: str) -> None:
    try:
        value = strictjson.loads(text)
    except MalformedJsonError:
        return
    assert json.loads(text) == value


@given(KEYS)
def test_a_key_round_trips_as_jwk_and_pem(key: PrivateKey) -> None:
    assert Verifier.from_jwk(key.verifier.jwk()) == key.verifier
    assert PrivateKey.from_pem(key.to_pem(None), None).verifier == key.verifier


@given(KEYS, st.binary())
def test_a_jws_round_trips(key: PrivateKey, payload: bytes) -> None:
    parsed = jws.parse(jws.sign(payload, key, "access+jwt"), typ="access+jwt")
    parsed.verify(key.verifier)
    assert parsed.payload == payload


@given(NAMES, VALUES, st.binary(min_size=16))
def test_a_disclosure_round_trips(name: str, value: Json, salt: bytes) -> None:
    try:
        disclosure = sdjwt.disclose(name, value, salt)
    except CryptoError:
        # Only a value with a reserved name inside it may fail.
        assert any(f'"{reserved}"' in strictjson.dumps(value) for reserved in sdjwt.RESERVED_NAMES)
        return
    assert sdjwt.parse_disclosure(disclosure.text) == disclosure


@given(
    st.dictionaries(NAMES, LEAVES, max_size=8),
    st.lists(st.binary(min_size=16), min_size=8, max_size=8, unique=True),
)
def test_concealed_claims_round_trip(claims: dict[str, Json], salts: list[bytes]) -> None:
    digests, disclosures = sdjwt.conceal(claims, salts)
    _, texts = sdjwt.split(sdjwt.join("a.b.c", disclosures))
    found = sdjwt.match(digests, [sdjwt.parse_disclosure(text) for text in texts])
    assert {name: claim.value for name, claim in found.items()} == claims


@given(NOTE_TEXTS, st.lists(st.tuples(KEY_NAMES, ED25519_KEYS), min_size=1, max_size=3))
def test_a_note_round_trips(text: str, signers: list[tuple[str, PrivateKey]]) -> None:
    note_signers = [NoteSigner(name, key) for name, key in signers]
    keys = [VerifierKey.parse(each.verifier_key.format()) for each in note_signers]
    opened = note.open(note.sign(text, note_signers), keys)
    assert opened.text == text
    assert opened.verified_by == tuple(dict.fromkeys(keys))

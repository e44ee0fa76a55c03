"""Arbitrary bytes at every parser of `crypto` raise that parser's own error and nothing else."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import ed25519, es256, jws, note, sdjwt, strictjson
from crypto.encoding import b64_decode, b64url_decode, b64url_encode
from crypto.errors import (
    CryptoError,
    InvalidSignatureError,
    MalformedBase64Error,
    MalformedDisclosureError,
    MalformedJsonError,
    MalformedJwsError,
    MalformedKeyError,
    MalformedNoteError,
)
from crypto.keys import PrivateKey, Verifier, load_public

KEY = PrivateKey.from_seed(bytes(32))
SIGNER = note.NoteSigner("a.example/log", KEY)
VKEY = SIGNER.verifier_key
NOTE = note.sign("a\n\nb\n", [SIGNER])
JWS = jws.sign(b"{}", KEY, "access+jwt")
DISCLOSURE = sdjwt.disclose("a", {"b": [1, "c"]}, bytes(16)).text
PEM = KEY.to_pem(None)
JSON = '{"a":[1,-2,null,true,"\\u00e9"],"溯":{"b":"\\ud83d\\udd0b"}}'

# Hypothesis leaves lone surrogates out of text(); what Python calls a str may hold them.
ANY_TEXT = st.text(st.characters(exclude_categories=()))


def near(good: str) -> st.SearchStrategy[str]:
    """Return texts that differ from a good one in a span: the ones that reach deep into a parser."""
    spans = st.tuples(st.integers(0, len(good)), st.integers(0, 4), st.text(max_size=4) | ANY_TEXT)
    return spans.map(lambda span: good[: span[0]] + span[2] + good[span[0] + span[1] :])


PARSERS: list[tuple[Callable[[str], object], type[CryptoError], str]] = [
    (b64url_decode, MalformedBase64Error, "Zm8"),
    (b64_decode, MalformedBase64Error, "Zm8="),
    (strictjson.loads, MalformedJsonError, JSON),
    (jws.parse, MalformedJwsError, JWS),
    (sdjwt.parse_disclosure, MalformedDisclosureError, DISCLOSURE),
    (sdjwt.split, MalformedDisclosureError, f"{JWS}~{DISCLOSURE}~"),
    (note.parse, MalformedNoteError, NOTE),
    (note.VerifierKey.parse, MalformedNoteError, VKEY.format()),
    (load_public, MalformedKeyError, strictjson.dumps({**KEY.verifier.jwk()})),
    (load_public, MalformedKeyError, "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n"),
]


@pytest.mark.parametrize(("parse", "error", "good"), PARSERS)
@given(data=st.data())
def test_a_text_parser_raises_only_its_own_error(
    parse: Callable[[str], object], error: type[CryptoError], good: str, data: st.DataObject
) -> None:
    with suppress(error):
        parse(data.draw(ANY_TEXT | near(good)))


@given(st.binary())
def test_any_bytes_as_json_raise_only_its_own_error(data: bytes) -> None:
    with suppress(MalformedJsonError):
        strictjson.loads(data)


@given(st.binary())
def test_any_bytes_as_the_header_of_a_jws_raise_only_its_own_error(data: bytes) -> None:
    with suppress(MalformedJwsError):
        jws.parse(f"{b64url_encode(data)}.{JWS.partition('.')[2]}")


@given(st.recursive(st.text() | st.integers() | st.floats() | st.none(), st.lists))
def test_any_json_as_a_disclosure_raises_only_its_own_error(value: object) -> None:
    text = b64url_encode(repr(value).replace("'", '"').encode("utf-8", "surrogatepass"))
    with suppress(MalformedDisclosureError):
        sdjwt.parse_disclosure(text)


@given(st.binary() | near(NOTE).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_as_a_note_raise_only_note_and_signature_errors(data: bytes) -> None:
    with suppress(MalformedNoteError, InvalidSignatureError):
        assert note.open(data, [VKEY]).text == "a\n\nb\n"


@given(st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "d", "kid"]), st.text() | st.none()))
def test_any_members_as_a_jwk_raise_only_a_key_error(members: dict[str, object]) -> None:
    with suppress(MalformedKeyError):
        Verifier.from_jwk({"kty": "OKP", "crv": "Ed25519", **members})


@given(st.binary(max_size=70) | st.binary(min_size=32, max_size=32))
def test_any_bytes_as_a_key_raise_only_a_key_error(data: bytes) -> None:
    with suppress(MalformedKeyError):
        ed25519.check_key(data)
    with suppress(MalformedKeyError):
        es256.load_key(data)


@given(st.binary(max_size=200), st.integers(0, len(PEM)), st.integers(0, 40), st.none() | st.binary())
def test_any_bytes_as_a_private_pem_raise_only_a_key_error(
    data: bytes, start: int, length: int, password: bytes | None
) -> None:
    for pem in (data, PEM[:start] + data + PEM[start + length :]):
        with suppress(MalformedKeyError):
            PrivateKey.from_pem(pem, password)


@given(st.binary(), st.binary(max_size=70) | st.binary(min_size=64, max_size=64))
def test_any_bytes_as_a_signature_are_refused_by_name(message: bytes, signature: bytes) -> None:
    with pytest.raises(InvalidSignatureError):
        KEY.verifier.verify(message, signature)

"""Keys: JWK, thumbprint and PEM forms, and a private key that stays private."""

import copy
import json
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from joserfc import jwk

from crypto.encoding import b64url_encode
from crypto.errors import CryptoError, InvalidSignatureError, MalformedKeyError
from crypto.keys import Algorithm, PrivateKey, Verifier, load_public

SEED = bytes(range(32))
ED25519 = PrivateKey.from_seed(SEED)
ES256 = PrivateKey(ec.derive_private_key(0x1234567890ABCDEF, ec.SECP256R1()))
BOTH = pytest.mark.parametrize("key", [ED25519, ES256], ids=["Ed25519", "ES256"])
# RFC 8037, appendix A.2 and A.3.
RFC_8037_JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
RFC_8037_THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def pem_of(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed448.Ed448PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def spki_of(key: PrivateKey) -> str:
    public = key._key.public_key()
    return public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_new_key_signs_what_its_verifier_verifies(algorithm: Algorithm) -> None:
    key = PrivateKey.generate(algorithm)
    assert key.verifier.algorithm is algorithm
    key.verifier.verify(b"message", key.sign(b"message"))
    with pytest.raises(InvalidSignatureError):
        key.verifier.verify(b"massage", key.sign(b"message"))


@pytest.mark.parametrize("algorithm", Algorithm)
def test_two_new_keys_differ(algorithm: Algorithm) -> None:
    assert PrivateKey.generate(algorithm).verifier != PrivateKey.generate(algorithm).verifier


@BOTH
def test_signing_is_deterministic(key: PrivateKey) -> None:
    assert key.sign(b"message") == key.sign(b"message")


@BOTH
def test_threads_may_share_a_key(key: PrivateKey) -> None:
    messages = [bytes([number]) * 100 for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        signatures = list(pool.map(key.sign, messages))
        list(pool.map(key.verifier.verify, messages, signatures))
    assert signatures == [key.sign(message) for message in messages]


@BOTH
def test_a_signature_of_the_other_algorithm_is_refused(key: PrivateKey) -> None:
    other = ES256 if key is ED25519 else ED25519
    with pytest.raises(InvalidSignatureError):
        key.verifier.verify(b"message", other.sign(b"message"))


@BOTH
def test_a_jwk_has_the_thumbprint_members_only_and_reads_back(key: PrivateKey) -> None:
    assert Verifier.from_jwk(key.verifier.jwk()) == key.verifier
    assert list(key.verifier.jwk()) in (["crv", "kty", "x"], ["crv", "kty", "x", "y"])


def test_the_thumbprint_is_that_of_rfc_8037() -> None:
    assert Verifier.from_jwk(RFC_8037_JWK).thumbprint() == RFC_8037_THUMBPRINT


@BOTH
def test_joserfc_computes_the_same_thumbprint(key: PrivateKey) -> None:
    assert jwk.import_key({**key.verifier.jwk()}).thumbprint() == key.verifier.thumbprint()


@pytest.mark.parametrize(
    "change",
    [
        {"kty": "EC"},
        {"kty": "oct"},
        {"crv": "Ed448"},
        {"crv": "X25519"},
        {"crv": "ed25519"},
        {"x": None},
        {"x": 1},
        {"x": ""},
        {"x": RFC_8037_JWK["x"] + "="},
        {"x": RFC_8037_JWK["x"][:-1]},
        {"x": RFC_8037_JWK["x"][:-1] + "p"},
        {"x": b64url_encode(bytes(31))},
        {"x": b64url_encode(bytes(33))},
        {"x": b64url_encode(bytes(32))},
        {"x": b64url_encode(b"\x01" + bytes(31))},
        {"y": RFC_8037_JWK["x"]},
        {"d": RFC_8037_JWK["x"]},
        {"kid": "1"},
        {"use": "sig"},
        {"alg": "Ed25519"},
    ],
    ids=json.dumps,
)
def test_a_jwk_that_differs_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(MalformedKeyError):
        Verifier.from_jwk({**RFC_8037_JWK, **change})


@pytest.mark.parametrize("member", ["kty", "crv", "x", "y"])
def test_a_jwk_without_a_member_is_refused(member: str) -> None:
    jwk_of_point = {name: value for name, value in ES256.verifier.jwk().items() if name != member}
    with pytest.raises(MalformedKeyError):
        Verifier.from_jwk(jwk_of_point)


def test_a_jwk_of_another_curve_is_refused() -> None:
    with pytest.raises(MalformedKeyError):
        Verifier.from_jwk({**ES256.verifier.jwk(), "crv": "secp256k1"})


def test_a_jwk_off_the_curve_is_refused() -> None:
    point = ES256.verifier.jwk()
    with pytest.raises(MalformedKeyError, match="P-256"):
        Verifier.from_jwk({**point, "x": point["y"], "y": point["x"]})


@BOTH
@pytest.mark.parametrize("password", [None, b"correct horse"])
def test_a_pem_reads_back(key: PrivateKey, password: bytes | None) -> None:
    assert PrivateKey.from_pem(key.to_pem(password), password).verifier == key.verifier


@BOTH
def test_a_pem_with_a_password_is_encrypted(key: PrivateKey) -> None:
    assert key.to_pem(b"correct horse").startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")


@pytest.mark.parametrize("password", [None, b"", b"wrong"])
def test_an_encrypted_pem_needs_its_password(password: bytes | None) -> None:
    with pytest.raises(MalformedKeyError, match="password"):
        PrivateKey.from_pem(ED25519.to_pem(b"correct horse"), password)


def test_a_password_for_a_pem_in_the_clear_is_refused() -> None:
    with pytest.raises(MalformedKeyError, match="password"):
        PrivateKey.from_pem(ED25519.to_pem(None), b"needless")


def test_an_empty_password_does_not_encrypt() -> None:
    with pytest.raises(MalformedKeyError, match="empty"):
        ED25519.to_pem(b"")


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"x",
        ED25519.to_pem(None)[:60],
        ED25519.to_pem(None).replace(b"M", b"N"),
        b" " + ED25519.to_pem(None),
        spki_of(ED25519).encode(),
        pem_of(ec.generate_private_key(ec.SECP384R1())),
        pem_of(rsa.generate_private_key(65537, 2048)),
        pem_of(ed448.Ed448PrivateKey.generate()),
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        ),
    ],
    ids=["empty", "x", "cut", "changed", "space", "public", "P-384", "RSA", "Ed448", "SEC 1"],
)
def test_a_pem_that_is_not_one_of_our_keys_in_pkcs8_is_refused(pem: bytes) -> None:
    with pytest.raises(MalformedKeyError):
        PrivateKey.from_pem(pem, None)


@BOTH
def test_a_private_key_shows_only_its_algorithm_and_thumbprint(key: PrivateKey) -> None:
    assert repr(key) == f"<PrivateKey {key.verifier.algorithm} {key.verifier.thumbprint()}>"
    assert str(key) == f"{key}" == repr(key)


@BOTH
def test_a_public_key_goes_to_another_process_and_verifies_there(key: PrivateKey) -> None:
    there = pickle.loads(pickle.dumps(key.verifier))  # noqa: S301  what was dumped one call before
    assert there == key.verifier
    there.verify(b"message", key.sign(b"message"))
    with pytest.raises(InvalidSignatureError):
        there.verify(b"massage", key.sign(b"message"))


@BOTH
@pytest.mark.parametrize("send", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_private_key_is_neither_pickled_nor_copied(key: PrivateKey, send: object) -> None:
    assert callable(send)
    with pytest.raises(TypeError, match="neither copied nor pickled"):
        send(key)


@pytest.mark.parametrize("seed", [b"", bytes(31), bytes(33)])
def test_a_seed_has_32_bytes(seed: bytes) -> None:
    with pytest.raises(MalformedKeyError, match="32 bytes"):
        PrivateKey.from_seed(seed)


def test_no_error_of_a_private_key_holds_its_bytes() -> None:
    pem = ED25519.to_pem(None)
    with pytest.raises(CryptoError) as caught:
        PrivateKey.from_pem(pem[:-10], b"needless")
    assert SEED.hex() not in repr(caught.value)
    assert pem[30:60].decode() not in repr(caught.value)


@BOTH
def test_a_public_key_loads_from_jwk_text_and_from_pem(key: PrivateKey) -> None:
    assert load_public(json.dumps(key.verifier.jwk())) == key.verifier
    assert load_public(spki_of(key)) == key.verifier


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "{}",
        json.dumps({**RFC_8037_JWK, "d": "x"}),
        ED25519.to_pem(None).decode(),
        spki_of(ED25519)[:40],
        "-----BEGIN PUBLIC KEY-----\n溯电\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\ud800",
        ed448.Ed448PrivateKey.generate()
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode(),
    ],
)
def test_a_text_that_is_no_public_key_of_ours_is_refused(text: str) -> None:
    with pytest.raises(MalformedKeyError):
        load_public(text)


def test_a_verifier_is_equal_by_value_and_usable_as_a_key() -> None:
    again = Verifier(Algorithm.ED25519, ED25519.verifier.key)
    assert {ED25519.verifier: 1}[again] == 1
    assert again != ES256.verifier

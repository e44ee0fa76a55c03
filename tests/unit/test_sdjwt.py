"""Disclosures; the `sd-jwt` package reads what we conceal and we read what it conceals."""

import json
from collections.abc import Iterable

import pytest
from jwcrypto.jwk import JWK  # type: ignore[import-untyped]  # publishes no types
from jwcrypto.jws import JWS  # type: ignore[import-untyped]  # publishes no types
from sd_jwt.common import SDObj  # type: ignore[import-untyped]  # publishes no types
from sd_jwt.issuer import SDJWTIssuer  # type: ignore[import-untyped]  # publishes no types
from sd_jwt.verifier import SDJWTVerifier  # type: ignore[import-untyped]  # publishes no types

from crypto import jws, sdjwt, strictjson
from crypto.encoding import b64url_encode
from crypto.errors import MalformedDisclosureError
from crypto.es256 import GROUP_ORDER
from crypto.keys import Algorithm, PrivateKey, Verifier
from crypto.strictjson import Json

EVENT = "battery-event+sd-jwt"
CLAIMS: dict[str, Json] = {
    "vin": "LSVNV2182E2100001",
    "resistances_uohm": [812, 820, 799],
    "inspector": {"name": "检验员", "shift": 2},
}
SALT = bytes(range(16))
SALT_TEXT = b64url_encode(SALT)


def salts(first: int = 0) -> Iterable[bytes]:
    return (bytes([number]) * 16 for number in range(first, first + 100))


def text_of(value: object) -> str:
    return b64url_encode(json.dumps(value).encode())


def test_a_disclosure_is_salt_name_and_value() -> None:
    disclosure = sdjwt.disclose("vin", "L1", SALT)
    assert disclosure.text == b64url_encode(f'["{SALT_TEXT}","vin","L1"]'.encode())
    assert sdjwt.parse_disclosure(disclosure.text) == disclosure


# RFC 9901, section 4.2.3: disclosure and digest of the claim family_name.
def test_the_digest_is_that_of_rfc_9901() -> None:
    text = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    disclosure = sdjwt.parse_disclosure(text)
    assert (disclosure.salt, disclosure.name, disclosure.value) == (
        "_26bc4LT-ac6q2KI6cBW5es",
        "family_name",
        "Möbius",
    )
    assert disclosure.digest == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"


def test_what_is_concealed_is_revealed() -> None:
    digests, disclosures = sdjwt.conceal(CLAIMS, salts())
    claims = sdjwt.match(digests, disclosures)
    assert {name: claim.value for name, claim in claims.items()} == CLAIMS
    assert digests == sorted(digests)


def test_a_withheld_claim_leaves_the_others_readable() -> None:
    digests, disclosures = sdjwt.conceal(CLAIMS, salts())
    assert list(sdjwt.reveal(digests, disclosures[:1])) == ["vin"]
    assert sdjwt.reveal(digests, ()) == {}
    with pytest.raises(MalformedDisclosureError, match="no disclosure"):
        sdjwt.match(digests, disclosures[:2])


def test_nothing_concealed_matches_nothing() -> None:
    assert sdjwt.match([], ()) == {}


def test_a_disclosure_without_digest_is_refused() -> None:
    digests, disclosures = sdjwt.conceal(CLAIMS, salts())
    _, others = sdjwt.conceal({"hidden": 1}, salts(50))
    with pytest.raises(MalformedDisclosureError, match="no digest"):
        sdjwt.match(digests, (*disclosures, *others))
    with pytest.raises(MalformedDisclosureError, match="no digest"):
        sdjwt.match([], others)


def test_the_same_value_under_another_salt_has_no_digest() -> None:
    digests, _ = sdjwt.conceal({"vin": "L1"}, salts())
    with pytest.raises(MalformedDisclosureError, match="no digest"):
        sdjwt.match(digests, [sdjwt.disclose("vin", "L1", SALT)])


def test_a_name_disclosed_twice_is_refused() -> None:
    pair = [sdjwt.disclose("vin", "L1", bytes(16)), sdjwt.disclose("vin", "L2", SALT)]
    with pytest.raises(MalformedDisclosureError, match="twice"):
        sdjwt.match(sorted(each.digest for each in pair), pair)


def test_a_disclosure_sent_twice_is_refused() -> None:
    digests, disclosures = sdjwt.conceal({"vin": "L1"}, salts())
    with pytest.raises(MalformedDisclosureError, match="twice"):
        sdjwt.match(digests, disclosures * 2)


A, B = sorted(sdjwt.disclose("a", value, SALT).digest for value in (1, 2))


@pytest.mark.parametrize(
    "digests",
    [[], [B, A], [A, A], [A + "="], [A[:-1]], [A[:-1] + "B"], [A + "A"], [""], [A + "\n"], ["é" * 43]],
)
def test_digests_that_are_not_sorted_unique_sha256_are_refused(digests: list[str]) -> None:
    with pytest.raises(MalformedDisclosureError):
        sdjwt.check_digests(digests)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON"),
        ("é", "base64"),
        (text_of([SALT_TEXT, "a", 1]) + "=", "base64"),
        (b64url_encode(b"\xff"), "UTF-8"),
        (text_of({"salt": SALT_TEXT}), "array"),
        (text_of("a"), "array"),
        (text_of([]), "array"),
        (text_of([SALT_TEXT, "element of an array"]), "array"),
        (text_of([SALT_TEXT, "a", 1, 2]), "array"),
        (text_of(["", "a", 1]), "salt"),
        (text_of([SALT_TEXT[:-1], "a", 1]), "salt"),
        (text_of([SALT_TEXT + "=", "a", 1]), "salt"),
        (text_of([SALT_TEXT + "\n", "a", 1]), "salt"),
        (text_of([22, "a", 1]), "salt"),
        (text_of([None, "a", 1]), "salt"),
        (text_of([SALT_TEXT, "", 1]), "name"),
        (text_of([SALT_TEXT, 1, 1]), "name"),
        (text_of([SALT_TEXT, "_sd", 1]), "name"),
        (text_of([SALT_TEXT, "_sd_alg", 1]), "name"),
        (text_of([SALT_TEXT, "...", 1]), "name"),
        (text_of([SALT_TEXT, "a", {"_sd": [A]}]), "digests of its own"),
        (text_of([SALT_TEXT, "a", [1, {"...": A}]]), "digests of its own"),
        (text_of([SALT_TEXT, "a", {"b": {"_sd": []}}]), "digests of its own"),
        (text_of([SALT_TEXT, "a", 1.5]), "fraction"),
        (b64url_encode(f'["{SALT_TEXT}","a",{{"b":1,"b":2}}]'.encode()), "twice"),
        (text_of([SALT_TEXT, "a", "e\u0301"]), "NFC"),
        (text_of([SALT_TEXT, "a\x00", 1]), "U\\+0000"),
    ],
)
def test_a_malformed_disclosure_is_refused(text: str, reason: str) -> None:
    with pytest.raises(MalformedDisclosureError, match=reason):
        sdjwt.parse_disclosure(text)


def test_a_disclosure_may_be_64_kib_long_and_named_claims_longer() -> None:
    # 49,152 bytes of JSON are 65,536 characters of base64url.
    frame = len(f'["{SALT_TEXT}","cell_codes",""]')
    longest = sdjwt.disclose("cell_codes", "x" * (49_152 - frame), SALT)
    longer = sdjwt.disclose("cell_codes", "x" * (49_153 - frame), SALT)
    assert sdjwt.parse_disclosure(longest.text) == longest
    for limits in ({}, {"other": 524_288}):
        with pytest.raises(MalformedDisclosureError, match="too long"):
            sdjwt.parse_disclosure(longer.text, limits)
    assert sdjwt.parse_disclosure(longer.text, {"cell_codes": 524_288}) == longer


def test_a_limit_may_also_be_smaller() -> None:
    disclosure = sdjwt.disclose("a", "x" * 100, SALT)
    with pytest.raises(MalformedDisclosureError, match="too long"):
        sdjwt.parse_disclosure(disclosure.text, {"a": 100})


@pytest.mark.parametrize(
    ("name", "value", "salt"),
    [
        ("a", 1, SALT[:-1]),
        ("a", 1, b""),
        ("_sd", 1, SALT),
        ("", 1, SALT),
        ("a", 2**53, SALT),
        ("a", "\ud800", SALT),
        ("a", {"_sd": []}, SALT),
    ],
)
def test_what_would_be_refused_is_not_disclosed(name: str, value: Json, salt: bytes) -> None:
    with pytest.raises(MalformedDisclosureError):
        sdjwt.disclose(name, value, salt)


@pytest.mark.parametrize("supply", [[], [SALT, bytes(16)], [SALT] * 3])
def test_every_claim_needs_a_salt_of_its_own(supply: list[bytes]) -> None:
    with pytest.raises(MalformedDisclosureError, match="salt of its own"):
        sdjwt.conceal(CLAIMS, supply)


def test_an_sd_jwt_joins_and_splits() -> None:
    _, disclosures = sdjwt.conceal(CLAIMS, salts())
    text = sdjwt.join("a.b.c", disclosures)
    assert sdjwt.split(text) == ("a.b.c", tuple(each.text for each in disclosures))
    assert sdjwt.join(*sdjwt.split(text)) == text
    assert sdjwt.split("a.b.c~") == ("a.b.c", ())


@pytest.mark.parametrize(
    "text", ["", "~", "a.b.c", "a.b.c~d", "a.b.c~~", "a.b.c~d~~", "~d~", "a.b.c~d~e.f.g"]
)
def test_a_text_with_key_binding_or_an_empty_part_is_refused(text: str) -> None:
    with pytest.raises(MalformedDisclosureError):
        sdjwt.split(text)


def test_a_disclosure_shows_neither_salt_nor_value_as_such() -> None:
    shown = repr(sdjwt.disclose("vin", "LSVNV2182E2100001", SALT))
    assert "LSVNV2182E2100001" not in shown
    assert SALT_TEXT not in shown


KEYS = [PrivateKey.from_seed(bytes(range(32))), PrivateKey.generate(Algorithm.ES256)]


@pytest.mark.parametrize("key", KEYS, ids=["Ed25519", "ES256"])
def test_the_sd_jwt_package_verifies_what_we_sign(key: PrivateKey) -> None:
    digests, disclosures = sdjwt.conceal(CLAIMS, salts())
    body: Json = {"v": 1, "data": {"_sd": [*digests]}, "_sd_alg": "sha-256"}
    text = sdjwt.join(jws.sign(strictjson.dumps(body).encode(), key, EVENT), disclosures)
    public = JWK.from_json(json.dumps(key.verifier.jwk()))
    opened = SDJWTVerifier(text, lambda _issuer, _header: public)
    assert opened.get_verified_payload() == {"v": 1, "data": CLAIMS}


class OrderedIssuer(SDJWTIssuer):  # type: ignore[misc]  # publishes no types
    """The package's issuer with the header we write ourselves: alg, kid, typ in compact JSON."""

    def _create_signed_jws(self) -> None:
        header = {"alg": self._sign_alg, **headers_for(self._issuer_key)}
        self.sd_jwt = JWS(payload=json.dumps(self.sd_jwt_payload))
        self.sd_jwt.add_signature(self._issuer_key, protected=json.dumps(header, separators=(",", ":")))
        self.serialized_sd_jwt = self.sd_jwt.serialize(compact=True)


def headers_for(key: JWK) -> dict[str, str]:
    return {"kid": Verifier.from_jwk(json.loads(key.export_public())).thumbprint(), "typ": EVENT}


def has_low_s(issuer: SDJWTIssuer) -> bool:
    signature = jws.parse(issuer.serialized_sd_jwt).signature
    return int.from_bytes(signature[32:], "big") <= GROUP_ORDER // 2


@pytest.mark.parametrize(
    ("algorithm", "parameters"),
    [("Ed25519", {"kty": "OKP", "crv": "Ed25519"}), ("ES256", {"kty": "EC", "crv": "P-256"})],
)
@pytest.mark.parametrize("kind", [SDJWTIssuer, OrderedIssuer])
def test_we_verify_what_the_sd_jwt_package_signs(
    algorithm: str, parameters: dict[str, str], kind: type[SDJWTIssuer]
) -> None:
    issuer_key = JWK.generate(**parameters)
    verifier = Verifier.from_jwk(json.loads(issuer_key.export_public()))
    concealed = {SDObj(name): value for name, value in CLAIMS.items()}
    issued = (
        kind(
            {"v": 1, "data": concealed},
            issuer_key,
            sign_alg=algorithm,
            extra_header_parameters=headers_for(issuer_key),
        )
        for _ in range(64)
    )
    # The package does not lower s: half of its ES256 signatures are the high twin, which is refused.
    text = next(each.sd_jwt_issuance for each in issued if algorithm == "Ed25519" or has_low_s(each))
    body_text, texts = sdjwt.split(text)
    parsed = jws.parse(body_text, typ=EVENT)
    parsed.verify(verifier)
    claims = sdjwt.match(
        json.loads(parsed.payload)["data"]["_sd"], [sdjwt.parse_disclosure(each) for each in texts]
    )
    assert {name: claim.value for name, claim in claims.items()} == CLAIMS

"""A client in plain Python: the standard library, `cryptography` for the curves, nothing of this project.

Written from docs/formats.md: it signs events and checks receipts. A private key is a PKCS#8 PEM text, a
public one a JWK.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

TYP = "battery-event+sd-jwt"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class InvalidReceiptError(Exception):
    """The receipt does not prove what it is said to prove."""


# Signing an event (docs/formats.md section 2)


def sign_event(
    claims: Mapping[str, Any],
    pem: str,
    restricted: Mapping[str, Any] | None = None,
    salts: Iterable[bytes] | None = None,
) -> str:
    """Return the SD-JWT of an event; `restricted` are claims that `data` conceals, `salts` are for tests."""
    drawn = iter(salts) if salts is not None else iter(lambda: secrets.token_bytes(16), b"")
    disclosures = [disclose(next(drawn), name, value) for name, value in (restricted or {}).items()]
    if disclosures:
        digests = sorted(b64url(sha256(text.encode())) for text in disclosures)
        claims = {**claims, "data": {**claims["data"], "_sd": digests}, "_sd_alg": "sha-256"}
    return "~".join([sign_jws(compact(claims), pem), *disclosures, ""])


def sign_jws(body: str, pem: str, typ: str = TYP) -> str:
    """Return the compact JWS of a JSON text."""
    key = public_of(pem)
    header = compact({"alg": algorithm_of(key), "kid": thumbprint(key), "typ": typ})
    signed = f"{b64url(header.encode())}.{b64url(body.encode())}"
    return f"{signed}.{b64url(sign(signed.encode(), pem))}"


def disclose(salt: bytes, name: str, value: object) -> str:
    """Return the disclosure of one restricted claim."""
    return b64url(compact([b64url(salt), name, value]).encode())


def event_id(text: str) -> str:
    """Return the id of an event from its SD-JWT or JWS."""
    return b64url(sha256(text.partition("~")[0].rpartition(".")[0].encode()))


# Checking a receipt (sections 3 to 5)


def verify_receipt(text: str, vkey: str, jwk: Mapping[str, str], event: str) -> None:
    """Verify that the log of `vkey` holds the event of this id, signed by the key of `jwk`."""
    signed = open_receipt(text, vkey)
    signing_input, _, signature = signed.rpartition(".")
    if event_id(signed) != event:
        raise InvalidReceiptError("the entry is another event")
    try:
        verify(jwk, signing_input.encode(), unb64url(signature))
    except (InvalidSignature, ValueError) as error:
        raise InvalidReceiptError("the event is not signed by this key") from error


def open_receipt(text: str, vkey: str) -> str:
    """Return the JWS of a receipt's entry once it is proved to be in the log of `vkey`."""
    head, _, note = text.partition("\n\n")
    try:
        header, extra, index, *hashes = head.split("\n")
        if header != "c2sp.org/tlog-proof@v1" or extra[:6] != "extra " or index[:6] != "index ":
            raise InvalidReceiptError("not a receipt")
        entry, size, root = base64.b64decode(extra[6:], validate=True), *open_checkpoint(note, vkey)
        proof = [base64.b64decode(line, validate=True) for line in hashes]
        if root_of_proof(sha256(b"\x00" + entry), int(index[6:]), size, proof) != root:
            raise InvalidReceiptError("the proof leads to another root")
        return entry.decode("ascii").partition(" ")[2]
    except (ValueError, InvalidSignature) as error:
        raise InvalidReceiptError("a part is malformed, or the log did not sign the checkpoint") from error


def open_checkpoint(note: str, vkey: str) -> tuple[int, bytes]:
    """Return size and root of a checkpoint that the log of `vkey` signed."""
    name, key_id, encoded = vkey.split("+", 2)
    key = base64.b64decode(encoded, validate=True)
    if sha256(name.encode() + b"\n" + key)[:4].hex() != key_id or key[0] != 1:
        raise InvalidReceiptError("the verifier key is damaged or not Ed25519")
    text, _, signatures = note.rpartition("\n\n")
    for line in signatures.splitlines():
        _, signer, signature = line.split(" ")
        raw = base64.b64decode(signature, validate=True)
        if signer == name and raw[:4].hex() == key_id:
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(raw[4:], f"{text}\n".encode())
            origin, size, root = text.split("\n")
            if origin == name:
                return int(size), base64.b64decode(root, validate=True)
    raise InvalidReceiptError("the log has not signed the checkpoint")


def root_of_proof(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """Return the root that an inclusion proof leads to (RFC 6962, 2.1.1, read backwards)."""
    if not 0 <= index < size or (size > 1) != bool(proof):
        raise InvalidReceiptError("the proof is too long or too short, or there is no such index")
    if size == 1:
        return leaf
    *rest, last = proof
    split = 1 << (size - 1).bit_length() - 1
    if index < split:
        return sha256(b"\x01" + root_of_proof(leaf, index, split, rest) + last)
    return sha256(b"\x01" + last + root_of_proof(leaf, index - split, size - split, rest))


# Keys


def public_of(pem: str) -> dict[str, str]:
    """Return the public JWK of a private key, members in the order of their thumbprint."""
    key = load_pem_private_key(pem.encode(), None)
    if isinstance(key, Ed25519PrivateKey):
        return {"crv": "Ed25519", "kty": "OKP", "x": b64url(key.public_key().public_bytes_raw())}
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(key)
    point = key.public_key().public_numbers()
    x, y = (b64url(number.to_bytes(32, "big")) for number in (point.x, point.y))
    return {"crv": "P-256", "kty": "EC", "x": x, "y": y}


def sign(message: bytes, pem: str) -> bytes:
    """Return the 64 bytes of a signature; for ES256 with the lower of the two values of s."""
    key = load_pem_private_key(pem.encode(), None)
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(message)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(key)
    r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(SHA256(), deterministic_signing=True)))
    return r.to_bytes(32, "big") + min(s, ORDER - s).to_bytes(32, "big")


def verify(jwk: Mapping[str, str], message: bytes, signature: bytes) -> None:
    """Verify a signature of 64 bytes; raises InvalidSignature."""
    if jwk["kty"] == "OKP":
        Ed25519PublicKey.from_public_bytes(unb64url(jwk["x"])).verify(signature, message)
        return
    point = b"\x04" + unb64url(jwk["x"]) + unb64url(jwk["y"])
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    key.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))


def algorithm_of(jwk: Mapping[str, str]) -> str:
    """Return the `alg` that a key signs with."""
    return "Ed25519" if jwk["kty"] == "OKP" else "ES256"


def thumbprint(jwk: Mapping[str, str]) -> str:
    """Return the `kid` of a key (RFC 7638)."""
    return b64url(sha256(compact(dict(sorted(jwk.items()))).encode()))


def compact(value: object) -> str:
    """Return JSON without space."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def sha256(data: bytes) -> bytes:
    """Return the SHA-256."""
    return hashlib.sha256(data).digest()


def b64url(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64url(text: str) -> bytes:
    """Return the bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

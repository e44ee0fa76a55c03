"""The token of an item's signed QR label (docs/formats.md, section 7).

It is an untagged COSE_Sign1 (RFC 9052) in base32. The signature covers the URL up to the token too, so a
token printed under another host or another code is refused. One label has one encoding: everything is built
again from what was read and must be the same bytes. Which keys are trusted is the caller's to say.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Self

import cbor2

from crypto.encoding import b64url_decode
from crypto.errors import InvalidSignatureError
from crypto.keys import SIGNATURE_BYTES, Algorithm, Signer, Verifier
from ledger.errors import LedgerError
from ledger.label_url import MalformedLabelError
from ledger.vocabulary import Chemistry, Hazard

MAX_TOKEN: Final = 400

_COSE_ALGORITHMS: Final = {Algorithm.ED25519: -19, Algorithm.ES256: -9}
_ALG: Final = 1
_KID: Final = 4
_KID_BYTES: Final = 8
_EPOCH: Final = date(1970, 1, 1)
_MAX_QUANTITY: Final = 2**32 - 1
# 16-bit days reach 2149; with the short chemistry texts these bounds keep the QR code at version 11.
_MAX_SMALL: Final = 2**16 - 1
_HAZARD_BITS: Final = {hazard: 1 << bit for bit, hazard in enumerate(Hazard)}
_CHEMISTRY_TEXTS: Final = {
    Chemistry.NIMH: "NIMH",
    Chemistry.LFP: "LFP",
    Chemistry.LMO: "LMO",
    Chemistry.LCO: "LCO",
    Chemistry.NMC: "NMC",
    Chemistry.SUPERCAPACITOR: "EDLC",
    Chemistry.LTO: "LTO",
    Chemistry.OTHER: "OTHER",
    Chemistry.NCA: "NCA",
    Chemistry.LMFP: "LMFP",
    Chemistry.SODIUM_ION: "NA-ION",
}
_CHEMISTRIES: Final = {text: chemistry for chemistry, text in _CHEMISTRY_TEXTS.items()}


class InvalidLabelError(LedgerError):
    """The token is not signed, for this URL, by any key offered."""


class UnknownLabelKeyError(InvalidLabelError):
    """No key offered has the label's key id, so nothing can be said of its signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFacts:
    """What a label says of its item.

    Attributes:
        chemistry: cell chemistry.
        mass_g: mass in g, 1 to 2^32-1.
        nominal_voltage_mv: in mV, 1 to 2^32-1.
        rated_energy_wh: in Wh, 1 to 2^32-1.
        hazards: what to beware of.
        manufactured_on: 1970-01-01 to 2149-06-06.
        number: counts the labels of the item, from 1 to 65535; a replaced label is voided by its number.
    """

    chemistry: Chemistry
    mass_g: int
    nominal_voltage_mv: int
    rated_energy_wh: int
    hazards: frozenset[Hazard]
    manufactured_on: date
    number: int

    def encode(self) -> bytes:
        """Return the payload: deterministic CBOR (RFC 8949, section 4.2.1).

        Raises:
            MalformedLabelError: a fact is out of its range.
        """
        days = (self.manufactured_on - _EPOCH).days
        _check_range(1, _MAX_QUANTITY, self.mass_g, self.nominal_voltage_mv, self.rated_energy_wh)
        _check_range(0, _MAX_SMALL, days)
        _check_range(1, _MAX_SMALL, self.number)
        return _encode(
            {
                1: _CHEMISTRY_TEXTS[self.chemistry],
                2: self.mass_g,
                3: self.nominal_voltage_mv,
                4: self.rated_energy_wh,
                5: sum(_HAZARD_BITS[hazard] for hazard in self.hazards),
                6: days,
                7: self.number,
            }
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read a payload.

        Raises:
            MalformedLabelError: a member, a range or the encoding is wrong.
        """
        match _decode(data):
            case {1: str(chemistry), 2: int(mass), 3: int(voltage), 4: int(energy), **rest}:
                pass
            case _:
                raise MalformedLabelError("payload lacks chemistry, mass, voltage or energy")
        match rest:
            case {5: int(bits), 6: int(days), 7: int(number)}:
                pass
            case _:
                raise MalformedLabelError("payload lacks hazards, day or number")
        if chemistry not in _CHEMISTRIES:
            raise MalformedLabelError("unknown chemistry")
        _check_range(0, _MAX_SMALL, days)
        facts = cls(
            chemistry=_CHEMISTRIES[chemistry],
            mass_g=mass,
            nominal_voltage_mv=voltage,
            rated_energy_wh=energy,
            hazards=frozenset(hazard for hazard, bit in _HAZARD_BITS.items() if bits & bit),
            manufactured_on=_EPOCH + timedelta(days=days),
            number=number,
        )
        if facts.encode() != data:
            raise MalformedLabelError("payload does not re-encode to itself")
        return facts


@dataclass(frozen=True, slots=True)
class Label:
    """A token that was read but not verified: `open_label` says whether to believe it.

    Attributes:
        facts: what it says.
        algorithm: named in the protected header.
        kid: first 8 bytes of the key's thumbprint; it selects candidates and identifies nobody.
        signature: 64 bytes.
    """

    facts: LabelFacts
    algorithm: Algorithm
    kid: bytes
    signature: bytes

    def encode(self) -> bytes:
        """Return the COSE_Sign1, whose SHA-256 the event that made or relabelled the item claims."""
        return _encode([_protected(self.algorithm), {_KID: self.kid}, self.facts.encode(), self.signature])

    def sha256(self) -> bytes:
        """Return SHA-256 of the COSE bytes."""
        return hashlib.sha256(self.encode()).digest()

    def __str__(self) -> str:
        return base64.b32encode(self.encode()).decode("ascii").rstrip("=")

    @classmethod
    def parse(cls, token: str) -> Self:
        """Read a token without verifying it.

        Raises:
            MalformedLabelError: base32, COSE or payload are not in their one form.
        """
        match _decode(_decode_base32(token)):
            case [bytes(protected), {4: bytes(kid)}, bytes(payload), bytes(signature)]:
                label = cls(LabelFacts.decode(payload), _algorithm(protected), kid, signature)
            case _:
                raise MalformedLabelError("not a COSE_Sign1 with protected alg and unprotected kid")
        if len(kid) != _KID_BYTES or len(signature) != SIGNATURE_BYTES:
            raise MalformedLabelError("kid is not 8 bytes or the signature not 64")
        if str(label) != token:
            raise MalformedLabelError("token does not re-encode to itself")
        return label


def sign_label(facts: LabelFacts, url_prefix: str, signer: Signer) -> str:
    """Return the token of a label that will be printed behind `url_prefix` (`LabelUrl.prefix`).

    Raises:
        MalformedLabelError: a fact is out of its range, or the URL is not ASCII.
    """
    algorithm = signer.verifier.algorithm
    signature = signer.sign(_signed_bytes(algorithm, url_prefix, facts))
    return str(Label(facts, algorithm, _kid(signer.verifier), signature))


def open_label(token: str, url_prefix: str, candidates: Iterable[Verifier]) -> tuple[LabelFacts, Verifier]:
    """Verify a token for the URL it was found under; return its facts and the key that signed them.

    Raises:
        MalformedLabelError: the token is not in its one form.
        UnknownLabelKeyError: no candidate has the label's key id and algorithm.
        InvalidLabelError: none of those that have them signed this for this URL.
    """
    label = Label.parse(token)
    signed = _signed_bytes(label.algorithm, url_prefix, label.facts)
    refusal: InvalidSignatureError | None = None
    for verifier in candidates:
        if _kid(verifier) != label.kid or verifier.algorithm is not label.algorithm:
            continue
        try:
            verifier.verify(signed, label.signature)
        except InvalidSignatureError as error:
            refusal = error
        else:
            return label.facts, verifier
    if refusal is None:
        raise UnknownLabelKeyError(f"no key with id {label.kid.hex()}")
    raise InvalidLabelError("the signature does not hold for this URL") from refusal


def _signed_bytes(algorithm: Algorithm, url_prefix: str, facts: LabelFacts) -> bytes:
    """The Sig_structure of RFC 9052, section 4.4, with the URL as external data."""
    if not url_prefix.isascii():
        raise MalformedLabelError("the URL is not ASCII")
    return _encode(["Signature1", _protected(algorithm), url_prefix.encode("ascii"), facts.encode()])


def _protected(algorithm: Algorithm) -> bytes:
    return _encode({_ALG: _COSE_ALGORITHMS[algorithm]})


def _algorithm(protected: bytes) -> Algorithm:
    for algorithm in Algorithm:
        if _protected(algorithm) == protected:
            return algorithm
    raise MalformedLabelError("protected header is not exactly an alg of -19 or -9")


def _kid(verifier: Verifier) -> bytes:
    return b64url_decode(verifier.thumbprint())[:_KID_BYTES]


def _decode_base32(token: str) -> bytes:
    if len(token) > MAX_TOKEN:
        raise MalformedLabelError(f"token is longer than {MAX_TOKEN} characters")
    try:
        return base64.b32decode(token + "=" * (-len(token) % 8))
    except (binascii.Error, ValueError) as error:
        raise MalformedLabelError("token is not base32 in capitals without padding") from error


def _encode(value: object) -> bytes:
    return cbor2.dumps(value, canonical=True)


def _decode(data: bytes) -> object:
    try:
        return cbor2.loads(data, max_depth=3, allow_indefinite=False, allow_duplicate_keys=False)
    except (cbor2.CBORError, ValueError) as error:
        raise MalformedLabelError("not CBOR") from error


def _check_range(least: int, most: int, *values: int) -> None:
    # CBOR's true is an int to Python and must not pass for a 1.
    if not all(type(value) is int and least <= value <= most for value in values):
        raise MalformedLabelError(f"a fact is outside {least} to {most}")

"""Submissions that are no events, or not the signer's: malformed, forged, malleated, hidden, oversized."""

import unicodedata
from typing import Any, Final

from crypto import es256
from crypto.encoding import b64url_encode
from crypto.keys import PrivateKey
from crypto.sdjwt import disclose
from tests.refusals.case import Case, case
from tests.refusals.world import (
    IN_STOCK,
    MAKER,
    RETIRED,
    SPARE,
    VEHICLE_MAKER,
    World,
    es256_key,
    resign,
    with_signature,
)
from tests.scenario import LAB, module, pack, vehicle

CASES: Final[list[Case]] = []
NEW = pack(90)
ORDER: Final = 2**252 + 27742317777372353535851937790883648493


def _sound(world: World) -> str:
    return world.teller().pack_manufactured(NEW)


def _measured(world: World) -> str:
    return world.teller().health_measured(IN_STOCK)


# Form


@case(CASES, "malformed", "an empty body", 400, "format.jws")
def _empty(_: World) -> str:
    return ""


@case(CASES, "malformed", "a JWS without the closing `~`", 400, "format.jws")
def _no_tilde(world: World) -> str:
    return _sound(world).rstrip("~")


@case(CASES, "malformed", "a JWS of two parts", 400, "format.jws")
def _two_parts(world: World) -> str:
    return _sound(world).rpartition(".")[0] + "~"


@case(CASES, "malformed", "base64url with padding", 400, "format.jws")
def _padded(world: World) -> str:
    header, rest = _sound(world).split(".", 1)
    return f"{header}=.{rest}"


@case(CASES, "malformed", "a header that brings its own key", 400, "format.jws")
def _own_key(world: World) -> str:
    return resign(_sound(world), header={"jwk": "x"})


@case(CASES, "malformed", "the algorithm `none`", 400, "format.jws")
def _alg_none(world: World) -> str:
    return resign(_sound(world), header={"alg": "none"})


@case(CASES, "malformed", "a shared-secret algorithm", 400, "format.jws")
def _alg_hs256(world: World) -> str:
    return resign(_sound(world), header={"alg": "HS256"})


@case(CASES, "malformed", "another token type", 400, "format.typ")
def _typ(world: World) -> str:
    return resign(_sound(world), header={"typ": "jwt"})


@case(CASES, "malformed", "a body that is not JSON", 400, "format.json")
def _not_json(world: World) -> str:
    return resign(_sound(world), data=lambda _: b"hello")


@case(CASES, "malformed", "a member twice", 400, "format.json")
def _twice(world: World) -> str:
    return resign(_sound(world), data=lambda payload: payload.replace(b'{"v":1,', b'{"v":1,"v":1,'))


@case(CASES, "malformed", "a number with a fraction", 400, "format.json")
def _fraction(world: World) -> str:
    return resign(
        _sound(world), data=lambda payload: payload.replace(b'"mass_g":400000', b'"mass_g":400000.0')
    )


@case(CASES, "malformed", "a byte order mark", 400, "format.json")
def _bom(world: World) -> str:
    return resign(_sound(world), data=lambda payload: b"\xef\xbb\xbf" + payload)


@case(CASES, "malformed", "text that is not in normal form C", 400, "format.json")
def _not_nfc(world: World) -> str:
    name = unicodedata.normalize("NFD", "é").encode()
    return resign(_sound(world), data=lambda payload: payload.replace(b'"v":1', b'"' + name + b'":1,"v":1'))


@case(CASES, "malformed", "nesting deeper than 16", 400, "format.json")
def _deep(world: World) -> str:
    return resign(_sound(world), data=lambda _: b"[" * 17 + b"]" * 17)


@case(CASES, "malformed", "an unknown member of the envelope", 400, "format.envelope")
def _unknown_member(world: World) -> str:
    return resign(_sound(world), lambda members: members.update(note="x"))


@case(CASES, "malformed", "an envelope without `jti`", 400, "format.envelope")
def _no_jti(world: World) -> str:
    return resign(_sound(world), lambda members: members.pop("jti"))


@case(CASES, "malformed", "a `jti` that is no UUIDv7", 400, "format.envelope")
def _jti4(world: World) -> str:
    return resign(_sound(world), lambda members: members.update(jti="b2c1f1de-7a52-4f0c-9f6e-0a35a9a2b001"))


@case(CASES, "malformed", "another envelope version", 400, "format.version")
def _version(world: World) -> str:
    return resign(_sound(world), lambda members: members.update(v=2))


@case(CASES, "malformed", "an instant with `Z`", 400, "format.envelope")
def _zulu(world: World) -> str:
    return resign(_sound(world), lambda members: members.update(at="2026-06-01T08:00:00Z"))


@case(CASES, "malformed", "a day that does not exist", 400, "format.claim")
def _no_day(world: World) -> str:
    return resign(_sound(world), lambda members: members["data"].update(manufactured_on="2026-02-30"))


@case(CASES, "malformed", "an item id in lower case", 400, "format.envelope")
def _lower(world: World) -> str:
    return resign(_sound(world), lambda members: members.update(prev={str(NEW).lower(): None}))


@case(CASES, "malformed", "an unknown claim", 400, "format.claim")
def _unknown_claim(world: World) -> str:
    return resign(_sound(world), lambda members: members["data"].update(colour="red"))


@case(CASES, "malformed", "a mass written as text", 400, "format.claim")
def _mass_text(world: World) -> str:
    return resign(_sound(world), lambda members: members["data"].update(mass_g="400000"))


@case(CASES, "malformed", "a mass of nothing", 400, "format.claim")
def _mass_zero(world: World) -> str:
    return resign(_sound(world), lambda members: members["data"].update(mass_g=0))


@case(CASES, "malformed", "an event about a pack without a place", 400, "format.claim")
def _no_place(world: World) -> str:
    return resign(_sound(world), lambda members: members["data"].pop("place"))


@case(CASES, "malformed", "a reason outside the code list", 400, "format.claim")
def _reason(world: World) -> str:
    text = world.teller().item_retired(MAKER, IN_STOCK)
    return resign(text, lambda members: members["data"].update(reason="old"))


@case(CASES, "malformed", "`prev` with an item that no claim names", 400, "prev.items")
def _extra(world: World) -> str:
    return resign(_sound(world), lambda members: members["prev"].update({str(module(99)): None}))


@case(CASES, "malformed", "`prev` without a module that a claim names", 400, "prev.items")
def _missing_module(world: World) -> str:
    text = world.teller().pack_manufactured(NEW, [module(98)])
    return resign(text, lambda members: members["prev"].pop(str(module(98))))


@case(CASES, "malformed", "the same module named twice", 400, "prev.twice")
def _module_twice(world: World) -> str:
    text = world.teller().pack_manufactured(NEW, [module(98)])
    return resign(text, lambda members: members["data"]["modules"].append(members["data"]["modules"][0]))


@case(CASES, "malformed", "an event type that does not exist", 422, "rules.event_unknown")
def _unknown_type(world: World) -> str:
    return resign(_sound(world), lambda members: members.update(event="pack.painted"))


# Disclosures


@case(CASES, "hidden disclosure", "a disclosure without its digest", 400, "format.disclosure")
def _no_digest(world: World) -> str:
    return _sound(world) + disclose("vin", "x", bytes(16)).text + "~"


@case(CASES, "hidden disclosure", "a digest without its disclosure", 400, "format.disclosure")
def _withheld(world: World) -> str:
    parts = _measured(world).split("~")
    return "~".join([*parts[:-2], ""])


@case(CASES, "hidden disclosure", "digests that are not sorted", 400, "format.disclosure")
def _unsorted(world: World) -> str:
    return resign(_measured(world), lambda members: members["data"]["_sd"].reverse(), key=LAB.key())


@case(CASES, "hidden disclosure", "digests without `_sd_alg`", 400, "format.sd_alg")
def _no_sd_alg(world: World) -> str:
    return resign(_measured(world), lambda members: members.pop("_sd_alg"), key=LAB.key())


@case(CASES, "hidden disclosure", "a key binding behind the disclosures", 400, "format.jws")
def _key_binding(world: World) -> str:
    return _measured(world) + "eyJhbGciOiJub25lIn0.e30."


@case(CASES, "hidden disclosure", "a restricted claim of another event type", 422, "restricted.name")
def _other_name(world: World) -> str:
    teller = world.teller()
    return teller.tell(
        LAB, _claims_of(teller, teller.health_measured(IN_STOCK)), IN_STOCK, restricted={"vin": "x"}
    )


@case(CASES, "hidden disclosure", "a public claim concealed", 422, "restricted.name")
def _public_name(world: World) -> str:
    teller = world.teller()
    claims = _claims_of(teller, teller.item_retired(MAKER, IN_STOCK))
    return world.teller().tell(MAKER, claims, IN_STOCK, restricted={"reason": "damage"})


@case(CASES, "hidden disclosure", "a measurement without its figures", 422, "restricted.missing")
def _no_figures(world: World) -> str:
    teller = world.teller()
    return teller.tell(LAB, _claims_of(teller, teller.health_measured(IN_STOCK)), IN_STOCK)


@case(CASES, "hidden disclosure", "a VIN with a wrong check digit", 422, "restricted.form")
def _bad_vin(world: World) -> str:
    teller = world.teller()
    claims = _claims_of(teller, teller.pack_fitted(SPARE, vehicle(7)))
    return world.teller().tell(
        VEHICLE_MAKER, claims, SPARE, vehicle(7), restricted={"vin": "LZZ1AAAA0G0000001"}
    )


@case(CASES, "hidden disclosure", "a state of health that the figures do not give", 422, "health.permille")
def _wrong_soh(world: World) -> str:
    teller = world.teller()
    claims = _claims_of(teller, teller.health_measured(IN_STOCK))
    figures: dict[str, Any] = {"quantity": "capacity_mah", "base": 100_000, "measured": 80_000}
    figures |= {"soh_permille": 950, "source": "bench"}
    return world.teller().tell(LAB, claims, IN_STOCK, restricted=figures)


def _claims_of(teller: Any, _: str) -> Any:  # noqa: ANN401  the claims of the event just signed
    return teller.last.claims


# Signatures and keys


@case(CASES, "forged", "one bit of the signature turned", 403, "key.signature")
def _flipped(world: World) -> str:
    return with_signature(_sound(world), lambda raw: raw[:10] + bytes([raw[10] ^ 1]) + raw[11:])


@case(CASES, "forged", "a statement changed under its signature", 403, "key.signature")
def _changed(world: World) -> str:
    sound = _sound(world)
    other = resign(sound, lambda members: members["data"].update(mass_g=1))
    signature = sound.partition("~")[0].rpartition(".")[2]
    return other.partition("~")[0].rpartition(".")[0] + f".{signature}~"


@case(CASES, "forged", "signed with a key that nobody registered", 403, "key.unknown")
def _unknown_key(world: World) -> str:
    return resign(_sound(world), key=PrivateKey.from_seed(bytes(range(32))))


@case(CASES, "forged", "another firm's key under the maker's name", 403, "key.issuer")
def _others_key(world: World) -> str:
    return resign(_sound(world), key=VEHICLE_MAKER.key())


@case(CASES, "forged", "the maker's `kid` over another key's signature", 403, "key.signature")
def _borrowed_kid(world: World) -> str:
    kid = MAKER.key().verifier.thumbprint()
    return resign(_sound(world), key=VEHICLE_MAKER.key(), header={"kid": kid})


@case(CASES, "forged", "an algorithm that is not the key's", 403, "key.signature")
def _other_alg(world: World) -> str:
    return resign(_sound(world), header={"alg": "ES256"})


@case(CASES, "malleated", "an Ed25519 signature with the group order added to S", 403, "key.signature")
def _plus_order(world: World) -> str:
    def add(raw: bytes) -> bytes:
        return raw[:32] + (int.from_bytes(raw[32:], "little") + ORDER).to_bytes(32, "little")

    return with_signature(_sound(world), add)


@case(CASES, "malleated", "an ES256 signature with s in its upper half", 403, "key.signature")
def _high_s(world: World) -> str:
    def mirror(raw: bytes) -> bytes:
        return raw[:32] + (es256.GROUP_ORDER - int.from_bytes(raw[32:])).to_bytes(32)

    return with_signature(resign(_sound(world), key=es256_key()), mirror)


@case(CASES, "malleated", "a last character that decodes to the same bytes", 400, "format.jws")
def _last_character(world: World) -> str:
    signed = _sound(world).rstrip("~")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return signed[:-1] + alphabet[alphabet.index(signed[-1]) ^ 1] + "~"


@case(CASES, "malleated", "white space within the text", 400, "format.jws")
def _white_space(world: World) -> str:
    return _sound(world).replace("~", " ~")


@case(CASES, "wrong ledger", "an event meant for another log", 422, "log.audience")
def _other_log(world: World) -> str:
    return resign(_sound(world), lambda members: members.update(aud="other.example/packtrace"))


@case(CASES, "oversized", "an event longer than an entry may be", 413, "format.jws_size")
def _long(world: World) -> str:
    return resign(_sound(world), data=lambda payload: payload.replace(b"{", b"{" + b" " * 60_000, 1))


@case(CASES, "oversized", "a disclosure over 64 KiB", 400, "format.disclosure")
def _long_disclosure(world: World) -> str:
    teller = world.teller()
    claims = _claims_of(teller, teller.item_retired(MAKER, RETIRED))
    signed = world.teller().tell(MAKER, claims, RETIRED)
    return signed + b64url_encode(b'["AAAAAAAAAAAAAAAAAAAAAA","x","' + b"x" * 70_000 + b'"]') + "~"

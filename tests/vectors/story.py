"""The eight events of our vectors: two firms that do not exist, their keys, one pack. Everything is literal.

A log that holds only these is well formed, but no ledger would run under it: the rule set that entry 0 names
has the hash of a sentence, so that no change of the rules ever changes a vector.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from crypto import jws, sdjwt, strictjson
from crypto.encoding import b64url_encode
from crypto.es256 import GROUP_ORDER
from crypto.keys import PrivateKey
from crypto.sdjwt import Disclosure
from crypto.strictjson import Json
from ledger import cells
from ledger.entry import event_id
from ledger.events.envelope import TYP
from ledger.label import Label, LabelFacts, sign_label
from ledger.vocabulary import Chemistry, Hazard

ORIGIN: Final = "vectors.example/packtrace"
REGISTRAR: Final = "org:91999999000001011U"
MAKER: Final = "org:9199999900000102XK"
CUSTOMER: Final = "org:91999999000001038K"
PACK: Final = "gbt34014:ZZZPB01TEST000GB10000001"
MODULES: Final = ("gbt34014:ZZZMB01TEST000GB10000001", "gbt34014:ZZZMB01TEST000GB10000002")
CELLS: Final = {
    module: [f"ZZZCB01TEST000GB1{number:07d}" for number in range(first, first + 3)]
    for first, module in zip((1, 4), MODULES, strict=True)
}
# 2026-11-01T08:00:00+08:00; event n is signed n minutes later.
START_S: Final = 1_793_491_200
URL_PREFIX: Final = "HTTPS://PASSPORTS.EXAMPLE/P/ZZZPB01TEST000GB10000001/"
LABEL: Final = LabelFacts(
    chemistry=Chemistry.LFP,
    mass_g=389_000,
    nominal_voltage_mv=403_200,
    rated_energy_wh=60_480,
    hazards=frozenset({Hazard.HIGH_VOLTAGE, Hazard.TOXIC_GAS}),
    manufactured_on=date(2026, 11, 1),
    number=1,
)
PLACE: Final[dict[str, Json]] = {"district": "330109", "site": "PLANT-1"}


def seed(name: str) -> bytes:
    """Return 32 bytes that follow from a name."""
    return sha256(f"packtrace vectors: {name}".encode()).digest()


def ed25519(name: str) -> PrivateKey:
    """Return the Ed25519 key whose seed follows from a name."""
    return PrivateKey.from_seed(seed(name))


def scalar(name: str) -> bytes:
    """Return the 32 bytes of a P-256 scalar that follows from a name."""
    return (int.from_bytes(seed(name), "big") % GROUP_ORDER).to_bytes(32, "big")


def es256(name: str) -> PrivateKey:
    """Return the ES256 key whose scalar follows from a name."""
    return PrivateKey(ec.derive_private_key(int.from_bytes(scalar(name), "big"), ec.SECP256R1()))


KEYS: Final = {
    "registrar admin": ed25519("registrar admin"),
    "registrar office": ed25519("registrar office"),
    "registrar recovery": ed25519("registrar recovery"),
    "maker admin": ed25519("maker admin"),
    "maker office": es256("maker office"),
}
LOG_KEY: Final = ed25519("log")
NOTHING: Final[Mapping[str, Json]] = {}
CELLS_KEY: Final = seed("cells")


@dataclass(frozen=True, slots=True)
class Told:
    """One event as it was signed: what a vector says of it."""

    key: str
    header: str
    payload: str
    sd_jwt: str
    disclosures: tuple[Disclosure, ...]

    @property
    def jws(self) -> str:
        """The compact JWS, without disclosures."""
        return self.sd_jwt.partition("~")[0]

    @property
    def signing_input(self) -> str:
        """What is signed: header and payload in base64url, joined by a dot."""
        return self.jws.rpartition(".")[0]

    @property
    def id(self) -> str:
        """The event id."""
        return event_id(self.signing_input.encode())


@dataclass(slots=True)
class Chain:
    """Signs one event after another, each item's `prev` the last event that touched it."""

    told: list[Told] = field(default_factory=list)
    tips: dict[str, str] = field(default_factory=dict)
    keys: Mapping[str, PrivateKey] = field(default_factory=lambda: KEYS)

    def tell(
        self,
        signer: tuple[str, str],
        event: str,
        items: Sequence[str],
        data: Mapping[str, Json],
        restricted: Mapping[str, Json] = NOTHING,
        *,
        foreign_header: bool = False,
        aud: str = ORIGIN,
    ) -> Told:
        """Sign the next event, `signer` being an organisation and the name of its key.

        `foreign_header` orders and spaces the header as another library would.
        """
        (by, key), number = signer, len(self.told)
        salts = [seed(f"salt {number} {name}")[:16] for name in restricted]
        digests, disclosures = sdjwt.conceal(restricted, salts)
        claims: dict[str, Json] = {
            "v": 1,
            "aud": aud,
            "iss": by,
            "jti": f"019a3d00-0000-7000-8000-{number:012d}",
            "iat": START_S + 60 * number,
            "event": event,
            "at": f"2026-11-01T{8 + number // 60:02d}:{number % 60:02d}:00+08:00",
            "prev": {item: self.tips.get(item) for item in items},
            "data": {**data, "_sd": [*digests]} if digests else {**data},
        }
        if digests:
            claims["_sd_alg"] = "sha-256"
        payload = strictjson.dumps(claims)
        sign = _sign_with_foreign_header if foreign_header else _sign
        header, text = sign(payload, self.keys[key])
        self.told.append(Told(key, header, payload, sdjwt.join(text, disclosures), disclosures))
        self.tips |= dict.fromkeys(items, self.told[-1].id)
        return self.told[-1]


def _sign(payload: str, key: PrivateKey) -> tuple[str, str]:
    text = jws.sign(payload.encode(), key, TYP)
    return strictjson.dumps({**jws.parse(text).header}), text


def _sign_with_foreign_header(payload: str, key: PrivateKey) -> tuple[str, str]:
    name, kid = key.verifier.algorithm.value, key.verifier.thumbprint()
    header = f'{{"typ": "{TYP}", "kid": "{kid}", "alg": "{name}"}}'
    signed = f"{b64url_encode(header.encode())}.{b64url_encode(payload.encode())}"
    return header, f"{signed}.{b64url_encode(key.sign(signed.encode()))}"


def _jwk(key: str) -> dict[str, Json]:
    return {**KEYS[key].verifier.jwk()}


def tell_all() -> list[Told]:
    """Sign the eight events."""
    return begun().told


def begun(keys: Mapping[str, PrivateKey] | None = None) -> Chain:
    """Return the eight events as a chain that goes on, with further keys by name."""
    chain = Chain(keys={**KEYS, **(keys or {})})
    _tell_registry(chain)
    _tell_production(chain)
    return chain


def _tell_registry(chain: Chain) -> None:
    rules: dict[str, Json] = {"version": "2026.11", "sha256": b64url_encode(seed("rules"))}
    founding: dict[str, Json] = {
        "name_zh": "虚构登记机构",
        "name_en": "Registrar of the Vectors",
        "roles": ["registrar"],
        "district": "110102",
        "admin": _jwk("registrar admin"),
        "recovery": _jwk("registrar recovery"),
        "rules": rules,
    }
    chain.tell((REGISTRAR, "registrar admin"), "org.enrolled", [REGISTRAR], founding)
    office: dict[str, Json] = {"jwk": _jwk("registrar office"), "purpose": "office"}
    chain.tell((REGISTRAR, "registrar admin"), "key.added", [REGISTRAR], office)
    maker: dict[str, Json] = {
        "name_zh": "虚构电池厂",
        "name_en": "Pack Maker of the Vectors",
        "roles": ["manufacturer"],
        "district": "330109",
        "admin": _jwk("maker admin"),
    }
    chain.tell((REGISTRAR, "registrar office"), "org.enrolled", [MAKER], maker)
    line: dict[str, Json] = {"jwk": _jwk("maker office"), "purpose": "office", "label": "MES-1"}
    chain.tell((MAKER, "maker admin"), "key.added", [MAKER], line)


def _tell_production(chain: Chain) -> None:
    spec: dict[str, Json] = {"spec": "01", "chemistry": "lfp", "shape": "prismatic"}
    chain.tell((MAKER, "maker office"), "coding.filed", [MAKER], {"vendor": "ZZZ", "specs": [spec]})
    model: dict[str, Json] = {
        "model": f"{MAKER}/LFP100@1",
        "kind": "pack",
        "category": "ev",
        "chemistry": "lfp",
        "mass_g": 389_000,
        "rated_capacity_mah": 150_000,
        "rated_energy_wh": 60_480,
        "nominal_voltage_mv": 403_200,
        "hazards": ["high_voltage", "toxic_gas"],
    }
    chain.tell((MAKER, "maker office"), "model.declared", [MAKER], model)
    token = sign_label(LABEL, URL_PREFIX, KEYS["maker office"])
    modules: list[Json] = [
        {
            "id": item,
            "mass_g": 45_000,
            "cell_count": 3,
            "cells_root": cells.cells_root(CELLS_KEY, CELLS[item]),
        }
        for item in MODULES
    ]
    pack: dict[str, Json] = {
        "place": PLACE,
        "model": f"{MAKER}/LFP100@1",
        "mass_g": 389_000,
        "manufactured_on": "2026-11-01",
        "modules": modules,
        "label": {"number": 1, "sha256": b64url_encode(Label.parse(token).sha256())},
    }
    codes: dict[str, Json] = {item: [*found] for item, found in CELLS.items()}
    secret: dict[str, Json] = {
        "cell_codes": {"key": b64url_encode(CELLS_KEY), "codes": codes},
        "label_token": token,
    }
    chain.tell((MAKER, "maker office"), "pack.manufactured", [PACK, *MODULES], pack, secret)
    offer: dict[str, Json] = {
        "place": PLACE,
        "rights": ["custody", "ownership"],
        "to": CUSTOMER,
        "consignment": "4b0c1b1e-5c5f-4a53-9a2c-3f1d5f7a9e01",
        "count": 1,
    }
    load: dict[str, Json] = {"carrier": "虚构物流公司", "waybill": "W-1"}
    chain.tell((MAKER, "maker office"), "transfer.offered", [PACK], offer, load, foreign_header=True)

"""A small consortium of firms that do not exist: their ids, their keys, their batteries, and how they sign.

Everything here is deterministic: the same calls give the same bytes. The social credit codes stand in a
division that is not assigned (999999) and the vendor codes ZZZ and ZZY belong to nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from typing import Final

from crypto import jws, sdjwt
from crypto.keys import PrivateKey
from crypto.strictjson import Json
from ledger import gbt34014, uscc
from ledger.events import Claims, Place
from ledger.events.envelope import TYP, build
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.vin import Vin, check_digit
from ledger.vocabulary import Purpose, Role

ORIGIN: Final = "test.example/packtrace"
START: Final = Instant.parse("2026-06-01T08:00:00+08:00")
MADE_ON: Final = date(2026, 6, 1)
NOTHING: Final[Mapping[str, Json]] = {}


@dataclass(frozen=True, slots=True)
class Party:
    """A firm of the consortium."""

    number: int
    name: str
    name_zh: str
    district: str
    roles: tuple[Role, ...]

    @property
    def id(self) -> ItemId:
        """Its id: a social credit code that is well formed and belongs to nobody."""
        return ItemId.parse(f"org:{uscc.complete(f'91999999{self.number:08d}')}")

    @property
    def place(self) -> Place:
        """Where it does everything it does."""
        return Place(district=self.district)

    def key(self, purpose: Purpose = Purpose.OFFICE, number: int = 1) -> PrivateKey:
        """Return its key of a purpose; a further number is a further key."""
        return private_key(f"{self.name}/{purpose}/{number}")

    def model(self, text: str = "LFP100") -> str:
        """Return the id of its model of that name, first version."""
        return f"{self.id}/{text}@1"

    def lot(self, text: str) -> ItemId:
        """Return the id of one of its lots."""
        return ItemId.parse(f"lot:{self.id.value}:{text}")


@cache
def private_key(name: str) -> PrivateKey:
    """Return the Ed25519 key whose seed is the SHA-256 of this name."""
    return PrivateKey.from_seed(sha256(f"packtrace test key {name}".encode()).digest())


REGISTRAR: Final = Party(1, "Registrar", "虚构登记机构", "110102", (Role.REGISTRAR,))
MAKER: Final = Party(2, "Pack Maker", "虚构电池厂", "330109", (Role.MANUFACTURER,))
VEHICLE_MAKER: Final = Party(3, "Vehicle Maker", "虚构汽车厂", "440307", (Role.VEHICLE_MAKER,))
FLEET: Final = Party(4, "Taxi Fleet", "虚构出租车公司", "440305", (Role.FLEET_OPERATOR, Role.DEALER))
COLLECTOR: Final = Party(
    5, "Collection Point", "虚构回收服务网点", "440306", (Role.COLLECTION_POINT, Role.ELV_DISMANTLER)
)
SECOND_LIFE: Final = Party(6, "Second Life", "虚构梯次利用企业", "330110", (Role.SECOND_LIFE,))
RECYCLER: Final = Party(7, "Recycler", "虚构再生利用企业", "360702", (Role.RECYCLER,))
LAB: Final = Party(8, "Test Lab", "虚构检测机构", "310115", (Role.TEST_LAB,))
PARTIES: Final = (REGISTRAR, MAKER, VEHICLE_MAKER, FLEET, COLLECTOR, SECOND_LIFE, RECYCLER, LAB)
REGULATOR: Final = Party(9, "Regulator", "虚构监管部门", "110101", (Role.REGULATOR,))


def battery(serial: int, kind: gbt34014.Kind = gbt34014.Kind.PACK) -> ItemId:
    """Return the id of a battery of the maker."""
    code = gbt34014.mint(
        vendor="ZZZ",
        kind=kind,
        chemistry=gbt34014.Chemistry.LFP,
        spec="01",
        trace="TEST000",
        made_on=MADE_ON,
        serial=serial,
    )
    return ItemId("gbt34014", code.text)


def pack(serial: int) -> ItemId:
    """Return the id of a pack of the maker."""
    return battery(serial)


def module(serial: int) -> ItemId:
    """Return the id of a module of the maker."""
    return battery(serial, gbt34014.Kind.MODULE)


def cell(serial: int) -> ItemId:
    """Return the id of a cell of the maker."""
    return battery(serial, gbt34014.Kind.CELL)


def product(serial: int) -> ItemId:
    """Return the id of a product of the second-life firm, a code of 19 characters."""
    code = gbt34014.mint(
        vendor="ZZY",
        kind=gbt34014.Kind.PACK,
        chemistry=gbt34014.Chemistry.LFP,
        spec="01",
        trace=None,
        made_on=MADE_ON,
        serial=serial,
        reuse=gbt34014.Kind.PACK,
    )
    return ItemId("gbt34014", code.text)


def vehicle(number: int) -> ItemId:
    """Return the id of a vehicle."""
    return ItemId.parse(f"vehicle:00000000-0000-4000-8000-{number:012d}")


def vin(number: int) -> Vin:
    """Return a VIN with its check digit."""
    draft = f"LZZZZZZZ0R{number:07d}"
    return Vin.parse(draft[:8] + check_digit(draft) + draft[9:])


def uuid7(at: Instant, name: str) -> str:
    """Return the UUID of version 7 at an instant whose random bits are the hash of a name."""
    bits = sha256(name.encode()).hexdigest()
    stamp = f"{at.ms:012x}"
    return f"{stamp[:8]}-{stamp[8:]}-7{bits[:3]}-8{bits[3:6]}-{bits[6:18]}"


def sign(
    by: Party,
    claims: Claims,
    prev: Mapping[ItemId, str | None],
    *,
    at: Instant = START,
    jti: str | None = None,
    restricted: Mapping[str, Json] = NOTHING,
    key: PrivateKey | None = None,
    aud: str = ORIGIN,
) -> str:
    """Return the SD-JWT of an event as this party would send it; `iat` is `at`, `key` its office key."""
    name = jti or uuid7(at, f"{by.name} {claims} {prev} {restricted}")
    salts = [sha256(f"{name} {claim}".encode()).digest()[:16] for claim in restricted]
    sd, disclosures = sdjwt.conceal(restricted, salts)
    told = build(claims, aud=aud, iss=by.id, jti=name, iat=at.ms // 1000, at=at, prev=prev, sd=sd)
    return sdjwt.join(jws.sign(told, key or by.key(), TYP), disclosures)

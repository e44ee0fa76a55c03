"""The ledger that the refused submissions meet: a few packs at different points of their lives."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from crypto import jws, strictjson
from crypto.encoding import b64url_decode, b64url_encode
from crypto.keys import Algorithm, PrivateKey
from ledger.events import registry
from ledger.events.envelope import TYP
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.vocabulary import Material, Purpose, Role
from tests.memory import opening
from tests.scenario import (
    COLLECTOR,
    FLEET,
    MAKER,
    RECYCLER,
    REGISTRAR,
    SECOND_LIFE,
    VEHICLE_MAKER,
    Party,
    Story,
    cell,
    module,
    pack,
    vehicle,
)

IN_STOCK, FITTED, RETIRED, ENDED, OFFERED = pack(1), pack(2), pack(3), pack(4), pack(5)
SPARE, ALSO_RETIRED = pack(6), pack(7)
STOLEN, QUARANTINED, CLAIMED = pack(8), pack(9), pack(10)
NEW = pack(90)
"""A pack that nobody made yet."""
CAR = vehicle(1)
MODULES = {number: [module(10 * number + place) for place in (1, 2)] for number in (1, 2, 3, 4, 7)}
CELLS = [cell(number) for number in (1, 2, 3)]
LOT = RECYCLER.lot("ANY")
SUSPENDED = Party(20, "Suspended Firm", "虚构停业企业", "330109", (Role.DEALER,))
LATER = Instant.parse("2036-01-01T00:00:00+08:00")


@dataclass(slots=True)
class World:
    """A story so far, the submissions that told it, and keys of unusual standing."""

    story: Story = field(default_factory=lambda: Story("refusals"))
    texts: list[str] = field(default_factory=list)

    def teller(self) -> Story:
        """Return a copy of the story, so that a refused event leaves no tip behind."""
        return copy.deepcopy(self.story)


def es256_key() -> PrivateKey:
    """Return the maker's ES256 key, the same in every run."""
    secret = int.from_bytes(sha256(b"packtrace test key es256").digest())
    pem = ec.derive_private_key(secret, ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return PrivateKey.from_pem(pem, None)


def build() -> World:
    """Return the world; its texts are to be submitted in order before any case."""
    world = World()
    story, texts = world.story, world.texts
    texts += opening(story)
    texts += [story.org_enrolled(SUSPENDED), story.key_added(SUSPENDED)]
    texts += [_add_key(story, MAKER, es256_key(), Purpose.OFFICE)]
    texts += [story.key_added(MAKER, purpose) for purpose in (Purpose.LINE, Purpose.READER)]
    texts += [story.key_added(MAKER, Purpose.OFFICE, number=2)]
    texts += [story.key_revoked(MAKER, MAKER.key(Purpose.OFFICE, 2))]
    texts += [_add_key(story, MAKER, MAKER.key(Purpose.OFFICE, 3), Purpose.OFFICE, since=LATER)]
    texts += [_make(story, number) for number in range(1, 11)]
    texts += story.transfer(MAKER, VEHICLE_MAKER, FITTED, SPARE, load="fitted")
    texts += [story.pack_fitted(FITTED, CAR)]
    texts += [story.item_retired(MAKER, RETIRED, ALSO_RETIRED, ENDED)]
    texts += story.transfer(MAKER, RECYCLER, RETIRED, ALSO_RETIRED, load="retired")
    texts += story.transfer(MAKER, SECOND_LIFE, ENDED, load="ended")
    texts += [story.item_split(ENDED, MODULES[4])]
    texts += [story.transfer_offered(MAKER, VEHICLE_MAKER, OFFERED, load="offered")]
    texts += [story.lot_declared(LOT, mass_g=1_000, material=Material.BLACK_MASS)]
    texts += story.transfer(MAKER, VEHICLE_MAKER, STOLEN, QUARANTINED, CLAIMED, load="unlucky")
    texts += [story.item_stolen(VEHICLE_MAKER, STOLEN), story.incident_reported(QUARANTINED)]
    texts += [story.item_collected(CLAIMED)]
    texts += [story.org_suspended(SUSPENDED)]
    return world


def _make(story: Story, number: int) -> str:
    modules: Mapping[ItemId, Any] = dict.fromkeys(MODULES.get(number, []), ())
    return story.pack_manufactured(pack(number), modules)


def _add_key(
    story: Story, party: Party, key: PrivateKey, purpose: Purpose, since: Instant | None = None
) -> str:
    claims = registry.KeyAdded(jwk=key.verifier, purpose=purpose, from_=since)
    return story.tell(party, claims, party.id, key=party.key(Purpose.ADMIN))


# Forging: a sound submission, changed and signed again by whoever is asked to.


def resign(
    text: str,
    edit: Callable[[dict[str, Any]], object] | None = None,
    *,
    key: PrivateKey | None = None,
    data: Callable[[bytes], bytes] | None = None,
    header: Mapping[str, str] | None = None,
) -> str:
    """Return the submission with its payload edited and signed again, by the maker's office key if by none.

    `edit` changes the parsed payload, `data` the bytes, `header` replaces header members.
    """
    signed, _, disclosures = text.partition("~")
    payload = jws.parse(signed).payload
    if edit is not None:
        members: Any = strictjson.loads(payload)
        edit(members)
        payload = strictjson.dumps(members).encode()
    if data is not None:
        payload = data(payload)
    signer = key or MAKER.key()
    if header is None:
        return f"{jws.sign(payload, signer, TYP)}~{disclosures}"
    members = {
        "alg": signer.verifier.algorithm.value,
        "kid": signer.verifier.thumbprint(),
        "typ": TYP,
        **header,
    }
    signing_input = f"{b64url_encode(strictjson.dumps(members).encode())}.{b64url_encode(payload)}"
    return f"{signing_input}.{b64url_encode(signer.sign(signing_input.encode()))}~{disclosures}"


def with_signature(text: str, change: Callable[[bytes], bytes]) -> str:
    """Return the submission with another signature on the same statement."""
    signed, _, disclosures = text.partition("~")
    signing_input, _, signature = signed.rpartition(".")
    return f"{signing_input}.{b64url_encode(change(b64url_decode(signature)))}~{disclosures}"


__all__ = [
    "ALSO_RETIRED",
    "CAR",
    "CELLS",
    "COLLECTOR",
    "ENDED",
    "FITTED",
    "FLEET",
    "IN_STOCK",
    "LATER",
    "LOT",
    "MAKER",
    "MODULES",
    "OFFERED",
    "RECYCLER",
    "REGISTRAR",
    "RETIRED",
    "SECOND_LIFE",
    "SPARE",
    "SUSPENDED",
    "VEHICLE_MAKER",
    "Algorithm",
    "World",
    "build",
    "es256_key",
    "resign",
    "with_signature",
]

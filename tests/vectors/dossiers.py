"""Dossiers good and forged, each with what every verifier must say of it.

The logs are made here, with the log's own key, so that a forgery may be one that only an operator can make.
Beyond what a verifier of dossiers reads, claims are as short as they can be.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from crypto import jws
from crypto.cosignature import Cosigner
from crypto.encoding import b64url_decode, b64url_encode
from crypto.es256 import GROUP_ORDER
from crypto.keys import PrivateKey
from crypto.note import NoteSigner
from crypto.strictjson import Json
from ledger import checkpoint, merkle
from ledger.checkpoint import Checkpoint
from ledger.dossier.form import Dossier, DossierEntry, IndexLine, Published
from ledger.entry import Entry
from ledger.events.envelope import TYP
from ledger.index import Index, history_line
from ledger.merkle import hash_leaf, prove_inclusion
from tests.vectors import story
from tests.vectors.story import CUSTOMER, LOG_KEY, MAKER, ORIGIN, PACK, PLACE, REGISTRAR, START_S, Chain, Told

SIGNER: Final = NoteSigner(ORIGIN, LOG_KEY)
KEYS: Final = {name: story.ed25519(name) for name in ("customer admin", "customer office", "stranger")}
NEXT: Final = NoteSigner(ORIGIN, story.ed25519("next log"))
NEXT_VKEY: Final = NEXT.verifier_key.format()
WITNESSES: Final = [Cosigner(f"witness.example/{n}", story.ed25519(f"witness {n}")) for n in (1, 2)]
DECLARED: Final = "gbt34014:ZZYPB01TEST000GB10000009"
STATEMENTS: Final = frozenset({"item.stolen", "index.published", "event.confirmed"})
DAY_S: Final = 86_400
MONTH_S: Final = 30 * DAY_S
MINUTE_MS: Final = 60_000
NOW_S: Final = START_S + DAY_S
WITNESSED_S: Final = START_S + 7200
Edit = Callable[[dict[str, Any]], None]


def policy() -> str:
    """Return a policy of two witnesses, both of which must have cosigned."""
    lines = [f"log {SIGNER.verifier_key.format()}"]
    lines += [f"witness w{n} {one.key.format()}" for n, one in enumerate(WITNESSES, start=1)]
    return "\n".join([*lines, "group both all w1 w2", "quorum both", ""])


@dataclass(slots=True)
class Log:
    """A log that is being told, and the dossiers of it."""

    chain: Chain = field(default_factory=lambda: story.begun(KEYS))
    signer: NoteSigner = SIGNER
    late_ms: dict[int, int] = field(default_factory=dict)

    def tell(self, by: str, key: str, event: str, items: Sequence[str], /, **data: Json) -> Told:
        """Log an event; a statement leaves the tips as they are."""
        before = dict(self.chain.tips)
        told = self.chain.tell((by, key), event, items, data)
        if event in STATEMENTS:
            self.chain.tips = before
        return told

    def entries(self) -> list[Entry]:
        """Return what is logged, an entry a minute."""
        return [
            Entry((START_S + 1) * 1000 + MINUTE_MS * at + self.late_ms.get(at, 0), told.jws)
            for at, told in enumerate(self.chain.told)
        ]

    def index(self, size: int, extra: Sequence[bytes] = ()) -> Index:
        """Return the index of the first `size` entries."""
        rows: dict[str, tuple[int, int, str]] = {}
        for at, told in enumerate(self.chain.told[:size]):
            claims = json.loads(told.payload)
            for item in claims["prev"]:
                count, _, tip = rows.get(item, (0, 0, ""))
                rows[item] = count + 1, at, tip if claims["event"] in STATEMENTS else told.id
        return Index([*(history_line(item, *row) for item, row in rows.items()), *extra])

    def publish(self, extra: Sequence[bytes] = (), size: int | None = None) -> None:
        """Let the registrar publish the index of everything so far, or of the first `size` entries."""
        size = len(self.chain.told) if size is None else size
        made = self.index(size, extra)
        root = b64url_encode(made.root())
        self.tell(
            REGISTRAR, "registrar office", "index.published", (), size=size, count=made.count, root=root
        )

    def note(self, cosigners: Sequence[Cosigner] = WITNESSES, at_s: int = WITNESSED_S) -> str:
        """Return the checkpoint of everything so far, cosigned."""
        hashes = [hash_leaf(one.encode()) for one in self.entries()]
        found = checkpoint.sign(Checkpoint(self.signer.name, len(hashes), merkle.root(hashes)), self.signer)
        text = found.partition("\n\n")[0] + "\n"
        return found + "".join(one.cosign(text, at_s).format() for one in cosigners)

    def dossier(
        self,
        items: Sequence[str] = (PACK,),
        *,
        without: Sequence[int] = (),
        published: int | None = None,
        extra: Sequence[bytes] = (),
        about: Sequence[str] = (),
        for_its_time: bool = False,
        **noted: Any,  # noqa: ANN401  of note
    ) -> Dossier:
        """Return the dossier of everything, but for some entries; by the index at an entry, else the last.

        `about` names further lines of the index that it shows. `for_its_time` takes the first entry that the
        index leaves out for its time alone.
        """
        entries = self.entries()
        hashes = [hash_leaf(one.encode()) for one in entries]
        found = tuple(
            DossierEntry(
                at,
                one.encode().decode(),
                _proof(hashes, at),
                tuple(each.text for each in self.chain.told[at].disclosures),
            )
            for at, one in enumerate(entries)
            if at not in without
        )
        at = len(entries) - 1 if published is None else published
        lines = self._published(at, [*items, *about], extra, for_its_time=for_its_time)
        return Dossier(self.signer.name, tuple(items), found, lines, self.note(**noted))

    def _published(
        self, at: int, items: Sequence[str], extra: Sequence[bytes], *, for_its_time: bool
    ) -> Published | None:
        claims = json.loads(self.chain.told[at].payload)
        if claims["event"] != "index.published":
            return None
        size = claims["data"]["size"]
        after = size if for_its_time and size < at else None
        index = self.index(size, extra)
        hashes = [hash_leaf(line) for line in index.lines]
        whole = {*items, REGISTRAR, MAKER, CUSTOMER}
        lines = [
            IndexLine(line.decode(), place, _proof(hashes, place))
            for place, line in enumerate(index.lines)
            if line.split()[0].decode() in whole
        ]
        return Published(at, tuple(lines), after)


def _proof(hashes: Sequence[bytes], at: int) -> tuple[bytes, ...]:
    def read(nodes: Sequence[tuple[int, int]]) -> list[bytes]:
        return [merkle.root(hashes[place << level : (place + 1) << level]) for level, place in nodes]

    return tuple(prove_inclusion(at, len(hashes), read))


def jwk(name: str) -> Json:
    """Return a public key as a JWK."""
    return {**KEYS[name].verifier.jwk()}


def bought(log: Log | None = None) -> Log:
    """Enrol the customer and let it take the pack over: entries 8 to 10."""
    found = log or Log()
    admin = jwk("customer admin")
    firm: dict[str, Json] = {
        "name_zh": "虚构车厂",
        "name_en": "Vehicle Maker of the Vectors",
        "roles": ["vehicle_maker"],
        "district": "330110",
    }
    found.tell(REGISTRAR, "registrar office", "org.enrolled", (CUSTOMER,), **firm, admin=admin)
    office = jwk("customer office")
    found.tell(CUSTOMER, "customer admin", "key.added", (CUSTOMER,), jwk=office, purpose="office")
    found.tell(CUSTOMER, "customer office", "transfer.accepted", (PACK,), place=PLACE)
    return found


def stolen() -> Log:
    """Publish the index at 11, let the pack be stolen at 12, and publish again at 13."""
    log = bought()
    log.publish()
    log.tell(CUSTOMER, "customer office", "item.stolen", (PACK,), place=PLACE)
    log.publish()
    return log


def behind(late_s: int = MONTH_S) -> Log:
    """Let the pack be stolen at 11; publish at 12, a month later, the index of what came before."""
    log = bought()
    log.tell(CUSTOMER, "customer office", "item.stolen", (PACK,), place=PLACE)
    log.late_ms[12] = late_s * 1000
    log.publish(size=11)
    return log


def rotated(by: str = REGISTRAR, key: str = "registrar office", vkey: Json = NEXT_VKEY) -> Log:
    """Let the log take another key: announced at 11, and it signs from there on."""
    log = once(by, key, "log.key_added", (by,), vkey=vkey)
    log.signer = NEXT
    return log


def moved() -> Log:
    """Let the log go on under another origin and key, said at 11."""
    signer = NoteSigner("moved.example/packs", KEYS["stranger"])
    log, vkey = bought(), signer.verifier_key.format()
    log.tell(REGISTRAR, "registrar office", "log.moved", (REGISTRAR,), origin=signer.name, vkey=vkey)
    log.signer = signer
    return log


def robbed() -> Log:
    """Let a thief have had the customer's key since before it took the pack over; publish at 12."""
    log = bought()
    since, kid = "2026-11-01T08:09:30+08:00", KEYS["customer office"].verifier.thumbprint()
    told: dict[str, Json] = {"kid": kid, "reason": "compromise", "compromised_since": since}
    log.tell(CUSTOMER, "customer admin", "key.revoked", (CUSTOMER,), **told)
    log.publish()
    return log


def confirmed() -> Log:
    """Let the customer stand by what it signed before the theft: entries 13 and 14, published at 15."""
    log = robbed()
    stranger = jwk("stranger")
    log.tell(CUSTOMER, "customer admin", "key.added", (CUSTOMER,), jwk=stranger, purpose="office")
    kid = KEYS["customer office"].verifier.thumbprint()
    log.tell(CUSTOMER, "stranger", "event.confirmed", (CUSTOMER,), kid=kid, first=10, last=10, count=1)
    log.publish()
    return log


def once(by: str, key: str, event: str, items: Sequence[str] = (PACK,), /, **data: Json) -> Log:
    """Let one event follow the purchase, and publish the index."""
    log = bought()
    log.tell(by, key, event, items, **data)
    log.publish()
    return log


def edited(dossier: Dossier, edit: Edit) -> str:
    """Return a dossier that somebody wrote differently."""
    told = json.loads(dossier.format())
    edit(told)
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n"


def before_its_key() -> Log:
    """Let the customer sign with a key that it adds only afterwards."""
    log = bought()
    log.tell(CUSTOMER, "stranger", "custody.released", (PACK,), place=PLACE)
    stranger = jwk("stranger")
    log.tell(CUSTOMER, "customer admin", "key.added", (CUSTOMER,), jwk=stranger, purpose="office")
    log.publish()
    return log


def misled(item: str, tip: str | None, event: str = "custody.released") -> Log:
    """Let an event build on another tip than the one it follows."""
    log = bought()
    log.chain.tips[item] = tip or ""
    log.tell(CUSTOMER, "customer office", event, (PACK,), place=PLACE)
    log.publish()
    return log


def declared(filed: Mapping[str, Json] | None) -> Log:
    """Let the customer declare a pack of a maker, which filed its code before or never."""
    log = bought()
    if filed is not None:
        log.tell(MAKER, "maker office", "coding.filed", (MAKER,), **filed)
    log.tell(CUSTOMER, "customer office", "item.declared", (DECLARED,), place=PLACE, kind="pack")
    log.publish()
    return log


def other_log() -> Log:
    """Take in an event that was signed for another log."""
    log = bought()
    chain = log.chain
    told = chain.tell(
        (CUSTOMER, "customer office"), "custody.released", [PACK], {"place": PLACE}, aud="b.example"
    )
    assert told is chain.told[-1]
    log.publish()
    return log


def reworded(told: Told, key: PrivateKey, **members: Json) -> Told:
    """Return an event with other members in its envelope, signed again."""
    payload = json.dumps({**json.loads(told.payload), **members}, ensure_ascii=False, separators=(",", ":"))
    return replace(told, payload=payload, sd_jwt=jws.sign(payload.encode(), key, TYP) + "~")


def mirrored(told: Told) -> Told:
    """Return an event whose ES256 signature has the other `s`, with which ECDSA verifies as well."""
    signature = b64url_decode(told.jws.rpartition(".")[2])
    other = (GROUP_ORDER - int.from_bytes(signature[32:])).to_bytes(32)
    text = b64url_encode(signature[:32] + other)
    disclosures = told.sd_jwt.partition("~")[2]
    return replace(told, sd_jwt=f"{told.signing_input}.{text}~{disclosures}")


def resigned(told: Told) -> Told:
    """Return an event with the signature of a stranger under the thumbprint of the one who should sign."""
    signature = b64url_encode(KEYS["stranger"].sign(told.signing_input.encode()))
    return replace(told, sd_jwt=f"{told.signing_input}.{signature}~")

"""A ledger in memory, served as a log is: entries, tiles, checkpoint and states, all open to tampering."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from crypto import jws as jose
from crypto.keys import PrivateKey
from crypto.note import NoteSigner
from crypto.strictjson import Json
from ledger import audit, checkpoint, merkle, submission, tiles
from ledger.audit import Kind, NotServedError, Report, Trust
from ledger.checkpoint import Checkpoint
from ledger.entry import Entry
from ledger.events.registry import KeyAdded
from ledger.identifiers import ItemId
from ledger.merkle import HASH_SIZE
from ledger.receipt import Receipt
from ledger.state import state_to_json
from ledger.tiles import TILE_WIDTH, RightEdge
from ledger.vocabulary import Purpose
from tests.consortium import private_key
from tests.memory import MemoryLedger, opening
from tests.scenario import (
    COLLECTOR,
    FLEET,
    MAKER,
    ORIGIN,
    RECYCLER,
    SECOND_LIFE,
    VEHICLE_MAKER,
    Story,
    module,
    pack,
    vehicle,
)

LOG: Final = NoteSigner(ORIGIN, private_key("log"))


@dataclass
class FakeSource:
    """Serves what it holds: `tiles` by their paths of the current size; `broken` ids cannot be looked up."""

    note: str = ""
    tiles: dict[str, bytes] = field(default_factory=dict)
    states: dict[str, Json] = field(default_factory=dict)
    size: int = 0
    broken: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def checkpoint(self) -> str:
        """Return the note."""
        return self.note

    def tile(self, path: str) -> bytes:
        """Return what is under a path."""
        self.asked.append(path)
        if path not in self.tiles:
            raise NotServedError(f"no {path}")
        return self.tiles[path]

    def lookup(self, ids: Sequence[str]) -> Json:
        """Return the states of some ids."""
        if not self.broken.isdisjoint(ids):
            raise NotServedError("a state cannot be read")
        rows: list[Json] = [{"query": one, "id": one, "state": self.states.get(one)} for one in ids]
        return {"size": self.size, "items": rows}


def serve(entries: Sequence[bytes], states: Mapping[str, Json], signer: NoteSigner = LOG) -> FakeSource:
    """Return the source of a log of these entries, well formed and signed whatever they say."""
    edge, changed = RightEdge().append([merkle.hash_leaf(data) for data in entries])
    source = FakeSource(size=len(entries), states=dict(states))
    for tile in changed:
        path = tiles.tile_path(tile.level, tile.n, len(tile.data) // HASH_SIZE)
        source.tiles[path] = tile.data
    for n, start in enumerate(range(0, len(entries), TILE_WIDTH)):
        some = entries[start : start + TILE_WIDTH]
        source.tiles[tiles.entries_path(n, len(some))] = tiles.encode_bundle(some)
    source.note = checkpoint.sign(Checkpoint(signer.name, len(entries), edge.root()), signer)
    return source


@dataclass(frozen=True)
class BuiltLog:
    """The honest ledger that a list of submissions makes, each logged when it was signed or later."""

    entries: tuple[bytes, ...]
    states: Mapping[str, Json]
    trust: Trust

    def source(self) -> FakeSource:
        """Return a fresh source of it."""
        return serve(self.entries, json.loads(json.dumps(self.states)))

    def event_id(self, index: int) -> str:
        """Return the id of the event at an index."""
        return Entry.decode(self.entries[index]).event_id


def build(texts: Sequence[str]) -> BuiltLog:
    """Return the ledger of these submissions, every one of which must be allowed."""
    memory, entries, now_ms = MemoryLedger(), list[bytes](), 0
    for text in texts:
        parsed = submission.parse(text)
        now_ms = max(now_ms, parsed.event.iat * 1000)
        memory.submit(text, logged_at_ms=now_ms)
        entries.append(Entry(now_ms, parsed.jws.text).encode())
    states = {str(key): state_to_json(one) for key, one in memory.states.items() if isinstance(key, ItemId)}
    root = Entry.decode(entries[0]).event_id
    return BuiltLog(tuple(entries), states, Trust(LOG.verifier_key, root))


def lives(story: Story, first: int, count: int) -> list[str]:
    """Return the submissions of so many packs, each from its making to another end."""
    texts = list[str]()
    for number in range(first, first + count):
        one, parts = pack(number), [module(10 * number + place) for place in range(2)]
        texts.append(story.pack_manufactured(one, parts))
        texts += story.transfer(MAKER, VEHICLE_MAKER, one, load=f"new {number}")
        texts += _END[number % len(_END)](story, number, one, parts)
    return texts


def _fitted(story: Story, number: int, one: ItemId, _parts: Sequence[ItemId]) -> list[str]:
    return [
        story.pack_fitted(one, vehicle(number)),
        story.vehicle_sold(vehicle(number)),
        story.health_measured(one),
    ]


def _recycled(story: Story, number: int, one: ItemId, _parts: Sequence[ItemId]) -> list[str]:
    return [
        story.pack_fitted(one, vehicle(number)),
        story.pack_removed(one, vehicle(number)),
        story.item_retired(VEHICLE_MAKER, one),
        *story.transfer(VEHICLE_MAKER, RECYCLER, one, load=f"waste {number}"),
        story.batch_processed(one, made={RECYCLER.lot(f"BM-{number}"): 395_000}, losses_g=5_000),
    ]


def _split(story: Story, number: int, one: ItemId, parts: Sequence[ItemId]) -> list[str]:
    return [
        *story.transfer(VEHICLE_MAKER, SECOND_LIFE, one, load=f"used {number}"),
        story.item_split(one, parts),
    ]


def _offered(story: Story, number: int, one: ItemId, _parts: Sequence[ItemId]) -> list[str]:
    return [story.transfer_offered(VEHICLE_MAKER, FLEET, one, load=f"offer {number}")]


def _collected(story: Story, number: int, one: ItemId, _parts: Sequence[ItemId]) -> list[str]:
    return [
        story.pack_fitted(one, vehicle(number)),
        story.vehicle_sold(vehicle(number)),
        story.pack_removed(one, vehicle(number), by=COLLECTOR),
    ]


_END: Final = (_fitted, _recycled, _split, _offered, _collected)


@cache
def small() -> BuiltLog:
    """Return a ledger of some sixty entries: one partial tile."""
    story = Story()
    return build([*opening(story), *lives(story, 1, 6)])


@cache
def large() -> BuiltLog:
    """Return a ledger of some seven hundred entries: full tiles on level 0, partial ones on both levels.

    Its maker has a P-256 key from early on, and the last entry is signed with it.
    """
    story, key = Story("large"), PrivateKey(ec.derive_private_key(1 << 200, ec.SECP256R1()))
    added = KeyAdded(jwk=key.verifier, purpose=Purpose.OFFICE)
    return build(
        [
            *opening(story),
            story.tell(MAKER, added, MAKER.id, key=MAKER.key(Purpose.ADMIN)),
            *lives(story, 1, 110),
            story.report_filed(MAKER, key=key),
        ]
    )


def run(source: FakeSource, trust: Trust, *, since: str | None = None, items: bool = True) -> Report:
    """Audit a source."""
    return audit.audit(source, trust, since=since, items=items)


def kinds(report: Report) -> list[tuple[Kind, str]]:
    """Return what the findings of a report are about, and their reasons."""
    return [(one.kind, one.reason) for one in report.findings]


def with_payload(entry: bytes, key: str, *path: str, value: Json) -> bytes:
    """Return the entry with one member of its event changed and signed anew with a test key."""
    decoded = Entry.decode(entry)
    jws = jose.parse(decoded.jws)
    members = json.loads(jws.payload)
    place = members
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    payload = json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode()
    return Entry(decoded.logged_at_ms, jose.sign(payload, private_key(key), jws.typ)).encode()


def receipt(log: BuiltLog, index: int, size: int) -> Receipt:
    """Return the receipt of an entry against the checkpoint of the first `size` entries."""
    hashes = [merkle.hash_leaf(data) for data in log.entries[:size]]
    proof = merkle.prove_inclusion(
        index,
        size,
        lambda nodes: [merkle.root(hashes[n << level : (n + 1) << level]) for level, n in nodes],
    )
    return Receipt(log.entries[index], index, tuple(proof), serve(log.entries[:size], {}).note)


@dataclass
class Keeping(FakeSource):
    """A log that keeps checkpoints for ever."""

    notes: list[str] = field(default_factory=list)

    def kept(self, have: Collection[int], most: int | None = None) -> Iterator[str]:
        """Yield them all."""
        assert not have
        assert most is not None
        yield from self.notes


def keeping(log: BuiltLog, notes: Sequence[str]) -> Keeping:
    """Return a source of a log that keeps these checkpoints."""
    sound = log.source()
    return Keeping(sound.note, sound.tiles, sound.states, sound.size, notes=[*notes])

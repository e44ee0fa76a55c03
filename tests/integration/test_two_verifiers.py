"""Whatever single byte is changed, both verifiers notice, name it, and say the same of every check.

One is Python, the other JavaScript; they share the vectors and no code.
"""

import base64
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final

import pytest

from crypto.cosignature import Cosigner
from crypto.errors import CryptoError
from crypto.mldsa44 import MlDsa44PrivateKey
from ledger import checkpoint
from ledger.attested import check_witnessed
from ledger.checkpoint import MalformedCheckpointError
from ledger.dossier import form
from ledger.dossier.verify import verify_dossier
from ledger.errors import MalformedError
from ledger.keybundle import KnownKey
from ledger.merkle import hash_leaf
from ledger.policy import Policy
from ledger.tilereader import AuthenticReader, UnauthenticTileError
from ledger.tiles import (
    TILE_WIDTH,
    MalformedTileError,
    RightEdge,
    TileKey,
    decode_bundle,
    encode_bundle,
    entries_path,
    tile_path,
)
from ledger.verdict import Result
from ledger.verify import verify_receipt
from tests.javascript import answers, asked, with_ml_dsa
from tests.vectors import dossiers, make, story
from tests.vectors.dossier_cases import TRUST
from tests.vectors.dossiers import NOW_S

COUNTS: Final = {
    "dossier": 800,
    "dossier behind": 100,
    "dossier rotated": 100,
    "receipt": 400,
    "checkpoint": 300,
    "cosignature": 300,
    "post-quantum": 100,
    "tiles": 300,
}
POLICY: Final = dossiers.policy()
PQ: Final = Cosigner("witness.example/pq", MlDsa44PrivateKey.from_seed(bytes(32)))
SIZE: Final = 300
PLACE: Final = 6
KEY: Final = story.KEYS["maker office"].verifier
Said = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One changed byte: what it is a change of, where, and what both verifiers say of the file."""

    kind: str
    place: int
    python: Said
    javascript: Said


def _flip(data: bytes, rng: random.Random, first: int = 0) -> tuple[int, bytes]:
    place = rng.randrange(first, len(data))
    return place, data[:place] + bytes([data[place] ^ rng.randint(1, 255)]) + data[place + 1 :]


def _told(checks: dict[str, Result]) -> Said:
    return {name: (one.verdict.value, one.reason) for name, one in checks.items()}


def _dossier(data: bytes, *, own_policy: bool = False) -> Said:
    try:
        parsed = form.parse(data)
    except MalformedError as error:
        return {"malformed": str(error)}
    policy = Policy.parse(POLICY)
    found = verify_dossier(parsed, TRUST, policy=policy, own_policy=own_policy, now_s=NOW_S)
    return _told({check.value: one for check, one in found.checks.items()})


def _receipt(data: bytes) -> Said:
    try:
        found = verify_receipt(
            data,
            TRUST,
            keys={KEY.thumbprint(): KnownKey(KEY)},
            expected_event_id=make.TOLD[PLACE].id,
            policy=Policy.parse(POLICY),
        )
    except MalformedError as error:
        return {"malformed": str(error)}
    return _told({check.value: one for check, one in found.checks.items()})


def _checkpoint(data: bytes, policy: str = POLICY) -> Said:
    try:
        checkpoint.open(data, [TRUST.vkey])
        log = ("ok", "")
    except (CryptoError, MalformedCheckpointError):
        log = ("failed", "")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return {"malformed": "not UTF-8"}
    witnessed = check_witnessed(text, Policy.parse(policy))
    return {"log": log, "witnessed": (witnessed.verdict.value, witnessed.reason)}


@cache
def tree() -> tuple[bytes, dict[str, bytes]]:
    """Return the root and the files of a tree of 300 entries."""
    entries = [b"%d a.b.%d" % (number, number) for number in range(SIZE)]
    edge, tiles = RightEdge().append([hash_leaf(one) for one in entries])
    files = {tile_path(one.level, one.n, len(one.data) // 32): one.data for one in tiles}
    for n in range(0, SIZE, TILE_WIDTH):
        some = entries[n : n + TILE_WIDTH]
        files[entries_path(n // TILE_WIDTH, len(some))] = encode_bundle(some)
    return edge.root(), files


def _tiles(root: bytes, files: dict[str, bytes]) -> str | None:
    """Return the path of the file that is not of the tree, `edge` where the right edge is not, else None."""
    reader = AuthenticReader(
        SIZE, root, lambda keys: [files[tile_path(one.level, one.n, one.width)] for one in keys]
    )
    try:
        hashes = reader.read_hashes([(0, place) for place in range(SIZE)])
    except UnauthenticTileError as error:
        return "edge" if error.tile is None else _path(error.tile)
    for n in range(0, SIZE, TILE_WIDTH):
        wanted = hashes[n : n + TILE_WIDTH]
        path = entries_path(n // TILE_WIDTH, len(wanted))
        try:
            entries = decode_bundle(files[path], len(wanted))
        except MalformedTileError:
            return path
        if [hash_leaf(one) for one in entries] != wanted:
            return path
    return None


def _path(key: TileKey) -> str:
    return tile_path(key.level, key.n, key.width)


def _changed(
    kind: str, data: bytes, first: int, say: Callable[[bytes], Said]
) -> Iterator[tuple[int, bytes, Said]]:
    rng = random.Random(f"two verifiers {kind}")  # noqa: S311  the same changes at every run
    for _ in range(COUNTS[kind]):
        place, changed = _flip(data, rng, first)
        yield place, changed, say(changed)


def _questions(kind: str) -> Iterator[tuple[int, Said, Said]]:
    """Yield where a byte was changed, what Python says of it, and what to ask of JavaScript."""
    with_trust = {"trust": TRUST.format(), "policy": POLICY}
    note = dossiers.stolen().note().encode()
    cosigned = make.cosigned_receipt(PLACE).encode()
    # The lines of the witnesses stand behind that of the log.
    line = note.index(b"\n", note.index(b"\n\n") + 2) + 1
    if kind.startswith("dossier"):
        own = kind == "dossier rotated"
        say = partial(_dossier, own_policy=own)
        for place, data, said in _changed(kind, _dossier_text(kind).encode(), 0, say):
            yield place, said, asked("dossier", data, now=NOW_S, own_policy=own, **with_trust)
    elif kind == "receipt":
        more = {"keys": [KEY.jwk()], "expected": make.TOLD[PLACE].id}
        for place, data, said in _changed(kind, cosigned, 0, _receipt):
            yield place, said, asked("receipt", data, **with_trust, **more)
    elif kind in ("checkpoint", "cosignature"):
        for place, data, said in _changed(kind, note, line if kind == "cosignature" else 0, _checkpoint):
            yield place, said, asked("checkpoint", data, **with_trust)
    elif kind == "post-quantum":
        quantum, policy = dossiers.stolen().note([PQ]).encode(), f"witness pq {PQ.key.format()}\nquorum pq\n"
        for place, data, said in _changed(kind, quantum, line, partial(_checkpoint, policy=policy)):
            yield place, said, asked("checkpoint", data, trust=TRUST.format(), policy=policy)
    else:
        yield from _tile_questions()


def _dossier_text(kind: str) -> str:
    if kind == "dossier rotated":
        return dossiers.rotated().dossier().format()
    if kind == "dossier behind":
        return dossiers.behind(0).dossier(for_its_time=True).format()
    return dossiers.stolen().dossier().format()


def _tile_questions() -> Iterator[tuple[int, Said, Said]]:
    root, files = tree()
    rng = random.Random("two verifiers tiles")  # noqa: S311  as above
    for number in range(COUNTS["tiles"]):
        path = sorted(files)[number % len(files)]
        place, changed = _flip(files[path], rng)
        forged = {**files, path: changed}
        tiles = {name: base64.b64encode(data).decode() for name, data in forged.items()}
        told = {"size": SIZE, "root": base64.b64encode(root).decode(), "tiles": tiles}
        yield place, {"wrong": _tiles(root, forged)}, asked("tiles", json.dumps(told).encode())


@cache
def changes() -> dict[str, list[Change]]:
    """Return every change, with what both verifiers say; JavaScript is asked once for all of them."""
    with_ml_dsa()
    found = [(kind, *one) for kind in COUNTS for one in _questions(kind)]
    said = answers([question for _, _, _, question in found])
    made: dict[str, list[Change]] = {kind: [] for kind in COUNTS}
    for (kind, place, python, _), javascript in zip(found, said, strict=True):
        made[kind].append(Change(kind, place, python, _normal(javascript)))
    return made


def _normal(answer: Said) -> Said:
    if "checks" not in answer:
        return answer
    checks = answer["checks"]
    if set(checks) == {"log", "witnessed"}:
        return {
            "log": (checks["log"]["verdict"], ""),
            "witnessed": (checks["witnessed"]["verdict"], checks["witnessed"]["reason"]),
        }
    return {name: (one["verdict"], one["reason"]) for name, one in checks.items()}


def _is_noticed(said: Said) -> bool:
    if "malformed" in said or "wrong" in said:
        return bool(said.get("malformed") or said.get("wrong"))
    return any(verdict != "ok" for verdict, _ in said.values())


def test_there_are_two_thousand_changes() -> None:
    assert sum(COUNTS.values()) >= 2_000


@pytest.mark.parametrize("kind", COUNTS)
def test_python_notices_every_changed_byte(kind: str) -> None:
    assert [one for one in changes()[kind] if not _is_noticed(one.python)] == []


@pytest.mark.parametrize("kind", COUNTS)
def test_javascript_notices_every_changed_byte(kind: str) -> None:
    assert [one for one in changes()[kind] if not _is_noticed(one.javascript)] == []


@pytest.mark.parametrize("kind", COUNTS)
def test_both_verifiers_say_the_same_of_every_changed_byte(kind: str) -> None:
    differ = [one for one in changes()[kind] if _verdicts(one.python) != _verdicts(one.javascript)]
    assert differ == []


def _verdicts(said: Said) -> Said:
    # The two say in their own words why a file has no form at all.
    return {"malformed": True} if "malformed" in said else said

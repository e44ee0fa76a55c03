"""A stranger's check, on the word of aics-tlog and aics-witness alone; run in a process that has only them.

    check.py copy <folder> <log vkey> <quorum> <witness vkey>...     audits a static copy of a log
    check.py feed <witness url> <witness vkey>                       has a log of its own cosigned
    check.py write <folder> <size>                                   writes a log of its own

Prints one JSON object; exit code 0 if everything held.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import aics_tlog  # type: ignore[import-not-found]  # installed by the test, apart from ours
from aics_tlog import FileSystemTileReader, MerkleTree, TileWriter, WitnessPolicy, parse_note, parse_vkey
from aics_witness.feeder import WitnessClient  # type: ignore[import-not-found]  # the same
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ORIGIN = "stranger.example/log"
KEY = Ed25519PrivateKey.from_private_bytes(bytes([7] * 32))
LEAVES = [f"leaf {number}".encode() for number in range(700)]


def copy(folder: str, log_vkey: str, quorum: str, *witness_vkeys: str) -> dict[str, object]:
    """Audit every tile and bundle of a folder against its checkpoint, which witnesses have cosigned."""
    note = parse_note(Path(folder, "checkpoint").read_bytes())
    policy = WitnessPolicy(int(quorum), tuple(parse_vkey(text) for text in witness_vkeys), 3600)
    result = aics_tlog.verify_checkpoint(note, parse_vkey(log_vkey), policy=policy)
    assert result.ok, result
    tree = aics_tlog.parse_checkpoint(note.text)
    reader = FileSystemTileReader(folder)
    report = aics_tlog.audit_tiles(reader, tree.size, tree.root)
    proof = aics_tlog.inclusion_proof_from_tiles(reader, 1, tree.size)
    leaf = aics_tlog.leaf_hash(aics_tlog.read_entry(reader, 1, tree.size))
    assert aics_tlog.verify_inclusion(leaf, 1, tree.size, proof, tree.root)
    return {"size": tree.size, "tiles": report.tiles, "bundles": report.bundles}


def feed(url: str, witness_vkey: str) -> dict[str, object]:
    """Have checkpoints of a growing log cosigned by one witness."""
    tree = MerkleTree(LEAVES)
    times = []
    with WitnessClient(url, witness_vkey) as client:
        for size in (1, 5, 256, 700, 700):
            checkpoint = aics_tlog.Checkpoint(ORIGIN, size, tree.root(size))
            signed = aics_tlog.sign_checkpoint(checkpoint, KEY, ORIGIN)
            lines = client.submit(signed.serialise(), tree.consistency_proof)
            times.append(lines.count("\n"))
    return {"lines": times}


def write(folder: str, size: str) -> dict[str, object]:
    """Write tiles, bundles and a signed checkpoint."""
    leaves = LEAVES[: int(size)]
    TileWriter(leaves).write_to(folder)
    checkpoint = aics_tlog.Checkpoint(ORIGIN, len(leaves), MerkleTree(leaves).root(len(leaves)))
    signed = aics_tlog.sign_checkpoint(checkpoint, KEY, ORIGIN)
    Path(folder, "checkpoint").write_text(signed.serialise(), "utf-8")
    return {"vkey": vkey()}


def vkey() -> str:
    """Return the vkey of this stranger's log."""
    key = aics_tlog.vkey_from_ed25519(ORIGIN, KEY.public_key().public_bytes_raw())
    return str(aics_tlog.format_vkey(key))


if __name__ == "__main__":
    commands: dict[str, Callable[..., dict[str, object]]] = {"copy": copy, "feed": feed, "write": write}
    sys.stdout.write(json.dumps(commands[sys.argv[1]](*sys.argv[2:])) + "\n")

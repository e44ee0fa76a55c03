"""Writes our vectors beside itself: `python -m tests.vectors.make`. The same bytes at every run.

A test builds them in memory and compares. A vector that changes is a format that changed, and a log already
holds the old one: then this script is wrong, not the file.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import cbor2

from crypto import note
from crypto.cosignature import Cosigner, _message
from crypto.encoding import b64_encode, b64url_encode
from crypto.keys import Algorithm, PrivateKey
from crypto.mldsa44 import MlDsa44PrivateKey
from crypto.note import NoteSigner
from ledger import cells, checkpoint, merkle
from ledger.cellproof import prove_cell
from ledger.checkpoint import Checkpoint
from ledger.dossier.form import parse as parse_dossier
from ledger.dossier.verify import verify_dossier
from ledger.entry import Entry
from ledger.events.production import CellCodes
from ledger.identifiers import ItemId
from ledger.label import Label, sign_label
from ledger.merkle import ReadHashes, hash_leaf, prove_inclusion
from ledger.policy import Policy
from ledger.receipt import Receipt
from ledger.stoplist import sign_list, stop_list
from tests.vectors import dossier_cases, dossiers, story
from tests.vectors.story import CELLS, CELLS_KEY, KEYS, LABEL, LOG_KEY, MODULES, ORIGIN, START_S, URL_PREFIX

FOLDER: Final = Path(__file__).parent
ORIGINAL: Final = "Made by tests/vectors/make.py of this project, from fixed seeds."
TOLD: Final = story.tell_all()
ENTRIES: Final = [
    Entry((START_S + 60 * number) * 1000 + 1000 + number, told.jws) for number, told in enumerate(TOLD)
]
SIGNER: Final = NoteSigner(ORIGIN, LOG_KEY)
SIZES: Final = (0, 1, 2, 3, 7, 8)
_MADE: Final = 6
PLACES: Final = ((0, 1), (0, 8), (2, 3), (4, 7), (6, 7), (6, 8), (7, 8))


def vectors() -> dict[str, Any]:
    """Return every vector file by its name."""
    return {
        "keys": keys(),
        "event": events(),
        "event_id": event_ids(),
        "disclosure": disclosures(),
        "entry": entries(),
        "leaf": leaves(),
        "checkpoint": checkpoints(),
        "cosignature": cosignatures(),
        "receipt": receipts(),
        "cells": cell_roots(),
        "cell_proof": cell_proofs(),
        "label": labels(),
        "stop_list": stop_lists(),
        "consistency": consistency(),
        "dossier": dossier_texts(),
    }


def text_of(vector: object) -> str:
    """Return the text of a vector file."""
    return json.dumps(vector, ensure_ascii=False, indent=1) + "\n"


def keys() -> dict[str, Any]:
    """Keys with their private parts, which are worth nothing."""
    return {
        "note": f"{ORIGINAL} `private` is an Ed25519 seed (RFC 8032) or a P-256 scalar in hex: SHA-256 of "
        "'packtrace vectors: ' and the name, the scalar modulo the group order. docs/formats.md section 2.",
        "keys": {name: _key(name, key) for name, key in KEYS.items()},
        "log": {"origin": ORIGIN, **_key("log", LOG_KEY), "vkey": SIGNER.verifier_key.format()},
    }


def events() -> dict[str, Any]:
    """Events from header and claims to the text that is sent."""
    return {
        "note": f"{ORIGINAL} ES256 signatures are deterministic (RFC 6979) with low s; those of another "
        "signer differ and are as good. The last header stands in another order, with spaces. "
        "docs/formats.md section 2.",
        "events": [
            {
                "key": told.key,
                "header": told.header,
                "payload": told.payload,
                "signing_input": told.signing_input,
                "jws": told.jws,
                "sd_jwt": told.sd_jwt,
            }
            for told in TOLD
        ],
    }


def event_ids() -> dict[str, Any]:
    """Event ids from signing inputs."""
    return {
        "note": f"{ORIGINAL} Ids of the events in event.json, in their order. docs/formats.md section 2.",
        "ids": [{"signing_input": told.signing_input, "event_id": told.id} for told in TOLD],
    }


def disclosures() -> dict[str, Any]:
    """Restricted claims, their disclosures and digests."""
    return {
        "note": f"{ORIGINAL} Restricted claims of the events in event.json; `json` is the text that "
        "`disclosure` encodes. docs/formats.md section 2.",
        "disclosures": [
            {
                "event": place,
                "salt": each.salt,
                "name": each.name,
                "value": each.value,
                "json": json.dumps(
                    [each.salt, each.name, each.value], ensure_ascii=False, separators=(",", ":")
                ),
                "disclosure": each.text,
                "digest": each.digest,
            }
            for place, told in enumerate(TOLD)
            for each in told.disclosures
        ],
    }


def entries() -> dict[str, Any]:
    """Entries: what the log adds to an event."""
    return {
        "note": f"{ORIGINAL} The events of event.json as a log took them. docs/formats.md section 3.",
        "entries": [
            {
                "index": index,
                "logged_at_ms": each.logged_at_ms,
                "jws": each.jws,
                "entry": each.encode().decode(),
            }
            for index, each in enumerate(ENTRIES)
        ],
    }


def leaves() -> dict[str, Any]:
    """Leaf hashes, and the roots over the first of them."""
    hashes = _hashes(len(ENTRIES))
    return {
        "note": f"{ORIGINAL} Leaf hashes of the entries in entry.json and the roots of every size, in hex. "
        "docs/formats.md section 4.",
        "leaf_hashes": [value.hex() for value in hashes],
        "roots": [merkle.root(hashes[:size]).hex() for size in range(len(hashes) + 1)],
    }


def checkpoints() -> dict[str, Any]:
    """Checkpoints of the log at some sizes."""
    return {
        "note": f"{ORIGINAL} The log of entry.json at some sizes; `text` is what is signed. "
        "docs/formats.md section 4.",
        "vkey": SIGNER.verifier_key.format(),
        "checkpoints": [
            {
                "size": size,
                "root": _checkpoint(size).root.hex(),
                "text": _checkpoint(size).encode(),
                "note": _note(size),
            }
            for size in SIZES
        ],
    }


def consistency() -> dict[str, Any]:
    """Consistency proofs between sizes of the log, and the same with one thing changed."""
    cases = []
    for size1, size2 in ((1, 2), (1, 8), (2, 8), (3, 7), (4, 8), (6, 7), (7, 8), (8, 8)):
        proof = merkle.prove_consistency(size1, size2, _reader(size2)) if size1 < size2 else []
        root1, root2 = merkle.root(_hashes(size1)), merkle.root(_hashes(size2))
        changes: list[tuple[str, list[bytes], bytes, bytes]] = [
            ("as it is", proof, root1, root2),
            ("another smaller root", proof, _other(root1), root2),
            ("another larger root", proof, root1, _other(root2)),
            ("a hash more", [*proof, root1], root1, root2),
        ]
        if proof:
            changes.append(("a hash less", proof[:-1], root1, root2))
            changes.append(("another hash", [*proof[:-1], _other(proof[-1])], root1, root2))
        cases += [
            {
                "size1": size1,
                "size2": size2,
                "what": what,
                "proof": [b64_encode(node) for node in nodes],
                "root1": b64_encode(one),
                "root2": b64_encode(two),
                "holds": what == "as it is",
            }
            for what, nodes, one, two in changes
        ]
    return {
        "note": f"{ORIGINAL} The log of entry.json at some sizes; hashes in base64. "
        "docs/formats.md section 4.",
        "cases": cases,
    }


def _other(node: bytes) -> bytes:
    return bytes([node[0] ^ 1]) + node[1:]


def stop_lists() -> dict[str, Any]:
    """A list of what a gate stops, signed by the log; and notes that sign no such list."""
    told = {"flagged": {"gbt34014:001": ["stolen"]}, "void_labels": {"gbt34014:002": 1}}
    text = json.dumps({"origin": ORIGIN, "size": SIZES[-1], **told})
    good = stop_list(text, origin=ORIGIN, size=SIZES[-1], time_s=START_S)
    elsewhere = NoteSigner("log.example/other", LOG_KEY)
    other = stop_list(text, origin=elsewhere.name, size=SIZES[-1], time_s=START_S)
    signed = sign_list(good, SIGNER)
    refused = {
        "another list": sign_list(stop_list(f"{text} ", origin=ORIGIN, size=8, time_s=START_S), SIGNER),
        "another log": sign_list(other, elsewhere),
        "another key": sign_list(good, NoteSigner(ORIGIN, KEYS["maker admin"])),
        "a checkpoint": _note(SIZES[-1]),
        "another kind": note.sign(good.encode().replace("/v1", "/v2"), [SIGNER]),
        "a size with a zero before it": note.sign(good.encode().replace("\n8\n", "\n08\n"), [SIGNER]),
        "a line more": note.sign(f"{good.encode()}more\n", [SIGNER]),
        "another size": signed.replace("\n8\n", "\n9\n"),
    }
    return {
        "note": f"{ORIGINAL} `note` signs `list`; `text` is what is signed. Of `refused` none does. "
        "docs/formats.md section 11.",
        "vkey": SIGNER.verifier_key.format(),
        "list": text,
        "size": SIZES[-1],
        "time_s": START_S,
        "text": good.encode(),
        "signed": signed,
        "refused": refused,
    }


def cosignatures() -> dict[str, Any]:
    """The largest checkpoint cosigned with both types; the ML-DSA-44 signature differs at every run."""
    text = _checkpoint(SIZES[-1]).encode()
    seeds = {name: sha256(f"packtrace vectors: {name}".encode()).digest() for name in ("w1", "w2")}
    classical = Cosigner("witness.example/w1", PrivateKey.from_seed(seeds["w1"]))
    lattice = Cosigner("witness.example/w2", MlDsa44PrivateKey.from_seed(seeds["w2"]))
    return {
        "note": f"{ORIGINAL} Seeds are SHA-256 of 'packtrace vectors: ' and w1 or w2. Type 06 is randomised: "
        "its signed bytes stand here, and a signature by Go in others/cosignature_go.json. "
        "docs/formats.md section 4.",
        "time": START_S,
        "text": text,
        "cosigned": [
            {
                "type": one.key.type.value,
                "seed": seeds[one.name[-2:]].hex(),
                "vkey": one.key.format(),
                "signed": _message(one.key.type, one.name, START_S, text).hex(),
                "line": one.cosign(text, START_S).format() if one is classical else None,
            }
            for one in (classical, lattice)
        ],
    }


def receipts() -> dict[str, Any]:
    """Receipts at places that need every kind of proof: none, a left, a right and a lone edge."""
    return {
        "note": f"{ORIGINAL} Receipts of the log of entry.json against some of its sizes. "
        "docs/formats.md section 5.",
        "vkey": SIGNER.verifier_key.format(),
        "receipts": [
            {
                "index": index,
                "size": size,
                "event_id": TOLD[index].id,
                "key": TOLD[index].key,
                "receipt": _receipt(index, size),
            }
            for index, size in PLACES
        ],
    }


def cell_roots() -> dict[str, Any]:
    """Commitments to the cells of two modules, and the release of each cell."""
    return {
        "note": f"{ORIGINAL} The cells of the modules in event 6 of event.json; the codes belong to nobody. "
        "docs/formats.md, Cells.",
        "key": b64url_encode(CELLS_KEY),
        "units": [_unit(module) for module in MODULES],
    }


def cell_proofs() -> dict[str, Any]:
    """The proof of each cell of cells.json."""
    receipt = _receipt(_MADE, len(ENTRIES))
    claim = CellCodes(
        key=CELLS_KEY, codes={ItemId.parse(unit): tuple(codes) for unit, codes in CELLS.items()}
    )
    ids = [ItemId("gbt34014", code) for codes in CELLS.values() for code in codes]
    return {
        "note": f"{ORIGINAL} The cells of cells.json, with the last receipt of event 6 of event.json. "
        "docs/formats.md, Cells.",
        "vkey": SIGNER.verifier_key.format(),
        "proofs": [prove_cell(claim, one, receipt).format() for one in ids],
    }


def labels() -> dict[str, Any]:
    """Label tokens by a key of each algorithm."""
    return {
        "note": f"{ORIGINAL} Labels of the pack in event.json; the first token is its label_token. CBOR "
        "in hex. docs/formats.md section 7.",
        "labels": [_label(name) for name in ("maker office", "maker admin")],
    }


def dossier_texts() -> dict[str, Any]:
    """Dossiers, with the verdict and the reason of each check."""
    return {
        "note": f"{ORIGINAL} Each dossier with what it is verified with (`trust`, `policy`, `now_s`; null "
        "where there is none; `own_policy` where it is the reader's own), and the verdict and reason of each "
        "check. docs/formats.md section 6.",
        "policy": dossiers.policy(),
        "dossiers": [_dossier(case) for case in dossier_cases.cases()],
    }


def _dossier(case: dossier_cases.Case) -> dict[str, Any]:
    policy = Policy.parse(dossiers.policy()) if case.policy else None
    own = {"own_policy": True} if case.own_policy else {}
    found = verify_dossier(parse_dossier(case.text), case.trust, policy=policy, now_s=case.now_s, **own)
    return {
        "name": case.name,
        "about": case.about,
        "trust": None if case.trust is None else case.trust.format(),
        "policy": case.policy,
        "now_s": case.now_s,
        **own,
        "checks": {check.value: f"{one.verdict} {one.reason}" for check, one in found.checks.items()},
        "complete_to": found.complete_to,
        "amber": list(found.amber),
        "dossier": case.text,
    }


def _key(name: str, key: PrivateKey) -> dict[str, Any]:
    private = story.seed(name) if key.verifier.algorithm is Algorithm.ED25519 else story.scalar(name)
    return {"private": private.hex(), "jwk": key.verifier.jwk(), "thumbprint": key.verifier.thumbprint()}


def _reader(size: int) -> ReadHashes:
    def read(nodes: Sequence[tuple[int, int]]) -> list[bytes]:
        return [merkle.root(_hashes(size)[at << level : (at + 1) << level]) for level, at in nodes]

    return read


@cache
def _hashes(size: int) -> list[bytes]:
    return [each.leaf_hash for each in ENTRIES[:size]]


@cache
def _checkpoint(size: int) -> Checkpoint:
    return Checkpoint(ORIGIN, size, merkle.root(_hashes(size)))


@cache
def _note(size: int) -> str:
    return checkpoint.sign(_checkpoint(size), SIGNER)


def _receipt(index: int, size: int) -> str:
    proof = tuple(prove_inclusion(index, size, _reader(size)))
    return Receipt(ENTRIES[index].encode(), index, proof, _note(size)).format()


def cosigned_receipt(index: int) -> str:
    """Return the receipt of an entry at the last size, cosigned by the witnesses of dossier.json."""
    found = Receipt.parse(_receipt(index, len(ENTRIES)))
    text = found.checkpoint_note.partition("\n\n")[0] + "\n"
    lines = [one.cosign(text, dossiers.WITNESSED_S).format() for one in dossiers.WITNESSES]
    return replace(found, checkpoint_note=found.checkpoint_note + "".join(lines)).format()


def _unit(module: str) -> dict[str, Any]:
    codes = CELLS[module]
    released = {code: cells.release(CELLS_KEY, codes, code) for code in codes}
    return {
        "unit": module,
        "cells_root": cells.cells_root(CELLS_KEY, codes),
        "cell_count": len(codes),
        "cells": [
            {
                "code": code,
                "salt": b64url_encode(one.salt),
                "leaf_hash": hash_leaf(one.salt + code.encode()).hex(),
                "index": one.index,
                "proof": [b64url_encode(node) for node in one.proof],
            }
            for code, one in released.items()
        ],
    }


def _label(name: str) -> dict[str, Any]:
    token = sign_label(LABEL, URL_PREFIX, KEYS[name])
    label = Label.parse(token)
    protected = cbor2.loads(label.encode())[0]
    return {
        "key": name,
        "url_prefix": URL_PREFIX,
        "payload": LABEL.encode().hex(),
        "sig_structure": cbor2.dumps(["Signature1", protected, URL_PREFIX.encode(), LABEL.encode()]).hex(),
        "cose": label.encode().hex(),
        "sha256": b64url_encode(label.sha256()),
        "token": token,
        "url": f"{URL_PREFIX}{token}",
    }


def main() -> None:
    """Write the files."""
    for name, vector in vectors().items():
        (FOLDER / f"{name}.json").write_text(text_of(vector), encoding="utf-8")
        print(f"{name}.json")


if __name__ == "__main__":
    main()

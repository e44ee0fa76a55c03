"""Cosignatures of both types: made, verified, made by others, and tampered with."""

import copy
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crypto import note
from crypto.cosignature import (
    MAX_TIME_S,
    CosignatureType,
    Cosigner,
    CosignerKey,
    load_cosigner,
    open_cosignatures,
    time_of,
)
from crypto.errors import CryptoError, InvalidSignatureError, MalformedKeyError, MalformedNoteError
from crypto.keys import Algorithm, PrivateKey
from crypto.mldsa44 import MlDsa44PrivateKey, MlDsa44Verifier
from crypto.note import NoteSigner

VECTORS = Path(__file__).parents[1] / "vectors"
GO = VECTORS / "others/cosignature_go.json"
TIME_S = 1_790_000_000
TEXT = "log.example/packs\n3\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
LOG = NoteSigner("log.example/packs", PrivateKey.from_seed(bytes(range(32))))
NOTE = note.sign(TEXT, [LOG])
CLASSICAL = Cosigner("witness.example/w1", PrivateKey.from_seed(bytes([1] * 32)))
LATTICE = Cosigner("witness.example/w2", MlDsa44PrivateKey.from_seed(bytes([2] * 32)))
BOTH = pytest.mark.parametrize("cosigner", [CLASSICAL, LATTICE], ids=["Ed25519", "ML-DSA-44"])


def cosigned(*cosigners: Cosigner, time_s: int = TIME_S) -> str:
    return NOTE + "".join(each.cosign(TEXT, time_s).format() for each in cosigners)


def go_vectors() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(GO.read_text("utf-8"))["cosigned"]
    return found


def test_cosignatures_made_by_go_verify() -> None:
    types = []
    for each in go_vectors():
        key = CosignerKey.parse(each["vkey"])
        assert key.format() == each["vkey"]
        [made] = open_cosignatures(each["note"], [key])
        types.append(made.key.type)
    assert types == [CosignatureType.ED25519, CosignatureType.ML_DSA_44]


def test_a_byte_changed_in_a_cosignature_made_by_go_is_refused() -> None:
    for each in go_vectors():
        key = CosignerKey.parse(each["vkey"])
        text, [line] = note.parse(each["note"])
        for place in (0, 7, 8, 40, len(line.signature) - 1):
            changed = bytearray(line.signature)
            changed[place] ^= 1
            with pytest.raises(InvalidSignatureError):
                key.verify(text, bytes(changed))


@BOTH
def test_a_cosignature_verifies_and_tells_its_time(cosigner: Cosigner) -> None:
    [made] = open_cosignatures(cosigned(cosigner), [cosigner.key])
    assert made.key == cosigner.key
    assert made.time_s == TIME_S
    assert time_of(made.line.signature) == TIME_S


@BOTH
def test_a_vkey_reads_back(cosigner: Cosigner) -> None:
    assert CosignerKey.parse(cosigner.key.format()) == cosigner.key


@BOTH
@pytest.mark.parametrize("text", [TEXT.replace("3", "4"), TEXT.replace("packs", "pack")])
def test_a_cosignature_of_another_text_is_refused(cosigner: Cosigner, text: str) -> None:
    with pytest.raises(InvalidSignatureError):
        cosigner.key.verify(text, cosigner.cosign(TEXT, TIME_S).signature)


def test_an_ml_dsa_cosignature_names_its_cosigner() -> None:
    line = LATTICE.cosign(TEXT, TIME_S)
    with pytest.raises(InvalidSignatureError):
        CosignerKey("witness.example/other", LATTICE.signer.verifier).verify(TEXT, line.signature)


def test_the_lines_of_the_log_and_of_strangers_are_left_alone() -> None:
    made = open_cosignatures(cosigned(CLASSICAL, LATTICE), [LATTICE.key])
    assert [one.key for one in made] == [LATTICE.key]
    assert open_cosignatures(NOTE, [CLASSICAL.key, LATTICE.key]) == ()


def test_the_log_key_signs_no_cosignature_under_the_type_of_a_log() -> None:
    key = CosignerKey(LOG.name, LOG.signer.verifier)
    assert key.key_id != LOG.verifier_key.key_id
    assert open_cosignatures(NOTE, [key]) == ()


def test_a_line_of_a_known_key_that_does_not_verify_refuses_the_note() -> None:
    good, other = CLASSICAL.cosign(TEXT, TIME_S), CLASSICAL.cosign(TEXT + "4\n", TIME_S)
    with pytest.raises(InvalidSignatureError):
        open_cosignatures(NOTE + good.format() + other.format(), [CLASSICAL.key])


def test_of_two_lines_of_one_key_the_later_counts_once() -> None:
    lines = [CLASSICAL.cosign(TEXT, TIME_S + more).format() for more in (5, 9, 2)]
    [made] = open_cosignatures(NOTE + "".join(lines), [CLASSICAL.key, CLASSICAL.key])
    assert made.time_s == TIME_S + 9


def test_two_keys_that_share_name_and_key_id_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(note, "key_id", lambda *_: b"\0\0\0\0")
    other = CosignerKey(CLASSICAL.name, LATTICE.signer.verifier)
    with pytest.raises(MalformedNoteError, match="share"):
        open_cosignatures(NOTE, [CLASSICAL.key, other])


@pytest.mark.parametrize("size", [0, 7, 8, 71, 73, 2427, 2429])
def test_a_signature_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(InvalidSignatureError, match="a time and a signature"):
        time_of(bytes(size))


def test_a_time_beyond_the_range_is_refused() -> None:
    with pytest.raises(InvalidSignatureError, match="out of range"):
        time_of((MAX_TIME_S + 1).to_bytes(8) + bytes(64))
    for time_s in (0, -1, MAX_TIME_S + 1):
        with pytest.raises(MalformedNoteError, match="out of range"):
            CLASSICAL.cosign(TEXT, time_s)


@pytest.mark.parametrize("cosigner", [CLASSICAL, LATTICE])
def test_a_signature_of_the_other_type_is_refused(cosigner: Cosigner) -> None:
    other = LATTICE if cosigner is CLASSICAL else CLASSICAL
    with pytest.raises(InvalidSignatureError):
        cosigner.key.verify(TEXT, other.cosign(TEXT, TIME_S).signature)


@pytest.mark.parametrize(
    "text",
    [
        TEXT + "extension\n",
        TEXT.replace("\n3\n", "\n03\n"),
        TEXT.replace("\n3\n", "\n-3\n"),
        TEXT.replace("\n3\n", "\n٣\n"),
        TEXT.replace("\n3\n", f"\n{2**63}\n"),
        TEXT.replace("47DE", "7DE"),
        TEXT.replace("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "AAAA"),
        "x" * 256 + TEXT.removeprefix("log.example/packs"),
        TEXT.removeprefix("log.example/packs"),
        TEXT.removesuffix("\n"),
    ],
)
def test_ml_dsa_cosigns_only_plain_checkpoints(text: str) -> None:
    with pytest.raises(MalformedNoteError):
        LATTICE.cosign(text, TIME_S)


@pytest.mark.parametrize(
    "change",
    [
        lambda vkey: vkey.replace("+", "-", 1).replace("+", "-", 1),
        lambda vkey: vkey[:-8],
        lambda vkey: vkey.replace("witness", "other"),
        lambda vkey: vkey.partition("+")[0] + "+00000000+",
        lambda _vkey: LOG.verifier_key.format(),
        lambda _vkey: CosignerKey.parse(CLASSICAL.key.format()).format()[:-4] + "AAA=",
    ],
)
@BOTH
def test_a_bad_vkey_is_refused(cosigner: Cosigner, change: Callable[[str], str]) -> None:
    with pytest.raises(MalformedNoteError):
        CosignerKey.parse(change(cosigner.key.format()))


def test_a_name_that_cannot_stand_in_a_line_is_refused() -> None:
    for name in ("", "a b", "a+b", "w" * 256):
        with pytest.raises(MalformedNoteError):
            Cosigner(name, CLASSICAL.signer)
    with pytest.raises(MalformedNoteError, match="Ed25519 or ML-DSA-44"):
        Cosigner("w", PrivateKey.generate(Algorithm.ES256))


@pytest.mark.parametrize("password", [None, b"secret"])
@BOTH
def test_a_cosigner_comes_back_from_its_pem(cosigner: Cosigner, password: bytes | None) -> None:
    pem = cosigner.signer.to_pem(password)  # type: ignore[union-attr]  # both are keys in memory here
    assert load_cosigner(cosigner.name, pem, password).key == cosigner.key
    with pytest.raises(CryptoError):
        load_cosigner(cosigner.name, pem, b"wrong" if password else b"needless")


def test_an_ml_dsa_key_shows_nothing_and_is_not_copied() -> None:
    key = MlDsa44PrivateKey.generate()
    assert repr(key) == "<MlDsa44PrivateKey>"
    for action in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            action(key)


def test_ml_dsa_keys_have_one_length() -> None:
    with pytest.raises(MalformedKeyError):
        MlDsa44Verifier(bytes(1311))
    with pytest.raises(MalformedKeyError):
        MlDsa44PrivateKey.from_seed(bytes(31))
    with pytest.raises(MalformedKeyError, match="not ML-DSA-44"):
        MlDsa44PrivateKey.from_pem(PrivateKey.generate(Algorithm.ED25519).to_pem(None), None)


@pytest.mark.parametrize("text", ["", "\n", "no line\n", CLASSICAL.cosign(TEXT, 1).format()[:-1]])
def test_lines_that_stand_alone_are_parsed_strictly(text: str) -> None:
    with pytest.raises(MalformedNoteError):
        note.parse_lines(text)


def test_lines_that_stand_alone_read_back() -> None:
    lines = [each.cosign(TEXT, TIME_S) for each in (CLASSICAL, LATTICE)]
    assert list(note.parse_lines("".join(line.format() for line in lines))) == lines


def test_our_vectors_are_what_is_signed_and_made() -> None:
    vectors = json.loads((VECTORS / "cosignature.json").read_text("utf-8"))
    classical, lattice = vectors["cosigned"]
    text, time_s = vectors["text"], vectors["time"]
    assert bytes.fromhex(classical["signed"]) == f"cosignature/v1\ntime {time_s}\n{text}".encode()
    assert bytes.fromhex(lattice["signed"]).startswith(b"subtree/v1\n\0\x12witness.example/w2")
    [line] = note.parse_lines(classical["line"])
    CosignerKey.parse(classical["vkey"]).verify(text, line.signature)
    key = CosignerKey.parse(lattice["vkey"])
    signer = MlDsa44PrivateKey.from_seed(bytes.fromhex(lattice["seed"]))
    assert key.verifier == signer.verifier
    made = Cosigner(key.name, signer).cosign(text, time_s)
    key.verifier.verify(bytes.fromhex(lattice["signed"]), made.signature[8:])

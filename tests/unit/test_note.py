"""Signed notes and vkeys, against the vectors of C2SP and of Go's x/mod."""

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from crypto import note
from crypto.errors import InvalidSignatureError, MalformedNoteError
from crypto.keys import Algorithm, PrivateKey
from crypto.note import NoteSigner, VerifierKey

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "notes.json"
LOG = NoteSigner("packtrace.example/log", PrivateKey.from_seed(bytes(range(32))))
OTHER = NoteSigner("witness.example/w1", PrivateKey.from_seed(bytes(range(1, 33))))
TEXT = "packtrace.example/log\n3\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
NOTE = note.sign(TEXT, [LOG])
LINE = NOTE.removeprefix(TEXT + "\n")


def vectors() -> dict[str, Any]:
    if not VECTORS.exists():
        pytest.skip(f"the shared vectors are not beside this checkout: {VECTORS.name}")
    content: dict[str, Any] = json.loads(VECTORS.read_text("utf-8"))
    return content


def line(name: str, data: bytes) -> str:
    return f"\u2014 {name} {b64encode(data).decode()}\n"


# C2SP signed-note, the example of the specification.
SPEC_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"


def test_the_notes_of_others_open() -> None:
    for vector in vectors()["notes"]:
        keys = [VerifierKey.parse(text) for text in vector["vkeys"]]
        opened = note.open(vector["note"], keys)
        assert opened.verified_by == tuple(keys)
        assert opened.unknown == ()
        assert vector["note"].startswith(opened.text + "\n\u2014 ")


def test_the_vkeys_of_others_read_back() -> None:
    content = vectors()
    for text in [content["tessera_vkey"], *(vkey for each in content["notes"] for vkey in each["vkeys"])]:
        assert VerifierKey.parse(text).format() == text


def test_the_bad_vkeys_of_others_are_refused() -> None:
    for text in vectors()["bad_vkeys"]:
        with pytest.raises(MalformedNoteError, match="vkey"):
            VerifierKey.parse(text)


def test_a_note_opens_with_the_key_that_signed_it() -> None:
    opened = note.open(NOTE, [LOG.verifier_key])
    assert opened.text == TEXT
    assert opened.verified_by == (LOG.verifier_key,)
    assert note.open(NOTE.encode(), [LOG.verifier_key]) == opened


def test_a_vkey_reads_back() -> None:
    assert VerifierKey.parse(LOG.verifier_key.format()) == LOG.verifier_key


def test_a_note_has_a_line_for_each_signer() -> None:
    both = note.sign(TEXT, [LOG, OTHER])
    keys = (OTHER.verifier_key, LOG.verifier_key)
    assert note.open(both, keys).verified_by == (LOG.verifier_key, OTHER.verifier_key)


def test_an_unknown_signer_is_left_alone() -> None:
    opened = note.open(note.sign(TEXT, [OTHER, LOG]), [LOG.verifier_key])
    assert opened.verified_by == (LOG.verifier_key,)
    assert [each.name for each in opened.unknown] == [OTHER.name]


def test_a_signature_of_a_type_unknown_here_is_left_alone() -> None:
    cosignature = line(LOG.name, note.key_id(LOG.name, 0x04, LOG.verifier_key.verifier.key) + bytes(72))
    long = line("witness.example/pq", b"\x01\x02\x03\x04" + bytes(2428))
    assert len(note.open(NOTE + cosignature + long, [LOG.verifier_key]).unknown) == 2


def test_the_same_name_with_another_key_id_is_unknown() -> None:
    other_key = NoteSigner(LOG.name, OTHER.signer)
    opened = note.open(note.sign(TEXT, [other_key, LOG]), [LOG.verifier_key])
    assert len(opened.unknown) == 1


def test_a_note_without_a_known_signature_is_refused() -> None:
    with pytest.raises(InvalidSignatureError, match="no known key"):
        note.open(NOTE, [OTHER.verifier_key])
    with pytest.raises(InvalidSignatureError, match="no known key"):
        note.open(NOTE, [])


@pytest.mark.parametrize("signature", [bytes(64), b"\x01", bytes(63), bytes(65), bytes(72)])
def test_a_known_signature_that_fails_refuses_the_whole_note(signature: bytes) -> None:
    bad = line(OTHER.name, OTHER.verifier_key.key_id + signature)
    with pytest.raises(InvalidSignatureError):
        note.open(NOTE + bad, [LOG.verifier_key, OTHER.verifier_key])


def test_a_second_bad_line_of_a_key_refuses_the_note_too() -> None:
    bad = line(LOG.name, LOG.verifier_key.key_id + bytes(64))
    with pytest.raises(InvalidSignatureError):
        note.open(NOTE + bad, [LOG.verifier_key])


def test_a_key_that_signed_twice_counts_once() -> None:
    assert note.open(NOTE + LINE, [LOG.verifier_key]).verified_by == (LOG.verifier_key,)


def test_a_key_given_twice_counts_once() -> None:
    assert note.open(NOTE, [LOG.verifier_key] * 2).verified_by == (LOG.verifier_key,)


def test_two_keys_with_one_name_and_key_id_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # 2^32 tries would find such a pair; here every key gets the same id.
    monkeypatch.setattr(note, "key_id", lambda *_: b"same")
    twin = VerifierKey(LOG.name, OTHER.signer.verifier)
    with pytest.raises(MalformedNoteError, match="share a key ID"):
        note.open(NOTE, [LOG.verifier_key, twin])


def test_a_hundred_signatures_are_read_and_more_are_not() -> None:
    unknown = line("witness.example", b"\x01\x02\x03\x04" + bytes(64))
    assert len(note.open(NOTE + unknown * 99, [LOG.verifier_key]).unknown) == 99
    with pytest.raises(MalformedNoteError, match="signatures"):
        note.open(NOTE + unknown * 100, [LOG.verifier_key])


@pytest.mark.parametrize(
    "text", ["\n", "a\n\nb\n", "a\n\n\n", "\n\n\n", "溯电\n", "\u2014 a b\n", "a\n\n\u2014 b YWFhYWE=\n"]
)
def test_any_text_that_ends_in_a_newline_can_be_signed(text: str) -> None:
    assert note.open(note.sign(text, [LOG]), [LOG.verifier_key]).text == text


@pytest.mark.parametrize("text", ["", "a", "a\n\x00\n", "a\t\n", "a\r\n", "\ud800\n", "\x1f\n"])
def test_a_text_that_no_note_can_hold_is_not_signed(text: str) -> None:
    with pytest.raises(MalformedNoteError):
        note.sign(text, [LOG])


def test_a_note_needs_a_signer() -> None:
    with pytest.raises(MalformedNoteError, match="signatures"):
        note.sign(TEXT, [])


def test_every_changed_character_of_text_or_signature_is_refused() -> None:
    for position, old in enumerate(NOTE):
        changed = NOTE[:position] + ("B" if old == "A" else "A") + NOTE[position + 1 :]
        with pytest.raises((MalformedNoteError, InvalidSignatureError)):
            note.open(changed, [LOG.verifier_key])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "\n\n",
        TEXT,
        TEXT + "\n",
        TEXT + LINE,
        NOTE[:-1],
        NOTE + "\n",
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("3", "\t3"),
        NOTE.replace("\u2014 ", "- "),
        NOTE.replace("\u2014 ", "\u2014"),
        NOTE.replace("\u2014 ", "\u2014  "),
        NOTE[:-1] + " \n",
        NOTE[:-1] + "=\n",
        NOTE + "\u2014 \n",
        NOTE + "\u2014 name\n",
        NOTE + "\u2014 name \n",
        NOTE + "\u2014 na+me YWFhYWE=\n",
        NOTE + "\u2014 na\u3000me YWFhYWE=\n",
        NOTE + "\u2014 name YWFhYQ==\n",
        NOTE + "\u2014 name YWFhYWF=\n",
        NOTE + "\u2014 name YWFhYWE\n",
        NOTE + "\u2014 name YWFhYWE= x\n",
        NOTE + "junk\n",
        "\ud800" + NOTE,
        "a" * 1_000_001,
        "é" * 500_001,
    ],
)
def test_a_malformed_note_is_refused(text: str) -> None:
    with pytest.raises(MalformedNoteError):
        note.open(text, [LOG.verifier_key])


def test_a_note_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(MalformedNoteError, match="UTF-8"):
        note.open(b"\xff" + NOTE.encode(), [LOG.verifier_key])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a+b",
        "++",
        SPEC_VKEY.replace("example.com/foo", ""),
        SPEC_VKEY.replace("foo", "fo o"),
        SPEC_VKEY.replace("foo", "fo\u2003o"),
        SPEC_VKEY.replace("foo", "fo\x00o"),
        SPEC_VKEY.replace("foo", "fo\ud800o"),
        SPEC_VKEY.replace("foo", "bar"),
        SPEC_VKEY.replace("530d903a", "530D903A"),
        SPEC_VKEY.replace("530d903a", "530d903b"),
        SPEC_VKEY.replace("530d903a", "530d903"),
        SPEC_VKEY.replace("530d903a", "0530d903a"),
        SPEC_VKEY.replace("530d903a", ""),
        SPEC_VKEY + "=",
        SPEC_VKEY[:-4],
        SPEC_VKEY[:-44],
        SPEC_VKEY + "\n",
        SPEC_VKEY.replace("+Aek", "+Bek"),
    ],
)
def test_a_malformed_vkey_is_refused(text: str) -> None:
    with pytest.raises(MalformedNoteError):
        VerifierKey.parse(text)


@pytest.mark.parametrize("signature_type", [0x00, 0x02, 0x04, 0x05, 0x06, 0xFF])
def test_a_vkey_of_another_type_is_refused(signature_type: int) -> None:
    key = LOG.verifier_key.verifier.key
    encoded = b64encode(bytes([signature_type]) + key).decode()
    with pytest.raises(MalformedNoteError, match="type"):
        VerifierKey.parse(f"{LOG.name}+{note.key_id(LOG.name, signature_type, key).hex()}+{encoded}")


def test_a_vkey_of_small_order_is_refused() -> None:
    key = b"\x01" + bytes(31)
    encoded = b64encode(b"\x01" + key).decode()
    with pytest.raises(MalformedNoteError, match="prime order"):
        VerifierKey.parse(f"a+{note.key_id('a', 1, key).hex()}+{encoded}")


def test_a_note_is_signed_with_ed25519() -> None:
    with pytest.raises(MalformedNoteError, match="Ed25519"):
        NoteSigner("a", PrivateKey.generate(Algorithm.ES256))

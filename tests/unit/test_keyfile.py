"""Key files: encrypted where it is said so, and programs that sign in the place of a key."""

import sys
from pathlib import Path

import pytest

from crypto.command import CommandSigner, SignerError, run_program
from crypto.es256 import GROUP_ORDER
from crypto.keys import Algorithm, PrivateKey, Signer
from crypto.note import NoteSigner
from ledger.keyfile import (
    LOG_PASSPHRASE,
    PASSPHRASE,
    KeyFileError,
    format_program,
    is_encrypted,
    read_signer,
    told_passphrase,
)
from ledger.logkey import LogKeyError, make_log_key, read_log_key

# What stands for a hardware module: it has the key, the caller has its public half alone.
TOKEN = """
import sys
from crypto.keys import PrivateKey
key = PrivateKey.from_pem(open(sys.argv[1], "rb").read(), None)
sys.stdout.buffer.write(key.sign(sys.stdin.buffer.read()))
"""


def unasked() -> bytes:
    raise AssertionError("nobody is asked")


def program(folder: Path, key: PrivateKey, shown: PrivateKey | None = None, script: str = TOKEN) -> Path:
    """Write a program that signs with a key, and the key file that names it."""
    (folder / "card.pem").write_bytes(key.to_pem(None))
    (folder / "card.py").write_text(script, "utf-8")
    command = (sys.executable, str(folder / "card.py"), str(folder / "card.pem"))
    path = folder / "signer.json"
    path.write_text(format_program(command, (shown or key).verifier), "utf-8")
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_program_signs_and_the_caller_never_holds_the_key(
    algorithm: Algorithm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    key = PrivateKey.generate(algorithm)
    signer = read_signer(program(tmp_path, key), unasked)
    assert isinstance(signer, CommandSigner)
    signer.verifier.verify(b"what is signed", signer.sign(b"what is signed"))
    assert signer.verifier == key.verifier


def test_a_program_signs_checkpoints_for_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    key = PrivateKey.generate(Algorithm.ED25519)
    assert read_log_key(program(tmp_path, key), "log.example").verifier_key == (
        NoteSigner("log.example", key).verifier_key
    )


def test_a_signature_of_another_key_is_not_handed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    shown = PrivateKey.generate(Algorithm.ED25519)
    signer = read_signer(program(tmp_path, PrivateKey.generate(Algorithm.ED25519), shown), unasked)
    with pytest.raises(SignerError, match="another key"):
        signer.sign(b"x")


@pytest.mark.parametrize(
    ("script", "told"), [("", "0 bytes"), ("import sys; sys.exit(3)", "ended with 3")], ids=["mute", "fails"]
)
def test_a_program_that_does_not_sign_is_named(script: str, told: str, tmp_path: Path) -> None:
    signer = read_signer(program(tmp_path, PrivateKey.generate(Algorithm.ED25519), script=script), unasked)
    with pytest.raises(SignerError, match=told):
        signer.sign(b"x")


def test_a_program_that_is_missing_or_too_slow_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SignerError, match="cannot be run"):
        run_program(("/nowhere/signer",), b"")
    monkeypatch.setattr("crypto.command.PATIENCE_S", 0.05)
    with pytest.raises(SignerError, match="within"):
        run_program((sys.executable, "-c", "import time; time.sleep(9)"), b"")


def test_hardware_that_makes_a_high_s_is_put_right() -> None:
    key = PrivateKey.generate(Algorithm.ES256)

    def high(_command: object, message: bytes) -> bytes:
        made = key.sign(message)
        return made[:32] + (GROUP_ORDER - int.from_bytes(made[32:], "big")).to_bytes(32, "big")

    assert CommandSigner(key.verifier, ("token",), high).sign(b"x") == key.sign(b"x")


def test_a_file_that_others_may_write_names_no_program(tmp_path: Path) -> None:
    path = program(tmp_path, PrivateKey.generate(Algorithm.ED25519))
    path.chmod(0o620)
    with pytest.raises(KeyFileError, match="chmod"):
        read_signer(path, unasked)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        '{"v":1,"signer":[],"jwk":{}}',
        '{"v":1,"signer":["a",1],"jwk":JWK}',
        '{"v":2,"signer":["a"],"jwk":JWK}',
        '{"v":1,"signer":["a"],"jwk":JWK,"more":1}',
        '{"v":1,"signer":["a"],"jwk":{}}',
    ],
)
def test_a_description_in_another_form_is_refused(text: str, tmp_path: Path) -> None:
    jwk = format_program(("a",), PrivateKey.generate(Algorithm.ED25519).verifier)
    path = tmp_path / "signer.json"
    path.write_text(text.replace("JWK", jwk[jwk.index('"jwk":') + 6 : -2]), "utf-8")
    path.chmod(0o600)
    with pytest.raises(KeyFileError):
        read_signer(path, unasked)


def test_a_pass_phrase_comes_from_a_variable_or_the_file_it_names(tmp_path: Path) -> None:
    (tmp_path / "phrase").write_bytes("通 行\r\nsecond line".encode())
    named = {f"{PASSPHRASE}_FILE": str(tmp_path / "phrase")}
    assert told_passphrase(PASSPHRASE, named) == "通 行".encode()
    assert told_passphrase(PASSPHRASE, {PASSPHRASE: "first", **named}) == b"first"
    assert told_passphrase(PASSPHRASE, {}) is None
    with pytest.raises(KeyFileError, match="nowhere"):
        told_passphrase(PASSPHRASE, {f"{PASSPHRASE}_FILE": "/nowhere"})


def test_a_log_key_is_encrypted_under_the_pass_phrase_of_its_own_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.pem"
    monkeypatch.setenv(LOG_PASSPHRASE, "a phrase")
    made = make_log_key(path, "log.example")
    assert is_encrypted(path.read_bytes())
    assert read_log_key(path, "log.example").verifier_key == made.verifier_key
    monkeypatch.delenv(LOG_PASSPHRASE)
    with pytest.raises(LogKeyError, match=LOG_PASSPHRASE):
        read_log_key(path, "log.example")
    assert read_log_key(path, "log.example", lambda: b"a phrase").verifier_key == made.verifier_key
    with pytest.raises(LogKeyError, match="password"):
        read_log_key(path, "log.example", lambda: b"another")
    monkeypatch.setenv(f"{LOG_PASSPHRASE}_FILE", str(tmp_path / "none"))
    with pytest.raises(LogKeyError, match="none"):
        read_log_key(path, "log.example")
    with pytest.raises(LogKeyError, match="none"):
        make_log_key(tmp_path / "other.pem", "log.example")


def test_a_signer_is_what_every_kind_of_key_is() -> None:
    signers: list[Signer] = [
        PrivateKey.generate(Algorithm.ED25519),
        CommandSigner(PrivateKey.generate(Algorithm.ES256).verifier, ("token",)),
    ]
    assert all(len(one.verifier.thumbprint()) == 43 for one in signers)

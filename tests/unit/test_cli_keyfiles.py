"""Key files as the commands read them: a program in the place of a key, and pass phrases that are typed."""

from dataclasses import replace
from pathlib import Path

import click
import pytest

from cli import keyfiles, logkey
from cli.confirming import SHOWN, Signed, found_text
from cli.errors import CliError
from cli.keyfiles import read_key, read_private_key, read_public
from cli.settings import Settings
from crypto.command import CommandSigner
from crypto.keys import Algorithm, PrivateKey
from ledger.keyfile import LOG_PASSPHRASE, PASSPHRASE, format_program
from ledger.logkey import LogKeyError

KEY = PrivateKey.generate(Algorithm.ED25519)


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    for name in (PASSPHRASE, f"{PASSPHRASE}_FILE", LOG_PASSPHRASE, f"{LOG_PASSPHRASE}_FILE"):
        # What a test sets is undone at its end, and what the code sets with it.
        monkeypatch.setenv(name, "")


def program(folder: Path, mode: int = 0o600) -> Path:
    path = folder / "card.json"
    path.write_text(format_program(("card",), KEY.verifier), "utf-8")
    path.chmod(mode)
    return path


def test_a_program_stands_wherever_a_key_file_does(tmp_path: Path) -> None:
    path = program(tmp_path)
    assert isinstance(read_key(path), CommandSigner)
    assert read_public(path) == KEY.verifier
    with pytest.raises(CliError, match="does not hold the private key"):
        read_private_key(path)


def test_a_key_file_that_others_may_write_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(CliError, match=r"card\.json.*chmod"):
        read_key(program(tmp_path, 0o666))


def test_a_pass_phrase_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key.pem").write_bytes(KEY.to_pem(b"a phrase"))
    (tmp_path / "phrase").write_text("a phrase\n", "utf-8")
    monkeypatch.setenv(f"{PASSPHRASE}_FILE", str(tmp_path / "phrase"))
    assert read_private_key(tmp_path / "key.pem").verifier == KEY.verifier
    assert keyfiles.new_passphrase() == b"a phrase"
    (tmp_path / "phrase").write_text("another", "utf-8")
    with pytest.raises(CliError, match="wrong pass phrase"):
        read_key(tmp_path / "key.pem")
    monkeypatch.setenv(f"{PASSPHRASE}_FILE", str(tmp_path / "none"))
    with pytest.raises(CliError, match="none"):
        read_key(tmp_path / "key.pem")


def test_the_pass_phrase_of_the_log_key_is_asked_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "log.pem").write_bytes(KEY.to_pem(b"a phrase"))
    settings = replace(Settings.read(), origin="log.example", log_key=tmp_path / "log.pem")
    with pytest.raises(LogKeyError, match=LOG_PASSPHRASE):
        logkey.log_signer(settings)
    typed = ["a phrase"]
    monkeypatch.setattr(logkey, "asks_people", lambda: True)
    monkeypatch.setattr(click, "prompt", lambda *_, **__: typed.pop())
    for _ in range(2):
        assert logkey.log_signer(settings).signer.verifier == KEY.verifier


def test_of_very_many_entries_the_first_are_listed_and_the_rest_counted() -> None:
    entries = [Signed(index, "now", "pack.manufactured", ("item",)) for index in range(SHOWN + 3)]
    lines = list(found_text(entries))
    assert (len(lines), lines[-1].strip()) == (SHOWN + 1, "… and 3 more")

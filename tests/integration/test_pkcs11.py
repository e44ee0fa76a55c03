"""Keys in a PKCS#11 module, that of SoftHSM: they sign as key files do, and never leave it."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives import serialization

from cli import main
from cli.keyfiles import read_key
from crypto import jws
from crypto.command import SignerError
from crypto.keys import Algorithm, Signer
from crypto.note import NoteSigner
from ledger.audit import audit
from ledger.sequencer import Sequencer
from ledger.sequencer.genesis import release_empty
from ledger.sequencer.outcomes import Logged
from ledger.sequencer.seen import Seen
from ledger.store import Store
from ledger.trust import Trust
from tests.fakes import FakeClock
from tests.ledgers import LOG, StoreSource
from tests.scenario import Story
from tests.site import NOW_MS

MODULES: Final = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so")
PIN: Final = "PACKTRACE_TEST_PIN"
KINDS: Final = {Algorithm.ED25519: "EC:edwards25519", Algorithm.ES256: "EC:prime256v1"}
IDS: Final = {Algorithm.ED25519: "01", Algorithm.ES256: "02"}


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a module with a key of each algorithm."""

    module: str
    folder: Path

    def tool(self, *arguments: str) -> bytes:
        """Return what `pkcs11-tool` prints."""
        return subprocess.run(self.command(*arguments), check=True, capture_output=True).stdout

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of `pkcs11-tool` for this token."""
        login = ("--login", "--pin", f"env:{PIN}")
        return ["pkcs11-tool", "--module", self.module, "--token-label", "firm", *login, *arguments]

    def public(self, algorithm: Algorithm) -> Path:
        """Write the public key of an algorithm as PEM and return the file."""
        told = self.tool("--read-object", "--type", "pubkey", "--id", IDS[algorithm])
        if not told.startswith(b"-----"):
            key = serialization.load_der_public_key(told)
            form = serialization.PublicFormat.SubjectPublicKeyInfo
            told = key.public_bytes(serialization.Encoding.PEM, form)
        path = self.folder / f"{algorithm.value}.pub"
        path.write_bytes(told)
        return path

    def program(self, algorithm: Algorithm) -> list[str]:
        """Return the program that signs with the key of an algorithm."""
        named = ("--sign", "--id", IDS[algorithm], "--mechanism")
        if algorithm is Algorithm.ED25519:
            return self.command(*named, "EDDSA")
        # SoftHSM signs digests: who asks it makes them.
        script = self.folder / "sign"
        asked = " ".join(self.command(*named, "ECDSA"))
        script.write_text(f"#!/bin/sh\nopenssl dgst -sha256 -binary | {asked}\n")
        script.chmod(0o700)
        return [str(script)]


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Token]:
    """A token that was made for this test."""
    module = next((path for path in MODULES if Path(path).exists()), None)
    if module is None or not all(map(shutil.which, ("softhsm2-util", "pkcs11-tool", "openssl"))):
        pytest.skip("needs SoftHSM, OpenSC's pkcs11-tool and openssl")
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        patch.setenv(PIN, "1234")
        patch.setenv("LC_ALL", "C")
        begun = ["softhsm2-util", "--init-token", "--free", "--label", "firm", "--so-pin", "12345678"]
        subprocess.run([*begun, "--pin", "1234"], check=True, capture_output=True)
        found = Token(module, folder)
        for algorithm, kind in KINDS.items():
            found.tool("--keypairgen", "--key-type", kind, "--id", IDS[algorithm])
        yield found


def signer_of(token: Token, algorithm: Algorithm, path: Path) -> Signer:
    asked = ["signer", "-o", str(path), "--public", str(token.public(algorithm)), "--"]
    told = CliRunner().invoke(main, [*asked, *token.program(algorithm)])
    assert told.exit_code == 0, told.output
    return read_key(path)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_key_in_a_module_signs_what_everybody_verifies(
    algorithm: Algorithm, token: Token, tmp_path: Path
) -> None:
    signer = signer_of(token, algorithm, tmp_path / "firm.json")
    for number in range(8):  # about half of them come with a high s
        signed = jws.sign(f'{{"number":{number}}}'.encode(), signer, "packtrace-event")
        jws.parse(signed).verify(signer.verifier)


def test_a_log_whose_key_is_in_a_module_passes_an_audit(
    token: Token, tmp_path: Path, database_url: str
) -> None:
    signer = NoteSigner(LOG.name, signer_of(token, Algorithm.ED25519, tmp_path / "log.json"))
    store, seen = Store(database_url), Seen(tmp_path / "log.seen", signer.verifier_key)
    release_empty(signer, seen)
    with closing(store), closing(seen), Sequencer(store, signer, seen, FakeClock(NOW_MS)) as sequencer:
        [first, *_] = sequencer.submit(Story().founding())
        assert isinstance(first, Logged)
        trust = Trust(signer.verifier_key, first.event_id)
        assert audit(StoreSource(store, sequencer), trust).ok


def test_a_module_that_does_not_sign_is_told_and_no_file_is_written(token: Token, tmp_path: Path) -> None:
    path, other = tmp_path / "firm.json", token.public(Algorithm.ES256)
    asked = ["signer", "-o", str(path), "--public", str(other), "--", *token.program(Algorithm.ED25519)]
    told = CliRunner().invoke(main, asked)
    assert (told.exit_code, path.exists()) == (1, False)
    assert isinstance(told.exception, SignerError) or "another key" in told.output
    signer = signer_of(token, Algorithm.ED25519, path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, PIN, "4321")
        with pytest.raises(SignerError, match="ended with"):
            signer.sign(b"x")

"""Compiles and runs tests/clients/java/Sign.java: a firm's own program, on the JDK alone."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "clients/java/Sign.java"
SECONDS = 120


def build(folder: Path) -> Path:
    """Return the folder of the compiled program; skips the test where there is no JDK."""
    compiler = shutil.which("javac")
    if compiler is None or shutil.which("java") is None:
        pytest.skip("needs a JDK, 17 or newer, to build the Java client")
    made = _run([compiler, "-encoding", "UTF-8", "-Xlint:all", "-d", str(folder), str(SOURCE)])
    assert made.returncode == 0, made.stderr
    return folder


def sign_event(
    program: Path, folder: Path, claims: str, keys: tuple[str, str], restricted: Mapping[str, str]
) -> tuple[str, str]:
    """Return the event id and the SD-JWT of an event as Java makes them.

    Args:
        program: What `build` returned.
        folder: Where keys and claims are written for it.
        claims: JSON text, with `"_sd":[]` where the digests go.
        keys: Private and public key as PEM.
        restricted: JSON texts by claim name.
    """
    private, public, told = folder / "private.pem", folder / "public.pem", folder / "claims.json"
    private.write_text(keys[0], encoding="utf-8")
    public.write_text(keys[1], encoding="utf-8")
    told.write_text(claims, encoding="utf-8")
    pairs = [f"{name}={text}" for name, text in restricted.items()]
    ran = _java(program, "sign", str(private), str(public), str(told), *pairs)
    assert ran.returncode == 0, ran.stderr
    event_id, text = ran.stdout.split()
    return event_id, text


def verify_receipt(
    program: Path, folder: Path, receipt: str, vkey: str, *, public: str, event_id: str
) -> str | None:
    """Return None where Java accepts a receipt, else what it says of it; `public` is a PEM text."""
    file, key = folder / "receipt.txt", folder / "public.pem"
    file.write_text(receipt, encoding="utf-8")
    key.write_text(public, encoding="utf-8")
    ran = _java(program, "verify", str(file), vkey, str(key), event_id)
    assert (ran.returncode == 0) == (ran.stdout == "ok\n")
    return None if ran.returncode == 0 else ran.stderr


def _java(program: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return _run(["java", "-Dfile.encoding=UTF-8", "-cp", str(program), "Sign", *words])


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)

"""Private keys in files: encrypted PKCS#8 PEM, readable by their owner alone, never overwritten."""

import os
import sys
from pathlib import Path
from typing import Final

import click

from cli.errors import CliError
from cli.speech import say
from crypto.errors import MalformedKeyError
from crypto.keys import Algorithm, PrivateKey, Verifier, load_public

PASSPHRASE: Final = "PACKTRACE_KEY_PASSPHRASE"  # noqa: S105  the variable's name
_ENCRYPTED: Final = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"


def write_secret(path: Path, data: bytes) -> None:
    """Write a new file of mode 0600; its folder is made, of mode 0700, where there is none.

    Raises:
        CliError: there is such a file already, or it cannot be written.
    """
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, mode=0o700)
        # The name appears with the whole key behind it or not at all, and never in the place of another.
        draft = path.with_name(f".{path.name}.{os.getpid()}.new")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, path)
        finally:
            draft.unlink()
    except FileExistsError as error:
        if not path.exists():
            raise _unwritable(path, error) from error
        raise CliError(
            say(
                f"{path} 已存在；密钥文件从不覆盖，请换一个文件名",
                f"{path} exists; a key file is never overwritten, name another",
            )
        ) from error
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> CliError:
    return CliError(say(f"无法写入 {path}：{error.strerror}", f"cannot write {path}: {error.strerror}"))


def read_key(path: Path) -> PrivateKey:
    """Return the private key of a PEM file, asking for its pass phrase where it is encrypted.

    Raises:
        CliError: no such file, not a private key, or a wrong or missing pass phrase.
    """
    try:
        pem = path.read_bytes()
    except OSError as error:
        raise CliError(
            say(
                f"无法读取密钥文件 {path}：{error.strerror}",
                f"cannot read the key file {path}: {error.strerror}",
            )
        ) from error
    encrypted = pem.startswith(_ENCRYPTED)
    password = known_passphrase(path) if encrypted else None
    try:
        return PrivateKey.from_pem(pem, password)
    except MalformedKeyError as error:
        if encrypted:
            raise CliError(say(f"{path} 的口令不对", f"wrong pass phrase for {path}")) from error
        raise CliError(
            say(f"{path} 不是私钥（PKCS#8 PEM）", f"{path} is no private key (PKCS#8 PEM)")
        ) from error


def known_passphrase(path: Path) -> bytes:
    """Return the pass phrase of an encrypted key: from the environment, else typed in.

    Raises:
        CliError: there is none and nobody to ask.
    """
    told = os.environ.get(PASSPHRASE)
    if told:
        return told.encode()
    if not asks_people():
        raise CliError(say(f"{path} 已加密；请设置 {PASSPHRASE}", f"{path} is encrypted; set {PASSPHRASE}"))
    typed: str = click.prompt(say(f"{path} 的口令", f"Pass phrase of {path}"), hide_input=True, err=True)
    return typed.encode()


def new_passphrase() -> bytes:
    """Return the pass phrase for a new key: from the environment, else typed twice.

    Raises:
        CliError: there is none and nobody to ask.
    """
    told = os.environ.get(PASSPHRASE)
    if told:
        return told.encode()
    if not asks_people():
        raise CliError(
            say(
                f"没有口令：请设置 {PASSPHRASE}，或用 --no-passphrase 明确不加密",
                f"no pass phrase: set {PASSPHRASE}, or leave the key in the clear with --no-passphrase",
            )
        )
    typed: str = click.prompt(
        say("新密钥的口令", "Pass phrase for the new key"),
        hide_input=True,
        confirmation_prompt=True,
        err=True,
    )
    return typed.encode()


def asks_people() -> bool:
    """Say whether somebody is there to type a pass phrase."""
    return sys.stdin.isatty()


def read_public(path: Path) -> Verifier:
    """Return the public key of a file: a JWK, a public PEM, or the private key itself.

    Raises:
        CliError: it cannot be read as any of these.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CliError(say(f"无法读取密钥文件 {path}", f"cannot read the key file {path}")) from error
    if "PRIVATE KEY" in text:
        return read_key(path).verifier
    try:
        return load_public(text)
    except MalformedKeyError as error:
        raise CliError(say(f"{path} 不是公钥：{error}", f"{path} is no public key: {error}")) from error


def derive_office_key(admin: Path) -> PrivateKey:
    """Return the office key beside an admin key; made where there is none, with the same pass phrase."""
    path = admin.with_name(f"{admin.stem}-office.pem")
    if not path.exists():
        encrypted = admin.read_bytes().startswith(_ENCRYPTED)
        password = known_passphrase(path) if encrypted else None
        write_secret(path, PrivateKey.generate(Algorithm.ED25519).to_pem(password))
    return read_key(path)

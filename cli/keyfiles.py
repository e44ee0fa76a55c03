"""Private keys in files: encrypted PKCS#8 PEM, readable by their owner alone, never overwritten.

A pass phrase is typed in, or comes from PACKTRACE_KEY_PASSPHRASE or the file that
PACKTRACE_KEY_PASSPHRASE_FILE names.
"""

import os
import sys
from pathlib import Path
from typing import Final

import click

from cli.errors import CliError
from cli.speech import say
from crypto.errors import MalformedKeyError
from crypto.keys import Algorithm, PrivateKey, Signer, Verifier, load_public
from ledger.keyfile import PASSPHRASE, KeyFileError, is_encrypted, read_signer, told_passphrase

_PROGRAM: Final = '"signer"'


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


def read_key(path: Path) -> Signer:
    """Return what signs with the key in a file, asking for its pass phrase where it is encrypted.

    Raises:
        CliError: no such file, not a private key, or a wrong or missing pass phrase.
    """
    asked = False

    def ask() -> bytes:
        nonlocal asked
        asked = True
        return known_passphrase(path)

    try:
        return read_signer(path, ask)
    except OSError as error:
        raise CliError(
            say(
                f"无法读取密钥文件 {path}：{error.strerror}",
                f"cannot read the key file {path}: {error.strerror}",
            )
        ) from error
    except KeyFileError as error:
        raise CliError(say(f"密钥文件有误：{error}", f"the key file is wrong: {error}")) from error
    except MalformedKeyError as error:
        if asked:
            raise CliError(say(f"{path} 的口令不对", f"wrong pass phrase for {path}")) from error
        raise CliError(
            say(f"{path} 不是私钥（PKCS#8 PEM）", f"{path} is no private key (PKCS#8 PEM)")
        ) from error


def read_private_key(path: Path) -> PrivateKey:
    """Return the private key in a file; raises CliError as `read_key` does, and where a program has it."""
    found = read_key(path)
    if isinstance(found, PrivateKey):
        return found
    raise CliError(say(f"{path} 里没有私钥本身", f"{path} does not hold the private key itself"))


def known_passphrase(path: Path) -> bytes:
    """Return the pass phrase of an encrypted key: from the environment, else typed in.

    Raises:
        CliError: there is none and nobody to ask.
    """
    told = told_passphrase(PASSPHRASE)
    if told:
        return told
    if not asks_people():
        raise CliError(say(f"{path} 已加密；请设置 {PASSPHRASE}", f"{path} is encrypted; set {PASSPHRASE}"))
    return typed_passphrase(path)


def typed_passphrase(path: Path) -> bytes:
    """Return the pass phrase of an encrypted key as somebody types it, unseen."""
    typed: str = click.prompt(say(f"{path} 的口令", f"Pass phrase of {path}"), hide_input=True, err=True)
    return typed.encode()


def new_passphrase() -> bytes:
    """Return the pass phrase for a new key: from the environment, else typed twice.

    Raises:
        CliError: there is none and nobody to ask.
    """
    told = told_passphrase(PASSPHRASE)
    if told:
        return told
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
    if "PRIVATE KEY" in text or _PROGRAM in text:
        return read_key(path).verifier
    try:
        return load_public(text)
    except MalformedKeyError as error:
        raise CliError(say(f"{path} 不是公钥：{error}", f"{path} is no public key: {error}")) from error


def derive_office_key(admin: Path) -> Signer:
    """Return the office key beside an admin key; made where there is none, with the same pass phrase."""
    path = admin.with_name(f"{admin.stem}-office.pem")
    if not path.exists():
        password = known_passphrase(path) if is_encrypted(admin.read_bytes()) else None
        write_secret(path, PrivateKey.generate(Algorithm.ED25519).to_pem(password))
    return read_key(path)

"""What a reader checks by: trust, keys, a policy of witnesses, and what was disclosed to him."""

import json
from pathlib import Path
from typing import Final

import click

from cli.errors import CliError
from cli.keyfiles import read_key
from cli.speech import say
from crypto.errors import CryptoError
from crypto.note import VerifierKey
from ledger.keybundle import Keys, KnownKey, load_keys
from ledger.policy import MalformedPolicyError, Policy
from ledger.trust import MalformedTrustError, Trust

FILE: Final = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
_PRIVATE: Final = "PRIVATE KEY-----"


def read_trust(path: Path) -> Trust:
    """Return the root of trust in a file; raises CliError where it is none."""
    try:
        return Trust.parse(path.read_bytes())
    except MalformedTrustError as error:
        raise CliError(say(f"{path} 不是信任文件：{error}", f"{path} is no trust file: {error}")) from error


def trust_of(vkey: str) -> Trust:
    """Return the log's key alone as what is pinned; raises UsageError where it is none."""
    try:
        return Trust.of_key(VerifierKey.parse(vkey))
    except CryptoError as error:
        raise click.UsageError(
            say(f"不是日志的 vkey：{error.reason}", f"not the vkey of a log: {error.reason}")
        ) from error


def read_disclosures(path: Path) -> list[str]:
    """Return the disclosures in a file: those of an event as the server gives it, or one a line.

    Raises:
        CliError: it is JSON and no event with disclosures.
    """
    text = path.read_text("utf-8", errors="replace").strip()
    if not text.startswith("{"):
        return text.replace("~", "\n").split()
    try:
        found = json.loads(text).get("disclosures", [])
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise CliError(say(f"{path} 不含披露", f"{path} holds no disclosures"))
    return found


def read_policy(path: Path) -> Policy:
    """Return the policy in a file, having told of its witnesses that are independent of nobody.

    Raises:
        CliError: it is none.
    """
    try:
        policy = Policy.parse(path.read_bytes())
    except MalformedPolicyError as error:
        raise CliError(
            say(f"{path} 不是 tlog-policy 策略文件：{error}", f"{path} is no tlog-policy: {error}")
        ) from error
    names = ", ".join(one.name for one in policy.beside_their_log)
    if names:
        click.echo(
            say(
                f"{path}：见证方 {names} 与日志在同一台机器上运行，仅供演示，不独立于任何人",
                f"{path}: the witnesses {names} run on the same machine as the log, for demonstration, "
                "and are independent of nobody",
            ),
            err=True,
        )
    return policy


def read_keys(path: Path) -> Keys:
    """Return the keys in a file: a bundle, a public key, or the public half of a private one.

    Raises:
        CliError: a private key that cannot be read.
        MalformedKeyBundleError: no key at all.
    """
    data = path.read_bytes()
    if _PRIVATE.encode() in data:
        verifier = read_key(path).verifier
        return {verifier.thumbprint(): KnownKey(verifier)}
    return load_keys(data.decode("utf-8", errors="replace"))

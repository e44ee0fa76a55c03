"""`packtrace verify`: check a saved receipt or cell proof on its own bytes. It opens no connection."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from cli.commands import json_option, print_json
from cli.errors import CliError
from cli.keyfiles import read_key
from cli.reporting import cell_lines, verification_lines
from cli.speech import language, say
from ledger.cellproof import CellProof, CellVerification, verify_cell
from ledger.keybundle import Keys, KnownKey, load_keys
from ledger.policy import MalformedPolicyError, Policy
from ledger.trust import MalformedTrustError, Trust
from ledger.verify import Verification, verify_receipt
from ledger.wording import Language

FILE: Final = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
_PRIVATE: Final = "PRIVATE KEY-----"


@click.command("verify", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("file", type=FILE)
@click.option("--trust", "trust_file", type=FILE, help="The log's root of trust, JSON of `packtrace trust`.")
@click.option("--policy", "policy_file", type=FILE, help="A tlog-policy: which witnesses must have cosigned.")
@click.option(
    "--key",
    "key_files",
    type=FILE,
    multiple=True,
    help="A key file (PEM or JWK), or the key bundle of GET /v1/keys; may be given several times.",
)
@click.option("--event", "event_id", help="The id of the event that the receipt must be for.")
@click.option(
    "--disclosures",
    "disclosure_file",
    type=FILE,
    help="Restricted claims to check too: the JSON of GET /v1/events/<id>, or disclosures one a line.",
)
@json_option
def verify_command(
    *,
    file: Path,
    trust_file: Path | None,
    policy_file: Path | None,
    key_files: tuple[Path, ...],
    event_id: str | None,
    disclosure_file: Path | None,
    as_json: bool,
) -> None:
    """Check the receipt or the cell proof in FILE, offline. Exit code 0: every check is ok.

    With --disclosures each restricted claim must be the one that the event conceals, and none may be missing.
    With --policy a quorum of its witnesses must have cosigned; the logs it names are believed where --trust
    is left out.
    """
    trust = None if trust_file is None else read_trust(trust_file)
    policy = None if policy_file is None else read_policy(policy_file)
    keys = {kid: key for path in key_files for kid, key in read_keys(path).items()}
    data = file.read_bytes()
    proof = CellProof.parse(data) if data.startswith(b"{") else None
    receipt = verify_receipt(
        data if proof is None else proof.receipt,
        trust,
        keys=keys,
        expected_event_id=event_id,
        policy=policy,
        disclosures=None if disclosure_file is None else read_disclosures(disclosure_file),
    )
    verification = receipt if proof is None else verify_cell(proof, receipt)
    if as_json:
        print_json(verification.to_json())
    else:
        for line in _lines(verification, spoken()):
            click.echo(line)
    if not verification.ok:
        raise click.exceptions.Exit(1)


def _lines(verification: Verification | CellVerification, lang: Language) -> Iterator[str]:
    if isinstance(verification, CellVerification):
        return cell_lines(verification, lang)
    return verification_lines(verification, lang)


def spoken() -> Language:
    """Return the language of what is printed."""
    return Language.ZH if language() == "zh" else Language.EN


def read_trust(path: Path) -> Trust:
    """Return the root of trust in a file; raises CliError where it is none."""
    try:
        return Trust.parse(path.read_bytes())
    except MalformedTrustError as error:
        raise CliError(say(f"{path} 不是信任文件：{error}", f"{path} is no trust file: {error}")) from error


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
    """Return the policy in a file; raises CliError where it is none."""
    try:
        return Policy.parse(path.read_bytes())
    except MalformedPolicyError as error:
        raise CliError(
            say(f"{path} 不是 tlog-policy 策略文件：{error}", f"{path} is no tlog-policy: {error}")
        ) from error


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

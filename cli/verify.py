"""`packtrace verify`: check a saved dossier, receipt or cell proof by its own bytes, with no connection."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
from click.core import ParameterSource

from cli.commands import json_option, print_json
from cli.dossier_report import check_line, dossier_lines, outcome
from cli.errors import CliError
from cli.indexed import indexed_as
from cli.keyfiles import read_key
from cli.naming import item_named
from cli.reporting import cell_lines, verification_lines
from cli.speech import say, spoken
from crypto.errors import CryptoError
from crypto.note import VerifierKey
from ledger.cellproof import CellProof, CellVerification, verify_cell
from ledger.dossier import form
from ledger.dossier.absence import check_absent
from ledger.dossier.verify import MAX_AGE_S, DossierCheck, DossierVerification, verify_dossier
from ledger.errors import MalformedError
from ledger.keybundle import Keys, KnownKey, load_keys
from ledger.policy import MalformedPolicyError, Policy
from ledger.trust import MalformedTrustError, Trust
from ledger.verdict import Result, Verdict, failed, ok
from ledger.verify import Verification, verify_receipt
from ledger.wording import Language, join

FILE: Final = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
_PRIVATE: Final = "PRIVATE KEY-----"
_DOSSIER: Final = b'{"v":1,"origin":'
_DAY_S: Final = 86_400
_OF_DOSSIERS: Final = {
    "item": "--item",
    "absent": "--absent",
    "incomplete": "--incomplete",
    "max_age_days": "--max-age",
    "vkey": "--vkey",
}
_OF_RECEIPTS: Final = {"event_id": "--event", "disclosure_file": "--disclosures", "key_files": "--key"}


@click.command("verify", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("file", type=FILE)
@click.option("--trust", "trust_file", type=FILE, help="The log's root of trust, JSON of `packtrace trust`.")
@click.option("--vkey", help="The log's key alone, of `packtrace vkey`, where there is no trust file.")
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
@click.option("--item", metavar="ID", help="The item that a dossier must be of.")
@click.option("--absent", metavar="CODE", help="The dossier must show that the ledger never saw this code.")
@click.option("--incomplete", is_flag=True, help="Let a dossier pass that nobody shows to be complete.")
@click.option(
    "--max-age",
    "max_age_days",
    type=click.IntRange(1, 36_500),
    help="With --policy: how many days old the newest word on a dossier may be, else it does not pass.",
)
@json_option
def verify_command(
    *,
    file: Path,
    trust_file: Path | None,
    vkey: str | None,
    policy_file: Path | None,
    key_files: tuple[Path, ...],
    event_id: str | None,
    disclosure_file: Path | None,
    item: str | None,
    absent: str | None,
    incomplete: bool,
    max_age_days: int | None,
    as_json: bool,
) -> None:
    """Check the dossier, receipt or cell proof in FILE, offline. Exit code 0: every check is ok.

    A dossier passes too where restricted claims are withheld and, without --policy, no witness is asked. It
    does not where it is not shown to be complete, unless --incomplete says that this may be.

    With --disclosures each restricted claim must be the one that the event conceals, and none may be missing.
    With --policy a quorum of its witnesses must have cosigned; the logs it names are believed where --trust
    is left out. A dossier then passes by that quorum, or by --vkey, though the log's first event is not
    pinned: it names the registrar, and its id is told, to be compared with one from elsewhere.
    """
    if vkey is not None and trust_file is not None:
        raise click.UsageError(
            say("--trust 已含 vkey：二者取一", "--trust holds the vkey: use one of the two")
        )
    trust = None if trust_file is None else read_trust(trust_file)
    policy = None if policy_file is None else read_policy(policy_file)
    keys = {kid: key for path in key_files for kid, key in read_keys(path).items()}
    data = file.read_bytes()
    is_dossier = data.startswith(_DOSSIER)
    _check_asked(click.get_current_context(), dossier=is_dossier)
    if is_dossier:
        wanted = None if absent is None else indexed_as(absent)
        if max_age_days is not None and policy is None:
            raise CliError(
                say(
                    "--max-age 需要 --policy：只有见证者为档案注明日期",
                    "--max-age needs --policy: only witnesses date a dossier",
                )
            )
        named = None if item is None else str(item_named(item))
        asked = Asked(named, wanted, max_age_days, incomplete, key_alone=vkey is not None)
        verify_file(data, trust if vkey is None else _trust_of(vkey), policy, asked, as_json=as_json)
        return
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


def _check_asked(context: click.Context, *, dossier: bool) -> None:
    """Refuse what a file of the other kind is asked: left unanswered it would pass for answered."""
    of_others, kind = (
        (_OF_RECEIPTS, ("回执", "receipts")) if dossier else (_OF_DOSSIERS, ("档案", "dossiers"))
    )
    given = [
        option
        for name, option in of_others.items()
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    ]
    if given:
        options = join(given, spoken())
        raise CliError(say(f"{options} 只用于{kind[0]}", f"{options}: only for {kind[1]}"))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader asks of a dossier beyond that it holds.

    Attributes:
        item: the item that it must be of.
        absent: the code, as the index writes it, that the ledger must never have seen.
        days: how old the newest word on it may be; None leaves that open.
        incomplete: whether it may be one that nobody shows to be complete.
        key_alone: whether the log's key is all that he pins, so that its first event is not.
    """

    item: str | None = None
    absent: str | None = None
    days: int | None = None
    incomplete: bool = False
    key_alone: bool = False


def verify_file(
    data: bytes, trust: Trust | None, policy: Policy | None, asked: Asked, *, as_json: bool = False
) -> None:
    """Verify a dossier and print what it shows; exits with 1 where it does not pass.

    Raises:
        CliError: the bytes are no dossier.
    """
    try:
        dossier = form.parse(data)
    except MalformedError as error:
        raise CliError(say(f"不是档案：{error}", f"this is no dossier: {error}")) from error
    now_s = int(time.time())
    max_age_s = MAX_AGE_S if asked.days is None else asked.days * _DAY_S
    found = verify_dossier(dossier, trust, policy=policy, own_policy=True, now_s=now_s, max_age_s=max_age_s)
    answers = dict(_answers(dossier, found, asked))
    holds = passes(found, policy, asked) and all(one.verdict is Verdict.OK for one in answers.values())
    if as_json:
        print_json(
            {**found.to_json(), "passes": holds, **{name: one.to_json() for name, one in answers.items()}}
        )
    else:
        lang = spoken()
        for line in dossier_lines(dossier, found, lang, now_ms=now_s * 1000):
            click.echo(line)
        for name, result in answers.items():
            click.echo(check_line(name, result, lang))
        click.echo(outcome(found, lang, holds=holds, waived=asked.incomplete))
    if not holds:
        raise click.exceptions.Exit(1)


def _answers(dossier: form.Dossier, found: DossierVerification, asked: Asked) -> Iterator[tuple[str, Result]]:
    if asked.item is not None:
        facts = {"item": dossier.items[0], "asked": asked.item}
        yield "item", ok("item", **facts) if dossier.is_of(asked.item) else failed("other_item", **facts)
    if asked.absent is not None:
        yield "absent", check_absent(dossier, found, asked.absent)


def passes(found: DossierVerification, policy: Policy | None, asked: Asked) -> bool:
    """Say whether a dossier passes: nothing failed, and nothing is unknown that the reader may not let be."""
    excused = {DossierCheck.DISCLOSED}
    # A log that was founded anew under its key gets no cosignature from those who watched the first one.
    by_quorum = found.checks[DossierCheck.WITNESSED].reason == "quorum"
    excused |= {DossierCheck.ROOT} if asked.key_alone or by_quorum else set()
    excused |= {DossierCheck.WITNESSED} if policy is None else set()
    excused |= {DossierCheck.FRESH} if asked.days is None else set()
    excused |= {DossierCheck.COMPLETE} if asked.incomplete else set()
    return found.holds(but_for=excused)


def _lines(verification: Verification | CellVerification, lang: Language) -> Iterator[str]:
    if isinstance(verification, CellVerification):
        return cell_lines(verification, lang)
    return verification_lines(verification, lang)


def _trust_of(vkey: str) -> Trust:
    try:
        return Trust.of_key(VerifierKey.parse(vkey))
    except CryptoError as error:
        raise click.UsageError(
            say(f"不是日志的 vkey：{error.reason}", f"not the vkey of a log: {error.reason}")
        ) from error


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

"""`packtrace verify`: check a saved dossier, receipt or cell proof by its own bytes, with no connection."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
from click.core import ParameterSource

from cli.commands import json_option, print_json
from cli.dossier_check import Asked, verify_file
from cli.errors import CliError
from cli.indexed import indexed_as
from cli.naming import item_named
from cli.pinned import FILE, read_disclosures, read_keys, read_policy, read_trust, trust_of
from cli.reporting import cell_lines, verification_lines
from cli.speech import say, spoken
from ledger.cellproof import CellProof, CellVerification, verify_cell
from ledger.verify import Verification, verify_receipt
from ledger.wording import Language, join

_DOSSIER: Final = b'{"v":1,"origin":'
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
        asked = Asked(
            None if item is None else str(item_named(item)),
            None if absent is None else indexed_as(absent),
            max_age_days,
            incomplete,
            key_alone=vkey is not None,
        )
        verify_file(data, trust if vkey is None else trust_of(vkey), policy, asked, as_json=as_json)
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
    _tell(receipt if proof is None else verify_cell(proof, receipt), as_json=as_json)


def _tell(verification: Verification | CellVerification, *, as_json: bool) -> None:
    """Print what a receipt or cell proof shows; exits with 1 where a check is not ok."""
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


def _lines(verification: Verification | CellVerification, lang: Language) -> Iterator[str]:
    if isinstance(verification, CellVerification):
        return cell_lines(verification, lang)
    return verification_lines(verification, lang)

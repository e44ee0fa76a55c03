"""What a reader asks of a dossier, and whether it passes."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import click

from cli.commands import print_json
from cli.dossier_report import check_line, dossier_lines, outcome
from cli.errors import CliError
from cli.speech import say, spoken
from ledger.dossier import form
from ledger.dossier.absence import check_absent
from ledger.dossier.verify import MAX_AGE_S, DossierCheck, DossierVerification, verify_dossier
from ledger.errors import MalformedError
from ledger.policy import Policy
from ledger.trust import Trust
from ledger.verdict import Result, Verdict, failed, ok

_DAY_S: Final = 86_400


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
        CliError: the bytes are no dossier, or how old it may be is asked without a policy that dates it.
    """
    if asked.days is not None and policy is None:
        raise CliError(
            say(
                "--max-age 需要 --policy：只有见证者为档案注明日期",
                "--max-age needs --policy: only witnesses date a dossier",
            )
        )
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

"""What the command says when something is refused or fails: one sentence, and the exit code 1."""

import json
from typing import IO, Any, Final

import click

from cli.speech import say, spoken
from crypto.errors import CryptoError
from ledger.errors import LedgerError, Refusal, StaleTipError
from ledger.wording import UnknownTextError, wording

JSON_META: Final = "packtrace.json"
EXPLAINED: Final = (LedgerError, CryptoError, OSError)
"""The errors that are the user's to put right; anything else is an error of this program."""


class CliError(click.ClickException):
    """The command cannot do what was asked; the message is for people, `facts` are for programs."""

    exit_code = 1

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.facts = facts
        context = click.get_current_context(silent=True)
        self._as_json = bool(context and context.meta.get(JSON_META))
        self._word = say("错误", "Error")

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the sentence; with `--json` one object on standard output too."""
        if self._as_json:
            told = {"result": "failed", "detail": self.message, **self.facts}
            click.echo(json.dumps(told, ensure_ascii=False))
        click.echo(f"{self._word}: {self.message}", file=file, err=True)


def explained(error: Exception) -> CliError:
    """Return an error of the ledger, of the cryptography or of the system as a sentence."""
    if isinstance(error, Refusal):
        return refused(error)
    if isinstance(error, OSError):
        name = f"{error.filename}: " if error.filename else ""
        return CliError(f"{name}{error.strerror or error}")
    return CliError(str(error) or type(error).__name__)


def refused(error: Refusal) -> CliError:
    """Return a refusal: what is wrong, what to do, and the id of the rule."""
    tips = {"tips": error.tips} if isinstance(error, StaleTipError) else {}
    return CliError(sentence(error), rule=error.rule, item=error.item, **tips)


def sentence(error: LedgerError) -> str:
    """Return what is wrong, what to do, and the id of the rule, in one line."""
    if not isinstance(error, Refusal):
        return str(error)
    try:
        told = wording(error.rule, spoken(), item=error.item, facts=error.facts)
    except UnknownTextError:
        return str(error)
    return f"{told.detail} {told.remedy} [{error.rule}]"

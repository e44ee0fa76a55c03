"""What the command says when something is refused or fails: one sentence, and the exit code 1."""

import json
from collections.abc import Mapping
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


# By name, so that a command that opens no database does not import one.
_SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "WriterLockedError": (
        "另一个进程正在写这个 SQLite 数据库；请先停止它（服务已在运行？）",
        "another process writes to this SQLite database; stop it first (is the server running already?)",
    ),
    "FoundedError": (
        "这个数据库里已有日志；另建日志请换数据库",
        "there is a log in this database already; name another",
    ),
    "SeenError": ("已发布的检查点文件有问题", "the file of the released checkpoint is not as it should be"),
    "MovingError": (
        "日志不能以此密钥继续；请先停止服务，并核对来源名、密钥与 --from",
        "the log cannot go on under this key; stop the server, and check origin, key and --from",
    ),
    "ReadOnlyError": ("日志只读，不接受写入", "the log is read-only"),
    "ClockError": ("本机时钟不可信", "this machine's clock cannot be trusted"),
    "SignerError": ("签名程序没有给出签名", "the program that signs has not done so"),
    "LogKeyError": ("日志密钥有问题", "the log key is not as it should be"),
    "SchemaError": ("数据库不是本软件的账本", "the database is no ledger of this software"),
    "WitnessStorageError": ("见证方的数据库无法使用", "the witness's database cannot be used"),
    "StoreError": ("无法使用数据库", "the database cannot be used"),
    "ReplayError": ("有条目无法重放", "an entry cannot be replayed"),
}


def explained(error: Exception) -> CliError:
    """Return an error of the ledger, of the cryptography or of the system as a sentence."""
    if isinstance(error, Refusal):
        return refused(error)
    if isinstance(error, OSError):
        name = f"{error.filename}: " if error.filename else ""
        return CliError(f"{name}{error.strerror or error}")
    known = next(
        (_SENTENCES[base.__name__] for base in type(error).__mro__ if base.__name__ in _SENTENCES), None
    )
    if known is None:
        return CliError(str(error) or type(error).__name__)
    return CliError(f"{say(*known)} ({error})")


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

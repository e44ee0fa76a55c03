"""`packtrace audit`: verify a whole ledger, from its URL or from a folder of its tiles."""

import sys
from pathlib import Path
from types import TracebackType
from typing import Final, Never, Self

import click
from tqdm import tqdm

from cli.commands import json_option, print_json, read_text
from cli.errors import CliError
from cli.reporting import report_lines, text
from cli.sources import FolderSource, HttpSource
from cli.speech import say
from cli.verify import FILE, read_policy, read_trust, spoken
from ledger.audit import NotServedError, Report, audit
from ledger.trust import MalformedTrustError, Trust

_SCHEMES: Final = ("http://", "https://")


class ProgressBar:
    """A bar on standard error for each stage of an audit; nothing where that is no terminal."""

    def __init__(self, *, shown: bool) -> None:
        self._shown: Final = shown
        self._stage = ""
        self._bar: tqdm[Never] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage is."""
        if not self._shown:
            return
        bar = self._bar
        if bar is None or stage != self._stage:
            if bar is not None:
                bar.close()
            bar = tqdm(desc=_stage(stage), file=sys.stderr, unit="")
            self._stage, self._bar = stage, bar
        bar.total = total
        bar.update(done - bar.n)


@click.command("audit", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("where", metavar="URL|DIR")
@click.option("--trust", "trust_file", type=FILE, help="The log's root of trust, JSON of `packtrace trust`.")
@click.option("--since", "since_file", type=FILE, help="An older signed checkpoint the log must begin with.")
@click.option("--policy", "policy_file", type=FILE, help="A tlog-policy: which witnesses must have cosigned.")
@json_option
@click.option("--no-items", is_flag=True, help="Leave the states out that the server tells.")
def audit_command(
    *,
    where: str,
    trust_file: Path | None,
    since_file: Path | None,
    policy_file: Path | None,
    as_json: bool,
    no_items: bool,
) -> None:
    """Verify the whole ledger at URL, or the log in the folder DIR.

    Exit code 0: everything is verified. Without --trust nothing is pinned, which is said.
    """
    source = open_source(where)
    try:
        trust = _served_trust(source) if trust_file is None else read_trust(trust_file)
        since = None if since_file is None else read_text(since_file)
        policy = None if policy_file is None else read_policy(policy_file)
        with ProgressBar(shown=sys.stderr.isatty() and not as_json) as bar:
            items = isinstance(source, HttpSource) and not no_items
            report = audit(source, trust, since=since, items=items, policy=policy, progress=bar)
    finally:
        if isinstance(source, HttpSource):
            source.close()
    _print(report, as_json=as_json)
    if not (report.ok or report.ok_but_for_pinning):
        raise click.exceptions.Exit(1)


def open_source(where: str) -> HttpSource | FolderSource:
    """Return the source of a URL or a folder; raises UsageError for anything else."""
    if where.startswith(_SCHEMES):
        return HttpSource(where)
    folder = Path(where)
    if not folder.is_dir():
        raise click.UsageError(
            say(f"{where} 既不是 http(s) 地址，也不是目录", f"{where} is neither an http(s) URL nor a folder")
        )
    return FolderSource(folder)


def _served_trust(source: HttpSource | FolderSource) -> Trust:
    try:
        return Trust.parse(source.trust(), pinned=False)
    except (NotServedError, MalformedTrustError) as error:
        raise CliError(
            say(
                f"没有给出 --trust，而日志也没有给出信任根：{error}",
                f"--trust is missing and the log tells no root of trust: {error}",
            )
        ) from error


def _print(report: Report, *, as_json: bool) -> None:
    if as_json:
        if not report.pinned:
            click.echo(text("note", "unpinned", spoken()), err=True)
        print_json(report.to_json())
        return
    for line in report_lines(report, spoken()):
        click.echo(line)


def _stage(stage: str) -> str:
    return say("记录", "entries") if stage == "entries" else say("状态", "states")

"""`packtrace audit`: verify a whole ledger, from its URL or from a folder of its tiles."""

import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final

import click

from cli.commands import json_option, print_json, read_text, write_text
from cli.errors import CliError
from cli.pinned import FILE, read_policy, read_trust
from cli.progress import ProgressBar
from cli.reporting import report_lines, sample_lines, text
from cli.sources import FolderSource, HttpSource
from cli.speech import say, spoken
from ledger.audit import NotServedError, Replay, Report, Sample, SavedAuditError, audit, draw
from ledger.policy import Policy
from ledger.receipt import MalformedReceiptError, Receipt
from ledger.trust import MalformedTrustError, Trust

_SCHEMES: Final = ("http://", "https://")
MAX_SAMPLE: Final = 100_000
MAX_SEED_BYTES: Final = 200
_NEW_FILE: Final = click.Path(dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    """What the command was called with."""

    where: str
    trust_file: Path | None
    since_file: Path | None
    save_file: Path | None
    state_file: Path | None
    receipt_files: tuple[Path, ...]
    policy_file: Path | None
    jobs: int
    sample: int | None
    seed: str
    by_custodian: bool
    as_json: bool
    no_items: bool


@click.command("audit", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("where", metavar="URL|DIR")
@click.option("--trust", "trust_file", type=FILE, help="The log's root of trust, JSON of `packtrace trust`.")
@click.option("--since", "since_file", type=FILE, help="An older signed checkpoint the log must begin with.")
@click.option(
    "--save",
    "save_file",
    type=_NEW_FILE,
    help="Where to keep the checkpoint once all is verified, for --since next time.",
)
@click.option(
    "--state",
    "state_file",
    type=_NEW_FILE,
    help="Go on from the audit kept there, and keep this one there once all is verified.",
)
@click.option(
    "--receipt",
    "receipt_files",
    type=FILE,
    multiple=True,
    help="A receipt whose entry must be in the log; may be given several times.",
)
@click.option("--policy", "policy_file", type=FILE, help="A tlog-policy: which witnesses must have cosigned.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 2),
    default=1,
    help="2: a second process reads entries ahead.",
)
@click.option("--sample", type=click.IntRange(1, MAX_SAMPLE), help="Draw so many items to look at.")
@click.option("--seed", help="The public seed of what is drawn, one line.")
@click.option("--by-custodian", is_flag=True, help="Let the draw go round the custodians.")
@json_option
@click.option("--no-items", is_flag=True, help="Leave out what the server tells beside the log.")
def audit_command(**given: Any) -> None:  # noqa: ANN401  what click hands over, typed by _Options
    """Verify the whole ledger at URL, or the log in the folder DIR.

    Exit code 0: everything is verified. Without --trust nothing is pinned, which is said.
    """
    options = _Options(**{**given, "seed": _seed(given["sample"], given["seed"])})
    if options.state_file is not None and options.since_file is not None:
        raise click.UsageError(
            say(
                "--state 自带旧检查点，不能与 --since 同用",
                "--state holds its own older checkpoint: use it or --since",
            )
        )
    if options.by_custodian and options.sample is None:
        raise click.UsageError(say("--by-custodian 需要 --sample", "--by-custodian needs --sample"))
    _check_writable(options.save_file)
    _check_writable(options.state_file)
    drawing = _Drawing(options.sample, options.seed, by_custodian=options.by_custodian)
    report = _audited(options, drawing)
    _print(report, drawing.drawn, as_json=options.as_json)
    if not (report.ok or report.ok_but_for_pinning):
        raise click.exceptions.Exit(1)
    if options.save_file is not None:
        write_text(options.save_file, report.note)


def _audited(options: _Options, drawing: Callable[[Replay], None]) -> Report:
    source, state_file = open_source(options.where), options.state_file
    shown = sys.stderr.isatty() and not options.as_json
    try:
        trust = _served_trust(source) if options.trust_file is None else read_trust(options.trust_file)
        with _earlier(state_file) as earlier, ProgressBar(shown=shown) as bar:
            return audit(
                source,
                trust,
                since=None if options.since_file is None else read_text(options.since_file),
                receipts={str(path): _receipt(path) for path in options.receipt_files},
                items=isinstance(source, HttpSource) and not options.no_items,
                policy=None if options.policy_file is None else _policy(options.policy_file),
                seed=options.seed,
                progress=bar,
                jobs=options.jobs,
                at_end=drawing,
                resumed=earlier,
                save=None if state_file is None else partial(_keep, state_file),
            )
    except SavedAuditError as error:
        raise CliError(
            say(
                f"{state_file} 不能用来继续：{error}；删除它以从头审计",
                f"{state_file} cannot be gone on with: {error}; remove it to audit from the beginning",
            )
        ) from error
    finally:
        if isinstance(source, HttpSource):
            source.close()


def _policy(path: Path) -> Policy:
    """Return the policy in a file, having told where it demands nobody's word; raises CliError."""
    policy = read_policy(path)
    if not policy.demands_witnesses:
        click.echo(
            say(
                f"{path}：该策略不要求见证者（quorum none），因此不判断检查点是否经见证",
                f"{path}: the policy demands no witness (quorum none), so whether the checkpoint is "
                "witnessed is not judged",
            ),
            err=True,
        )
    return policy


def _check_writable(path: Path | None) -> None:
    """Check, before an audit of hours, that a file can be written at its end; raises CliError."""
    if path is None or (path.exists() and not path.is_file()):
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise CliError(
            say(f"无法写入 {path}：{error.strerror}", f"cannot write {path}: {error.strerror}")
        ) from error


def _receipt(path: Path) -> Receipt:
    try:
        return Receipt.parse(path.read_bytes())
    except MalformedReceiptError as error:
        raise CliError(say(f"{path} 不是回执：{error}", f"{path} is no receipt: {error}")) from error


@contextmanager
def _earlier(path: Path | None) -> Iterator[Iterator[bytes] | None]:
    """Open the lines of an audit that was kept; None where there is none yet."""
    if path is None or not path.exists():
        yield None
        return
    with path.open("rb") as file:
        yield file


def _keep(path: Path, lines: Iterator[bytes]) -> None:
    """Write an audit whole or not at all."""
    draft = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise CliError(say(f"无法写入 {path}：{error}", f"{path} cannot be written: {error}")) from error


class _Drawing:
    """Draws a sample from the replay at its end, where one is asked for."""

    def __init__(self, count: int | None, seed: str, *, by_custodian: bool) -> None:
        self._count: Final = count
        self._seed: Final = seed
        self._by_custodian: Final = by_custodian
        self.drawn: Sample | None = None

    def __call__(self, replay: Replay) -> None:
        """Draw."""
        if self._count is not None:
            self.drawn = draw(replay.states, self._seed, self._count, by_custodian=self._by_custodian)


def _seed(sample: int | None, seed: str | None) -> str:
    """Return the seed that was given; where a sample for people needs none, one of chance."""
    if seed is None and sample is None:
        return secrets.token_hex(16)
    if not seed or len(seed.encode()) > MAX_SEED_BYTES or not seed.isprintable():
        raise click.UsageError(
            say(
                f"抽样需要 --seed：一行公开的文字，最多 {MAX_SEED_BYTES} 字节",
                f"--sample needs --seed: one line of public text, at most {MAX_SEED_BYTES} bytes",
            )
        )
    return seed


def open_source(where: str) -> HttpSource | FolderSource:
    """Return the source of a URL or a folder; raises UsageError for anything else."""
    if where.startswith(_SCHEMES):
        return HttpSource(where)
    folder = Path(where)
    if not folder.is_dir():
        raise click.UsageError(
            say(f"{where} 既不是网址，也不是目录", f"{where} is neither an http(s) URL nor a folder")
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


def _print(report: Report, drawn: Sample | None, *, as_json: bool) -> None:
    if as_json:
        if not report.pinned:
            click.echo(text("note", "unpinned", spoken()), err=True)
        sample = {} if drawn is None else {"sample": drawn.to_json()}
        print_json({**report.to_json(), **sample})
        return
    for line in report_lines(report, spoken()):
        click.echo(line)
    for line in () if drawn is None else sample_lines(drawn, spoken()):
        click.echo(line)

"""What an import says at its end, to people or to programs; and how far it is."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from cli.commands import print_json, write_bytes
from cli.errors import CliError
from cli.importing.journal import Journal
from cli.importing.report import problem_line
from cli.importing.source import Order, Source
from cli.speech import say, spoken
from ledger.importing.problems import ImportRefusal, Problem
from ledger.importing.statements import Checked


@contextmanager
def progress(order: Order, title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yield what counts events; on a terminal it shows them as a bar."""
    hidden = order.as_json or not sys.stderr.isatty()
    with tqdm(desc=title, total=total, file=sys.stderr, unit="", disable=hidden) as bar:

        def count(events: int) -> None:
            bar.update(events)

        yield count


def tell_draft(order: Order, source: Source) -> None:
    """Write the drafted mapping, or only show it in a dry run, and ask people to look at it."""
    if not order.dry_run:
        write_bytes(order.mapping_path, source.mapping_text.encode("utf-8"))
    elif not order.as_json:
        click.echo(source.mapping_text)
    path = str(order.mapping_path)
    drafted = ImportRefusal("import.draft_shown" if order.dry_run else "import.draft", path=path)
    raise CliError(
        drafted.sentence(spoken()),
        rule="import.draft",
        mapping=source.mapping_text if order.dry_run else path,
    )


def tell_checked(
    order: Order, source: Source, checked: Checked, problems: tuple[Problem, ...], unchecked: int
) -> None:
    """Tell every problem, or that there is none; exit code 1 where there is any."""
    lang = spoken()
    told: dict[str, Any] = {
        "result": "refused" if problems else "passed",
        "rows": checked.rows,
        "events": len(checked.statements),
        "unchecked": unchecked,
        "problems": [one.to_json(lang) for one in problems],
    }
    if source.draft is not None:
        told["mapping"] = source.mapping_text
    if order.as_json:
        print_json(told)
    else:
        for one in problems:
            click.echo(problem_line(one, lang))
        click.echo(_summary(checked, len(problems), unchecked))
    if problems:
        raise click.exceptions.Exit(1)


def _summary(checked: Checked, count: int, unchecked: int) -> str:
    rows, events = checked.rows, len(checked.statements)
    lines = [
        say(
            f"{rows} 行，{events} 个事件，{count} 个问题；没有写入任何内容",
            f"{rows} rows, {events} events, {count} problems; nothing was written",
        )
    ]
    if unchecked:
        lines.append(
            say(
                f"有 {unchecked} 个事件依赖同表中的其他事件，账本未能预先检查",
                f"{unchecked} events build on others of this table; the ledger could not check them yet",
            )
        )
    return "\n".join(lines)


def tell_sent(order: Order, journal: Journal, failed: dict[str, dict[str, Any]], report: Path) -> None:
    """Tell how much of the table is in the ledger.

    Raises:
        ImportRefusal: that is not all of it; with `--json` that is in the one object already.
    """
    done = len(journal.answers)
    if order.as_json:
        rows = {entry.id: list(entry.rows) for entry in journal.entries}
        print_json(
            {
                "result": "refused" if failed else "done",
                "events": len(journal.entries),
                "logged": done,
                "failed": [{"rows": rows[name], **result} for name, result in failed.items()],
                "journal": str(journal.path),
                "report": str(report),
            }
        )
        if failed:
            raise click.exceptions.Exit(1)
    else:
        click.echo(
            say(
                f"{len(journal.entries)} 个事件中 {done} 个已在账本中；逐行结果见 {report}",
                f"{done} of {len(journal.entries)} events are in the ledger; row by row in {report}",
            )
        )
    if failed:
        raise ImportRefusal("import.unfinished", count=len(failed), report=str(report))

"""The events of a journal to the ledger: the same bytes until it is known of each that it is there."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from cli.client import Client
from cli.importing.journal import Appender, Entry, Journal
from cli.submit import MAX_BYTES, MAX_EVENTS, send

PATH: Final = "/v1/events"
LOGGED: Final = frozenset({"logged", "duplicate"})


def send_all(
    client: Client,
    journal: Journal,
    appender: Appender,
    *,
    tries: int,
    progress: Callable[[int], None] = lambda _: None,
) -> dict[str, dict[str, Any]]:
    """Send what is not known to be logged, and return what was refused or left open, by event id.

    Raises:
        CliError: the ledger does not answer; what it answered before is in the journal.
    """
    failed: dict[str, dict[str, Any]] = {}
    for batch in batches(journal.left):
        results = send(client, PATH, [one.text for one in batch], tries)
        done = [one for one in results if one["result"] in LOGGED]
        appender.note(done)
        failed |= {
            entry.id: result
            for entry, result in zip(batch, results, strict=True)
            if result["result"] not in LOGGED
        }
        progress(len(batch))
    return failed


def batches(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Split into requests that the ledger takes: at most a thousand events, and less than 16 MiB."""
    some: list[Entry] = []
    size = 0
    for entry in entries:
        if some and (len(some) >= MAX_EVENTS or size + len(entry.text) > MAX_BYTES):
            yield some
            some, size = [], 0
        some.append(entry)
        size += len(entry.text)
    if some:
        yield some

"""A process that submits events and prints what it was promised: one JSON line for each receipt.

    python -m tests.writer_process <database URL> <folder of the log key> <name> <events> <per request>

It waits for a line on its input before it starts, so that two of them start together. Its events make modules
numbered from the name's hash on, so two names never meet.
"""

import json
import sys
from hashlib import sha256
from pathlib import Path

from ledger.sequencer.clock import SystemClock
from ledger.sequencer.outcomes import Duplicate, Logged
from tests.ledgers import Ledger
from tests.scenario import Story, module


def texts_of(name: str, count: int) -> list[str]:
    """Return the events that the process of this name submits."""
    story = Story(name)
    first = int.from_bytes(sha256(name.encode()).digest()[:2]) * 100
    return [story.module_manufactured(module(first + number)) for number in range(1, count + 1)]


def main() -> None:
    """Submit events until there are no more."""
    url, folder, name, count, per_request = sys.argv[1:]
    texts, some = texts_of(name, int(count)), int(per_request)
    ledger = Ledger(url, Path(folder), clock=SystemClock())
    _say("ready")
    sys.stdin.readline()
    for start in range(0, len(texts), some):
        for outcome in ledger.submit(*texts[start : start + some]):
            if not isinstance(outcome, Logged | Duplicate):
                raise SystemExit(f"refused: {outcome}")
            promise = {"event": outcome.event_id, "receipt": outcome.receipt_text}
            _say(json.dumps(promise | {"logged": isinstance(outcome, Logged)}))
    ledger.close()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

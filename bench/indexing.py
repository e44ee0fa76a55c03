"""The published index of a million histories, against hashing its lines once."""

from hashlib import sha256
from typing import Final

from bench.timing import Figure, measure
from crypto.encoding import b64url_encode
from ledger.index import Index, history_line

LINES: Final = 1_000_000
CHANGED: Final = 30_000
_THOUSAND: Final = 1_000


def figures() -> list[Figure]:
    """Measure making the index anew, and from the one before with three lines in a hundred changed or new."""
    lines = [_line(number, 5) for number in range(0, 2 * LINES, 2)]
    last = Index(lines)
    changes = {_item(number): _line(number, 6) for number in range(0, 2 * LINES, 2 * LINES // CHANGED)}
    changes |= {_item(number): _line(number, 1) for number in range(1, 2 * LINES, 400)}

    def bare() -> int:
        for line in lines:
            sha256(line).digest()
        return LINES // _THOUSAND

    def anew() -> int:
        Index(lines).root()
        return LINES // _THOUSAND

    def changed() -> int:
        last.changed(changes, ()).root()
        return LINES // _THOUSAND

    what = "SHA-256 of each line"
    return [
        measure("make the index of a million", anew, bare, unit="1,000 lines", baseline=what, rounds=3),
        measure("make it from the last one", changed, bare, unit="1,000 lines", baseline=what, rounds=3),
    ]


def _item(number: int) -> str:
    return f"gbt34014:001PB0100000000{number:08d}"


def _line(number: int, count: int) -> bytes:
    tip = b64url_encode(sha256(f"{number} {count}".encode()).digest())
    return history_line(_item(number), count, number, tip)

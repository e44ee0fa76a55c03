"""Which entries a stolen key signed, read from the ledger's feed: they are counted, not guessed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cli.client import Client
from cli.speech import say
from ledger.instants import Instant

PAGE: Final = 1_000
SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Signed:
    """An entry that a key signed."""

    index: int
    logged_at: str
    event: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The entries of a key from one index to another, in order."""

    first: int
    last: int
    entries: tuple[Signed, ...]


def amber_entries(client: Client, key: dict[str, Any], first: int | None, last: int | None) -> Found:
    """Return what a compromised key signed, from the first entry in doubt to the last before its end.

    Args:
        client: the ledger.
        key: the key as the ledger tells it.
        first: begin here instead.
        last: end here instead.
    """
    size = int(client.get("/v1/events?limit=1")["size"])
    start = _first_since(client, Instant.parse(key["compromised_since"]).ms, size) if first is None else first
    ends = key.get("revoked")
    stop = (size if ends is None else int(ends)) - 1 if last is None else min(last, size - 1)
    return Found(start, stop, tuple(_signed_by(client, key["kid"], start, stop)))


def found_text(entries: Sequence[Signed]) -> Iterator[str]:
    """Yield a line for each entry, for at most two hundred of them."""
    for one in entries[:SHOWN]:
        yield f"  #{one.index}  {one.logged_at}  {one.event}  {', '.join(one.items)}".rstrip()
    if len(entries) > SHOWN:
        more = len(entries) - SHOWN
        yield say(f"  ……另有 {more} 个", f"  … and {more} more")


def _first_since(client: Client, since_ms: int, size: int) -> int:
    """Return the first index that was logged at a time or later; times never fall, so halves find it."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        [one] = client.get(f"/v1/events?after={middle - 1}&limit=1")["events"]
        low, high = (low, middle) if one["logged_at_ms"] >= since_ms else (middle + 1, high)
    return low


def _signed_by(client: Client, kid: str, first: int, last: int) -> Iterator[Signed]:
    after = first - 1
    while after < last:
        events = client.get(f"/v1/events?after={after}&limit={min(PAGE, last - after)}")["events"]
        if not events:
            return
        for one in events:
            if one["kid"] == kid:
                yield Signed(one["index"], one["logged_at"], one["event"], tuple(one["prev"]))
        after = events[-1]["index"]

"""What a search asks for, and the stretches of indexes that could answer it."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from typing import Final

from ledger.identifiers import ItemId
from ledger.instants import Instant, format_day
from ledger.likeness import Pattern
from ledger.store.searching import ItemRow, Range
from ledger.vocabulary import Kind, Phase

_LAST: Final = "\U0010ffff"
INSIDE: Final = frozenset({Phase.PART, Phase.FITTED, Phase.POOLED})
"""The phases of what is in something."""

CONTAINERS: Final = {
    Kind.CELL: (Kind.MODULE, Kind.PACK, Kind.PRODUCT, Kind.VEHICLE),
    Kind.MODULE: (Kind.PACK, Kind.PRODUCT, Kind.VEHICLE),
    Kind.PACK: (Kind.PRODUCT, Kind.VEHICLE),
    Kind.PRODUCT: (Kind.PRODUCT,),
    Kind.VEHICLE: (),
    Kind.LOT: (),
}
"""In what an item of a kind may be, on any level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What items are asked for; None leaves a member open, the others all hold.

    Attributes:
        holder: who has it, read through what it is in: an organisation's id, `user`, `outside` or `nobody`.
        owner: who owns it, read likewise.
        vehicle: what it is in, on any level.
        prefix: how its id begins.
        pattern: what its battery code looks like.
        made_from: made on this day or later.
        made_until: made on this day or before.
        changed_from: its latest event was logged at this moment or later.
        changed_until: its latest event was logged at this moment or before.
        latest_from: index from which on that event is; `search` fills it in.
        latest_until: index up to which it is; likewise.
    """

    kind: Kind | None = None
    phase: Phase | None = None
    holder: str | None = None
    owner: str | None = None
    model: str | None = None
    vehicle: ItemId | None = None
    prefix: str | None = None
    pattern: Pattern | None = None
    made_from: date | None = None
    made_until: date | None = None
    changed_from: Instant | None = None
    changed_until: Instant | None = None
    latest_from: int | None = None
    latest_until: int | None = None

    def __str__(self) -> str:
        """All that is asked for, in one text: what a cursor is bound to."""
        # The indexes follow from the moments, and one that lies ahead is another index each time.
        told = ((one.name, getattr(self, one.name)) for one in fields(self) if "latest" not in one.name)
        return "\n".join(
            f"{name}={value.text if isinstance(value, Pattern) else value}"
            for name, value in told
            if value is not None
        )

    def roots(self) -> list[Kind]:
        """Return the kinds that an item asked for may have, then those it may be in."""
        if self.kind is None:
            return list(Kind)
        return [self.kind, *(one for one in self.containers() if one is not self.kind)]

    def containers(self) -> frozenset[Kind]:
        """Return the kinds in which something asked for may be."""
        if self.phase is not None and self.phase not in INSIDE:
            return frozenset()
        kinds = Kind if self.kind is None else (self.kind,)
        return frozenset(outer for kind in kinds for outer in CONTAINERS[kind])

    def takes(self, row: ItemRow) -> bool:
        """Say whether a row is what is asked for, as far as it tells by itself."""
        made_on = row.made_on or ""
        return (
            (self.kind is None or row.kind == self.kind.value)
            and (self.phase is None or row.phase == self.phase.value)
            and (self.model is None or row.model == self.model)
            and (self.prefix is None or row.id.startswith(self.prefix))
            and (self.made_from is None or made_on >= format_day(self.made_from))
            and (self.made_until is None or "" < made_on <= format_day(self.made_until))
            and (self.latest_from is None or row.latest >= self.latest_from)
            and (self.latest_until is None or row.latest <= self.latest_until)
        )

    def ranges(self) -> Iterator[tuple[str, list[Range]]]:
        """Yield the names and stretches of each index that has all that is asked for, best guess first."""
        if self.prefix is not None:
            yield "prefix", [Range(("id",), low=self.prefix, high=self.prefix + _LAST)]
        if self.made_from is not None or self.made_until is not None:
            low, high = (
                None if day is None else format_day(day) for day in (self.made_from, self.made_until)
            )
            yield "made_on", [Range(("made_on", "id"), low=low, high=high)]
        if self.latest_from is not None or self.latest_until is not None:
            yield "latest", [Range(("latest", "id"), low=self.latest_from, high=self.latest_until)]
        if self.model is not None:
            yield "model", [Range(("id",), {"model": self.model})]
        if self.phase is not None:
            kinds = Kind if self.kind is None else (self.kind,)
            phase = self.phase.value
            yield "phase", [Range(("id",), {"kind": kind.value, "phase": phase}) for kind in kinds]
        elif self.kind is not None:
            yield "kind", [Range(("phase", "id"), {"kind": self.kind.value})]

    def held(self) -> Iterator[tuple[str, str, str]]:
        """Yield the walks over what somebody has: name, column of the right, and who."""
        if self.holder is not None:
            yield "holder", "custodian", self.holder
        if self.owner is not None:
            yield "owner", "owner", self.owner

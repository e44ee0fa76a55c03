"""The row of an event type: who may state it, with which keys, about how many items, in which phases.

A row is data; what it cannot say is code in `ledger.lifecycle`. Together the rows are docs/events.md.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any, ClassVar, Final, TypeVar, dataclass_transform

from ledger.claims import Codec
from ledger.fields import AnyOrg, District, Text
from ledger.identifiers import ItemId
from ledger.vocabulary import Kind, Phase, Purpose, Role

MANY: Final = (1, 256)
ONE: Final = (1, 1)
NONE: Final = (0, 0)
ANY_NUMBER: Final = (0, 256)
LIVE: Final = frozenset(Phase) - {Phase.ENDED}
AT_REST: Final = frozenset({Phase.STOCK, Phase.REMOVED, Phase.RETIRED})
UNITS: Final = frozenset({Kind.PACK, Kind.MODULE, Kind.CELL, Kind.PRODUCT})
ALL_KINDS: Final = frozenset(Kind)

ADMIN: Final = frozenset({Purpose.ADMIN})
KEYS: Final = frozenset({Purpose.ADMIN, Purpose.RECOVERY})
OFFICE: Final = frozenset({Purpose.OFFICE})
LINE: Final = frozenset({Purpose.OFFICE, Purpose.LINE})
DEVICE: Final = frozenset({Purpose.OFFICE, Purpose.DEVICE})
RIG: Final = frozenset({Purpose.OFFICE, Purpose.RIG})


_PERSONAL: Final = frozenset({"consent.given", "state.rectified"})


class About(Enum):
    """What the ids in `prev` that no claim names are."""

    ITEMS = "items"
    ORGANISATION = "organisation"
    SIGNER = "signer"
    EVENT = "event"
    """Exactly the ids of the event that `event` names."""


class Tier(StrEnum):
    """Who may read a restricted claim beside its issuer (docs/formats.md, section 8)."""

    PARTNER = "partner"
    """Who holds or held an item of the event, and the roles that the claim names."""
    AUTHORITY = "authority"
    """Regulators and auditors."""
    ISSUER = "issuer"
    """Nobody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restricted:
    """A claim that is concealed at signing: how it travels, whether it must be there, and who may read it.

    `bound`: it was checked against public claims, which a correction cannot do again; so it stays as it is.
    `roles`: these read it as partners do, without holding an item of the event.
    """

    codec: Codec[Any]
    required: bool = False
    bound: bool = False
    tier: Tier = Tier.PARTNER
    roles: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One event type. `roles` None means any enrolled organisation.

    `holder`: who holds every subject may state it without one of the roles; `owner`: who owns it, too.
    `custody`: an act on items also needs custody of them. `answers`: it may act on an item with an open
    transfer. `suspended`: a suspended firm may state it too. `creates`: its one subject is new. `vehicle`:
    `prev` names a vehicle as well; `vehicle_optional`: it may name one.
    `correctable`: the public claims that no rule reads, so that a correction may state them anew.
    """

    type: str
    act: bool
    roles: frozenset[Role] | None
    purposes: frozenset[Purpose]
    about: About = About.ITEMS
    subjects: tuple[int, int] = ONE
    kinds: frozenset[Kind] = ALL_KINDS
    phases: frozenset[Phase] = LIVE
    holder: bool = False
    owner: bool = False
    custody: bool = True
    answers: bool = False
    suspended: bool = False
    creates: Kind | None = None
    vehicle: bool = False
    vehicle_optional: bool = False
    restricted: Mapping[str, Restricted] = field(default_factory=dict)
    correctable: frozenset[str] = frozenset({"place"})

    @property
    def delegable(self) -> bool:
        """Whether a delegate may state it in another's name: what is about items, and no word of a firm."""
        return self.about is About.ITEMS and self.subjects != NONE and self.type not in _PERSONAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where it happened: a district by its code, and the firm's own site id."""

    district: District
    site: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """The public claims of one event type; each subclass is one type and carries its row.

    `on_behalf_of`: the organisation whose delegate the signer is. Rights fall to it, custody to the signer.
    """

    row: ClassVar[Row]

    place: Place | None = None
    on_behalf_of: AnyOrg | None = None

    def named(self) -> tuple[ItemId, ...]:
        """Return the items that these claims name, which `prev` must hold beside the subjects."""
        return ()

    def drawn(self) -> tuple[ItemId, ...]:
        """Return the lots that the event draws from; it mentions them, though it is an act."""
        return tuple(lot for lot, _ in self.draws())

    def draws(self) -> tuple[tuple[ItemId, int], ...]:
        """Return what the event takes out of each lot it draws from, in g."""
        return ()

    def mentioned(self) -> tuple[ItemId, ...]:
        """Return the items that the event mentions although it is an act, the drawn lots among them."""
        return self.drawn()


REGISTRY: dict[str, type[Claims]] = {}
"""Every known event type's claims class by its name; filled as the chapters are imported."""

C = TypeVar("C", bound=Claims)
_TYPE: Final = re.compile(r"[a-z]+\.[a-z_]+")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def event_type(row: Row) -> Callable[[type[C]], type[C]]:
    """Register a frozen claims dataclass under its row's event type."""

    def register(cls: type[C]) -> type[C]:
        made = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        made.row = row
        if row.type in REGISTRY or not _TYPE.fullmatch(row.type):
            raise TypeError(f"event type {row.type} cannot be registered")
        REGISTRY[row.type] = made
        return made

    return register

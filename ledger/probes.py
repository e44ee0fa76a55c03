"""Claims to ask the lifecycle with beforehand: those that say nothing, and those that ask for least."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, cast

from ledger.events import Claims, Place
from ledger.events.custody import (
    CheckList,
    ConsentGiven,
    ItemCollected,
    TransferAccepted,
    TransferOffered,
    TransferRejected,
    TransferWithdrawn,
)
from ledger.events.labels import LabelAttached, LabelPrinted, LabelVoided
from ledger.events.production import LabelClaim, ProductionAdded
from ledger.events.retirement import ItemRetired
from ledger.events.row import NONE
from ledger.events.service import ItemFound, ItemLost, ItemStolen, QuarantineLifted
from ledger.events.vehicle import PackRemoved, VehicleSold
from ledger.identifiers import ItemId
from ledger.instants import Day
from ledger.lifecycle.authority import CONSENTED
from ledger.lifecycle.release import RECTIFIED
from ledger.state import Item, Organisation
from ledger.vocabulary import (
    CollectedFrom,
    Condition,
    LabelGround,
    MassBasis,
    RemovalReason,
    RetirementReason,
    Right,
    Role,
    VehicleUse,
)

_ID: Final = "A" * 43
_NOWHERE: Final = Place(district="110101")
_LONG_AGO: Final = Day(2000, 1, 1)
NO_LOAD: Final = "00000000-0000-4000-8000-000000000000"
"""The id of a consignment that nobody sent, which serves as the id of an event that nobody states, too."""
ANYBODY: Final = Organisation(
    id=ItemId("org", "anybody"), name_zh="", name_en="", roles=tuple(Role), district=_NOWHERE.district
)
"""A firm that may do everything, for the firm that only claims name: its id is none that can be enrolled."""


def probe(kind: type[Claims], item: Item | None = None, behalf: ItemId | None = None) -> Claims:
    """Return claims of an event type that say nothing, and name the item where only claims can name it.

    Args:
        kind: the claims.
        item: what they are about.
        behalf: in whose name they are stated; None for the signer's own.
    """
    members: dict[str, object] = {"__slots__": (), "row": kind.row}
    if item is not None and (kind.row.subjects == NONE or draws(kind, item)):
        members["named"] = lambda _: (item.id,)
    if item is not None and draws(kind, item):
        members["draws"] = lambda _: ((item.id, 0),)
    return cast("Claims", type("Probe", (Claims,), members)(place=_NOWHERE, on_behalf_of=behalf))


def draws(kind: type[Claims], item: Item) -> bool:
    """Say whether an event type takes its share out of a lot."""
    return item.id.is_lot and kind.draws is not Claims.draws


def _load(item: Item) -> str:
    return NO_LOAD if item.offer is None else item.offer.consignment


def _accepted(item: Item) -> tuple[Claims, ...]:
    # What the sender declared is taken for it, with a check list in which nothing is wrong.
    basis = MassBasis.DECLARED
    return (
        TransferAccepted(place=_NOWHERE, consignment=_load(item), mass_basis=basis, checklist=CheckList()),
    )


def _collected(item: Item) -> tuple[Claims, ...]:
    del item
    source, condition = CollectedFrom.CONSUMER, next(iter(Condition))
    return tuple(
        ItemCollected(place=_NOWHERE, from_=source, condition=condition, waste=waste)
        for waste in (True, False)
    )


def _offered(item: Item) -> tuple[Claims, ...]:
    del item
    return tuple(
        TransferOffered(place=_NOWHERE, rights=(right,), to=ANYBODY.id, consignment=NO_LOAD, count=1)
        for right in Right
    )


def _consented(item: Item) -> tuple[Claims, ...]:
    del item
    acts = (*sorted(CONSENTED), RECTIFIED)
    return tuple(ConsentGiven(place=_NOWHERE, act=act, to=ANYBODY.id) for act in acts)


def _worn(item: Item) -> LabelClaim:
    return LabelClaim(number=item.label_number or 1, sha256=item.label_sha256 or _ID)


def _added(item: Item) -> tuple[Claims, ...]:
    # Of one whose making is known; whether the model fits the rest, only the claims say.
    if item.declared is not None and item.model is None:
        return ()
    return (ProductionAdded(place=_NOWHERE, model="", manufactured_on=_LONG_AGO),)


def _removed(item: Item) -> tuple[Claims, ...]:
    return (PackRemoved(place=_NOWHERE, reason=RemovalReason.REPAIR),) if item.vehicle is not None else ()


_EXAMPLES: Final[Mapping[str, Callable[[Item], tuple[Claims, ...]]]] = {
    "consent.given": _consented,
    "transfer.accepted": _accepted,
    "transfer.offered": _offered,
    "transfer.rejected": lambda item: (
        TransferRejected(place=_NOWHERE, consignment=_load(item), reason="other"),
    ),
    "transfer.withdrawn": lambda item: (
        TransferWithdrawn(place=_NOWHERE, consignment=_load(item), reason="other"),
    ),
    "label.attached": lambda item: (LabelAttached(place=_NOWHERE, label=_worn(item)),),
    "label.printed": lambda item: (LabelPrinted(place=_NOWHERE, label=_worn(item), copies=1),),
    "label.voided": lambda item: (
        LabelVoided(place=_NOWHERE, number=item.label_number or 1, why=next(iter(LabelGround))),
    ),
    "item.collected": _collected,
    "item.found": lambda _: (ItemFound(place=_NOWHERE, on=_LONG_AGO),),
    "item.lost": lambda _: (ItemLost(place=_NOWHERE, on=_LONG_AGO),),
    "item.stolen": lambda _: (ItemStolen(place=_NOWHERE, on=_LONG_AGO),),
    "production.added": _added,
    "quarantine.lifted": lambda _: (QuarantineLifted(place=_NOWHERE, report_sha256=_ID),),
    "item.retired": lambda _: (ItemRetired(place=_NOWHERE, reason=next(iter(RetirementReason))),),
    "pack.removed": _removed,
    "vehicle.sold": lambda _: (VehicleSold(place=_NOWHERE, city="1101", use=VehicleUse.PRIVATE),),
}
"""The claims that ask for least, of event types for which they hardly matter."""


def examples(name: str, item: Item, behalf: ItemId | None = None) -> tuple[Claims, ...]:
    """Return the claims of an event type that ask for least of an item; none where claims matter more."""
    found = _EXAMPLES[name](item) if name in _EXAMPLES else ()
    return tuple(replace(one, on_behalf_of=behalf) for one in found)

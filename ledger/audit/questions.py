"""What an audit asks a server about the whole ledger, and how each answer is read: figures by their names.

An answer says after how many entries it stands. What it tells in words is left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from crypto import jws
from crypto.errors import CryptoError
from crypto.strictjson import Json
from ledger.audit.acts import Tied
from ledger.audit.answers import (
    Answer,
    AnswerError,
    OfItem,
    Place,
    by_name,
    members,
    object_of,
    rows_of,
    size_of,
    text_of,
)
from ledger.audit.findings import Kind
from ledger.audit.own import WHOLE, Own, Row, recovery_name
from ledger.audit.source import Teller
from ledger.errors import LedgerError
from ledger.events import envelope
from ledger.events.envelope import Event
from ledger.identifiers import ItemId
from ledger.measures import By, Measure

MAX_PAGES: Final = 1_000
MAX_EVENTS: Final = 1_000
"""Longer histories are not asked for."""
_WORDS: Final = frozenset({"key", "label", "recovery"})
_LINES: Final = ("inputs", "outputs")
_BATCH: Final = (
    "event",
    "index",
    "by",
    "step",
    "input_g",
    "added_g",
    "output_g",
    "losses_g",
    "unaccounted_g",
    "gain_g",
)
_RECOVERY: Final = ("permille", "given_ug", "recovered_ug", "batches", "assessed")
_DRAWN: Final = ("event", "index", "by", "course", "mass_g")


@dataclass(frozen=True, slots=True)
class OfStatistics:
    """The figures of one measure."""

    measure: Measure
    by: By
    until: date
    kind: Kind = Kind.STATISTICS

    def place(self, _figure: str = "", /) -> Place:
        """Return none: they are about no entry and no item."""
        return Place()

    @property
    def facts(self) -> Mapping[str, object]:
        """Which figures."""
        return {"measure": self.measure.value, "by": self.by.value}

    def ask(self, teller: Teller) -> Answer:
        """Ask for all figures of the measure."""
        match teller.statistics(self.measure.value, self.by.value, self.until.isoformat()):
            case {"size": int(size), "cut": bool(cut), "figures": list(rows)}:
                figures = {text_of(one, "key"): _figure(one) for one in rows}
                if len(figures) == len(rows):
                    return Answer(size, {WHOLE: {"cut": cut}, **figures})
        raise AnswerError

    def expected(self, own: Own, _answer: Answer, /) -> Row:
        """Return the figures of the replay."""
        return own.statistics(self.measure, self.by, self.until)


@dataclass(frozen=True, slots=True)
class OfOffers:
    """The open offers to a firm, or by it."""

    org: ItemId
    to: bool
    kind: Kind = Kind.OFFER

    def place(self, _figure: str = "", /) -> Place:
        """Return the firm."""
        return Place(item=str(self.org))

    @property
    def facts(self) -> Mapping[str, object]:
        """Which way."""
        return {"side": "to" if self.to else "by"}

    def ask(self, teller: Teller) -> Answer:
        """Ask for all pages."""
        told, after, sizes = Row(), None, set[int]()
        for _ in range(MAX_PAGES):
            match teller.offers(str(self.org), self.to, after):
                case {"size": int(size), "consignments": list(loads), "next": str() | None as following}:
                    told |= {item: offer for load in loads for item, offer in _offers(load)}
                    sizes.add(size)
                case _:
                    raise AnswerError
            if following is None or following == after:
                break
            after = following
        return Answer(max(sizes), told, whole=len(sizes) == 1)

    def expected(self, own: Own, _answer: Answer, /) -> Row:
        """Return the offers of the replay."""
        return own.offers(self.org, to=self.to)


@dataclass(frozen=True, slots=True)
class OfHistory(OfItem):
    """The history of an item or organisation, event by event, as far as it fits on one page."""

    kind: Kind = Kind.HISTORY

    def ask(self, teller: Teller) -> Answer:
        """Ask for it; every event is read from its own signed text, and has to name the item."""
        told = object_of(teller.history(str(self.item), MAX_EVENTS))
        tip, latest, found = None, None, Row()
        for row in rows_of(told.get("events")):
            event, latest = self._event(row), object_of(row).get("index")
            found[event.id] = members(row, ("index", "amber"))
            tip = event.id if self.item in event.touched else tip
        history: Row = {"events": len(found), "latest": latest, "tip": tip}
        return Answer(size_of(told), {WHOLE: history, "places": found})

    def expected(self, own: Own, answer: Answer, /) -> Row:
        """Return what the state says of its history, where those events are, and which are in doubt."""
        return {WHOLE: own.history(self.item), "places": own.places(object_of(answer.told["places"]))}

    def _event(self, row: Json) -> Event:
        try:
            event = envelope.parse(jws.parse(text_of(row, "jws")))
        except (CryptoError, LedgerError) as error:
            raise AnswerError from error
        if self.item not in event.prev:
            raise AnswerError
        return event


@dataclass(frozen=True, slots=True)
class OfLot(OfItem):
    """The account of a lot."""

    kind: Kind = Kind.ACCOUNT

    def ask(self, teller: Teller) -> Answer:
        """Ask for it."""
        told = object_of(teller.lot_account(str(self.item)))
        made, sources = told.get("made_by"), told.get("sources")
        account: Row = {
            **members(told, ("made_g", "remaining_g")),
            "drawn": [members(one, _DRAWN) for one in rows_of(told.get("drawn"))],
            "sources": None if sources is None else by_name(sources, "source", "share_g"),
            "made_by": None if made is None else _batch(made),
        }
        return Answer(size_of(told), {WHOLE: account})

    def expected(self, own: Own, _answer: Answer, /) -> Row:
        """Return the account of the replay."""
        return own.lot(self.item)


@dataclass(frozen=True, slots=True)
class OfStep:
    """The account of a treatment step, with the recovery of each metal."""

    tied: Tied
    kind: Kind = Kind.ACCOUNT

    def place(self, _figure: str = "", /) -> Place:
        """Return its entry."""
        return Place(self.tied.index, self.tied.event)

    @property
    def facts(self) -> Mapping[str, object]:
        """Nothing more."""
        return {}

    def ask(self, teller: Teller) -> Answer:
        """Ask for it."""
        told = object_of(teller.account(self.tied.event))
        return Answer(size_of(told), {WHOLE: _batch(told)})

    def expected(self, own: Own, _answer: Answer, /) -> Row:
        """Return the account of the replay."""
        return own.step(self.tied)


def _figure(told: Json) -> Row:
    values = object_of(told)
    recovery = _recoveries(values["recovery"]) if "recovery" in values else {}
    return {name: value for name, value in values.items() if name not in _WORDS} | recovery


def _batch(told: Json) -> Row:
    values = object_of(told)
    lines: Row = {side: by_name(values.get(side), "id", "mass_g") for side in _LINES}
    return members(told, _BATCH) | lines | _recoveries(values.get("recovery"))


def _recoveries(told: Json) -> Row:
    return {recovery_name(text_of(one, "element")): _recovery(object_of(one)) for one in rows_of(told)}


def _recovery(told: Row) -> Row:
    gaps = by_name(told.get("cannot_be_assessed"), "gap", "due_to")
    return {**members(told, _RECOVERY), "cannot_be_assessed": gaps}


def _offers(told: Json) -> Sequence[tuple[str, Row]]:
    load = object_of(told)
    found = []
    for one in rows_of(load.get("offers")):
        offer, amber = object_of(one), rows_of(object_of(one).get("amber"))
        row: Row = {
            "event": offer.get("event"),
            "consignment": load.get("consignment"),
            "by": text_of(offer.get("by"), "id"),
            "to": text_of(offer.get("to"), "id"),
            "rights": offer.get("rights"),
            "offered_at": offer.get("offered_at"),
        }
        found += [(str(item), {**row, "amber": item in amber}) for item in rows_of(offer.get("items"))]
    return found

"""What people ask of a battery first, answered in a sentence each, above everything else on its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from api.handing_in import Outlet, outlets
from api.health_chart import Measured
from api.texts import Texts, moment
from ledger import passport
from ledger.identifiers import ItemId
from ledger.instants import Instant, format_day
from ledger.label_check import LabelVerdict
from ledger.passport import EventView, ItemView
from ledger.state import LOG, Log
from ledger.store import Snapshot
from ledger.vocabulary import Flag, Kind, Why

_UNITS: Final = frozenset({Kind.PACK, Kind.MODULE, Kind.CELL, Kind.PRODUCT})
_BAD_LABELS: Final = {
    LabelVerdict.FORGED: "genuine_not",
    LabelVerdict.REPLACED: "genuine_not",
    LabelVerdict.VOIDED: "genuine_void",
}


class Tone(StrEnum):
    """How an answer is coloured; the words say the same without colour."""

    GOOD = "good"
    LOOK = "look"
    BAD = "bad"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Answer:
    """One question and what the ledger answers; `outlets` are the places it names."""

    name: str
    tone: Tone
    told: str
    outlets: Sequence[Outlet] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Glanced:
    """What the answers rest on.

    Attributes:
        view: the item.
        words: what it is and where it is, as the page's first sentences.
        recalled_inside: its parts that an open recall is for.
        verdict: what the label says that led here; None where none did.
        views: the newest events of the item.
        measured: measurements that the reader may see.
        now: the time of the page.
    """

    view: ItemView
    words: Sequence[str]
    recalled_inside: Sequence[ItemId]
    verdict: LabelVerdict | None
    views: Sequence[EventView]
    measured: Sequence[Measured]
    now: Instant


def answers(snapshot: Snapshot, seen: Glanced, texts: Texts) -> list[Answer]:
    """Return the answers about an item: those that its kind and its state leave open."""
    what, *where = seen.words
    told = [Answer("made", Tone.PLAIN, what), Answer("where", Tone.PLAIN, " ".join(where))]
    if seen.view.item.kind not in _UNITS:
        return told
    told = [_genuine(seen, texts), *told, _healthy(snapshot, seen, texts), _recalled(seen, texts)]
    if not seen.view.ended and seen.view.item.identified_as is None:
        told.append(_hand_in(snapshot, seen, texts))
    return told


def fresh(snapshot: Snapshot, view: ItemView, size: int, now: Instant, texts: Texts) -> str:
    """Return as of when a page speaks, and how far the registrar has published that nothing is left out."""
    log = snapshot.states([LOG]).get(LOG)
    told = texts("glance.fresh", now=moment(now), size=f"{size:,}", latest=f"{view.item.latest:,}")
    if isinstance(log, Log) and log.published:
        return told + texts("site.space") + texts("glance.published", size=f"{log.published:,}")
    return told + texts("site.space") + texts("glance.unpublished")


def _genuine(seen: Glanced, texts: Texts) -> Answer:
    item = seen.view.item
    if seen.verdict is not None and seen.verdict in _BAD_LABELS:
        return Answer("genuine", Tone.BAD, texts(f"glance.{_BAD_LABELS[seen.verdict]}"))
    if item.declared is Why.CLONE:
        return Answer("genuine", Tone.BAD, texts("glance.genuine_clone"))
    if seen.view.amber:
        return Answer("genuine", Tone.LOOK, texts("glance.genuine_amber"))
    if seen.verdict is LabelVerdict.GENUINE:
        return Answer("genuine", Tone.GOOD, texts("glance.genuine_label", code=item.id.code))
    if item.made_on is None and item.declared is not None:
        return Answer("genuine", Tone.LOOK, texts("glance.genuine_declared"))
    return Answer("genuine", Tone.PLAIN, texts("glance.genuine_known"))


def _healthy(snapshot: Snapshot, seen: Glanced, texts: Texts) -> Answer:
    item = seen.view.item
    if Flag.QUARANTINED in item.flags:
        return Answer("healthy", Tone.BAD, texts("glance.healthy_quarantined"))
    if seen.measured:
        last = seen.measured[-1]
        return Answer("healthy", Tone.PLAIN, texts("glance.healthy_is", soh=last.percent, day=last.day))
    if item.measured is None:
        return Answer("healthy", Tone.PLAIN, texts("glance.healthy_unknown"))
    day = format_day(passport.view_event(snapshot, item.measured).event.at.day)
    return Answer("healthy", Tone.PLAIN, texts("glance.healthy_sealed", day=day))


def _recalled(seen: Glanced, texts: Texts) -> Answer:
    if seen.view.recalls and not seen.view.ended:
        return Answer("recalled", Tone.BAD, texts("glance.recalled_yes"))
    if seen.view.recalled_around:
        return Answer("recalled", Tone.LOOK, texts("glance.recalled_around"))
    if seen.recalled_inside:
        return Answer("recalled", Tone.LOOK, texts("glance.recalled_inside"))
    return Answer("recalled", Tone.GOOD, texts("glance.recalled_no"))


def _hand_in(snapshot: Snapshot, seen: Glanced, texts: Texts) -> Answer:
    district = next((found for view in reversed(seen.views) if (found := _district(view)) is not None), "")
    places = outlets(snapshot, district, seen.now.day, texts)
    return Answer("hand_in", Tone.PLAIN, texts("glance.hand_in" if places else "glance.hand_in_none"), places)


def _district(view: EventView) -> str | None:
    place = getattr(view.event.claims, "place", None)
    found = getattr(place, "district", None)
    return found if isinstance(found, str) else None

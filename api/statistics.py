"""Figures over the whole ledger, each with the events it rests on."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, Final

from flask import Blueprint, Response, current_app, request

from api.errors import HttpError
from api.generations import in_language
from api.language import language_of
from api.material import recovery_json
from api.schemas import load_query
from api.schemas.material import StatisticsQuery
from api.service import service
from ledger import figures, passport
from ledger.errors import MalformedError
from ledger.figures import Statistics
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.measures import ALLOWED, Batches, By, Figure, Measure
from ledger.passport import UnknownSubjectError
from ledger.state import Organisation
from ledger.store import Snapshot
from ledger.ways import Way
from ledger.wording import Language, word

BLUEPRINT: Final = Blueprint("statistics", __name__)
EXTENSION: Final = "packtrace.statistics"
MAX_KEPT: Final = 64
# What took so long to compute is shown for so many times as long, even when the log has grown meanwhile.
_REST: Final = 10
_EARLIEST: Final = date(1971, 1, 1)
_LATEST: Final = date(9998, 12, 31)

_Asked = tuple[Measure, By, date]


@dataclass(slots=True)
class _Kept:
    found: Any
    size: int
    at_s: float
    took_s: float


@dataclass(slots=True)
class Cache:
    """What was computed last, by what was asked; one thread computes at a time."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    kept: dict[_Asked | str, _Kept] = field(default_factory=dict)

    def get(self, snapshot: Snapshot, asked: _Asked) -> Statistics:
        """Return statistics; those of treatment steps share what was read of them."""
        read = partial(self.batches, snapshot)
        found: Statistics = self._get(snapshot, asked, lambda: figures.statistics(snapshot, *asked, read))
        return found

    def batches(self, snapshot: Snapshot) -> Batches:
        """Return the newest treatment steps."""
        found: Batches = self._get(snapshot, "batches", lambda: figures.newest_batches(snapshot))
        return found

    def ways(self, snapshot: Snapshot) -> dict[Way, int]:
        """Return how many packs went each way."""
        found: dict[Way, int] = self._get(snapshot, "ways", snapshot.count_ways)
        return found

    def _get(self, snapshot: Snapshot, asked: _Asked | str, compute: Callable[[], Any]) -> Any:  # noqa: ANN401  statistics or batches
        """Return what is kept, computed anew where the log has grown and it is old enough."""
        size = snapshot.head().size
        with self.lock:
            known, now_s = self.kept.get(asked), time.monotonic()
            if known is not None and (known.size == size or now_s - known.at_s < known.took_s * _REST):
                return known.found
            found = compute()
            self.kept.pop(asked, None)
            while len(self.kept) >= MAX_KEPT:
                self.kept.pop(next(iter(self.kept)))
            self.kept[asked] = _Kept(found, size, now_s, time.monotonic() - now_s)
            return found


@BLUEPRINT.get("/v1/statistics")
def statistics() -> Response:
    """Figures over the whole ledger; with `key` the events that one of them rests on."""
    query = load_query(StatisticsQuery, request)
    asked = _asked(query)
    lang = language_of(request)
    with service().snapshot() as snapshot:
        found = kept().get(snapshot, asked)
        told: dict[str, Any] = {
            "measure": asked[0].value,
            "by": asked[1].value,
            "until": asked[2].isoformat(),
            "size": found.size,
            "cut": found.cut,
        }
        if query["key"] is not None:
            told |= _events(snapshot, found, query)
        else:
            orgs = organisations_in(snapshot, found)
            told["figures"] = [_figure_json(one, asked[1], orgs, lang) for one in found.figures]
    return in_language(told, lang)


def _asked(query: Mapping[str, Any]) -> _Asked:
    measure: Measure = query["measure"]
    by: By = query["by"]
    if by not in ALLOWED[measure]:
        allowed = ", ".join(one.value for one in ALLOWED[measure])
        raise HttpError("http.parameter", path="by", reason=f"must be one of: {allowed}")
    until = query["until"] or Instant.from_ms(service().clock.now_ms()).day
    if not _EARLIEST <= until <= _LATEST:
        raise HttpError("http.parameter", path="until", reason="is out of range")
    return measure, by, until


def kept() -> Cache:
    """Return what this application keeps of statistics."""
    found = current_app.extensions.setdefault(EXTENSION, Cache())
    if not isinstance(found, Cache):
        raise TypeError("no cache of statistics")
    return found


def _events(snapshot: Snapshot, found: Statistics, query: Mapping[str, Any]) -> dict[str, Any]:
    figure = next((one for one in found.figures if one.key == query["key"]), None)
    if figure is None:
        raise UnknownSubjectError("statistics.key", query["key"])
    page, following = figures.events_of(
        snapshot, query["by"], figure, after=query["after"], limit=query["limit"]
    )
    return {"key": figure.key, "events": page, "next": following}


def _figure_json(
    figure: Figure, by: By, orgs: Mapping[ItemId, Organisation], lang: Language
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "key": figure.key,
        "label": label_of(figure, by, orgs, lang),
        **figure.values,
    }
    if figure.recovery:
        told["recovery"] = [recovery_json(one, lang) for one in figure.recovery]
    return told


def label_of(figure: Figure, by: By, orgs: Mapping[ItemId, Organisation], lang: Language) -> str:
    """Return what a figure is for, in words."""
    return " · ".join(_label(part, by, orgs, lang) for part in figure.key.split(" "))


def _label(part: str, by: By, orgs: Mapping[ItemId, Organisation], lang: Language) -> str:
    """Return a key in words: a code in its list's, a firm by its name, anything else as it stands."""
    if not part:
        return word("figure", "none", lang)
    org = orgs.get(_org(part)) if part.startswith("org:") else None
    if org is not None:
        return org.name_zh if lang is Language.ZH else org.name_en
    lists = (by.value, "step", "element", "material", "party", "figure")
    labels = (word(one, part, lang) for one in lists if one in _LISTS)
    return next((label for label in labels if label != part), part)


_LISTS: Final = frozenset({"phase", "kind", "material", "step", "element", "party", "figure"})


def _org(text: str) -> ItemId:
    try:
        return ItemId.parse(text)
    except MalformedError:
        return ItemId("org", "")


def organisations_in(snapshot: Snapshot, found: Statistics) -> Mapping[ItemId, Organisation]:
    """Return the firms that figures are for."""
    parts = (part for figure in found.figures for part in figure.key.split(" "))
    return passport.organisations(snapshot, {_org(part) for part in parts if part.startswith("org:")})

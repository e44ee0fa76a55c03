"""The dashboard: figures over the whole ledger as tables and flows, each leading to the signed events.

Public claims and states only, from the statistics that everybody may ask for (`api.statistics`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from marshmallow import fields, validate

from api.answers import PRIVATE
from api.claims_text import region
from api.desk_frame import POLICY
from api.errors import HttpError
from api.language import language_of
from api.pack_flow import address, pack_flow, stretch_words
from api.pages import page
from api.sankey import Flow, Sankey, lay_out
from api.schemas import FreeQuery, load_query
from api.service import service
from api.sessions import signed_in
from api.statistics import kept, label_of, organisations_in
from api.texts import Texts, moment
from ledger import figures, passport
from ledger.accounts import Batch, Recovery, by_material
from ledger.doubts import in_doubt
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.measures import ALLOWED, By, Figure, Measure
from ledger.state import Holder
from ledger.store import Snapshot
from ledger.ways import STAGES, Stretch, along
from ledger.wording import mass, word

BLUEPRINT: Final = Blueprint("dashboard", __name__)
PER_PAGE: Final = 50
MAX_ROWS: Final = 40
_ADDED, _LOSSES, _MISSING = "added", "losses", "unaccounted"
_IN, _STEP, _OUT = range(3)


class EventsQuery(FreeQuery):
    """The events of which figure."""

    measure = fields.Enum(Measure, by_value=True, required=True, metadata={"description": "what is measured"})
    by = fields.Enum(By, by_value=True, required=True, metadata={"description": "told apart by what"})
    key = fields.String(
        required=True, validate=validate.Length(max=300), metadata={"description": "the figure's key"}
    )
    after = fields.String(
        load_default="", validate=validate.Length(max=200), metadata={"description": "where the page begins"}
    )


class FlowQuery(FreeQuery):
    """The events of which flow."""

    side = fields.String(
        required=True,
        validate=validate.OneOf(["in", "out"]),
        metadata={"description": "into or out of the step"},
    )
    step = fields.String(
        required=True, validate=validate.Length(max=40), metadata={"description": "the treatment step"}
    )
    what = fields.String(
        required=True, validate=validate.Length(max=40), metadata={"description": "the material"}
    )


class PacksQuery(FreeQuery):
    """The packs on which stretch of their way."""

    stage = fields.Integer(
        required=True, validate=validate.Range(0, STAGES - 2), metadata={"description": "where it begins"}
    )
    source = fields.String(
        required=True, validate=validate.Length(max=40), metadata={"description": "what it leads from"}
    )
    target = fields.String(
        required=True, validate=validate.Length(max=40), metadata={"description": "what it leads to"}
    )
    after = fields.String(
        load_default="", validate=validate.Length(max=200), metadata={"description": "where the page begins"}
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One figure as a row: its name, its numbers in words, its share of the largest in percent, its link."""

    label: str
    values: Sequence[str]
    share: int
    href: str


@dataclass(frozen=True, slots=True)
class Rate:
    """How much of an element a treatment step recovered; `gaps`: why some of it cannot be assessed."""

    label: str
    step: str
    percent: str | None
    gaps: Sequence[str]
    assessed: int
    batches: int
    href: str


@BLUEPRINT.get("/dashboard")
def dashboard() -> Response:
    """Packs by phase, district and maker, flows of material, recovery and time to retirement."""
    texts = Texts(language_of(request))
    with service().snapshot() as snapshot:
        tables = {by.value: _packs(snapshot, by, texts) for by in (By.PHASE, By.DISTRICT, By.MAKER)}
        lives = _lives(snapshot, texts)
        rates = _rates(snapshot, texts)
        found = kept().batches(snapshot)
        ways = kept().ways(snapshot)
        size = snapshot.head().size
    drawn = lay_out(list(_flows(found.batches)))
    response = shown(
        "dashboard.html",
        tables=tables,
        lives=lives,
        rates=rates,
        packs=pack_flow(ways, texts, _chosen()),
        sankey=drawn,
        bands=_bands(drawn, texts),
        names=_names(drawn, texts),
        cut=found.cut,
        size_read=size,
    )
    response.headers["Content-Security-Policy"] = POLICY
    return response


@BLUEPRINT.get("/dashboard/events")
def events() -> Response:
    """The signed events that a figure rests on."""
    query = load_query(EventsQuery, request)
    measure, by = query["measure"], query["by"]
    if by not in ALLOWED[measure]:
        raise HttpError("http.not_found", path=request.path)
    texts = Texts(language_of(request))
    with service().snapshot() as snapshot:
        found = kept().get(snapshot, (measure, by, _today()))
        figure = next((one for one in found.figures if one.key == query["key"]), None)
        if figure is None:
            raise HttpError("http.not_found", path=request.path)
        ids, following = figures.events_of(snapshot, by, figure, after=query["after"], limit=PER_PAGE)
        label = _label(figure, by, texts, organisations_in(snapshot, found))
        lines = _lines(snapshot, ids, texts)
    more = None if following is None else f"?{urlencode({**_plain(request.args), 'after': following})}"
    return shown("dashboard_events.html", label=label, lines=lines, more=more)


@BLUEPRINT.get("/dashboard/flow")
def flow() -> Response:
    """The signed events that one band of the flows of material rests on."""
    query = load_query(FlowQuery, request)
    texts = Texts(language_of(request))
    step, what = query["step"], query["what"]
    place = _IN if query["side"] == "in" else _OUT
    with service().snapshot() as snapshot:
        batches = kept().batches(snapshot).batches
        ids = [one.event for one in batches if one.step == step and _amounts(one, place).get(what)]
        lines = _lines(snapshot, ids[-PER_PAGE:], texts)
    if not lines:
        raise HttpError("http.not_found", path=request.path)
    names = [_material(what, texts), texts.word("step", step)]
    label = " → ".join(names if place == _IN else reversed(names))
    return shown("dashboard_events.html", label=label, lines=lines, more=None)


@BLUEPRINT.get("/dashboard/packs")
def packs() -> Response:
    """The packs that went a stretch of the way, each with the signed event that put it where it is."""
    query = load_query(PacksQuery, request)
    texts = Texts(language_of(request))
    stretch = Stretch(query["stage"], query["source"], query["target"])
    with service().snapshot() as snapshot:
        ways = along(kept().ways(snapshot), stretch)
        rows, following = snapshot.tips_on_ways(ways, after=query["after"], limit=PER_PAGE)
        gone = dict[str, list[ItemId]]()
        for item, tip in rows:
            gone.setdefault(tip, []).append(ItemId.parse(item))
        lines = _lines(snapshot, gone, texts, gone)
    if not ways:
        raise HttpError("http.not_found", path=request.path)
    more = None if following is None else address(stretch, {**_chosen(), "after": following})
    return shown("dashboard_events.html", label=stretch_words(stretch, texts), lines=lines, more=more)


def _packs(snapshot: Snapshot, by: By, texts: Texts) -> list[Row]:
    found = kept().get(snapshot, (Measure.PACKS, by, _today()))
    orgs = organisations_in(snapshot, found)
    most = max((one.values["count"] for one in found.figures), default=1)
    return [
        Row(
            _label(one, by, texts, orgs),
            (f"{one.values['count']:,}", mass(one.values["mass_g"])),
            max(1, one.values["count"] * 100 // most),
            _address(Measure.PACKS, by, one.key),
        )
        for one in sorted(found.figures, key=lambda one: -one.values["count"])[:MAX_ROWS]
    ]


def _lives(snapshot: Snapshot, texts: Texts) -> list[Row]:
    found = kept().get(snapshot, (Measure.TIME_TO_RETIREMENT, By.YEAR, _today()))
    most = max((one.values["median_days"] for one in found.figures), default=1)
    return [
        Row(
            _label(one, By.YEAR, texts, {}),
            [f"{one.values[name]:,}" for name in ("count", "median_days", "least_days", "most_days")],
            max(1, one.values["median_days"] * 100 // max(1, most)),
            _address(Measure.TIME_TO_RETIREMENT, By.YEAR, one.key),
        )
        for one in found.figures[:MAX_ROWS]
    ]


def _rates(snapshot: Snapshot, texts: Texts) -> list[Rate]:
    found = kept().get(snapshot, (Measure.RECOVERY, By.ELEMENT, _today()))
    return [_rate(figure, recovery, texts) for figure in found.figures for recovery in figure.recovery][
        :MAX_ROWS
    ]


def _rate(figure: Figure, found: Recovery, texts: Texts) -> Rate:
    percent = None if found.permille is None else f"{found.permille / 10:.1f} %"
    return Rate(
        texts.word("element", found.element),
        texts.word("step", figure.key.partition(" ")[2]),
        percent,
        [word("gap", gap, texts.lang) for gap in sorted(found.gaps)],
        found.assessed,
        found.batches,
        _address(Measure.RECOVERY, By.ELEMENT, figure.key),
    )


def _flows(batches: Sequence[Batch]) -> Iterator[Flow]:
    """Yield what went into each step and what came out, by material, in g."""
    sums: dict[tuple[int, str, str], int] = {}
    for one in batches:
        for place in (_IN, _OUT):
            for what, amount in _amounts(one, place).items():
                key = (place, one.step.value, what)
                sums[key] = sums.get(key, 0) + amount
    for (place, step, what), amount in sums.items():
        ends = ((_IN, what), (_STEP, step)) if place == _IN else ((_STEP, step), (_OUT, what))
        yield Flow(*ends, amount)


def _amounts(batch: Batch, place: int) -> dict[str, int]:
    if place == _IN:
        return {**by_material(batch.inputs), _ADDED: batch.added_g}
    rest = {_LOSSES: batch.losses_g, _MISSING: max(0, batch.difference_g)}
    return {**by_material(batch.outputs), **rest}


def _bands(drawn: Sankey, texts: Texts) -> list[tuple[Any, str, str]]:
    """Return each band with its words and the address of its events."""
    found = []
    for band in drawn.bands:
        place = _IN if band.flow.source[0] == _IN else _OUT
        step, what = (
            (band.flow.target[1], band.flow.source[1])
            if place == _IN
            else (band.flow.source[1], band.flow.target[1])
        )
        names = [_material(what, texts), texts.word("step", step)]
        told = " → ".join(names if place == _IN else reversed(names))
        query = {"side": "in" if place == _IN else "out", "step": step, "what": what, **_chosen()}
        found.append((band, f"{told}: {mass(band.flow.amount)}", f"/dashboard/flow?{urlencode(query)}"))
    return found


def _names(drawn: Sankey, texts: Texts) -> dict[tuple[int, str], str]:
    return {
        (one.column, one.key): texts.word("step", one.key)
        if one.column == _STEP
        else _material(one.key, texts)
        for one in drawn.nodes
    }


def _material(what: str, texts: Texts) -> str:
    if what in {_ADDED, _LOSSES, _MISSING}:
        return Texts(texts.lang, "desk")(f"flow.{what}")
    named = texts.word("material", what)
    return named if named != what else texts.word("figure", what)


def _label(figure: Figure, by: By, texts: Texts, orgs: Mapping[Any, Any]) -> str:
    if by is By.DISTRICT and figure.key:
        if figure.key == Holder.INHERITED:
            return Texts(texts.lang, "desk")("dash.inside")
        place = region(figure.key, texts)
        return texts.word("party", figure.key) if place == figure.key else place
    return label_of(figure, by, orgs, texts.lang)


def _lines(
    snapshot: Snapshot, ids: Iterable[str], texts: Texts, items: Mapping[str, Sequence[ItemId]] | None = None
) -> list[dict[str, Any]]:
    """Tell events by id, each with the items it is listed for, else with the first few of its own."""
    found = list[dict[str, Any]]()
    for one in ids:
        view = passport.view_event(snapshot, one)
        found.append(
            {
                "id": view.event.id,
                "title": texts.word("event", view.event.type),
                "index": view.index,
                "at": moment(view.event.at),
                "by": str(view.event.iss) if view.signer is None else texts.name(view.signer),
                "items": items[one] if items else [item for item in view.event.prev if not item.is_org][:4],
                "amber": view.amber,
            }
        )
    doubtful = in_doubt(snapshot, {item for line in found for item in line["items"]})
    return [{**line, "doubtful": doubtful} for line in found]


def _address(measure: Measure, by: By, key: str) -> str:
    query = {"measure": measure.value, "by": by.value, "key": key, **_chosen()}
    return f"/dashboard/events?{urlencode(query)}"


def _chosen() -> dict[str, str]:
    return {"lang": request.args["lang"]} if request.args.get("lang") else {}


def _plain(args: Mapping[str, str]) -> dict[str, str]:
    return {name: args[name] for name in ("measure", "by", "key", "lang") if name in args}


def _today() -> Any:  # noqa: ANN401  a day
    return Instant.from_ms(service().clock.now_ms()).day


def shown(template: str, **values: Any) -> Response:  # noqa: ANN401  what a template shows
    """Return a page that everybody may see, with the frame of the desk for who is signed in."""
    who = signed_in(request)
    response = page(template, d=Texts(language_of(request), "desk"), who=who, **values)
    response.vary.add("Cookie")
    if who is not None:
        response.headers["Cache-Control"] = PRIVATE
        response.headers["Access-Control-Allow-Origin"] = service().config.base_url
    return response

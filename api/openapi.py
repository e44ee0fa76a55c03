"""openapi.json: every route, every event type with its claims, every problem; and /docs, the same for people.

The claims come from the classes that decode them, so that what is written here is what is accepted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Blueprint, Response, current_app, request
from marshmallow import Schema
from werkzeug.routing import Rule

from api import events
from api.answers import answer
from api.audit import GrowthQuery
from api.dashboard import EventsQuery, FlowQuery, PacksQuery
from api.desk import ItemQuery, NextQuery
from api.desk_consent import ConsentQuery
from api.desk_forms import NameQuery, PrepareBody
from api.desk_keys import SignedQuery
from api.errors import PROBLEM, STATUS
from api.pages import page
from api.schemas import load_query
from api.schemas.findings import FindingsQuery
from api.schemas.labels import DeskLabelQuery, LabelQuery, LabelsBody
from api.schemas.material import StatisticsQuery, TreeQuery
from api.schemas.queries import (
    BundleQuery,
    DossierQuery,
    FeedQuery,
    FindQuery,
    HistoryQuery,
    IndexQuery,
    KeysQuery,
    NoQuery,
    PassportQuery,
    ReadsQuery,
    ReceiptQuery,
    SharesQuery,
    SubmitQuery,
)
from api.schemas.requests import DecodeBody, LookupBody, ResolveBody, ShareBody, SubmissionBody
from api.schemas.searching import ItemsQuery, OffersQuery
from api.sessions import SignInBody
from api.witnesses import KeptQuery
from ledger import wording
from ledger.claims import Schema as ClaimSchema
from ledger.claims import codec_of
from ledger.dossier.form import MEDIA_TYPE as DOSSIER
from ledger.events import REGISTRY, Claims
from ledger.printing.formats import Format

BLUEPRINT: Final = Blueprint("openapi", __name__)
VERSION: Final = "0.1.0"
_JSON: Final = "application/json"
_FORM: Final = "multipart/form-data"
_HTML: Final = "text/html"
_BYTES: Final = "application/octet-stream"
_TEXT: Final = "text/plain"
_PDF: Final = Format.PDF.media_type
_ZPL: Final = Format.ZPL.media_type


@dataclass(frozen=True, slots=True)
class Operation:
    """What a route takes and gives, beside what its function says of it.

    Attributes:
        gives: media types of its answer.
        query: its query parameters.
        takes: its bodies by media type; None is a text.
        statuses: of what it answers when all is well.
        token: whether a bearer token shows more.
        needs_token: whether there is no answer without one.
    """

    gives: tuple[str, ...] = (_JSON,)
    query: type[Schema] | None = None
    takes: Mapping[str, type[Schema] | None] | None = None
    statuses: tuple[int, ...] = (200,)
    token: bool = False
    needs_token: bool = False


OPERATIONS: Final[Mapping[str, Operation]] = {
    "events.submit": Operation(
        (_TEXT, _JSON),
        SubmitQuery,
        {events.SD_JWT: None, events.JSON: SubmissionBody, events.ND_JSON: None},
        (200, 201),
    ),
    "events.feed": Operation(query=FeedQuery),
    "events.event": Operation(token=True),
    "events.receipt": Operation((_TEXT,), ReceiptQuery),
    "findings.findings": Operation(query=FindingsQuery, token=True),
    "items.items": Operation(query=ItemsQuery),
    "items.item": Operation(),
    "items.history": Operation(query=HistoryQuery),
    "dossiers.dossier": Operation((DOSSIER,), query=DossierQuery, token=True),
    "dossiers.index": Operation((DOSSIER,), query=IndexQuery),
    "generations.tree": Operation(query=TreeQuery),
    "generations.lot_account": Operation(),
    "generations.event_account": Operation(),
    "statistics.statistics": Operation(query=StatisticsQuery),
    "reads.reads": Operation(query=ReadsQuery, needs_token=True),
    "shares.issue": Operation(takes={_JSON: ShareBody}, statuses=(201,), needs_token=True),
    "shares.issued": Operation(query=SharesQuery, needs_token=True),
    "shares.revoke": Operation(needs_token=True),
    "documents.put": Operation(takes={_BYTES: None}, statuses=(200, 201), needs_token=True),
    "documents.get": Operation((_BYTES,), token=True),
    "items.lookup": Operation(takes={_JSON: LookupBody}),
    "offers.offers": Operation(query=OffersQuery),
    "orgs.orgs": Operation(),
    "orgs.org": Operation(),
    "orgs.keys": Operation(query=KeysQuery),
    "orgs.events": Operation(query=HistoryQuery),
    "vehicles.resolve": Operation(takes={_JSON: ResolveBody}, token=True),
    "orgs.bundle": Operation(query=BundleQuery),
    "codes.decode": Operation(takes={_JSON: DecodeBody}),
    "codes.rules": Operation(),
    "log.checkpoint": Operation((_TEXT,)),
    "witnesses.released": Operation((_TEXT,)),
    "witnesses.kept": Operation(query=KeptQuery),
    "witnesses.kept_of_size": Operation((_TEXT,)),
    "witnesses.policy": Operation((_TEXT,)),
    "witnesses.witnesses": Operation(),
    "log.entries": Operation((_BYTES,)),
    "log.tile": Operation((_BYTES,)),
    "log.trust": Operation(),
    "labels.svg": Operation(("image/svg+xml",), LabelQuery, token=True),
    "labels.png": Operation(("image/png",), LabelQuery, token=True),
    "labels.pdf": Operation((_PDF,), LabelQuery, needs_token=True),
    "labels.zpl": Operation((_ZPL,), LabelQuery, needs_token=True),
    "labels.labels": Operation(
        (_PDF, _ZPL, "image/svg+xml", "image/png"), takes={_JSON: LabelsBody}, needs_token=True
    ),
    "gate.scan": Operation((_HTML,)),
    "gate.worker": Operation(("text/javascript",)),
    "gate.manifest": Operation(("application/manifest+json",)),
    "gate.device": Operation(("image/svg+xml",)),
    "gate.stop_list": Operation(),
    "pages.home": Operation((_HTML,)),
    "pages.find": Operation((_HTML,), FindQuery, statuses=(303,)),
    "pages.show": Operation((_HTML, _JSON), PassportQuery),
    "pages.label": Operation((_HTML,), PassportQuery),
    "pages.problem": Operation((_HTML,)),
    "audit.audit": Operation((_HTML,)),
    "audit.growth": Operation(query=GrowthQuery),
    "dashboard.dashboard": Operation((_HTML,)),
    "dashboard.events": Operation((_HTML,), EventsQuery),
    "dashboard.flow": Operation((_HTML,), FlowQuery),
    "dashboard.packs": Operation((_HTML,), PacksQuery),
    "desk.sign_in": Operation((_HTML,), NextQuery),
    "desk.begin": Operation((), takes={_JSON: SignInBody}, statuses=(204,), needs_token=True),
    "desk.whose": Operation(),
    "desk.sign_out": Operation((_HTML,), statuses=(303,)),
    "desk.desk": Operation((_HTML,)),
    "desk.find": Operation((_HTML,), ItemQuery, statuses=(303,)),
    "desk.item": Operation((_HTML,)),
    "desk.label": Operation(tuple(one.media_type for one in Format), DeskLabelQuery),
    "desk_shares.sharing": Operation((_HTML,)),
    "desk_forms.form": Operation((_HTML,), NameQuery),
    "desk_forms.load": Operation((_HTML,)),
    "desk_forms.state": Operation((_HTML,)),
    "desk_forms.alone": Operation((_HTML,), NameQuery),
    "desk_forms.recall": Operation((_HTML,)),
    "desk_forms.finding": Operation((_HTML,)),
    "desk_forms.about_event": Operation((_HTML,)),
    "desk_forms.prepare": Operation(takes={_JSON: PrepareBody}),
    "desk_consent.ask": Operation((_HTML,)),
    "desk_consent.answer": Operation((_HTML,), ConsentQuery),
    "desk_keys.keys": Operation((_HTML,)),
    "desk_keys.revoke": Operation((_HTML,)),
    "desk_keys.confirm": Operation((_HTML,), SignedQuery),
    "importing.start": Operation((_HTML,)),
    "importing.columns": Operation((_HTML,), takes={_FORM: None}),
    "importing.check_table": Operation(takes={_FORM: None}),
    "ledger_pages.org": Operation((_HTML,)),
    "ledger_pages.event": Operation((_HTML,)),
    "health.healthz": Operation(),
    "health.readyz": Operation(),
    "openapi.document": Operation(),
    "openapi.docs": Operation((_HTML,)),
    "static": Operation(("*/*",)),
}


@dataclass(frozen=True, slots=True)
class EventType:
    """One event type, as /docs shows it."""

    name: str
    about: str
    kind: type[Claims]
    claims: Sequence[tuple[str, str, bool]]
    restricted: Sequence[tuple[str, str, bool]]


@BLUEPRINT.get("/openapi.json")
def document() -> Response:
    """This interface as OpenAPI 3.1."""
    load_query(NoQuery, request)
    return answer(_document())


@BLUEPRINT.get("/docs")
def docs() -> Response:
    """This interface for people."""
    paths = dict(
        sorted(_document()["paths"].items(), key=lambda one: (not one[0].startswith("/v1/"), one[0]))
    )
    return page("docs.html", paths=paths, types=event_types(), rules=wording.rules())


@cache
def _document() -> dict[str, Any]:
    # One process serves one application, whose routes do not change.
    spec = APISpec(
        title="Packtrace",
        version=VERSION,
        openapi_version="3.1.0",
        info={"description": "An open ledger for EV battery traceability and recycling."},
        plugins=[MarshmallowPlugin(schema_name_resolver=_name_of)],
    )
    spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    spec.components.schema("Problem", _PROBLEM_SCHEMA)
    for name, kind in sorted(REGISTRY.items()):
        spec.components.schema(name, {**codec_of(kind).schema, "description": _first_line(kind)})
        for claim, row in kind.row.restricted.items():
            spec.components.schema(f"{name}.restricted.{claim}", dict(row.codec.schema))
    for rule in sorted(current_app.url_map.iter_rules(), key=lambda rule: rule.rule):
        spec.path(path=_path(rule), operations=dict(_operations(rule)))
    return spec.to_dict()


def event_types() -> list[EventType]:
    """Return every event type with its claims, by name."""
    return [
        EventType(
            name=name,
            about=_first_line(kind),
            kind=kind,
            claims=list(_claims(codec_of(kind).schema)),
            restricted=[
                (claim, form(row.codec.schema), row.required) for claim, row in kind.row.restricted.items()
            ],
        )
        for name, kind in sorted(REGISTRY.items())
    ]


def form(schema: ClaimSchema) -> str:
    """Return in a few words what a claim may be."""
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    kind = schema.get("type", "")
    if kind == "array":
        return f"[{form(schema['items'])}] {schema.get('minItems', 0)}–{schema.get('maxItems', '')}"
    if kind == "object" and "properties" in schema:
        return "{" + ", ".join(f"{name}: {form(one)}" for name, one in schema["properties"].items()) + "}"
    if kind == "integer":
        return f"integer {schema['minimum']}–{schema['maximum']}"
    return str(schema.get("description") or schema.get("pattern") or kind)


def _claims(schema: ClaimSchema) -> Iterator[tuple[str, str, bool]]:
    required = schema.get("required", ())
    for name, one in schema["properties"].items():
        yield name, form(one), name in required


def _operations(rule: Rule) -> Iterator[tuple[str, dict[str, Any]]]:
    view = current_app.view_functions[rule.endpoint]
    known = OPERATIONS[rule.endpoint]
    for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
        operation: dict[str, Any] = {
            "operationId": f"{rule.endpoint}.{method.lower()}"
            + ("" if _is_first(rule) else f".{_slug(rule)}"),
            "summary": _first_line(view) or "A file that the pages use.",
            "parameters": _parameters(rule, known),
            "responses": _responses(known),
        }
        if known.takes:
            content = {media: {"schema": body or {"type": "string"}} for media, body in known.takes.items()}
            operation["requestBody"] = {"required": True, "content": content}
        if known.token:
            operation["security"] = [{}, {"bearer": []}]
        if known.needs_token:
            operation["security"] = [{"bearer": []}]
        yield method.lower(), operation


def _parameters(rule: Rule, known: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"in": "path", "name": name, "required": True, "schema": {"type": "string"}}
        for name in sorted(rule.arguments)
    ]
    if known.query is not None:
        found.append({"in": "query", "schema": known.query})
    return found


def _responses(known: Operation) -> dict[str, Any]:
    content: dict[str, Any] = {media: {"schema": {}} for media in known.gives}
    problems = {
        str(status): {
            "description": "a problem (RFC 9457)",
            "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in sorted({*STATUS.values(), 401, 404, 405})
        if known.takes or status in {400, 401, 404, 503}
    }
    good = {str(status): {"description": "as asked", "content": content} for status in known.statuses}
    return {**good, **problems}


def _path(rule: Rule) -> str:
    return "".join(f"{{{part}}}" if dynamic else part for dynamic, part in _parts(rule))


def _parts(rule: Rule) -> Iterator[tuple[bool, str]]:
    rest = rule.rule
    while "<" in rest:
        plain, _, after = rest.partition("<")
        inside, _, rest = after.partition(">")
        yield False, plain
        yield True, inside.rpartition(":")[2]
    yield False, rest


def _is_first(rule: Rule) -> bool:
    return next(current_app.url_map.iter_rules(rule.endpoint)) is rule


def _slug(rule: Rule) -> str:
    return rule.rule.partition("<")[0].strip("/").replace("/", "_")


def _first_line(documented: object) -> str:
    return (documented.__doc__ or "").strip().partition("\n")[0]


def _name_of(schema: Any) -> str:  # noqa: ANN401  apispec hands over a class or an instance
    return (schema if isinstance(schema, type) else type(schema)).__name__


_PROBLEM_SCHEMA: Final = {
    "type": "object",
    "description": "RFC 9457, in Chinese or English by Accept-Language.",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "remedy": {"type": "string", "description": "what to do"},
        "rule": {"type": "string", "description": "the rule that refuses"},
        "item": {"type": ["string", "null"], "description": "what it is about"},
        "facts": {"type": "object", "description": "what the sentence was made of"},
        "blocking": {
            "type": "array",
            "items": {"type": "string"},
            "description": "ids of the events in the way",
        },
        "tips": {
            "type": "object",
            "additionalProperties": {"type": ["string", "null"]},
            "description": "where `prev` was stale: each item's latest touching event",
        },
    },
    "required": ["type", "title", "status", "detail", "remedy", "rule"],
}

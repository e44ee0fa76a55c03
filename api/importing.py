"""Tables at the desk: uploaded, mapped, tried; what comes of them the browser signs (docs/import.md).

Nothing of a table is kept here. It comes along with each step, and what is left to do lies in the browser,
so it does not matter which process answers.
"""

from typing import Final
from uuid import uuid4

from flask import Blueprint, Response, render_template, request

from api.answers import PRIVATE, answer
from api.desk_frame import desk_page, who_acts
from api.errors import HttpError, problem_of
from api.importing_page import Shown, choices, guessed, previews, shown
from api.language import language_of
from api.schemas import load_query, read_json
from api.schemas.queries import NoQuery
from api.service import service
from api.sessions import SignedIn, check_csrf
from api.texts import Texts
from crypto.strictjson import Json
from ledger.claims import encode
from ledger.importing.headers import draft, untold
from ledger.importing.mapping import MAX_BYTES, Mapping, format_mapping, parse, read
from ledger.importing.problems import Problem, in_order
from ledger.importing.statements import Checked, check, with_vehicles
from ledger.importing.table import Limits, Table
from ledger.importing.tables import read_table
from ledger.importing.targets import importable
from ledger.importing.trial import Draft, Trial, Tried
from ledger.wording import read as read_texts
from ledger.workspace import Workspace

BLUEPRINT: Final = Blueprint("importing", __name__)
LIMITS: Final = Limits(file_bytes=4 * 1024 * 1024, unpacked_bytes=16 * 1024 * 1024, rows=2_000, cells=100_000)
"""A page is for a table that somebody looks at; what is larger goes by `packtrace import`."""
MAX_PROBLEMS: Final = 5_000


@BLUEPRINT.get("/desk/import")
def start() -> Response:
    """The import of a table, step by step."""
    found = who_acts()
    offered = choices(found, Texts(language_of(request)))
    words = dict(read_texts("api", "importing", language_of(request))["words"])
    return desk_page("import.html", who=found, i=_texts(), words=words, limits=LIMITS, offered=offered)


@BLUEPRINT.post("/desk/import/columns")
def columns() -> Response:
    """What a table seems to be, and what its columns seem to tell: a piece of the page."""
    acting = _acting()
    table = read_table(_file("table"), request.form.get("sheet") or None, LIMITS)
    found = _mapped(acting, table)
    response = Response(render_template("import_columns.html", i=_texts(), found=found))
    response.headers["Cache-Control"] = PRIVATE
    return response


@BLUEPRINT.post("/desk/import/check")
def check_table() -> Response:
    """What the rows of a table would state, or everything that is wrong with them; nothing is kept."""
    acting = _acting()
    mapping = _mapping(_part("mapping").encode())
    table = read_table(_file("table"), mapping.sheet, LIMITS)
    checked = check(table, mapping, issuer=acting.org.id, now_ms=service().clock.now_ms())
    tried = _tried(acting, checked)
    problems = in_order([*checked.problems, *tried.problems])
    return answer(_told(acting, checked, tried, problems) | {"mapping": _file_of(mapping)}, cache=PRIVATE)


def _acting() -> SignedIn:
    load_query(NoQuery, request)
    found = who_acts()
    check_csrf(request, found)
    return found


def _mapped(acting: SignedIn, table: Table) -> Shown:
    """Return a mapping that people may change: the one they brought along, else a draft from the headers."""
    texts = Texts(language_of(request))
    offered = choices(acting, texts)
    given = request.files.get("mapping")
    wanted = _part("event")
    if given is not None and not wanted:
        mapping = parse(given.stream.read(MAX_BYTES + 1))
        return shown(acting, table, mapping, texts, offered=offered, missing=untold(mapping))
    if (wanted and not importable(wanted)) or not (wanted or offered):
        raise HttpError("http.malformed", path="event", reason="is no event type that a table can tell")
    guess = draft(wanted or guessed(table.header, offered), table.header, request.form.get("sheet") or None)
    unsure = frozenset(guess.unsure)
    return shown(acting, table, guess.mapping, texts, offered=offered, missing=guess.missing, unsure=unsure)


def _mapping(data: bytes) -> Mapping:
    members = read_json(data)
    if not isinstance(members, dict):
        raise HttpError("http.malformed", path="mapping", reason="must be a JSON object")
    return read(members)


def _tried(acting: SignedIn, checked: Checked) -> Tried:
    """Ask the ledger's rules about every event that could be read."""
    statements, lang = with_vehicles(checked.statements, uuid4), language_of(request)
    with service().snapshot() as snapshot:
        trial = Trial(
            key=acting.key,
            origin=service().config.origin,
            index=snapshot.head().size,
            now_ms=service().clock.now_ms(),
            words=lambda refusal: problem_of(refusal).wording(lang),
        )
        return trial.run(checked, statements, Workspace(snapshot.states))


def _told(acting: SignedIn, checked: Checked, tried: Tried, problems: tuple[Problem, ...]) -> dict[str, Json]:
    """Return problems, or else what is to be signed: nothing is, as long as anything is wrong."""
    texts = Texts(language_of(request))
    found: dict[str, Json] = {
        "title": texts.word("event", checked.plan.event),
        "rows": checked.rows,
        "count": len(checked.statements),
        "wrong": len(problems),
        "problems": [one.to_json(texts.lang) for one in problems[:MAX_PROBLEMS]],
    }
    if problems:
        return found
    with service().snapshot() as snapshot:
        found["preview"] = previews(snapshot, tried.drafts, texts)
    event: dict[str, Json] = {
        "event": checked.plan.event,
        "aud": service().config.origin,
        "iss": str(acting.org.id),
    }
    return found | {"event": event, "drafts": [_draft(one) for one in tried.drafts]}


def _draft(one: Draft) -> dict[str, Json]:
    return {
        "name": one.name,
        "rows": list(one.statement.rows),
        "at": None if one.statement.at is None else one.statement.at.text,
        "prev": {str(item): tip for item, tip in one.prev.items()},
        "data": encode(one.statement.claims),
        "restricted": dict(one.statement.restricted),
    }


def _file_of(mapping: Mapping) -> str:
    return format_mapping(mapping, {}, _texts()("columns.heading"))


def _file(name: str) -> bytes:
    given = request.files.get(name)
    if given is None:
        raise HttpError("http.malformed", path=name, reason="is missing")
    with given.stream as stream:
        return bytes(stream.read(LIMITS.file_bytes + 1))


def _part(name: str) -> str:
    return request.form.get(name, "")


def _texts() -> Texts:
    return Texts(language_of(request), "importing")

"""Events in and out: submit, feed, one event, its receipt."""

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any, Final

from flask import Blueprint, Response, request

from api.answers import PRIVATE, TEXT, answer, plain
from api.auth import reader, reader_as_known, record
from api.errors import HttpError, problem_json, problem_of
from api.language import language_of
from api.render import event_json
from api.schemas import load_body, load_query, read_json
from api.schemas.queries import FeedQuery, NoQuery, ReceiptQuery, SubmitQuery
from api.schemas.requests import MAX_EVENTS, SubmissionBody
from api.service import service
from api.waiting import waiting_place
from ledger import passport, reading
from ledger.cosigning.folder import Published
from ledger.passport import UnknownSubjectError
from ledger.proofs import fresh_receipt, fresh_receipts
from ledger.sequencer.outcomes import Duplicate, Logged, Outcome, OutcomeUnknownError, Passed, Refused
from ledger.store import CommitError

BLUEPRINT: Final = Blueprint("events", __name__)
SD_JWT: Final = "application/sd-jwt"
JSON: Final = "application/json"
ND_JSON: Final = "application/x-ndjson"


@BLUEPRINT.post("/v1/events")
def submit() -> Response:
    """Take one event, or up to 1,000 in their order."""
    query = load_query(SubmitQuery, request)
    encoding = request.headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise HttpError("http.encoding", found=encoding)
    if request.mimetype == SD_JWT:
        return _submit_one(_text(request.get_data()), **query)
    return _submit_many(_texts(), **query)


@BLUEPRINT.get("/v1/events")
def feed() -> Response:
    """The log as a feed for machines, entry by entry."""
    query = load_query(FeedQuery, request)
    start = query["after"] + 1
    size = _size_beyond(start, query["wait"])
    stop = min(size, start + query["limit"])
    with service().snapshot() as snapshot:
        stop = passport.stop_of_page(snapshot, start, stop)
        views = passport.feed(snapshot, start, stop) if start < stop else ()
    return answer(
        {
            "size": size,
            "events": [event_json(view) for view in views],
            "next": views[-1].index if views else query["after"],
        }
    )


def _size_beyond(start: int, wait_s: int) -> int:
    """Return the released size; where nothing is from `start` on, waited for as long as that is asked."""
    size = service().sequencer.released().checkpoint.size
    # Whoever asks for what lies further ahead than the next entry has no use for the next entry.
    if start != size or not wait_s:
        return size
    with waiting_place():
        return service().sequencer.released_beyond(start, timeout_s=wait_s).checkpoint.size


@BLUEPRINT.get("/v1/events/<event_id>")
def event(event_id: str) -> Response:
    """One event with its place; to who has a right, its restricted claims."""
    load_query(NoQuery, request)
    asking = reader(request)
    with service().snapshot() as snapshot:
        view = passport.view_event(snapshot, event_id)
        revealed = reading.reveal(snapshot, view, reader_as_known(snapshot, asking))
    members = event_json(view)
    if asking is not None and revealed.claims:
        record(asking, [revealed])
        members["restricted"] = {one.name: one.value for one in revealed.claims}
        members["disclosures"] = [one.text for one in revealed.claims]
    response = answer(members, cache=PRIVATE) if asking is not None else answer(members)
    response.vary.add("Authorization")
    return response


@BLUEPRINT.get("/v1/events/<event_id>/receipt")
def receipt(event_id: str) -> Response:
    """A fresh receipt: the event's inclusion in the latest checkpoint, a text that verifies alone."""
    wait = load_query(ReceiptQuery, request)["wait"]
    with service().snapshot() as snapshot:
        entry = snapshot.find_entry(event_id)
    if entry is None:
        raise UnknownSubjectError("event.unknown", event_id)
    _await_witnesses(entry[0], wait)
    tree = service().covering(entry[0])
    with service().snapshot() as snapshot:
        found = fresh_receipt(snapshot, event_id, size=tree.checkpoint.size, note=tree.note)
    if found is None:
        raise UnknownSubjectError("event.unknown", event_id)
    return plain(found.format(), TEXT)


def _submit_one(text: str, *, atomic: bool, dry_run: bool, wait: str | None) -> Response:
    [outcome] = _witnessed(service().sequencer.submit([text], atomic=atomic, dry_run=dry_run), wait)
    if isinstance(outcome, Refused):
        raise outcome.refusal
    if isinstance(outcome, Passed):
        return answer({"results": [_result(outcome)]})
    response = plain(outcome.receipt_text, TEXT, 201 if isinstance(outcome, Logged) else 200)
    response.headers["Location"] = f"/v1/events/{outcome.event_id}"
    return response


def _submit_many(texts: Sequence[str], *, atomic: bool, dry_run: bool, wait: str | None) -> Response:
    try:
        outcomes = _witnessed(service().sequencer.submit(texts, atomic=atomic, dry_run=dry_run), wait)
    except (OutcomeUnknownError, CommitError) as error:
        problem = problem_json(problem_of(error), language_of(request))
        return answer({"results": [{"result": "unknown", "problem": problem} for _ in texts]})
    return answer({"results": [_result(outcome) for outcome in outcomes]})


def _await_witnesses(index: int, wait: str | None) -> Published | None:
    """Return the published checkpoint that covers an entry, waited for where that is asked; else None."""
    found = service().witnesses
    if wait is None or found is None or not found.policy.demands_witnesses:
        return None
    return found.wait_for(index)


def _witnessed(outcomes: list[Outcome], wait: str | None) -> list[Outcome]:
    """Return outcomes with receipts against a cosigned checkpoint, where one is awaited and in time."""
    taken = [one for one in outcomes if isinstance(one, Logged | Duplicate)]
    if not taken:
        return outcomes
    tree = _await_witnesses(max(one.index for one in taken), wait)
    if tree is None:
        return outcomes
    with service().snapshot() as snapshot:
        receipts = fresh_receipts(
            snapshot, [one.index for one in taken], size=tree.checkpoint.size, note=tree.note
        )
    return [
        replace(one, receipt_text=receipts[one.index].format())
        if isinstance(one, Logged | Duplicate)
        else one
        for one in outcomes
    ]


def _result(outcome: Outcome) -> dict[str, Any]:
    match outcome:
        case Logged(event_id, index, receipt_text):
            return {"result": "logged", "id": event_id, "index": index, "receipt": receipt_text}
        case Duplicate(event_id, index, receipt_text):
            return {"result": "duplicate", "id": event_id, "index": index, "receipt": receipt_text}
        case Passed(event_id, index):
            return {"result": "passed" if index is None else "duplicate", "id": event_id, "index": index}
        case Refused(refused_id, refusal):
            problem = problem_json(problem_of(refusal), language_of(request))
            return {"result": "refused", "id": refused_id, "problem": problem}


def _texts() -> list[str]:
    if request.mimetype == JSON:
        texts: list[str] = load_body(SubmissionBody, request)["events"]
    elif request.mimetype == ND_JSON:
        texts = _lines(request.get_data())
    else:
        allowed = [SD_JWT, JSON, ND_JSON]
        raise HttpError("http.media_type", found=request.mimetype or "-", allowed=allowed)
    if not texts:
        raise HttpError("http.malformed", path="body", reason="has no event")
    return texts


def _lines(data: bytes) -> list[str]:
    texts = list[str]()
    for line in BytesIO(data):
        if not line.strip():
            continue
        if len(texts) == MAX_EVENTS:
            raise HttpError("http.too_many", found=MAX_EVENTS + 1, limit=MAX_EVENTS)
        texts.append(_line(line))
    return texts


def _line(line: bytes) -> str:
    value = read_json(line)
    if not isinstance(value, str):
        raise HttpError("http.malformed", path="body", reason="each line is one event as a JSON string")
    return value


def _text(data: bytes) -> str:
    try:
        return data.decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise HttpError("http.malformed", path="body", reason="not ASCII") from error

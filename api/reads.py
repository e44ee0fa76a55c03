"""Who read the restricted claims of an item: told to who holds it."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Response, request

from api.answers import PRIVATE, answer
from api.auth import known_reader, reader_as_known
from api.errors import HttpError
from api.parameters import item_of
from api.schemas import load_query
from api.schemas.queries import ReadsQuery
from api.service import service
from ledger import reading
from ledger.instants import Instant
from ledger.store import Reading

BLUEPRINT: Final = Blueprint("reads", __name__)


@BLUEPRINT.get("/v1/items/<item_id>/reads")
def reads(item_id: str) -> Response:
    """Who read restricted claims of an item, which and when: for who holds or held it, and authorities."""
    query = load_query(ReadsQuery, request)
    wanted, asking = item_of(item_id), known_reader(request)
    with service().snapshot() as snapshot:
        reader = reader_as_known(snapshot, asking)
        until = None if reader is None else reading.told_until(snapshot, wanted, reader)
    if until is None:
        raise HttpError("reads.holder", wanted)
    with service().store.beside(write=False) as beside:
        rows = beside.readings(str(wanted), after=query["after"], limit=query["limit"], until_index=until)
    with service().snapshot() as snapshot:
        events = snapshot.event_ids({row.index for _, row in rows})
    told = [_read(events, *row) for row in rows]
    following = rows[-1][0] if len(rows) == query["limit"] else None
    response = answer({"id": str(wanted), "reads": told, "next": following}, cache=PRIVATE)
    response.vary.add("Authorization")
    return response


def _read(events: Mapping[int, str], number: int, row: Reading) -> dict[str, Any]:
    return {
        "number": number,
        "reader": row.reader,
        "index": row.index,
        "event": events[row.index],
        "claims": list(row.claims),
        "at": Instant.from_ms(row.read_at_ms).text,
    }

"""Dossiers: a battery's file to take along, which verifies without this server; and lines of the index."""

from typing import Final

from flask import Blueprint, Response, request

from api.answers import FRESH, PRIVATE, plain
from api.auth import reader, reader_as_known, record
from api.errors import HttpError
from api.parameters import indexed_as, item_of
from api.schemas import load_query
from api.schemas.queries import DossierQuery, IndexQuery
from api.service import service
from ledger import dossiers, passport, reading
from ledger.dossier.form import MEDIA_TYPE
from ledger.reading import Revealed

BLUEPRINT: Final = Blueprint("dossiers", __name__)


@BLUEPRINT.get("/v1/items/<item_id>/dossier")
def dossier(item_id: str) -> Response:
    """An item's whole file with its proofs: history, origins, organisations, keys; parts where asked for."""
    query = load_query(DossierQuery, request)
    wanted, asking = item_of(item_id), reader(request)
    told: list[Revealed] = []
    with service().snapshot() as snapshot:
        passport.view_item(snapshot, wanted)
        known = reader_as_known(snapshot, asking)

        def disclose(event_id: str) -> list[str]:
            if known is None:
                return []
            revealed = reading.reveal(snapshot, passport.view_event(snapshot, event_id), known)
            told.append(revealed)
            return [one.text for one in revealed.claims]

        found = dossiers.build(
            snapshot,
            wanted,
            checkpoint_note=service().published().note,
            indexes=service().indexes,
            with_parts=query["parts"],
            disclose=disclose,
        )
    if asking is not None:
        record(asking, told)
    response = plain(found.format(), MEDIA_TYPE, cache=FRESH if asking is None else PRIVATE)
    response.vary.add("Authorization")
    response.headers["Content-Disposition"] = f'attachment; filename="{_name(wanted.code)}.dossier.json"'
    return response


@BLUEPRINT.get("/v1/index")
def index() -> Response:
    """What the published index says of an id, code or alias; that it has none is proven by two neighbours.

    The answer is a dossier of the registrar with these lines, and verifies as one.
    """
    wanted = indexed_as(load_query(IndexQuery, request)["of"])
    with service().snapshot() as snapshot:
        note = service().published().note
        found = dossiers.build_about(snapshot, wanted, checkpoint_note=note, indexes=service().indexes)
    if found is None:
        raise HttpError("index.none")
    return plain(found.format(), MEDIA_TYPE, cache=FRESH)


def _name(code: str) -> str:
    return "".join(character if character.isalnum() or character in "-." else "-" for character in code)

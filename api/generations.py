"""Generations of an item, and the accounts of lots, treatment steps and claims of recycled content."""

from typing import Final

from flask import Blueprint, Response, request

from api.answers import answer
from api.errors import HttpError
from api.language import language_of
from api.material import batch_json, content_json, generations_json, lot_json, made_of_json
from api.parameters import item_of
from api.render import node_json
from api.schemas import load_query
from api.schemas.material import TreeQuery
from api.schemas.queries import NoQuery
from api.service import service
from ledger import lineage, passport
from ledger.genealogy import Direction
from ledger.stems import ContentReport
from ledger.wording import Language

BLUEPRINT: Final = Blueprint("generations", __name__)


@BLUEPRINT.get("/v1/items/<item_id>/tree")
def tree(item_id: str) -> Response:
    """What an item is in and what is in it; what it was made from and what became of it, with masses."""
    query = load_query(TreeQuery, request)
    wanted, asked = item_of(item_id), query["direction"]
    with service().snapshot() as snapshot:
        view = passport.view_item(snapshot, wanted)
        node = passport.tree(snapshot, wanted)
        directions = list(Direction) if asked is None else [asked]
        found = lineage.generations(snapshot, wanted, directions, depth=query["depth"], limit=query["limit"])
        made = lineage.made_of(snapshot, view.item, query["element"]) if wanted.is_lot else None
        size = snapshot.head().size
    lang = language_of(request)
    told = {"size": size, **node_json(node), "inside": [str(outer.id) for outer in view.around]}
    told |= {**generations_json(found, lang), "made_of": made_of_json(made, lang)}
    return in_language(told, lang)


@BLUEPRINT.get("/v1/items/<item_id>/account")
def lot_account(item_id: str) -> Response:
    """The account of a lot: what it weighed, who drew how much, what is left, and the step that made it."""
    load_query(NoQuery, request)
    wanted = item_of(item_id)
    with service().snapshot() as snapshot:
        view = passport.view_item(snapshot, wanted)
        if view.item.lot is None:
            raise HttpError("account.none", wanted)
        found, made = lineage.lot_account(snapshot, view.item)
        stems, size = lineage.made_of(snapshot, view.item), snapshot.head().size
    lang = language_of(request)
    return in_language({**lot_json(found, made, stems, lang), "size": size}, lang)


@BLUEPRINT.get("/v1/events/<event_id>/account")
def event_account(event_id: str) -> Response:
    """The account of a treatment step, or of a claim of recycled content beside what the ledger shows."""
    load_query(NoQuery, request)
    with service().snapshot() as snapshot:
        found, size = lineage.event_account(snapshot, event_id), snapshot.head().size
    if found is None:
        raise HttpError("account.none", event_id)
    lang = language_of(request)
    told = content_json(found, lang) if isinstance(found, ContentReport) else batch_json(found, lang)
    return in_language({**told, "size": size}, lang)


def in_language(told: object, lang: Language) -> Response:
    """Return an answer that says in which language its words are."""
    response = answer(told)
    response.headers["Content-Language"] = lang.value
    response.vary.add("Accept-Language")
    return response

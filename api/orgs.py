"""Organisations and their keys, and the bundle that offline verifiers carry."""

from typing import Final

from flask import Blueprint, Response, request

from api.answers import answer
from api.histories import history_of
from api.parameters import org_of
from api.render import key_json, organisation_json
from api.schemas import load_query
from api.schemas.queries import BundleQuery, HistoryQuery, KeysQuery, NoQuery
from api.service import service
from ledger import passport
from ledger.instants import Instant
from ledger.keybundle import format_bundle
from ledger.state import Organisation, RegisteredKey
from ledger.store import Snapshot

BLUEPRINT: Final = Blueprint("orgs", __name__)


@BLUEPRINT.get("/v1/orgs")
def orgs() -> Response:
    """Every enrolled organisation."""
    load_query(NoQuery, request)
    with service().snapshot() as snapshot:
        found = snapshot.organisations()
    return answer({"organisations": [organisation_json(org) for org in found]})


@BLUEPRINT.get("/v1/orgs/<org_id>")
def org(org_id: str) -> Response:
    """An organisation as it is now."""
    load_query(NoQuery, request)
    with service().snapshot() as snapshot:
        found = passport.view_organisation(snapshot, org_of(org_id))
    return answer(organisation_json(found))


@BLUEPRINT.get("/v1/orgs/<org_id>/keys")
def keys(org_id: str) -> Response:
    """The keys of an organisation with their validity, by thumbprint."""
    query = load_query(KeysQuery, request)
    with service().snapshot() as snapshot:
        found = passport.view_organisation(snapshot, org_of(org_id))
        own = snapshot.keys(found.id, after=query["after"], limit=query["limit"])
    following = own[-1].kid if len(own) == query["limit"] else None
    return answer({"id": str(found.id), "keys": [key_json(key) for key in own], "next": following})


@BLUEPRINT.get("/v1/orgs/<org_id>/events")
def events(org_id: str) -> Response:
    """The events about an organisation, in log order."""
    return history_of(org_of(org_id), load_query(HistoryQuery, request))


@BLUEPRINT.get("/v1/keys")
def bundle() -> Response:
    """Every organisation and key with its validity, as of a checkpoint: what an offline verifier carries.

    Asked for one key, it holds that key and whose it is, or neither where nobody has registered it.
    """
    kid = load_query(BundleQuery, request)["kid"]
    note, now = service().sequencer.checkpoint(), Instant.from_ms(service().clock.now_ms())
    with service().snapshot() as snapshot:
        found, registered = _known(snapshot) if kid is None else _known_of(snapshot, kid)
    return answer(
        {"origin": service().config.origin, "vkey": service().vkey.format()}
        | format_bundle(found, registered, checkpoint_note=note, date=now)
    )


def _known(snapshot: Snapshot) -> tuple[list[Organisation], list[RegisteredKey]]:
    return snapshot.organisations(), snapshot.keys()


def _known_of(snapshot: Snapshot, kid: str) -> tuple[list[Organisation], list[RegisteredKey]]:
    key = snapshot.key(kid)
    return ([], []) if key is None else ([passport.view_organisation(snapshot, key.org)], [key])

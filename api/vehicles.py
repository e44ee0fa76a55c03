"""From the VIN on a vehicle to its id, for those who may know that they belong together."""

from typing import Any, Final

from flask import Blueprint, Response, request

from api.answers import PRIVATE, answer
from api.auth import known_reader, reader_as_known, record
from api.errors import HttpError
from api.schemas import load_body, load_query
from api.schemas.queries import NoQuery
from api.schemas.requests import ResolveBody
from api.service import service
from ledger.passport import UnknownSubjectError
from ledger.vehicles import Resolved, resolve_vin
from ledger.vin import MalformedVinError, Vin
from ledger.vocabulary import Phase

BLUEPRINT: Final = Blueprint("vehicles", __name__)


@BLUEPRINT.post("/v1/vehicles/resolve")
def resolve() -> Response:
    """The vehicle of a VIN, for who may know of it; for everybody else there is none."""
    load_query(NoQuery, request)
    asking = known_reader(request)
    vin = _vin(load_body(ResolveBody, request)["vin"])
    key = service().sequencer.vins
    with service().snapshot() as snapshot:
        reader = reader_as_known(snapshot, asking)
        found = () if key is None or reader is None else resolve_vin(snapshot, key, vin, reader)
    if not found:
        raise UnknownSubjectError("vehicle.unknown")
    record(asking, [revealed for one in found for revealed in one.revealed])
    return answer({"vehicles": [_vehicle_json(one) for one in found]}, cache=PRIVATE)


def _vin(text: str) -> Vin:
    try:
        return Vin.parse(text.strip().upper())
    except MalformedVinError as error:
        raise HttpError("http.malformed", path="vin", reason=str(error)) from error


def _vehicle_json(one: Resolved) -> dict[str, Any]:
    return {
        "id": str(one.vehicle.id),
        "phase": one.vehicle.phase,
        "live": one.vehicle.phase is not Phase.ENDED,
        "packs": [str(pack) for pack in one.packs],
    }

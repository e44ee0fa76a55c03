"""Codes and rule sets: what a scan means, part by part, and the rules byte for byte."""

from collections.abc import Sequence
from typing import Any, Final

from flask import Blueprint, Response, request

from api.answers import IMMUTABLE, answer, plain
from api.errors import HttpError
from api.schemas import load_body, load_query
from api.schemas.queries import NoQuery
from api.schemas.requests import DecodeBody
from api.service import service
from ledger import passport
from ledger.gbt34014_parts import Part, examine
from ledger.rules import RULE_FILES
from ledger.scan import MalformedScanError, Scan, interpret

BLUEPRINT: Final = Blueprint("codes", __name__)


@BLUEPRINT.post("/v1/codes/decode")
def decode() -> Response:
    """What a raw scan is, part by part, or why it cannot be read."""
    load_query(NoQuery, request)
    raw = load_body(DecodeBody, request)["scan"]
    try:
        scan = interpret(raw)
    except MalformedScanError as error:
        return answer({"readable": False, "reason": error.reason, "parts": _parts(error.parts), "items": []})
    return answer(_scan_json(scan))


@BLUEPRINT.get("/v1/rules/<version>")
def rules(version: str) -> Response:
    """A rule set, byte for byte as its SHA-256 in the log says."""
    load_query(NoQuery, request)
    if version not in RULE_FILES:
        raise HttpError("rules.unknown", version=version)
    return plain(RULE_FILES[version], "application/json", cache=IMMUTABLE)


def _scan_json(scan: Scan) -> dict[str, Any]:
    with service().snapshot() as snapshot:
        known = passport.find_items(snapshot, scan.items)
    return {
        "readable": True,
        "kind": scan.kind,
        "repairs": list(scan.repairs),
        "alias": scan.alias,
        "items": [
            {
                "id": str(item),
                "code": item.code,
                "known": item in known,
                "parts": _parts(examine(item.value)) if item.scheme == "gbt34014" else [],
            }
            for item in scan.items
        ],
    }


def _parts(parts: Sequence[Part]) -> list[dict[str, Any]]:
    return [
        {
            "field": part.field,
            "positions": list(part.positions),
            "text": part.text,
            "name": {"zh-CN": part.name.zh, "en": part.name.en},
            "meaning": {"zh-CN": part.meaning.zh, "en": part.meaning.en},
            "ok": part.ok,
        }
        for part in parts
    ]

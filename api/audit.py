"""The auditor's page: checkpoints with their witnesses, the growth between any two, and results of audits.

The page proves nothing by its own word. It hands over signed checkpoints and proofs, which the auditor's
browser verifies itself; a report of an audit is read by the browser alone and never sent here (docs/desk.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, current_app, request
from marshmallow import fields, validate

from api.answers import answer
from api.dashboard import shown
from api.desk_frame import POLICY
from api.errors import HttpError
from api.language import language_of
from api.schemas import FreeQuery, Query, load_query
from api.service import service
from api.texts import Texts, moment
from api.witnesses import sentence, standing
from api.witnessing import Witnesses
from crypto.encoding import b64_encode
from ledger.audit.findings import Check
from ledger.cosigning.folder import HOUR_S, CosignedFolderError
from ledger.instants import Instant
from ledger.proofs import prove_growth, root_at
from ledger.witnessed import witnessing
from ledger.wording import Language

BLUEPRINT: Final = Blueprint("audit", __name__)
EXTENSION: Final = "packtrace.cosigned"
MAX_KNOWN: Final = 256
KEPT: Final = 24
"""How many of the kept checkpoints the page reads: a day's, newest first."""
_LAST: Final = 2**53 - 1
_ALL: Final = 1_000_000
_SECOND_MS: Final = 1_000


class GrowthQuery(Query):
    """Which two sizes."""

    start = fields.Integer(
        required=True,
        data_key="from",
        validate=validate.Range(min=1, max=_LAST),
        metadata={"description": "the smaller size"},
    )
    end = fields.Integer(
        required=True,
        data_key="to",
        validate=validate.Range(min=1, max=_LAST),
        metadata={"description": "the larger size"},
    )


@dataclass(frozen=True, slots=True)
class KeptLine:
    """A checkpoint on the page: its size, since when it is kept, and which witnesses cosigned it when."""

    size: int
    hour: str
    witnesses: tuple[tuple[str, str], ...]


@BLUEPRINT.get("/audit")
def audit() -> Response:
    """Checkpoints and witnesses, growth between any two, samples and results of audits."""
    load_query(FreeQuery, request)
    config, lang = service().config, language_of(request)
    response = shown(
        "audit.html",
        kept=_kept(),
        released=service().sequencer.released().checkpoint.size,
        witnessed=sentence(service().witnesses, lang),
        standing=_standing(lang),
        vkey=service().vkey.format(),
        base_url=config.base_url,
        checks={one.value: Texts(lang, "desk")(f"check.{one}") for one in Check},
    )
    response.headers["Content-Security-Policy"] = POLICY
    return response


@BLUEPRINT.get("/v1/growth")
def growth() -> Response:
    """The proof that the log of one size begins with the log of another, and the root of each."""
    query = load_query(GrowthQuery, request)
    start, end = query["start"], query["end"]
    if start > end:
        raise HttpError("http.parameter", path="from", reason="must not be larger than to")
    if end > service().sequencer.released().checkpoint.size:
        raise HttpError("http.parameter", path="to", reason="is larger than the log")
    with service().snapshot() as snapshot:
        proof = prove_growth(snapshot, start, end)
        roots = [root_at(snapshot, size) for size in (start, end)]
    return answer(
        {
            "from": {"size": start, "root": _text(roots[0])},
            "to": {"size": end, "root": _text(roots[1])},
            "proof": [b64_encode(one) for one in proof],
        }
    )


def _standing(lang: Language) -> Mapping[str, Any] | None:
    """Return how each witness stands, with the size that a quorum has cosigned; None without witnesses."""
    found = service().witnesses
    if found is None:
        return None
    told = standing(found, lang)
    for one in told["witnesses"]:
        if one["cosigned_at"] is not None:
            one["cosigned_at"] = moment(Instant(one["cosigned_at"]))
    return told


def _kept() -> list[KeptLine]:
    """Return the newest of the checkpoints that are kept for ever, newest first."""
    found = service().witnesses
    if found is None:
        return []
    now_s = service().clock.now_ms() // _SECOND_MS
    hours = found.folder.kept(now_s // HOUR_S - 24 * 366, _ALL)
    lines = []
    for one in reversed(hours[-KEPT:]):
        try:
            note = found.folder.kept_note(one)
        except CosignedFolderError:
            continue
        lines.append(KeptLine(one.size, _moment(one.hour * HOUR_S), _cosigned(note, found)))
    return lines


def _cosigned(note: str, found: Witnesses) -> tuple[tuple[str, str], ...]:
    """Return who cosigned a kept checkpoint, and when. Kept ones never change, so each is verified once."""
    known: dict[str, tuple[tuple[str, str], ...]] = current_app.extensions.setdefault(EXTENSION, {})
    if note not in known:
        if len(known) >= MAX_KNOWN:
            known.clear()
        times = witnessing(note, found.policy).times_s
        known[note] = tuple((name, _moment(time_s)) for name, time_s in sorted(times.items()))
    return known[note]


def _moment(seconds: int) -> str:
    return moment(Instant.from_ms(seconds * _SECOND_MS))


def _text(root: bytes | None) -> Any:  # noqa: ANN401  a JSON value
    return None if root is None else b64_encode(root)

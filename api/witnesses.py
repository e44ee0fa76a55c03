"""What witnesses make of this log: who cosigned what, and the checkpoints kept for ever, one an hour."""

import re
from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, Response, request
from marshmallow import fields, validate

from api.answers import FRESH, IMMUTABLE, TEXT, answer, plain
from api.errors import HttpError
from api.language import language_of
from api.schemas import load_query
from api.schemas.queries import ListQuery, NoQuery
from api.service import service
from api.texts import Texts
from api.witnessing import Witnesses
from ledger.cosigning.folder import HOUR_S, Published, Standing
from ledger.instants import Instant
from ledger.policy import PolicyLog, Witness
from ledger.wording import Language

BLUEPRINT: Final = Blueprint("witnesses", __name__)
_LAST_HOUR: Final = 10**7
_SIZE: Final = re.compile("0|[1-9][0-9]{0,18}")


class KeptQuery(ListQuery):
    """Which of the kept checkpoints."""

    after = fields.Integer(
        load_default=-1,
        validate=validate.Range(min=-1, max=_LAST_HOUR),
        metadata={"description": "hours since 1970-01-01 UTC: the list goes on behind that hour"},
    )


@BLUEPRINT.get("/log/released")
def released() -> Response:
    """The latest checkpoint that the log has signed, whether witnesses have cosigned it or not."""
    load_query(NoQuery, request)
    return plain(service().sequencer.checkpoint(), TEXT, cache=FRESH)


@BLUEPRINT.get("/log/checkpoints")
def kept() -> Response:
    """The cosigned checkpoints that are kept for ever, one an hour, oldest first."""
    query = load_query(KeptQuery, request)
    found = service().witnesses
    hours = [] if found is None else found.folder.kept(query["after"], query["limit"])
    return answer(
        {
            "checkpoints": [
                {"hour": one.hour, "from": _instant(one.hour * HOUR_S), "size": one.size} for one in hours
            ],
            "next": hours[-1].hour if hours else query["after"],
        }
    )


@BLUEPRINT.get("/log/checkpoints/<size>")
def kept_of_size(size: str) -> Response:
    """The first cosigned checkpoint of a size that is kept: it dates every entry before."""
    load_query(NoQuery, request)
    found = service().witnesses
    plain_number = _SIZE.fullmatch(size)
    note = None if found is None or not plain_number else found.folder.first_of_size(int(size))
    if note is None:
        raise HttpError("http.not_found", path=request.path)
    return plain(note, TEXT, cache=IMMUTABLE)


@BLUEPRINT.get("/v1/witnesses")
def witnesses() -> Response:
    """Which witnesses watch this log, what each of them cosigned last, and who is down."""
    load_query(NoQuery, request)
    found = service().witnesses
    lang = language_of(request)
    told = {"quorum": None, "met": None, "witnesses": []} if found is None else standing(found, lang)
    size = service().sequencer.released().checkpoint.size
    response = answer({"released": size, **told, "detail": sentence(found, lang)})
    response.vary.add("Accept-Language")
    return response


@BLUEPRINT.get("/v1/policy")
def policy() -> Response:
    """The policy of the log's witnesses: its operator's own word. Who verifies pins one from elsewhere."""
    load_query(NoQuery, request)
    found = service().witnesses
    if found is None:
        raise HttpError("policy.none")
    # Whoever takes it alone must know which log it is of.
    logs = found.policy.logs or (PolicyLog(service().vkey),)
    return plain(replace(found.policy, logs=logs).format(), TEXT, cache=FRESH)


def standing(found: Witnesses, lang: Language) -> dict[str, Any]:
    """Return how a log stands with its witnesses."""
    published, standings = found.published(), found.folder.standings()
    return {
        "quorum": found.policy.quorum,
        "met": published is not None,
        "cosigned": None if published is None else _published(published),
        "witnesses": [
            {
                "name": one.name,
                "vkey": one.key.format(),
                "url": one.url,
                **_standing(found, one, standings.get(one.name, Standing()), lang),
            }
            for one in found.policy.witnesses.values()
        ],
    }


def faulty(found: Witnesses) -> list[str]:
    """Return the names of the witnesses that did not cosign when they were asked last, or not in time."""
    standings = found.folder.standings()
    return [name for name, one in standings.items() if one.fault is not None or found.rounds.is_late(one)]


def _published(one: Published) -> dict[str, Any]:
    fresh_s = one.witnessing.fresh_at_s
    return {
        "size": one.checkpoint.size,
        "at": None if fresh_s is None else _instant(fresh_s),
        "by": [*one.witnessing.times_s],
    }


def _standing(found: Witnesses, witness: Witness, one: Standing, lang: Language) -> dict[str, Any]:
    code = one.fault or _code(found, witness, one)
    return {
        "state": code,
        "size": one.size,
        "cosigned_at": _instant(one.time_s) if one.time_s else None,
        "detail": Texts(lang)(f"witnesses.{code}"),
    }


def _code(found: Witnesses, witness: Witness, one: Standing) -> str:
    """Return the state of a witness that has no fault."""
    if not one.time_s:
        return "no_url" if witness.url is None else "never"
    return "late" if found.rounds.is_late(one) else "ok"


def sentence(found: Witnesses | None, lang: Language) -> str:
    """Return in words how a log stands with its witnesses."""
    if found is None:
        return Texts(lang)("witnesses.none")
    told = (_standing_of_all(found, lang), same_machine(found, lang))
    return " ".join(each for each in told if each is not None)


def same_machine(found: Witnesses | None, lang: Language) -> str | None:
    """Return in words which witnesses are independent of nobody, by their own names; None where none is."""
    names = [] if found is None else [one.name for one in found.policy.beside_their_log]
    return Texts(lang)("witnesses.same_machine", names=names) if names else None


def _standing_of_all(found: Witnesses, lang: Language) -> str:
    published = found.published()
    if published is None:
        return Texts(lang)("witnesses.unmet", quorum=found.policy.quorum)
    down = faulty(found)
    left = [name for name in found.policy.witnesses if name not in down]
    name = "met" if not down else "met_but" if found.policy.is_met_by(left) else "met_once"
    size = f"{published.checkpoint.size:,}"
    count = len(published.witnessing.times_s)
    return Texts(lang)(f"witnesses.{name}", size=size, count=count, down=down)


def _instant(time_s: int) -> str:
    return Instant.from_ms(time_s * 1000).text

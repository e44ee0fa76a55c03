"""Findings: what the rules allow and somebody should look at, and the deadlines that have come."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import Blueprint, Response, request

from api.answers import FRESH, PRIVATE, answer
from api.auth import reader, reader_as_known
from api.language import language_of
from api.parameters import item_of, org_of
from api.schemas import load_query
from api.schemas.findings import FindingsQuery
from api.service import service
from api.texts import Texts
from ledger import noticed, passport
from ledger.findings import Made
from ledger.findings.door import RESTS_ON
from ledger.findings.shown import Finding, FindingState, finding_json
from ledger.identifiers import ItemId
from ledger.noticed import BEGINNING, Wanted
from ledger.state import Organisation
from ledger.store import Reading, Snapshot
from ledger.wording.findings import finding_text

BLUEPRINT: Final = Blueprint("findings", __name__)
SHOWN: Final = 20
"""How many findings a page of an item shows."""


@BLUEPRINT.get("/v1/findings")
def findings() -> Response:
    """Findings and deadlines by organisation, rule, state, severity or item, page by page."""
    query = load_query(FindingsQuery, request)
    asking, texts = reader(request), Texts(language_of(request))
    wanted = _wanted(query)
    with service().snapshot() as snapshot:
        size = snapshot.head().size
        found = noticed.find(
            snapshot,
            wanted,
            now_ms=service().clock.now_ms(),
            reader=reader_as_known(snapshot, asking),
            after=query["after"] or BEGINNING,
            limit=query["limit"],
        )
        orgs = named(snapshot, found.findings)
    if asking is not None:
        record_told(asking, found.findings)
    told = [{**finding_json(one), **words(one, texts, orgs)} for one in found.findings]
    after = None if found.after is None else ".".join(map(str, found.after))
    response = answer(
        {"size": size, "findings": told, "next": after}, cache=FRESH if asking is None else PRIVATE
    )
    response.headers["Content-Language"] = texts.lang.value
    response.vary.update(["Accept-Language", "Authorization"])
    return response


def _wanted(query: Mapping[str, Any]) -> Wanted:
    state: FindingState | None = query["state"]
    return Wanted(
        org=None if query["org"] is None else org_of(query["org"]),
        item=None if query["item"] is None else item_of(query["item"]),
        rule=query["rule"],
        severity=query["severity"],
        states=frozenset(FindingState) if state is None else frozenset({state}),
        since=query["since"],
    )


def record_told(org: ItemId, found: Sequence[Finding]) -> None:
    """Keep that an organisation was told what rests on restricted claims, before it is."""
    rests_on: dict[int, set[str]] = {}
    for one in found:
        if one.rule.made is Made.DOOR:
            rests_on.setdefault(one.index, set()).add(RESTS_ON[one.rule.rule][1])
    if rests_on:
        now_ms = service().clock.now_ms()
        with service().store.beside() as beside:
            beside.record(
                [Reading(index, str(org), tuple(sorted(names)), now_ms) for index, names in rests_on.items()]
            )


def of_item(snapshot: Snapshot, item: ItemId, texts: Texts) -> list[dict[str, str]]:
    """Return what everybody may know of an item's findings that nothing has closed, in words."""
    wanted = Wanted(item=item, states=frozenset({FindingState.OPEN, FindingState.NOTED}))
    found = noticed.find(snapshot, wanted, now_ms=service().clock.now_ms(), limit=SHOWN).findings
    orgs = named(snapshot, found)
    return [
        {**words(one, texts, orgs), "severity": one.severity, "index": str(one.index), "event": one.event}
        for one in found
    ]


def named(snapshot: Snapshot, found: tuple[Finding, ...]) -> Mapping[str, Organisation]:
    """Return the organisations that findings speak of, by their ids; one read for all."""
    texts = {one.subject for one in found} | {
        fact for one in found for fact in one.facts.values() if isinstance(fact, str)
    }
    ids = [ItemId.parse(text) for text in texts if text.startswith("org:")]
    return {str(org): state for org, state in passport.organisations(snapshot, ids).items()}


def words(found: Finding, texts: Texts, orgs: Mapping[str, Organisation]) -> dict[str, str]:
    """Return a finding in words, organisations by their names and batteries by their codes."""

    def told(fact: object) -> object:
        org = orgs.get(fact) if isinstance(fact, str) else None
        if org is not None:
            return texts.name(org)
        return fact.removeprefix("gbt34014:") if isinstance(fact, str) else fact

    facts = {name: told(fact) for name, fact in found.facts.items()}
    text = finding_text(found.rule.rule, texts.lang, item=str(told(found.subject)), facts=facts)
    return {"title": text.title, "detail": text.detail, "remedy": text.remedy}

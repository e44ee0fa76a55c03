"""Remarks on the times that signers state: ahead of the log, before the code, before a rule began."""

from collections.abc import Iterator

from ledger import gbt34014
from ledger.events.custody import TransferAccepted, TransferOffered
from ledger.events.second_life import ProductAssembled, ProductDeployed
from ledger.findings.remark import Applied, Remark
from ledger.identifiers import ItemId
from ledger.instants import Day, Instant, day_of_ms, format_day
from ledger.state import Organisation
from ledger.vocabulary import Phase, Right


def ahead(applied: Applied) -> Iterator[Remark]:
    """Remark on an event from the future, on each id it is about."""
    event = applied.event
    ahead_ms = event.at.ms - applied.logged_at_ms
    if ahead_ms > applied.limits.limit("clock.ahead") * 1000:
        for item in event.prev:
            yield Remark(
                rule="clock.ahead",
                subject=str(item),
                org=event.iss,
                facts={"at": event.at.text, "logged_at": Instant.from_ms(applied.logged_at_ms).text},
            )


def before_code(applied: Applied) -> Iterator[Remark]:
    """Remark on each battery that its own code says was not made yet."""
    event = applied.event
    for item in event.prev:
        made_on = gbt34014.parse(item.value).date if item.scheme == "gbt34014" else None
        if made_on is not None and event.at.day < made_on:
            yield Remark(
                rule="clock.before_code",
                subject=str(item),
                org=event.iss,
                facts={"at": event.at.text, "made_on": format_day(made_on)},
            )


def before_history(applied: Applied) -> Iterator[Remark]:
    """Remark on each item of which something later is on record; it may only have been sent late."""
    event = applied.event
    for item in applied.items():
        known = applied.before(item)
        if known is not None and event.at.ms < known.last_at_ms:
            yield Remark(
                rule="clock.before_history",
                subject=str(item),
                org=event.iss,
                facts={"at": event.at.text, "earlier": Instant.from_ms(known.last_at_ms).text},
            )


def backdated(applied: Applied) -> Iterator[Remark]:
    """Remark on an act that a dated rule would have refused on the day the log took it."""
    claims = applied.event.claims
    if isinstance(claims, ProductAssembled | ProductDeployed):
        rule = applied.rules.prohibits(claims.application, _logged_on(applied))
        if rule is not None:
            for item in applied.event.subjects:
                yield _backdated(applied, item, rule.since, rule.basis)
    elif isinstance(claims, TransferOffered | TransferAccepted):
        yield from _backdated_waste(applied, claims)


def _backdated_waste(applied: Applied, claims: TransferOffered | TransferAccepted) -> Iterator[Remark]:
    rule = applied.rules.receivers_of_waste(_logged_on(applied))
    receiver = applied.states.get(claims.to if isinstance(claims, TransferOffered) else applied.event.iss)
    if rule is None or not isinstance(receiver, Organisation) or set(rule.roles) & set(receiver.roles):
        return
    for item in applied.event.subjects:
        state = applied.before(item)
        offer = None if state is None else state.offer
        rights = claims.rights if isinstance(claims, TransferOffered) else offer.rights if offer else ()
        if state is not None and state.phase is Phase.RETIRED and Right.CUSTODY in rights:
            yield _backdated(applied, item, rule.since, rule.basis)


def _backdated(applied: Applied, item: ItemId, since: Day, basis: str) -> Remark:
    return Remark(
        rule="clock.backdated",
        subject=str(item),
        org=applied.event.iss,
        facts={"at": applied.event.at.text, "since": format_day(since), "basis": basis},
    )


def _logged_on(applied: Applied) -> Day:
    return day_of_ms(applied.logged_at_ms)

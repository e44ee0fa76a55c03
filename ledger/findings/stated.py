"""Remarks on what an event states by itself: keys added by another, reports, scans at gates."""

from collections.abc import Iterator

from crypto.strictjson import Json
from ledger.events.custody import IntakeRecorded
from ledger.events.registry import KeyAdded, ReportFiled
from ledger.events.vehicle import PoolReported
from ledger.findings.remark import Applied, Remark
from ledger.identifiers import ItemId
from ledger.instants import Day, format_day

_EPOCH = Day(1970, 1, 1)
_DAY_MS = 86_400_000


def key_added(applied: Applied) -> Iterator[Remark]:
    """Remark on a key that another organisation gave to the one in `prev`."""
    claims, event = applied.event.claims, applied.event
    if isinstance(claims, KeyAdded) and event.subjects[0] != event.iss:
        org = event.subjects[0]
        facts: dict[str, Json] = {"kid": claims.jwk.thumbprint(), "by": str(event.iss)}
        yield Remark(rule="key.added_by_registrar", subject=str(org), org=org, other=event.iss, facts=facts)


def report_filed(applied: Applied) -> Iterator[Remark]:
    """Remark on a report before its time; from its end on the next one is waited for."""
    claims, event = applied.event.claims, applied.event
    if not isinstance(claims, ReportFiled):
        return
    if claims.until > event.at.day:
        until: dict[str, Json] = {"until": format_day(claims.until), "at": event.at.text}
        yield Remark(rule="report.period", subject=str(event.iss), org=event.iss, facts=until)
    days = (claims.until - claims.from_).days + 1
    next_ends_ms = ((claims.until - _EPOCH).days + 1 + days) * _DAY_MS
    thread = f"report {event.iss} {claims.authority}"
    told: dict[str, Json] = {"authority": str(claims.authority), "until": format_day(claims.until)}
    yield from _awaited("report.missing", event.iss, thread, next_ends_ms, told)


def pool_reported(applied: Applied) -> Iterator[Remark]:
    """Remark on a pool's report that contradicts itself; from its end on the next one is waited for."""
    claims, event = applied.event.claims, applied.event
    if not isinstance(claims, PoolReported):
        return
    period, told = claims.period, {"pool": claims.pool, "until": claims.period.until.text}
    if period.until.ms > event.at.ms:
        facts: dict[str, Json] = {"until": period.until.text, "at": event.at.text}
        yield Remark(rule="report.period", subject=str(event.iss), org=event.iss, facts=facts)
    if claims.swaps and (claims.records_root is None or not claims.packs or not claims.vehicles):
        counts: dict[str, Json] = {
            **{name: getattr(claims, name) for name in ("pool", "swaps", "packs", "vehicles")},
            "records": claims.records_root or "-",
        }
        yield Remark(rule="report.counts", subject=str(event.iss), org=event.iss, facts=counts)
    thread = f"pool {event.iss} {claims.pool}"
    next_ends_ms = 2 * period.until.ms - period.from_.ms
    yield from _awaited("pool.report_missing", event.iss, thread, next_ends_ms, {**told})


def _awaited(rule: str, org: ItemId, thread: str, base_ms: int, facts: dict[str, Json]) -> Iterator[Remark]:
    yield Remark(rule=rule, subject=str(org), thread=thread, ends=True)
    yield Remark(rule=rule, subject=str(org), org=org, thread=thread, base_ms=base_ms, facts=facts)


def scans(applied: Applied) -> Iterator[Remark]:
    """Note where and when a label was scanned; two scans far apart within hours are a finding."""
    claims, event = applied.event.claims, applied.event
    if isinstance(claims, IntakeRecorded) and claims.place is not None:
        for item in claims.named():
            yield Remark(
                rule="label.far_apart",
                subject=str(item),
                org=event.iss,
                other=applied.custodian(item),
                thread=f"scan {item}",
                base_ms=event.at.ms,
                place=city(claims.place.district),
            )


def city(district: str) -> str:
    """Return the city of a district of GB/T 2260, four digits; a foreign district stands for itself."""
    return district[:4] if district.isdecimal() else district

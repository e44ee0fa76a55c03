"""What a dossier shows as lines of text, in Chinese and English (`dossiers.*.toml`)."""

from collections.abc import Iterator
from typing import Final

from cli.reporting import text as report_text
from ledger.attested import MAX_DATED_S
from ledger.audit.behind import BEHIND_DAYS
from ledger.dossier.form import Dossier
from ledger.dossier.verify import DossierCheck, DossierVerification
from ledger.instants import Instant
from ledger.verdict import Result, Verdict
from ledger.wording import Language, fill, read, sentences

_WIDTH: Final = 12
_DAY_MS: Final = 86_400_000
_MAX_MS: Final = MAX_DATED_S * 1000


def text(area: str, name: str, lang: Language, /, **facts: object) -> str:
    """Return one text with its facts; raises UnknownTextError where it is none of ours."""
    return fill(sentences(read("cli", "dossiers", lang)[area][name]), lang, facts)


def dossier_lines(
    dossier: Dossier, found: DossierVerification, lang: Language, *, now_ms: int
) -> Iterator[str]:
    """Yield what a dossier shows: a line for each check, then how complete and how fresh it is."""
    facts = {"items": len(found.items), "entries": len(found.entries), "origin": dossier.origin}
    yield text("note", "head", lang, item=found.items[0], **facts)
    for check, result in found.checks.items():
        yield check_line(check, result, lang)
    yield ""
    yield from freshness(found, lang, now_ms=now_ms)
    if found.others:
        yield text("note", "others", lang, count=len(found.others))


def check_line(check: str, result: Result, lang: Language) -> str:
    """Return one check as its verdict, its name and a sentence."""
    verdict = report_text("verdict", result.verdict, lang)
    told = text(check, result.reason, lang, **result.facts)
    return f"  {verdict:<8} {text('check', check, lang):<{_WIDTH}}{told}"


def freshness(found: DossierVerification, lang: Language, *, now_ms: int) -> Iterator[str]:
    """Yield up to where a dossier is complete, and how old the newest word on it is."""
    yield from _completeness(found, lang, now_ms)
    fresh = found.checks[DossierCheck.FRESH]
    if "age_s" in fresh.facts:
        yield text("note", "as_of", lang, **_dated(int(fresh.facts["at_s"]) * 1000, now_ms))
    elif found.entries:
        yield text("note", "by_operator", lang, **_dated(found.entries[-1].logged_at_ms, now_ms))


def _completeness(found: DossierVerification, lang: Language, now_ms: int) -> Iterator[str]:
    if found.complete_to is None or found.published_ms is None:
        yield text("note", "not_complete", lang)
        return
    facts = {"last": found.complete_to - 1, **_dated(found.published_ms, now_ms)}
    if found.covered_ms is None:
        yield text("note", "undated", lang, **facts)
        return
    until = Instant.from_ms(min(found.covered_ms, _MAX_MS))
    yield text("note", "complete_to", lang, until=until, **facts)
    days = (found.published_ms - found.covered_ms) // _DAY_MS
    if days >= BEHIND_DAYS:
        yield text("note", "behind", lang, days=days)


def outcome(found: DossierVerification, lang: Language, *, holds: bool, waived: bool) -> str:
    """Return the last line: whether it is verified."""
    if found.ok:
        return text("note", "all_ok", lang)
    if not holds:
        return text("note", "not_ok", lang)
    root = found.checks[DossierCheck.ROOT]
    if root.verdict is not Verdict.OK:
        witnessed = found.checks[DossierCheck.WITNESSED].reason == "quorum"
        return text("note", "by_quorum" if witnessed else "by_key", lang, event=root.facts["event"])
    unknown = found.checks[DossierCheck.COMPLETE].verdict is not Verdict.OK
    return text("note", "taken" if waived and unknown else "holds", lang)


def _dated(ms: int, now_ms: int) -> dict[str, str | int]:
    return {"day": str(Instant.from_ms(min(ms, _MAX_MS)).day), "age": max(0, now_ms - ms) // _DAY_MS}

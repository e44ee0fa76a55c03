"""Reports of audits and verifications as lines of text, in Chinese and English (`reports.*.toml`)."""

import json
from collections.abc import Iterator, Mapping
from typing import Final

from ledger.audit import Check, Finding, Kind, Report, Sample
from ledger.cellproof import CellVerification
from ledger.verdict import Result, Verdict
from ledger.verify import ReceiptCheck, Verification
from ledger.wording import Language, clauses, fill, labelled, phrases, read, sentences, wording

_WIDTH: Final = 12


def text(area: str, name: str, lang: Language, /, **facts: object) -> str:
    """Return one text with its facts; raises UnknownTextError where it is none of ours."""
    return fill(sentences(read("cli", "reports", lang)[area][name]), lang, facts)


def report_lines(report: Report, lang: Language) -> Iterator[str]:
    """Yield the report of an audit, line by line."""
    if not report.pinned:
        yield text("note", "unpinned", lang)
        yield ""
    yield f"{report.origin}  {report.size}"
    if report.resumed is not None:
        yield "  " + text("note", "resumed", lang, size=report.resumed)
    if report.seed is not None:
        yield "  " + text("note", "drawn", lang, seed=report.seed)
    if Check.ITEMS not in report.checks:
        yield "  " + text("note", "not_told", lang)
    for step in report.followed:
        yield "  " + text("note", "moved" if step.moved else "key_added", lang, **step.to_json())
    yield from _behind(report, lang)
    for check, verdict in report.checks.items():
        told = _checked(report, check, verdict, lang)
        yield f"  {text('verdict', verdict, lang):<8} {check.value:<{_WIDTH}}{told}"
    if report.findings:
        yield ""
        yield text("note", "findings", lang, count=sum(report.counted.values()))
        yield from (f"  {finding_line(finding, lang)}" for finding in report.findings)
        yield from _further(report, lang)
    yield ""
    yield text("note", _outcome(report), lang)


def _behind(report: Report, lang: Language) -> Iterator[str]:
    if report.behind:
        facts = {**report.behind[-1].to_json(), "count": report.counts.behind}
        yield "  " + text("note", "behind", lang, **facts)


def sample_lines(sample: Sample, lang: Language) -> Iterator[str]:
    """Yield what to go and look at, line by line."""
    yield ""
    told = {"count": len(sample.drawn), "population": sample.population, "seed": sample.seed}
    yield text("note", "sample", lang, **told)
    for number, one in enumerate(sample.drawn, start=1):
        districts = " ".join(dict.fromkeys((one.district, *one.sites)))
        yield f"  {number:>4}  {one.item}  {one.custodian}  {districts}"


def finding_line(finding: Finding, lang: Language) -> str:
    """Return a finding as its place and a sentence."""
    place, sentence = _place(finding, lang), _sentence(finding, lang)
    parts = [labelled(place, sentence, lang) if place else sentence]
    if finding.follows is not None:
        parts.append(text("note", "follows", lang, follows=finding.follows))
    return " ".join(parts)


def verification_lines(verification: Verification, lang: Language) -> Iterator[str]:
    """Yield what a receipt shows, one line for each check."""
    yield from _check_lines(verification, lang)
    yield ""
    yield text("note", "all_ok" if verification.ok else "not_ok", lang)


def cell_lines(verification: CellVerification, lang: Language) -> Iterator[str]:
    """Yield what a cell proof shows, one line for each check."""
    yield f"{verification.cell} → {verification.unit}"
    yield from _check_lines(verification.receipt, lang)
    result = verification.committed
    verdict, told = text("verdict", result.verdict, lang), text("cell", result.reason, lang, **result.facts)
    yield f"  {verdict:<8} {text('cell', 'check', lang):<{_WIDTH}}{told}"
    yield ""
    yield text("note", "all_ok" if verification.ok else "not_ok", lang)


def _check_lines(verification: Verification, lang: Language) -> Iterator[str]:
    for check, result in verification.checks.items():
        verdict = text("verdict", result.verdict, lang)
        yield f"  {verdict:<8} {text('receipt', check, lang):<{_WIDTH}}{_result(check, result, lang)}"


def _checked(report: Report, check: Check, verdict: Verdict, lang: Language) -> str:
    if verdict is not Verdict.OK and (report.pinned or check is not Check.ROOT):
        return text("asked", check, lang)
    if check is Check.ROOT and not report.pinned:
        return text("note", "unpinned_root", lang)
    counts = report.counts
    states = counts.items + counts.organisations
    facts = {name: getattr(counts, name) for name in counts.__slots__}
    return text("checked", check, lang, size=report.size, states=states, **facts)


def _further(report: Report, lang: Language) -> Iterator[str]:
    for kind, count in report.counted.items():
        listed = sum(finding.kind == kind for finding in report.findings)
        if count > listed:
            yield "  " + text("note", "further", lang, count=count - listed, kind=kind)


def _outcome(report: Report) -> str:
    if report.ok:
        return "all_ok"
    return "ok_unpinned" if report.ok_but_for_pinning else "not_ok"


def _place(finding: Finding, lang: Language) -> str:
    names = ("index", "event", "item", "path")
    told = {name: getattr(finding, name) for name in names if getattr(finding, name) is not None}
    return phrases([text("place", name, lang, **{name: value}) for name, value in told.items()], lang)


def _sentence(finding: Finding, lang: Language) -> str:
    reason, facts = finding.reason, dict(finding.facts)
    if finding.kind in (Kind.RULE, Kind.EVENT):
        detail = wording(reason, lang, item=finding.item, facts={"item": finding.event, **facts}).detail
        return f"{detail} [{reason}]"
    if finding.kind is Kind.SIGNATURE:
        return text("signature", "invalid", lang, **facts)
    if finding.kind is Kind.UNKNOWN:
        return _unknown(finding, lang)
    if "members" in facts:
        facts["told"] = _members(facts["members"], lang)
    return text(finding.kind, reason, lang, **facts)


def _unknown(finding: Finding, lang: Language) -> str:
    reason, facts = finding.reason, finding.facts
    if reason in ("not_judged", "moved"):
        return text("unknown", reason, lang)
    if finding.follows is not None:
        name = "rule" if finding.index is not None else "state"
        return text("unknown", name, lang, rule=reason)
    if reason == "rules.unknown":
        return text("unknown", "rules", lang, **facts)
    return text("unknown", "event_unknown", lang, event_type=facts.get("event", ""))


def _members(members: object, lang: Language) -> str:
    if not isinstance(members, Mapping):
        return ""
    told = [
        f"{name}: {json.dumps(both['served'], ensure_ascii=False)} ≠ "
        f"{json.dumps(both['expected'], ensure_ascii=False)}"
        for name, both in members.items()
    ]
    return clauses(told, lang)


def _result(check: ReceiptCheck, result: Result, lang: Language) -> str:
    return text(check, result.reason, lang, **result.facts)

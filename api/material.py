"""JSON of generations and accounts of material, with every code in the language asked for beside it."""

from collections.abc import Mapping
from typing import Any, Final

from ledger.accounts import METALS, Batch, Line, LotAccount, Recovery, recovery
from ledger.genealogy import Trace
from ledger.instants import Instant
from ledger.lineage import Generations
from ledger.stems import ContentReport, MadeOf
from ledger.targets import Target, targets_of
from ledger.ties import MODEL_YEAR, Act
from ledger.wording import Language, word

MAX_ENDS: Final = 1_000


def generations_json(found: Generations, lang: Language) -> dict[str, Any]:
    """Return the generations of an item: acts by direction, and what each item they name is."""
    return {
        **{direction.value: _trace_json(trace, found, lang) for direction, trace in found.traces.items()},
        "items": {
            name: _item_json(found, name)
            for trace in found.traces.values()
            for act in trace.acts
            for name in (*act.inputs, *act.outputs)
        },
    }


def _trace_json(trace: Trace, found: Generations, lang: Language) -> dict[str, Any]:
    return {
        "acts": [_act_json(act, found, lang) for act in trace.acts],
        "items": trace.items,
        "truncated": trace.truncated,
        "not_followed": trace.left,
    }


def _act_json(act: Act, found: Generations, lang: Language) -> dict[str, Any]:
    note, report = found.events[act.index], found.reports.get(act.index)
    content = {} if report is None else {"content": content_json(report, lang)}
    return {
        "course": act.course.value,
        "course_word": word("course", act.course, lang),
        "event": note.event_id,
        "index": act.index,
        "type": note.type,
        "at": note.at,
        "iss": note.iss,
        "amber": note.amber,
        "inputs": _masses_json(act.inputs),
        "outputs": _masses_json(act.outputs),
        "added_g": act.added_g,
        **content,
    }


def _masses_json(masses: Mapping[str, int | None]) -> list[dict[str, Any]]:
    return [{"id": name, "mass_g": mass_g} for name, mass_g in masses.items()]


def _item_json(found: Generations, name: str) -> dict[str, Any]:
    state = found.states.get(name)
    if state is None:
        model, _, year = name.partition(MODEL_YEAR)
        return {"kind": "model", "model": model, "year": int(year)} if year else {"kind": None}
    told: dict[str, Any] = {
        "kind": state.kind.value,
        "phase": state.phase.value,
        "mass_g": state.mass_g,
        "amber": state.id in found.amber,
    }
    if state.lot is not None:
        origin = state.lot.origin
        told |= {
            "material": state.lot.material.value,
            "origin": None if origin is None else origin.value,
            "counts_as_recycled": state.lot.counts_as_recycled,
            "remaining_g": state.remaining_g,
        }
    return told


def made_of_json(found: MadeOf | None, lang: Language) -> dict[str, Any] | None:
    """Return what something is made of, at most `MAX_ENDS` of its ends, the largest first."""
    if found is None:
        return None
    unit = "g" if found.element is None else "ug"
    ends = sorted(found.ends.items(), key=lambda one: (-one[1], one[0]))
    return {
        "element": None if found.element is None else found.element.value,
        f"total_{unit}": found.total,
        "ends": [{"id": name, f"share_{unit}": amount} for name, amount in ends[:MAX_ENDS]],
        "ends_not_shown": max(0, len(ends) - MAX_ENDS),
        f"added_{unit}": found.added,
        "sources": _sources_json(found.sources, unit, lang),
        "steps_by_mass": found.by_mass,
    }


def _sources_json(sources: Mapping[Any, int], unit: str, lang: Language) -> list[dict[str, Any]]:
    return [
        {"source": source.value, "word": word("source", source, lang), f"share_{unit}": amount}
        for source, amount in sorted(sources.items())
    ]


def content_json(report: ContentReport, lang: Language) -> dict[str, Any]:
    """Return a claim of recycled content beside what the ledger shows."""
    sources = None if report.sources is None else _sources_json(report.sources, "ug", lang)
    return {
        "kind": "content",
        "element": report.element.value,
        "claimed_g": report.claimed_pre_g + report.claimed_post_g,
        "pre_consumer_g": report.claimed_pre_g,
        "post_consumer_g": report.claimed_post_g,
        "held_ug": report.held_ug,
        "provable_g": report.provable_g,
        "sources": sources,
    }


def batch_json(batch: Batch, lang: Language) -> dict[str, Any]:
    """Return the account of a treatment step with the recovery of each metal."""
    return {
        "kind": "batch",
        "event": batch.event,
        "index": batch.index,
        "by": str(batch.by),
        "step": batch.step.value,
        "step_word": word("step", batch.step, lang),
        "until": Instant.from_ms(batch.until_ms).text,
        "inputs": [_line_json(line) for line in batch.inputs],
        "outputs": [_line_json(line) for line in batch.outputs],
        "input_g": batch.input_g,
        "added_g": batch.added_g,
        "output_g": batch.output_g,
        "losses_g": batch.losses_g,
        "unaccounted_g": max(0, batch.difference_g),
        "gain_g": max(0, -batch.difference_g),
        "recovery": [recovery_json(recovery(batch, metal), lang) for metal in METALS],
    }


def _line_json(line: Line) -> dict[str, Any]:
    return {
        "id": str(line.item),
        "mass_g": line.mass_g,
        "material": None if line.material is None else line.material.value,
    }


def recovery_json(found: Recovery, lang: Language) -> dict[str, Any]:
    """Return how much of an element was recovered beside the targets there are; no verdict."""
    return {
        "element": found.element.value,
        "permille": found.permille,
        "given_ug": found.given_ug,
        "recovered_ug": found.recovered_ug,
        "cannot_be_assessed": [
            {"gap": gap.value, "word": word("gap", gap, lang), "due_to": list(names)}
            for gap, names in sorted(found.gaps.items())
        ],
        "batches": found.batches,
        "assessed": found.assessed,
        "targets": [_target_json(one) for one in targets_of(found.element)],
    }


def _target_json(target: Target) -> dict[str, Any]:
    return {
        "id": target.id,
        "permille": target.permille,
        "since": None if target.since is None else target.since.isoformat(),
        "basis": target.basis,
        "basis_status": target.basis_status,
    }


def lot_json(account: LotAccount, made: Batch | None, stems: MadeOf | None, lang: Language) -> dict[str, Any]:
    """Return the account of a lot, the step that made it, and the kinds of source its mass stems from."""
    return {
        "kind": "lot",
        "made_g": account.made_g,
        "remaining_g": account.remaining_g,
        "drawn_g": account.drawn_g,
        "lost_g": account.lost_g,
        "drawn": [
            {
                "event": one.event,
                "index": one.index,
                "by": str(one.by),
                "course": one.course,
                "course_word": word("course", one.course, lang),
                "mass_g": one.mass_g,
            }
            for one in account.drawn
        ],
        "sources": None if stems is None else _sources_json(stems.sources, "g", lang),
        "made_by": None if made is None else batch_json(made, lang),
    }

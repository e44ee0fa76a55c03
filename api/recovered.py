"""What became of a battery's material, in words: each treatment step behind it, and what came out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api.texts import Texts
from ledger import lineage
from ledger.accounts import METALS, Batch, recovery
from ledger.genealogy import Direction
from ledger.identifiers import ItemId
from ledger.lineage import Generations
from ledger.passport import organisations
from ledger.state import Item
from ledger.store import Snapshot
from ledger.ties import Act, Course
from ledger.vocabulary import Kind
from ledger.wording import mass

DEPTH: Final = 6
LIMIT: Final = 120
STEPS: Final = 6
MAX_OUT: Final = 8
_TREATMENT: Final = frozenset({Course.PROCESSED, Course.TAKEN_APART})


@dataclass(frozen=True, slots=True)
class Out:
    """One thing that came out: its words and where its page is."""

    item: ItemId
    told: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what was done, by whom and when, what came out, and how much of each metal.

    `amber`: whether a thief may have signed its event.
    """

    event: str
    title: str
    told: str
    out: Sequence[Out]
    more: int
    recovery: str
    amber: bool


def recovered(snapshot: Snapshot, item: Item, texts: Texts) -> list[Step]:
    """Return the treatment steps that an ended item or a lot went into, earliest first, at most `STEPS`."""
    if item.ended_by is None and item.kind is not Kind.LOT:
        return []
    found = lineage.generations(snapshot, item.id, [Direction.DOWN], depth=DEPTH, limit=LIMIT)
    acts = [act for act in found.traces[Direction.DOWN].acts if act.course in _TREATMENT and act.outputs]
    signers = [ItemId.parse(found.events[act.index].iss) for act in acts[:STEPS]]
    firms = {str(one): texts.name(org) for one, org in organisations(snapshot, signers).items()}
    return [_step(snapshot, act, found, firms, texts) for act in acts[:STEPS]]


def _step(snapshot: Snapshot, act: Act, found: Generations, firms: Mapping[str, str], texts: Texts) -> Step:
    note = found.events[act.index]
    batch = lineage.event_account(snapshot, note.event_id) if act.course is Course.PROCESSED else None
    out = [_out(name, mass_g, found, texts) for name, mass_g in list(act.outputs.items())[:MAX_OUT]]
    weighed = [one for one in act.inputs.values() if one is not None]
    return Step(
        event=note.event_id,
        title=texts.word("step", batch.step) if isinstance(batch, Batch) else texts.word("event", note.type),
        told=texts(
            "recovered.told",
            firm=firms.get(note.iss, note.iss),
            day=note.at[:10],
            count=len(act.inputs),
            mass=mass(sum(weighed)),
        ),
        out=out,
        more=max(0, len(act.outputs) - MAX_OUT),
        recovery=_recovery(batch, texts) if isinstance(batch, Batch) else "",
        amber=note.amber,
    )


def _out(name: str, mass_g: int | None, found: Generations, texts: Texts) -> Out:
    state = found.states.get(name)
    what = texts.word("kind", "lot" if state is None else state.kind)
    if state is not None and state.lot is not None:
        what = texts.word("material", state.lot.material)
    return Out(ItemId.parse(name), what if mass_g is None else texts.phrases(what, mass(mass_g)))


def _recovery(batch: Batch, texts: Texts) -> str:
    rates = [(metal, recovery(batch, metal).permille) for metal in METALS]
    known = [f"{texts.word('element', metal)} {rate / 10:g} %" for metal, rate in rates if rate is not None]
    return texts("recovered.rates", rates=texts.join(known)) if known else ""

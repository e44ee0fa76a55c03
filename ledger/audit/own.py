"""The audit's own figures: statistics, offers and accounts of material as the replayed states give them.

Each is in the form in which a server tells it, less the words.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Final

from crypto.strictjson import Json
from ledger import measures, stems
from ledger.accounts import METALS, Batch, Recovery, recovery
from ledger.audit.acts import Tied
from ledger.audit.amber import Amber
from ledger.audit.replay import Replay
from ledger.audit.survey import Survey
from ledger.events.recycling import BatchProcessed, ContentClaimed
from ledger.identifiers import ItemId
from ledger.measures import (
    MAX_BATCHES,
    MAX_CLAIMS,
    MAX_RETIRED,
    Batches,
    By,
    Claimed,
    Figure,
    Found,
    Life,
    Measure,
)
from ledger.provenance import item_ids
from ledger.state import Item, Organisation
from ledger.ties import MARKS, Course, Side, Strand, acts_of

Row = dict[str, Json]
WHOLE: Final = "all of it"
"""Stands for what is told as a whole, where the other names are those of figures."""


@dataclass(slots=True)
class Own:
    """Figures after the first `size` entries, made when they are asked for."""

    replay: Replay
    size: int
    _survey: Survey | None = None
    _batches: Batches | None = None
    _amber: Amber | None = None
    _districts: dict[str, str] = field(default_factory=dict)

    def close(self) -> None:
        """Let go of the scratch file."""
        if self._survey is not None:
            self._survey.close()

    def statistics(self, measure: Measure, by: By, until: date) -> Row:
        """Return the figures of a measure by their keys, and whether some were cut."""
        figures, cut = self._found(measure, by, until)
        return {WHOLE: {"cut": cut}, **{one.key: figure_json(one) for one in figures}}

    def offers(self, org: ItemId, *, to: bool) -> Row:
        """Return the open offers to a firm or by it, by item, with whether that is in doubt."""
        found = self.survey().offers_to(org) if to else self.survey().offers_by(org)
        return {
            item: {**offer, "amber": self.amber().has(ItemId.parse(item))} for item, offer in found.items()
        }

    def survey(self) -> Survey:
        """Return what is where."""
        if self._survey is None:
            self._survey = Survey.of(self.replay.states)
        return self._survey

    def amber(self) -> Amber:
        """Return what is in doubt."""
        if self._amber is None:
            self._amber = Amber.of(self.replay)
        return self._amber

    def history(self, item: ItemId) -> Row:
        """Return how many events are about an item, which is the latest, and which touched it last."""
        state = self.replay.states.get(item)
        if not isinstance(state, Item | Organisation):
            return {"events": 0, "latest": None, "tip": None}
        return {"events": state.count, "latest": state.latest, "tip": state.tip}

    def places(self, events: Collection[str]) -> Row:
        """Return where events are in the log and whether they are in doubt, None where they are not."""
        found = {event: self.replay.ids.get(event) for event in events}
        return {
            event: None if index is None else {"index": index, "amber": self.amber().has_entry(index)}
            for event, index in found.items()
        }

    def step(self, tied: Tied) -> Row:
        """Return the account of a treatment step."""
        return {WHOLE: batch_json(self.batch(tied))}

    def lot(self, lot: ItemId) -> Row:
        """Return the account of a lot."""
        name, state = str(lot), self._item(lot)
        drawn: list[Json] = [
            {
                "event": tied.event,
                "index": tied.index,
                "by": str(tied.by),
                "course": act.course.value,
                "mass_g": mass_g,
            }
            for tied in self.replay.acts.about(name)
            for act in acts_of(tied.rows)
            if act.course not in MARKS and (mass_g := act.inputs.get(name)) is not None
        ]
        stem = None if state is None else stems.made_of(self, state)
        made = next((one for one in self.replay.acts.about(name) if _makes(one, name)), None)
        account: Row = {
            "made_g": 0 if state is None else state.mass_g or 0,
            "remaining_g": 0 if state is None else state.remaining_g or 0,
            "drawn": drawn,
            "sources": None if stem is None else _sources(stem),
            "made_by": None if made is None else batch_json(self.batch(made)),
        }
        return {WHOLE: account}

    def batch(self, tied: Tied) -> Batch:
        """Return the account of a treatment step."""
        if not isinstance(tied.claims, BatchProcessed):
            raise TypeError(f"entry {tied.index} is no batch")
        act = tied.act(Course.PROCESSED)
        lots = self.lots([one for one in item_ids({*act.inputs, *act.outputs}) if one.is_lot])
        states = {str(lot): state for lot, state in lots.items()}
        return stems.batch_of(act, tied.event, tied.by, tied.claims, states)

    def first_ties(self, items: Collection[str], *, limit: int) -> Sequence[Strand]:
        """Return the rows of the acts in which some items first stand."""
        return self.replay.acts.first_ties(items, limit=limit)

    def marked(self, items: Collection[str], course: Course) -> Collection[str]:
        """Return those of some items that an act of this kind marks."""
        return self.replay.acts.marked(items, course)

    def lots(self, ids: Collection[ItemId]) -> Mapping[ItemId, Item]:
        """Return the states of lots."""
        return {one: state for one in ids if (state := self._item(one)) is not None}

    def _item(self, item: ItemId) -> Item | None:
        state = self.replay.states.get(item)
        return state if isinstance(state, Item) else None

    def _found(self, measure: Measure, by: By, until: date) -> Found:
        if measure is Measure.PACKS:
            return measures.packs(self.survey().counted(by), self._district_of(by))
        if measure is Measure.FLOWS:
            return measures.flows(self._newest(), by)
        if measure is Measure.RECOVERY:
            return measures.recoveries(self._newest(), by, until)
        if measure is Measure.TIME_TO_RETIREMENT:
            return measures.lives(self._lives(), by)
        return self._claimed(by)

    def _district_of(self, by: By) -> Mapping[str, str]:
        if by is not By.DISTRICT:
            return {}
        firms = [one for one in self.survey().counted(by) if one.startswith("org:")]
        found = {one: self.replay.states.get(ItemId.parse(one)) for one in firms}
        return {one: firm.district for one, firm in found.items() if isinstance(firm, Organisation)}

    def _newest(self) -> Batches:
        if self._batches is None:
            some = list(islice(self.replay.acts.of(Course.PROCESSED, newest=True), MAX_BATCHES + 1))
            found = [self.batch(tied) for tied in some[:MAX_BATCHES]][::-1]
            self._batches = Batches(found, len(some) > MAX_BATCHES, self.size)
        return self._batches

    def _lives(self) -> list[Life]:
        found, seen = list[Life](), set[str]()
        for tied in self.replay.acts.of(Course.RETIRED):
            for item in sorted(row.item for row in tied.rows if row.course is Course.RETIRED):
                state = None if item in seen else self._item(ItemId.parse(item))
                seen.add(item)
                if state is not None and state.made_on is not None:
                    found.append(Life(state.model, state.made_on, tied.event, tied.logged_at_ms))
            if len(found) > MAX_RETIRED:
                break
        return found

    def _claimed(self, by: By) -> Found:
        some = list(islice(self.replay.acts.of(Course.CLAIMED, newest=True), MAX_CLAIMS + 1))
        rows = [
            Claimed(tied.event, tied.claims, stems.content_report(self, tied.claims))
            for tied in reversed(some[:MAX_CLAIMS])
            if isinstance(tied.claims, ContentClaimed)
        ]
        return measures.recycled_content(rows, by, cut=len(some) > MAX_CLAIMS)


def figure_json(figure: Figure) -> Row:
    """Return a figure by its names, and recoveries by element."""
    return {**figure.values, **_recoveries(figure.recovery)}


def batch_json(batch: Batch) -> Row:
    """Return the account of a treatment step: masses by item, recoveries by element."""
    return {
        "event": batch.event,
        "index": batch.index,
        "by": str(batch.by),
        "step": batch.step.value,
        "inputs": {str(line.item): line.mass_g for line in batch.inputs},
        "outputs": {str(line.item): line.mass_g for line in batch.outputs},
        "input_g": batch.input_g,
        "added_g": batch.added_g,
        "output_g": batch.output_g,
        "losses_g": batch.losses_g,
        "unaccounted_g": max(0, batch.difference_g),
        "gain_g": max(0, -batch.difference_g),
        **_recoveries([recovery(batch, metal) for metal in METALS]),
    }


def recovery_name(element: str) -> str:
    """Return under which name the recovery of an element stands."""
    return f"recovery {element}"


def _recoveries(found: Sequence[Recovery]) -> Row:
    return {
        recovery_name(one.element): {
            "permille": one.permille,
            "given_ug": one.given_ug,
            "recovered_ug": one.recovered_ug,
            "cannot_be_assessed": {gap.value: list(names) for gap, names in one.gaps.items()},
            "batches": one.batches,
            "assessed": one.assessed,
        }
        for one in found
    }


def _sources(stem: stems.MadeOf) -> Row:
    return {source.value: amount for source, amount in stem.sources.items()}


def _makes(tied: Tied, lot: str) -> bool:
    return any((row.item, row.course, row.side) == (lot, Course.PROCESSED, Side.OUT) for row in tied.rows)

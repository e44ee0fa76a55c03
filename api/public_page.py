"""What the page of an item shows beside its history: answers, marks, health, material, and as of when."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from api import glance, health_chart, marks
from api.glance import Answer, Glanced
from api.health_chart import Chart
from api.marks import Mark
from api.passport_page import PER_PAGE, PassportPage
from api.recovered import Step, recovered
from api.texts import Texts
from ledger.doubts import in_doubt
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.label_check import LabelVerdict
from ledger.reading import Revealed
from ledger.store import Snapshot


@dataclass(frozen=True, slots=True)
class PublicPage:
    """What the template shows beside the history.

    Attributes:
        answers: the first questions with their answers.
        fresh: as of when the page speaks, in a sentence.
        marks: what later events say of those shown, by event id.
        unread: whether there are later events that were not looked at for marks.
        chart: the state of health, for readers who may see any; None for others.
        steps: what became of the material.
        amber: those of the items named beside the history that are in doubt.
    """

    answers: Sequence[Answer]
    fresh: str
    marks: Mapping[str, Sequence[Mark]]
    unread: bool
    chart: Chart | None
    steps: Sequence[Step]
    amber: Collection[ItemId]


def public_page(
    snapshot: Snapshot,
    found: PassportPage,
    texts: Texts,
    *,
    verdict: LabelVerdict | None,
    revealed: Sequence[Revealed],
    size: int,
    now: Instant,
) -> PublicPage:
    """Return what a page shows beside its history.

    Args:
        snapshot: the moment that `found` was read at.
        found: the page's history.
        texts: the language.
        verdict: what the label says that led here, if one did.
        revealed: restricted claims that the reader may see.
        size: the size of the log that the page speaks of.
        now: the time of the page.
    """
    views = [entry.view for entry in found.timeline]
    measured = health_chart.measurements(revealed)
    seen = Glanced(
        view=found.view,
        words=found.words,
        recalled_inside=found.recalled_inside,
        verdict=verdict,
        views=views,
        measured=measured,
        now=now,
    )
    end = min(found.item.count, found.page * PER_PAGE)
    behind = marks.later(snapshot, found.item.id, end) if found.page < found.pages else ()
    steps = recovered(snapshot, found.item, texts)
    kin = {one for some in found.kin for one in some.items}
    return PublicPage(
        answers=glance.answers(snapshot, seen, texts),
        fresh=glance.fresh(snapshot, found.view, size, now, texts),
        marks=marks.marks([*views, *behind]),
        unread=end + len(behind) < found.item.count,
        chart=health_chart.draw(measured),
        steps=steps,
        amber=in_doubt(snapshot, kin | {one.item for step in steps for one in step.out}),
    )

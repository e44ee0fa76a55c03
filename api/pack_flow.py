"""The flow of packs on the dashboard: which way they went, each stretch with its packs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from api.sankey import Band, Flow, Sankey, lay_out
from api.texts import Texts
from ledger.vocabulary import Phase
from ledger.ways import DECLARED, FITTED, MADE, NO_WASTE, UNFITTED, WASTE, Stretch, Way, stretches

_MARGIN: Final = 175
_NAMED_HERE: Final = frozenset({MADE, DECLARED, FITTED, UNFITTED, WASTE, NO_WASTE})


@dataclass(frozen=True, slots=True)
class PackFlow:
    """What is drawn of the flow of packs.

    Attributes:
        sankey: bars and bands.
        bands: each band with its words and the address of its packs.
        names: the words of each bar, by column and key.
    """

    sankey: Sankey
    bands: Sequence[tuple[Band, str, str]]
    names: Mapping[tuple[int, str], str]


def pack_flow(counts: Mapping[Way, int], texts: Texts, chosen: Mapping[str, str]) -> PackFlow:
    """Return the drawing of the ways of packs; `chosen` goes into each link."""
    flows = [
        Flow((one.stage, one.source), (one.stage + 1, one.target), count)
        for one, count in stretches(counts).items()
    ]
    drawn = lay_out(flows, margin=_MARGIN)
    # Who reads them as a list goes stage by stage, the widest first.
    in_order = sorted(drawn.bands, key=lambda one: (one.flow.source, -one.flow.amount))
    return PackFlow(
        sankey=drawn,
        bands=[(one, _told(one.flow, texts), address(_stretch(one.flow), chosen)) for one in in_order],
        names={
            (node.column, node.key): f"{stage_word(node.key, texts)} {node.amount:,}" for node in drawn.nodes
        },
    )


def stage_word(key: str, texts: Texts) -> str:
    """Return a stage of a pack's way in words."""
    if key in _NAMED_HERE:
        return Texts(texts.lang, "desk")(f"ways.{key}")
    return texts.word("phase" if key in set(Phase) else "ending", key)


def stretch_words(stretch: Stretch, texts: Texts) -> str:
    """Return what a stretch leads from and to, in words."""
    return f"{stage_word(stretch.source, texts)} → {stage_word(stretch.target, texts)}"


def _stretch(flow: Flow) -> Stretch:
    return Stretch(flow.source[0], flow.source[1], flow.target[1])


def _told(flow: Flow, texts: Texts) -> str:
    return f"{stretch_words(_stretch(flow), texts)}: {flow.amount:,}"


def address(stretch: Stretch, more: Mapping[str, str]) -> str:
    """Return the address of the packs that went a stretch; `more` goes into its query."""
    query = {"stage": str(stretch.stage), "source": stretch.source, "target": stretch.target, **more}
    return f"/dashboard/packs?{urlencode(query)}"

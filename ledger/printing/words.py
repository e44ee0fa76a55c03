"""The texts of labels, each in Chinese and English; the data files stand in `ledger/wording`."""

from typing import Final

from ledger.identifiers import ItemId
from ledger.label import LabelFacts
from ledger.wording import Language, read

_PLACE_OF_KIND: Final = 3
"""Where a code of GB/T 34014 says P, M or C (docs/formats.md, section 1)."""
_LENGTH_OF_NEW: Final = 24

Both = tuple[str, str]
"""A text in Chinese and in English."""


def both(area: str, name: str, **facts: object) -> Both:
    """Return a text of `label.*.toml` in both languages, with its facts put in."""
    zh, en = (read("ledger.wording", "label", lang)[area][name].format(**facts) for lang in Language)
    return zh, en


def title(item: ItemId) -> Both:
    """Return what an item is called on its label, as its id says."""
    if item.scheme != "gbt34014":
        return both("title", "other")
    return both("title", item.value[_PLACE_OF_KIND] if len(item.value) == _LENGTH_OF_NEW else "reused")


def facts_told(facts: LabelFacts) -> tuple[tuple[Both, str], ...]:
    """Return what a label says of its item, as names and values, in the order in which they are set."""
    return (
        (both("field", "chemistry"), " ".join(both("chemistry", facts.chemistry))),
        (both("field", "mass"), f"{_thousandths(facts.mass_g)} kg"),
        (both("field", "voltage"), f"{_thousandths(facts.nominal_voltage_mv)} V"),
        (both("field", "energy"), f"{_thousandths(facts.rated_energy_wh)} kWh"),
        (both("field", "made_on"), facts.manufactured_on.isoformat()),
        (both("field", "number"), str(facts.number)),
    )


def letters() -> str:
    """Return every letter that the texts of labels can hold: what the label's font must have."""
    found: set[str] = set()
    for lang in Language:
        for area in read("ledger.wording", "label", lang).values():
            found.update(*area.values())
    return "".join(sorted(found))


def _thousandths(quantity: int) -> str:
    whole, rest = divmod(quantity, 1000)
    return f"{whole}.{rest:03}".rstrip("0").rstrip(".")

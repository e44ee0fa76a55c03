"""A draft of a mapping from the headers of a table, by the names and labels of claims in both languages.

A draft is a guess for people to look at. What two claims could be meant by, or none, is left to them: such a
column is drafted with an empty claim, which no mapping may have, so nothing is signed before they answered.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from ledger.events import REGISTRY
from ledger.importing.forms import UNITS, Form, unit_key
from ledger.importing.mapping import Column, Mapping
from ledger.importing.table import Row, shown
from ledger.importing.targets import ITEM, RESTRICTED, targets_of
from ledger.wording import Language, code_words

_BRACKETS: Final = re.compile(r"[(\[{（【〔](.*?)[)\]}）】〕]")
_DIGITS: Final = re.compile(r"[0-9]{1,3}")
_NOISE: Final = re.compile(r"[\s_\-./:：*#·,，、\[\]]+")


@dataclass(frozen=True, slots=True)
class Draft:
    """A drafted mapping, and what is said of a column, by its header: what it may be, what is unsure.

    Attributes:
        mapping: the guess; a column without claim is for people to fill in.
        unsure: by header, the paths that could be meant, or none.
        missing: the targets that every event needs and no column tells.
    """

    mapping: Mapping
    unsure: MappingOf[str, tuple[str, ...]]
    missing: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether the draft can be used as it is; people should look at it all the same."""
        return not self.unsure and not self.missing


def draft(event: str, header: Row, sheet: str | None = None) -> Draft:
    """Return the draft for an event type from a table's header."""
    texts = [shown(cell).strip() for cell in header.cells]
    guesses = {text: _guess(event, text) for text in dict.fromkeys(texts) if text}
    taken = [paths[0] for paths in guesses.values() if len(paths) == 1]
    unsure = {text: paths for text, paths in guesses.items() if len(paths) != 1 or taken.count(paths[0]) > 1}
    columns = tuple(_column(event, text, "" if text in unsure else guesses[text][0]) for text in guesses)
    bare = [one for one in columns if one.claim and not one.unit and _form(event, one.claim).unit]
    unsure |= {one.header: (one.claim,) for one in bare}
    told = {column.claim for column in columns}
    group = ITEM if any("[]" in claim for claim in told) and ITEM in told else ""
    mapping = Mapping(event=event, columns=columns, group=group, sheet=sheet)
    return Draft(mapping, unsure, untold(mapping))


def untold(mapping: Mapping) -> tuple[str, ...]:
    """Return the targets that every event needs and nothing in a mapping tells."""
    told = {*mapping.constants, *(column.claim for column in mapping.columns)}
    needed = (path for path, one in targets_of(mapping.event).items() if one.required)
    return tuple(path for path in needed if not _told(path, told))


def _told(path: str, told: set[str]) -> bool:
    return path in told or any(_DIGITS.sub("", claim) == path for claim in told if "[" in claim)


def _form(event: str, path: str) -> Form:
    return targets_of(event)[re.sub(r"\[[0-9]+\]", "[]", path)].form


def _column(event: str, header: str, claim: str) -> Column:
    if not claim:
        return Column(header=header, claim="")
    form = _form(event, claim)
    unit = _unit(header, form.unit) if form.unit else ""
    return Column(header=header, claim=claim, unit=unit, uuid=form.is_uuid)


def _unit(header: str, unit: str) -> str:
    """Return the unit that a header names: in brackets, or at its end as in `mass_g`; empty for none."""
    for told in _BRACKETS.findall(header):
        if unit_key(told) in UNITS[unit]:
            return str(told).strip()
    last = re.split(r"[_\s]", header.strip())[-1]
    if last != header and unit_key(last) in UNITS[unit]:
        return last
    return unit if header.strip().lower().endswith(f"_{unit}") and unit in UNITS[unit] else ""


def _guess(event: str, header: str) -> tuple[str, ...]:
    """Return the paths that a header may mean; exactly one where it is clear."""
    names = _names(event)
    for form in _forms(header):
        if form in names:
            return names[form]
    numbers = _DIGITS.findall(_BRACKETS.sub("", header))
    if len(numbers) != 1 or int(numbers[0]) == 0:
        return ()
    for form in _forms(_DIGITS.sub("", header)):
        found = tuple(path for path in names.get(form, ()) if "[]" in path)
        if found:
            return tuple(path.replace("[]", f"[{int(numbers[0])}]") for path in found)
    return ()


def _forms(header: str) -> Iterator[str]:
    yield _key(header)
    yield _key(_BRACKETS.sub("", header))
    bare = re.sub(r"[_\s][^_\s]+$", "", header.strip())
    yield _key(bare)


def _key(text: str) -> str:
    return _NOISE.sub("", unicodedata.normalize("NFKC", text).lower())


@cache
def _names(event: str) -> MappingOf[str, tuple[str, ...]]:
    """Return the paths by what a header may call them; names that are surer hide those that are not."""
    found: dict[str, tuple[str, ...]] = {}
    for names_of in (_paths, _synonyms, _labels, _ends):
        level: dict[str, list[str]] = {}
        for path in targets_of(event):
            for name in dict.fromkeys(_key(one) for one in names_of(event, path)):
                if name and name not in found:
                    level.setdefault(name, []).append(path)
        found |= {name: tuple(paths) for name, paths in level.items()}
    return found


def _paths(_event: str, path: str) -> Iterator[str]:
    yield path
    yield path.removeprefix(RESTRICTED)


def _synonyms(event: str, path: str) -> Iterator[str]:
    table = _table()
    yield from table.get(path, ())
    kind = REGISTRY[event].row.creates
    if path == ITEM and kind is not None:
        yield from table.get(f"{ITEM}:{kind}", ())
        for lang in Language:
            word = code_words("kind", lang)[kind]
            yield from (f"{word}{end}" for end in ("编码", "编号", "代码", " code", " id"))
    first, _, last = path.rpartition("[].")
    if first:
        for head in table.get(first, (first,)):
            yield from (f"{head}{tail}" for tail in (*table.get(last, ()), *_words(last)))


def _labels(_event: str, path: str) -> Iterator[str]:
    parts = re.split(r"\.|\[\]\.", path.removeprefix(RESTRICTED))
    for lang in Language:
        labels = [code_words("claim", lang).get(part, part) for part in parts]
        yield "".join(labels)


def _ends(_event: str, path: str) -> Iterator[str]:
    # A member of a list never goes by its last name alone: `mass_g` is the item's own.
    if "[]" not in path:
        yield from _words(path.rpartition(".")[2])


def _words(name: str) -> Iterator[str]:
    yield name
    for lang in Language:
        label = code_words("claim", lang).get(name)
        if label is not None:
            yield label
    for unit in UNITS:
        yield name.removesuffix(f"_{unit}")


@cache
def _table() -> MappingOf[str, tuple[str, ...]]:
    file = resources.files("ledger.importing") / "headers.toml"
    names = tomllib.loads(file.read_text(encoding="utf-8"))
    return {path: tuple(found) for path, found in names.items()}

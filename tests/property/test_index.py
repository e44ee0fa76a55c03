"""The published index: made from the one before it, and what it says and does not say of a text."""

from hypothesis import given
from hypothesis import strategies as st

from ledger.index import Index, alias_line, history_line
from ledger.merkle import hash_leaf, verify_inclusion

IDS = st.sampled_from([f"x:{letter}{number}" for letter in "abc" for number in range(6)])
ROWS = st.dictionaries(IDS, st.tuples(st.integers(1, 9), st.integers(0, 99)), max_size=18)
ALIASES = st.dictionaries(IDS.map(lambda one: f"y:{one}"), IDS, max_size=6)
TIP = "A" * 43


def histories(rows: dict[str, tuple[int, int]]) -> dict[str, bytes]:
    return {item: history_line(item, count, latest, TIP) for item, (count, latest) in rows.items()}


def alias_lines(aliases: dict[str, str]) -> list[bytes]:
    return [alias_line(alias, item) for alias, item in aliases.items()]


@given(before=ROWS, changes=ROWS, old=ALIASES, new=ALIASES)
def test_a_changed_index_is_the_one_made_anew(
    before: dict[str, tuple[int, int]],
    changes: dict[str, tuple[int, int]],
    old: dict[str, str],
    new: dict[str, str],
) -> None:
    first = Index([*histories(before).values(), *alias_lines(old)])
    changed = first.changed(histories(changes), alias_lines(new))
    anew = Index([*histories({**before, **changes}).values(), *alias_lines(new)])
    assert (list(changed.lines), changed.root()) == (list(anew.lines), anew.root())


@given(rows=ROWS, aliases=ALIASES)
def test_every_line_is_proven_where_it_stands(
    rows: dict[str, tuple[int, int]], aliases: dict[str, str]
) -> None:
    index = Index([*histories(rows).values(), *alias_lines(aliases)])
    for place, line in enumerate(index.lines):
        assert index.position(line) == place
        verify_inclusion(hash_leaf(line), place, index.count, index.prove(place), index.root())
    assert index.position(b"nowhere") is None


@given(rows=ROWS, aliases=ALIASES, text=IDS)
def test_what_is_told_of_a_text_are_its_lines_or_its_neighbours(
    rows: dict[str, tuple[int, int]], aliases: dict[str, str], text: str
) -> None:
    index = Index([*histories(rows).values(), *alias_lines(aliases)])
    places = index.about(text)
    wanted = [line for line in index.lines if line.startswith(f"{text} ".encode())]
    if wanted:
        assert [index.lines[place] for place in places] == wanted
    else:
        before = [place for place in places if index.lines[place] < text.encode()]
        assert list(places) == [
            one
            for one in range(index.count)
            if one in (len(_below(index, text)) - 1, len(_below(index, text)))
        ]
        assert len(before) <= 1


def _below(index: Index, text: str) -> list[bytes]:
    return [line for line in index.lines if line < f"{text} ".encode()]

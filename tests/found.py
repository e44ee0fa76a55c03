"""What the server in memory finds in a search: its own reading of what is asked for."""

from collections.abc import Callable, Mapping

from ledger.audit import Replay
from ledger.audit.around import around
from ledger.lifecycle.rights import chain
from ledger.likeness import Pattern
from ledger.state import Holder, Item, state_to_json
from tests.grown import Row, row_of

CODED = "gbt34014:"


def hit_of(replay: Replay, item: Item) -> Row:
    """Return what is told of an item that is found, and what the server knows of it besides."""
    whole = chain(around(replay.states, item), item)
    owner = next((one.owner for one in whole if one.owner != Holder.INHERITED), Holder.NOBODY)
    return {
        "id": str(item.id),
        "code": item.id.code,
        "state": state_to_json(item),
        "holder": str(whole[-1].custodian),
        "owner": str(owner),
        "around": [str(one.id) for one in whole[1:]],
    }


def likeness_of(hit: Row, sought: Mapping[str, str]) -> int | None:
    """Return what an item's code costs as a reading of the pattern, 0 where none is asked for."""
    return Pattern.parse(sought["pattern"]).cost(_coded(hit)) if "pattern" in sought else 0


def _coded(hit: Row) -> str:
    return str(hit["id"]).partition(CODED)[2]


def is_sought(hit: Row, sought: Mapping[str, str]) -> bool:
    """Say whether a hit is what is asked for, by its state and what the server keeps beside it."""
    state, around_it = row_of(hit["state"]), hit["around"]
    assert isinstance(around_it, list)
    day = str(state.get("made_on") or "")
    ways: dict[str, Callable[[str], bool]] = {
        "prefix": lambda value: str(hit["id"]).startswith(value),
        "pattern": lambda value: bool(_coded(hit)) and Pattern.parse(value).cost(_coded(hit)) is not None,
        "vehicle": lambda value: value in around_it,
        "holder": lambda value: hit["holder"] == value,
        "owner": lambda value: hit["owner"] == value,
        "made_from": lambda value: day >= value,
        "made_until": lambda value: "" < day <= value,
    }
    return all(
        ways[name](value) if name in ways else state.get(name) == value for name, value in sought.items()
    )

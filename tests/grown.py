"""Trees as a server tells them, made from their figures: parts within parts, acts in lists."""

from crypto.strictjson import Json

Row = dict[str, Json]


def tree_json(figures: Row) -> Row:
    """Return a tree as a server tells it: parts within parts, acts in lists."""
    named = {name.partition(" ")[2]: row_of(one) for name, one in figures.items() if name.startswith("part ")}
    nodes: dict[str, list[Json]] = {name: [] for name in named}
    found: dict[str, Row] = {name: {"id": name, **one, "parts": nodes[name]} for name, one in named.items()}
    for name, one in named.items():
        if one["in"] is not None:
            nodes[str(one["in"])].append(found[name])
    [top] = [found[name] for name, one in named.items() if one["in"] is None]
    items = {name.partition(" ")[2]: one for name, one in figures.items() if name.startswith("item ")}
    made = {**row_of(figures["made of"])}
    if made:
        made |= {"ends": _list(made["ends"], "id", "share_g")}
        made |= {"sources": _list(made["sources"], "source", "share_g")}
    told: Row = {**top, **row_of(figures["inside"]), "items": items, "made_of": made or None}
    for direction in ("up", "down"):
        acts: list[Json] = [
            {
                **row_of(one),
                "course": name.split(" ")[1],
                "event": name.split(" ")[2],
                "inputs": _list(row_of(one)["inputs"], "id", "mass_g"),
                "outputs": _list(row_of(one)["outputs"], "id", "mass_g"),
            }
            for name, one in figures.items()
            if name.startswith(f"{direction} ")
        ]
        told[direction] = {**row_of(figures[direction]), "acts": acts}
    return told


def _list(rows: Json, name: str, value: str) -> list[Json]:
    return [{name: one, value: amount} for one, amount in row_of(rows).items()]


def row_of(value: Json) -> Row:
    """Return a value that is an object."""
    assert isinstance(value, dict)
    return value

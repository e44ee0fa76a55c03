"""Writes the event chapters of docs/events.md from the rows in the code, so that the two cannot differ.

python -m docs.make_events        rewrites the part below the marker
"""

import inspect
from pathlib import Path
from typing import Any, Final

from ledger.claims import codec_of, members_of
from ledger.events import CHAPTERS, REGISTRY, Claims
from ledger.events.row import ALL_KINDS, LIVE, About, Restricted, Row

PAGE: Final = Path(__file__).with_name("events.md")
MARKER: Final = "<!-- The rest is written by docs/make_events.py from the code. -->\n"
_ABOUT: Final = {
    About.ITEMS: "items",
    About.ORGANISATION: "one organisation",
    About.SIGNER: "the signer's organisation",
    About.EVENT: "the items of the event named",
}


def render() -> str:
    """Return the chapters as Markdown: each event type with who, when and what it says."""
    lines = list[str]()
    for chapter in CHAPTERS:
        title = chapter.__name__.rpartition(".")[2].replace("_", " ").capitalize()
        lines += [f"## {title}", "", _summary(chapter.__doc__), ""]
        for kind in REGISTRY.values():
            if kind.__module__ == chapter.__name__:
                lines += _event(kind)
    return "\n".join(lines)


def _summary(text: str | None) -> str:
    return " ".join((text or "").split("\n\n")[0].split())


def _event(kind: type[Claims]) -> list[str]:
    row = kind.row
    lines = [f"### {row.type}", ""]
    lines += [" ".join(part.split()) for part in (inspect.getdoc(kind) or "").split("\n\n")]
    lines += ["", f"- {'Act' if row.act else 'Statement'} about {_subjects(row)}."]
    lines.append(f"- Signed by: {_who(row)}, with a key for {_join(row.purposes)}.")
    if row.about is About.ITEMS and row.creates is None and row.phases != LIVE:
        lines.append(f"- Phases: {_join(row.phases)}.")
    lines += ["", "| claim | form | |", "|---|---|---|"]
    schema = codec_of(kind).schema
    for name in members_of(kind):
        notes = ["required"] if name in schema.get("required", ()) else []
        notes += ["correctable"] if name in row.correctable else []
        if name == "place":
            notes = ["required for items", *notes]
        about_items = row.about in (About.ITEMS, About.EVENT)
        if row.delegable if name == "on_behalf_of" else name != "place" or about_items:
            lines.append(f"| `{name}` | {_form(schema['properties'][name])} | {', '.join(notes)} |")
    for name, restricted in row.restricted.items():
        notes = [f"restricted: {_readers(restricted)}"]
        notes += ["required"] if restricted.required else []
        notes += ["not correctable"] if restricted.bound else []
        lines.append(f"| `{name}` | {_form(restricted.codec.schema)} | {', '.join(notes)} |")
    return [*lines, ""]


def _subjects(row: Row) -> str:
    vehicle = " and a vehicle, where there is one" if row.vehicle_optional else ""
    if row.creates is not None:
        kinds = row.creates if row.kinds == ALL_KINDS else " or ".join(sorted(row.kinds))
        return f"one new {kinds}{vehicle}"
    if row.about is not About.ITEMS:
        return _ABOUT[row.about]
    least, most = row.subjects
    kinds = "items" if row.kinds == ALL_KINDS else " or ".join(sorted(row.kinds))
    number = f"{least}" if least == most else f"{least} to {most}"
    vehicle = " and its vehicle" if row.vehicle else vehicle
    if most == 0:
        return "the items its claims name"
    return f"{number} of: {kinds}{vehicle}"


def _who(row: Row) -> str:
    who = "any enrolled organisation" if row.roles is None else _join(row.roles)
    if row.holder:
        return f"{who}, or whoever holds {'or owns ' if row.owner else ''}every item"
    if row.act and row.custody and row.about is About.ITEMS and row.creates is None:
        return f"{who}, holding every item it touches"
    return who


def _readers(restricted: Restricted) -> str:
    """Return the tier of a restricted claim, and the roles that read it without holding an item."""
    return restricted.tier + (f" and {_join(restricted.roles)}" if restricted.roles else "")


def _join(codes: Any) -> str:  # noqa: ANN401  any set of codes
    return ", ".join(f"`{code}`" for code in sorted(codes))


def _form(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return "one of " + ", ".join(f"`{code}`" for code in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {schema['minItems']} to {schema['maxItems']}: {_form(schema['items'])}"
    if schema.get("type") == "object" and "properties" in schema:
        required = schema.get("required", ())
        members = [
            f"`{name}`{'' if name in required else '?'} {_form(member)}"
            for name, member in schema["properties"].items()
        ]
        return "{" + "; ".join(members) + "}"
    if schema.get("type") == "integer":
        return f"integer {schema['minimum']} to {schema['maximum']}"
    return str(schema.get("description") or schema.get("type")).replace("|", "\\|")


def page() -> str:
    """Return the whole page: its own head, and the chapters as they are now."""
    head, _, _ = PAGE.read_text(encoding="utf-8").partition(MARKER)
    return f"{head}{MARKER}\n{render()}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

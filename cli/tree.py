"""`packtrace tree`: what an item was made from and what became of it, drawn with masses."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import click

from cli.client import Client, path_of
from cli.commands import json_option, print_json, url_option
from cli.naming import code_word, item_named
from cli.settings import DEFAULT_URL
from cli.speech import say, spoken
from ledger.genealogy import MAX_DEPTH
from ledger.vocabulary import Element
from ledger.wording import join, mass

_SHOWN: Final = 2_000
_ENDS: Final = 12
_UG_PER_G: Final = 10**6


@click.command()
@click.argument("item", metavar="ID")
@url_option(default=DEFAULT_URL, help_text="The ledger.")
@click.option("--up", "direction", flag_value="up", help="Only what it was made from.")
@click.option("--down", "direction", flag_value="down", help="Only what became of it.")
@click.option(
    "--depth", type=click.IntRange(1, MAX_DEPTH), default=16, show_default=True, help="How many generations."
)
@click.option(
    "--element",
    type=click.Choice([one.value for one in Element]),
    help="Say of this element, instead of mass, what a lot is made of.",
)
@json_option
def tree(
    *, item: str, url: str, direction: str | None, depth: int, element: str | None, as_json: bool
) -> None:
    """Draw what an item was made from and what became of it, with the mass of each step.

    ID is an item id, a bare code, or a scanned code in any shape.
    """
    client = Client(url)
    wanted = item_named(item)
    query = f"depth={depth}" + (f"&direction={direction}" if direction else "")
    query += f"&element={element}" if element else ""
    told = client.get(f"{path_of(wanted)}/tree?{query}")
    if as_json:
        print_json(told)
        return
    for line in _lines(told, str(wanted)):
        click.echo(line)


def _lines(told: Mapping[str, Any], item: str) -> Iterator[str]:
    yield _named(item, {"kind": told["kind"], "phase": told["phase"]}, told["mass_g"])
    headings = {"up": say("来源", "made from"), "down": say("去向", "became")}
    for direction, heading in headings.items():
        if direction in told:
            yield ""
            yield heading
            drawing = _Drawing(told[direction]["acts"], told["items"], up=direction == "up")
            yield from drawing.lines(item) or [f"  {say('无', 'nothing')}"]
            yield from _cut(told[direction])
    if told["made_of"] is not None:
        yield ""
        yield from _made_of(told["made_of"])


def _cut(trace: Mapping[str, Any]) -> Iterator[str]:
    if trace["truncated"]:
        left = trace["not_followed"]
        yield say(f"  （另有 {left} 处未展开）", f"  ({left} more not followed)")


@dataclass(slots=True)
class _Drawing:
    """The lines of one direction; what is drawn once is only named again."""

    acts: Sequence[Mapping[str, Any]]
    items: Mapping[str, Mapping[str, Any]]
    up: bool
    drawn: set[str] = field(default_factory=set)
    count: int = 0

    def lines(self, root: str) -> list[str]:
        """Return the lines below the root."""
        roots = [root, *self._models()] if self.up else [root]
        return [line for one in roots for line in self._below(one, "  ", None)]

    def _models(self) -> list[str]:
        # Recycled content is claimed for the model and year of a pack.
        return [name for name, told in self.items.items() if told["kind"] == "model"]

    def _below(self, item: str, indent: str, reached: int | None) -> Iterator[str]:
        if item in self.drawn:
            return
        self.drawn.add(item)
        near, far = ("outputs", "inputs") if self.up else ("inputs", "outputs")
        for act in self.acts:
            here = next((one for one in act[near] if one["id"] == item), None)
            if here is None or self._is_before(act, reached):
                continue
            self.count += 1
            if self.count > _SHOWN:
                return
            yield f"{indent}{self._act(act, here)}"
            yield from _content(act, indent)
            for one in act[far]:
                again = one["id"] in self.drawn
                told = self.items.get(one["id"], {"kind": None})
                mark = " ↑" if again else ""
                yield f"{indent}  {_named(one['id'], told, one['mass_g'])}{mark}"
                yield from self._below(one["id"], indent + "    ", act["index"])

    def _is_before(self, act: Mapping[str, Any], reached: int | None) -> bool:
        if reached is None or act["index"] == reached:
            return reached is not None
        return bool((act["index"] > reached) is self.up)

    @staticmethod
    def _act(act: Mapping[str, Any], here: Mapping[str, Any]) -> str:
        own = "" if here["mass_g"] is None else f" {mass(here['mass_g'])}"
        added = (
            say(f"，添加 {mass(act['added_g'])}", f", {mass(act['added_g'])} added") if act["added_g"] else ""
        )
        doubt = say("  [签名密钥已失窃]", "  [key compromised]") if act["amber"] else ""
        return f"└ {act['course_word']}{own}{added}  #{act['index']} {act['at'][:10]}{doubt}"


def _content(act: Mapping[str, Any], indent: str) -> Iterator[str]:
    told = act.get("content")
    if told is None:
        return
    claimed = f"{told['element']} {mass(told['claimed_g'])}"
    if told["provable_g"] is None:
        yield indent + say(
            f"  声明 {claimed}；来源无法核算", f"  claimed {claimed}; its sources cannot be assessed"
        )
        return
    proven = mass(told["provable_g"])
    yield indent + say(
        f"  声明 {claimed}；账本可证 {proven}", f"  claimed {claimed}; provable from the ledger {proven}"
    )


def _named(item: str, told: Mapping[str, Any], mass_g: int | None) -> str:
    known = [code_word("material", told["material"])] if told.get("material") else []
    if told.get("kind") == "model":
        known = [say("型号与年份", "model and year")]
    elif not known and told.get("kind"):
        known = [code_word("kind", told["kind"])]
    if mass_g is not None and told.get("kind") != "model":
        known.append(mass(mass_g))
    if told.get("amber"):
        known.append(say("存疑", "in doubt"))
    return f"{item}  ({join(known, spoken())})" if known else item


def _made_of(told: Mapping[str, Any]) -> Iterator[str]:
    unit = "g" if told["element"] is None else "ug"
    what = say("质量", "mass") if told["element"] is None else told["element"]
    yield say(
        f"由何构成（{what}，{_amount(told[f'total_{unit}'], unit)}）",
        f"made of ({what}, {_amount(told[f'total_{unit}'], unit)})",
    )
    for source in told["sources"]:
        yield f"  {source['word']}: {_amount(source[f'share_{unit}'], unit)}"
    for end in told["ends"][:_ENDS]:
        yield f"    {end['id']}  {_amount(end[f'share_{unit}'], unit)}"
    more = max(0, len(told["ends"]) - _ENDS) + told["ends_not_shown"]
    if more:
        yield say(f"    另有 {more} 项（--json 全部列出）", f"    and {more} more (--json lists them)")


def _amount(amount: int, unit: str) -> str:
    if unit == "g":
        return mass(amount)
    whole, part = divmod(amount, _UG_PER_G)
    return f"{whole:,}.{part:06d}".rstrip("0").rstrip(".") + " g"

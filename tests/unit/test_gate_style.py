"""The colours of the gate, from its style sheet: contrast of 7:1 (WCAG 2.2, 1.4.6), buttons of 64 px."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

CSS: Final = (Path(__file__).parents[2] / "static/gate/gate.css").read_text(encoding="utf-8")
RULES: Final = re.findall(r"([^{}@]+){([^{}]*)}", re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL))
NAMED: Final[dict[str, str]] = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", RULES[0][1]))
LEAST: Final = 7.0
# Its dots are dark, in a picture of the server's.
PICTURE: Final = "#device-qr"
# What text may stand on where its own rule names no ground: the page and what lies on it.
GROUNDS: Final = ("ground", "paper")


def luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb` (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def colour_of(text: str) -> str | None:
    """Return the colour that a value names; None where it names none of its own."""
    named = re.search(r"var\(--(\w+)\)", text)
    if named is not None:
        return NAMED[named[1]]
    plain = re.search(r"#([0-9a-f]{6}|[0-9a-f]{3})\b", text)
    if plain is None:
        return None
    return f"#{plain[1]}" if len(plain[1]) == 6 else "#" + "".join(2 * digit for digit in plain[1])


def declared(body: str) -> dict[str, str]:
    """Return the colours that a rule gives to text and to its ground."""
    found = {}
    for declaration in body.split(";"):
        name, _, value = declaration.partition(":")
        colour = colour_of(value)
        if name.strip() in {"color", "background"} and colour is not None:
            found[name.strip()] = colour
    return found


def pairs() -> Iterator[tuple[str, str, str]]:
    """Yield each rule's selector with the colours of its text and of each ground that it may stand on."""
    for selector, body in RULES:
        found = declared(body) if selector.strip() != PICTURE else {}
        if "color" in found:
            grounds = [found["background"]] if "background" in found else [NAMED[one] for one in GROUNDS]
            for ground in grounds:
                yield selector.strip(), found["color"], ground
        elif found.get("background") not in (None, NAMED["brand"]):
            yield selector.strip(), NAMED["ink"], found["background"]


@pytest.mark.parametrize(("selector", "text", "ground"), list(pairs()))
def test_text_stands_out_seven_to_one(selector: str, text: str, ground: str) -> None:
    assert contrast(text, ground) >= LEAST, selector


def test_the_ratio_is_that_of_the_standard() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_whatever_is_pressed_is_at_least_64_px_high() -> None:
    heights = {
        selector.strip(): int(found[1])
        for selector, body in RULES
        if (found := re.search(r"min-height: ([0-9]+)px", body)) is not None
    }
    assert heights["button, select, input, .actions a"] >= 64
    assert heights[".tabs a"] >= 64
    assert heights[".box"] >= 64
    assert heights["header nav a"] >= 64
    assert "line-height: 64px" in CSS.partition("summary {")[2].partition("}")[0]

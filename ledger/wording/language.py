"""The languages of the product, and the files that hold its texts in each of them."""

import string
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

Texts = Mapping[str, Any]


class Language(StrEnum):
    """The languages of the product, by their tag in HTML and HTTP."""

    ZH = "zh-CN"
    EN = "en"

    @property
    def short(self) -> str:
        """The language without its region: the name of its files."""
        return self.value[:2]


@cache
def read(package: str, name: str, lang: Language) -> Texts:
    """Return the texts of `<name>.<language>.toml` in a package; read once, as part of the program."""
    file = resources.files(package) / f"{name}.{lang.short}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def places(text: str) -> frozenset[str]:
    """Return the names of the facts that a sentence needs."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)

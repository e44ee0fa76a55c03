"""Full-width forms, which come from Chinese input methods: the same characters to whoever typed them."""

from typing import Final

_NARROW: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def narrow(text: str) -> str:
    """Return a text with the full-width forms of ASCII as ASCII; every other character stays."""
    return text.translate(_NARROW)

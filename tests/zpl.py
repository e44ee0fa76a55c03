"""What a thermal printer makes of ZPL II, as far as our labels use it: graphic fields, to the dot.

Written from the language's description, apart from what we write with. It knows `^XA ^PW ^LL ^LH ^FO ^GFA ^FS
^XZ` and refuses every other command, so that nothing is printed that it does not see.
"""

import re
from typing import Final

from PIL import Image

_COMMAND: Final = re.compile(r"\^([A-Z][A-Z0-9])([^^]*)")
_REPEATS: Final = {letter: place for place, letter in enumerate("GHIJKLMNOPQRSTUVWXY", start=1)} | {
    letter: 20 * place for place, letter in enumerate("ghijklmnopqrstuvwxyz", start=1)
}


def printed(text: str) -> list[Image.Image]:
    """Return the labels that come out of the printer, black on white."""
    labels: list[Image.Image] = []
    width = corner = (0, 0)
    label: Image.Image | None = None
    for name, arguments in _COMMAND.findall(text.replace("\n", "")):
        match name:
            case "XA":
                label = None
            case "PW":
                width = (int(arguments), 0)
            case "LL":
                label = Image.new("1", (width[0], int(arguments)), 1)
            case "LH" | "FO":
                x, y = (int(one) for one in arguments.split(","))
                corner = (x, y)
            case "GF":
                assert label is not None
                label.paste(_graphic(arguments), corner)
            case "FS":
                corner = (0, 0)
            case "XZ":
                assert label is not None
                labels.append(label)
            case _:
                raise AssertionError(f"^{name} is none of the commands that labels are made of")
    return labels


def _graphic(arguments: str) -> Image.Image:
    form, sent, total, row_bytes, data = arguments.split(",", 4)
    assert form == "A"
    assert sent == total
    rows = uncompressed(data, int(row_bytes))
    assert len(rows) == int(total)
    size = (int(row_bytes) * 8, len(rows) // int(row_bytes))
    return Image.frombytes("1", size, bytes(~one & 0xFF for one in rows))


def uncompressed(data: str, row_bytes: int) -> bytes:
    """Return the bytes of a graphic in ZPL II's compressed hexadecimal, a printed dot as 1."""
    rows: list[str] = []
    row, count = "", 0
    for sign in data:
        if sign in _REPEATS:
            count += _REPEATS[sign]
        elif sign == ":":
            assert not row
            rows.append(rows[-1])
        elif sign in ",!":
            row += ("0" if sign == "," else "F") * (2 * row_bytes - len(row))
        else:
            row += sign * (count or 1)
            count = 0
        if len(row) == 2 * row_bytes:
            rows.append(row)
            row = ""
        assert len(row) < 2 * row_bytes
    assert not row
    return bytes.fromhex("".join(rows))

"""What the decoder of the gate reads of damaged labels.

`python -m tests.gate.test_decoding 20` prints the table of docs/gate.md.
"""

import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final

import pytest
from PIL import Image

from ledger.label import sign_label
from ledger.label_url import LabelUrl
from tests.conftest import go_without
from tests.consortium import pack
from tests.gate.node import FOLDER
from tests.gate.pictures import KINDS, Picture, code128, damaged, data_matrix, label, printed
from tests.javascript import node
from tests.labels import ED25519, FACTS

MODULE: Final = FOLDER.parents[1] / "node_modules/zxing-wasm"
SURE: Final = (
    "turned by 45°",
    "dirt on 5 %",
    "dirt on 10 %",
    "one finder pattern gone",
    "a corner torn off, half of the edge",
)
COUNT: Final = 3
SYMBOLS: Final = ("whole label", "QR label", "Data Matrix", "Code 128")


def made(symbol: str, number: int) -> tuple[Picture, str]:
    """Return the picture of a symbol and what it says."""
    item = pack(number)
    if symbol == "Data Matrix":
        return data_matrix(item), item.code
    if symbol == "Code 128":
        return code128(item), item.code
    prefix = LabelUrl.of("https://packs.example", item).prefix
    text = f"{prefix}{sign_label(FACTS, prefix, ED25519)}"
    return printed(text) if symbol == "whole label" else label(text, item), text


def read_share(symbol: str, kind: str, count: int) -> tuple[int, list[float]]:
    """Return how many of so many damaged pictures are read rightly, and the ms of each look at one."""
    with tempfile.TemporaryDirectory() as folder:
        frames, texts = [], []
        for number in range(1, count + 1):
            picture, text = made(symbol, number)
            seed = f"{symbol} {kind} {number}"
            scene = damaged(picture, kind, Random(seed))  # noqa: S311  pictures, no secrets
            frames.append(frame(scene, Path(folder) / str(number)))
            texts.append(text)
        found = decoded(frames)
    for (read, _), text in zip(found, texts, strict=True):
        assert all(one in text for one in read), "a damaged label is read or not read, never read as another"
    right = sum(text in read for (read, _), text in zip(found, texts, strict=True))
    return right, [ms for _, looks in found for ms in looks]


def frame(scene: Picture, path: Path) -> tuple[str, int, int]:
    """Write a picture as a canvas gives it once a camera has compressed it; return its file and size."""
    compressed = io.BytesIO()
    scene.save(compressed, "JPEG", quality=80)
    with Image.open(compressed) as seen:
        path.write_bytes(seen.convert("RGBA").tobytes())
    return str(path), scene.width, scene.height


def decoded(frames: Sequence[tuple[str, int, int]]) -> list[tuple[list[str], list[float]]]:
    """Return the texts in each picture and how many ms each look at it took."""
    done = subprocess.run(
        [node(), str(FOLDER / "decode.mjs")],
        input=json.dumps(list(frames)),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [(read, times) for read, times in json.loads(done.stdout)]


@pytest.mark.parametrize("kind", SURE)
def test_a_label_with_a_little_damage_is_read(kind: str) -> None:
    if not MODULE.is_dir():
        go_without("no zxing-wasm in node_modules (make installs it)")
    assert read_share("QR label", kind, COUNT)[0] == COUNT


def main(count: int) -> None:
    """Print the table of docs/gate.md."""
    print(f"| damage | {' | '.join(SYMBOLS)} |\n|---|{'---|' * len(SYMBOLS)}")
    took = list[float]()
    for kind in KINDS:
        cells = []
        for symbol in SYMBOLS:
            read, times = read_share(symbol, kind, count)
            cells.append(f"{100 * read // count} %")
            took += times
        print(f"| {kind} | {' | '.join(cells)} |", flush=True)
    took.sort()
    print(f"\na look: median {took[len(took) // 2]:.0f} ms, 95 % within {took[len(took) * 95 // 100]:.0f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)

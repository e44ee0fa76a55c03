"""Makes the pictures of docs/labels.md again: labels of the demonstration, as a printer gets them.

    python docs/make_label_pictures.py

The keys are made of fixed bytes, so that the pictures are the same each time; no ledger knows these labels.
"""

import io
from datetime import date
from pathlib import Path
from typing import Final

from PIL import Image

from cli.demo.consortium import PACK_MAKER
from crypto.keys import PrivateKey
from ledger.identifiers import ItemId
from ledger.label import LabelFacts, sign_label
from ledger.label_url import LabelUrl
from ledger.printing.layout import Imprint
from ledger.printing.raster import render_png
from ledger.printing.sheet import SHEETS, pages
from ledger.printing.typeface import own_typeface
from ledger.vocabulary import Chemistry, Hazard

SCREENS: Final = Path(__file__).parent / "screens"
KEY: Final = PrivateKey.from_seed(bytes(range(32)))
_GREYS: Final = 16
_SHEET_DPI: Final = 110
_LABEL_DPI: Final = 203


def main() -> None:
    """Write a picture of each size of label and of a sheet."""
    SCREENS.mkdir(exist_ok=True)
    for size in ("100x60", "70x40", "100x150"):
        _write(f"label-{size}.png", [_imprint(1)], size, _LABEL_DPI)
    _write(
        "label-a4.png", [_imprint(number) for number in range(1, SHEETS["a4"].count + 1)], "a4", _SHEET_DPI
    )


def _imprint(number: int) -> Imprint:
    url = LabelUrl.of("https://sudian.example", ItemId.parse(f"gbt34014:ZZZPB01DEMO000GAE{number:07}"))
    facts = LabelFacts(
        chemistry=Chemistry.LFP,
        mass_g=389_000,
        nominal_voltage_mv=403_200,
        rated_energy_wh=60_480,
        hazards=frozenset(
            {Hazard.HIGH_VOLTAGE, Hazard.FLAMMABLE_ELECTROLYTE, Hazard.TOXIC_GAS, Hazard.HEAVY_LIFT}
        ),
        manufactured_on=date(2026, 10, 13),
        number=1,
    )
    url = LabelUrl(url.origin, url.item, sign_label(facts, url.prefix, KEY))
    names = (PACK_MAKER.name_zh, PACK_MAKER.name_en)
    return Imprint.of(url, maker=names, model=PACK_MAKER.model("PACK-60"))


def _write(name: str, imprints: list[Imprint], form: str, dpi: int) -> None:
    (drawing,) = pages(imprints, form, own_typeface(), dpi=dpi)
    with Image.open(io.BytesIO(render_png(drawing, own_typeface(), dpi))) as picture:
        picture.quantize(_GREYS).save(SCREENS / name, optimize=True, dpi=(dpi, dpi))
    print(name, (SCREENS / name).stat().st_size)  # noqa: T201


if __name__ == "__main__":
    main()

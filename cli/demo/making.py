"""The pack maker's line: codes, cells behind their commitment, labels, packs and modules."""

from datetime import date
from random import Random
from typing import Final

from cli.demo.capacity import MeasuredCell, matched
from cli.demo.consortium import PACK_MAKER, VENDOR_MAKER
from cli.demo.world import Unit, World
from crypto.encoding import b64url_encode
from crypto.strictjson import Json
from ledger import gbt34014
from ledger.cells import cells_root
from ledger.events import labels, production
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.label import Label, LabelFacts, sign_label
from ledger.label_url import LabelUrl
from ledger.vocabulary import Chemistry, Hazard, LabelGround, Purpose

MODULES: Final = 8
CELLS: Final = 16
RATED_MAH: Final = 100_000
MODULE_MV: Final = 51_200
MODULE_WH: Final = 5_120
CELL_G: Final = 2_100
MODULE_G: Final = 38_000
PACK_G: Final = 360_000
# Read off the plates of two real cells shown in public; see cli/demo/data/README.md.
REAL_CELLS: Final = ("001CB240000003B3C0221953", "04QCB76836300JBC40000903")
FIRST_SPARE: Final = 500_000
SALT_KEY_BYTES: Final = 32
LABEL_TOLD: Final = 25
"""Of one pack in so many the line tells that its label was printed and put on."""


class Line:
    """The maker's production line. Packs are numbered through, and so are the modules and cells in them."""

    def __init__(self, world: World, base_url: str) -> None:
        """Make packs whose labels point to `base_url`."""
        self._world = world
        self._base_url = base_url
        self._spares = 0

    def make_pack(self, number: int, rng: Random, *, real_cell: str | None = None) -> Unit:
        """Make a pack with its modules; `real_cell` stands among the cells of its first module."""
        made_on = Instant.from_ms(self._world.now_ms).day
        wear = matched(rng, MODULES)
        first = (number - 1) * MODULES + 1
        modules = [_module(one, serial, made_on) for serial, one in enumerate(wear, start=first)]
        if real_cell is not None:
            modules[0].cells = (real_cell, *modules[0].cells[1:])
        pack = Unit(pack_code(number, made_on), PACK_G, RATED_MAH, PACK_MAKER, wear, modules)
        label, token = self._label(pack.item, made_on, 1)
        claims = production.PackManufactured(
            place=PACK_MAKER.place,
            model=PACK_MAKER.model("LFP41"),
            mass_g=PACK_G,
            manufactured_on=made_on,
            modules=tuple(self._entry(module) for module in modules),
            label=label,
        )
        restricted: dict[str, Json] = {"cell_codes": self._codes(pack, modules), "label_token": token}
        self._world.tell(PACK_MAKER, claims, pack.item, restricted=restricted, purpose=Purpose.LINE)
        if number % LABEL_TOLD == 1:
            self.print_label(pack, 1)
        return pack

    def make_module(self, rng: Random) -> Unit:
        """Make a module for stock."""
        self._spares += 1
        made_on = Instant.from_ms(self._world.now_ms).day
        module = _module(matched(rng, 1)[0], FIRST_SPARE + self._spares, made_on)
        claims = production.ModuleManufactured(
            place=PACK_MAKER.place,
            model=PACK_MAKER.model("M5"),
            mass_g=MODULE_G,
            manufactured_on=made_on,
            cell_count=CELLS,
            cells_root=cells_root(self.salt_key(module), module.cells),
        )
        restricted: dict[str, Json] = {"cell_codes": self._codes(module, [module])}
        self._world.tell(PACK_MAKER, claims, module.item, restricted=restricted, purpose=Purpose.LINE)
        return module

    def relabel(self, pack: Unit, number: int, *, voided: int | None) -> None:
        """Void the label that a pack bears, if any, and put on one of this number."""
        label, token = self._label(pack.item, _made_on(pack), number)
        claims = labels.LabelReplaced(place=PACK_MAKER.place, label=label, voided=voided)
        restricted: dict[str, Json] = {"label_token": token}
        self._world.tell(PACK_MAKER, claims, pack.item, restricted=restricted, purpose=Purpose.LINE)

    def print_label(self, pack: Unit, number: int) -> None:
        """Print the label that a pack wears, and see it on the pack."""
        label, _ = self._label(pack.item, _made_on(pack), number)
        printed = labels.LabelPrinted(place=PACK_MAKER.place, label=label, copies=1)
        self._world.tell(PACK_MAKER, printed, pack.item, purpose=Purpose.LINE)
        attached = labels.LabelAttached(place=PACK_MAKER.place, label=label)
        self._world.tell(PACK_MAKER, attached, pack.item, purpose=Purpose.LINE)

    def void_label(self, pack: Unit, number: int, why: LabelGround) -> None:
        """Take the label that a pack wears out of use."""
        self._world.tell(
            PACK_MAKER, labels.LabelVoided(place=PACK_MAKER.place, number=number, why=why), pack.item
        )

    def salt_key(self, unit: Unit) -> bytes:
        """Return the key of the salts of a unit's cells; those of a pack's modules have one key."""
        day = unit.item.value[14:17]
        return self._world.pen.keyring.draw(f"cells of {day}", SALT_KEY_BYTES)

    def _entry(self, module: Unit) -> production.ModuleEntry:
        return production.ModuleEntry(
            id=module.item,
            mass_g=MODULE_G,
            cell_count=CELLS,
            cells_root=cells_root(self.salt_key(module), module.cells),
        )

    def _codes(self, unit: Unit, holders: list[Unit]) -> Json:
        codes: dict[str, Json] = {str(holder.item): list(holder.cells) for holder in holders}
        return {"key": b64url_encode(self.salt_key(unit)), "codes": codes}

    def _label(self, item: ItemId, made_on: date, number: int) -> tuple[production.LabelClaim, str]:
        facts = LabelFacts(
            chemistry=Chemistry.LFP,
            mass_g=PACK_G,
            nominal_voltage_mv=MODULE_MV * MODULES,
            rated_energy_wh=MODULE_WH * MODULES,
            hazards=frozenset({Hazard.HIGH_VOLTAGE, Hazard.HEAVY_LIFT}),
            manufactured_on=made_on,
            number=number,
        )
        signer = self._world.pen.keyring.key(PACK_MAKER, Purpose.LINE)
        token = sign_label(facts, LabelUrl.of(self._base_url, item).prefix, signer)
        digest = b64url_encode(Label.parse(token).sha256())
        return production.LabelClaim(number=facts.number, sha256=digest), token


def _module(wear: MeasuredCell, serial: int, made_on: date) -> Unit:
    first = (serial - 1) * CELLS + 1
    codes = tuple(_battery(gbt34014.Kind.CELL, cell, made_on).value for cell in range(first, first + CELLS))
    item = _battery(gbt34014.Kind.MODULE, serial, made_on)
    return Unit(item, MODULE_G, RATED_MAH, PACK_MAKER, (wear,), cells=codes)


def _made_on(pack: Unit) -> date:
    return gbt34014.parse(pack.item.value).date


def pack_code(serial: int, made_on: date) -> ItemId:
    """Return the code of a pack of the maker's."""
    return _battery(gbt34014.Kind.PACK, serial, made_on)


def _battery(kind: gbt34014.Kind, serial: int, made_on: date) -> ItemId:
    code = gbt34014.mint(
        vendor=VENDOR_MAKER,
        kind=kind,
        chemistry=gbt34014.Chemistry.LFP,
        spec="01",
        trace="DEMO000",
        made_on=made_on,
        serial=serial,
    )
    return ItemId("gbt34014", code.text)

"""The firms of a story and what they do every day; `pen` has how they sign and what it is to be refused."""

import base64
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from tests.clients import plain, plain_label
from tests.stories.goods import Cells, Claim, code, consignment
from tests.stories.pen import Pen

if TYPE_CHECKING:
    from tests.stories.stage import Stage

RIGHTS: Final = ("custody", "ownership")
PACK_G: Final = 400_000
MODULE_G: Final = 45_000
_MADE: Final = "G61"
"""The first of June 2026, as a battery code says it."""


class Firm(Pen):
    """A firm: its ids, its products, its hand-overs."""

    def __init__(self, stage: "Stage", name: str, number: int) -> None:
        super().__init__(stage, name, number)
        self.vendor = ""

    # Ids

    def pack(self, serial: int) -> str:
        """Return the id of a pack."""
        return self._coded("P", serial)

    def module(self, serial: int) -> str:
        """Return the id of a module."""
        return self._coded("M", serial)

    def cell(self, serial: int) -> str:
        """Return the id of a cell."""
        return self._coded("C", serial)

    def product(self, serial: int) -> str:
        """Return the id of a second-life product, a code of 19 characters."""
        return f"gbt34014:{self.vendor}PB01{_MADE}{serial:07d}RP"

    def _coded(self, kind: str, serial: int) -> str:
        return f"gbt34014:{self.vendor}{kind}B01STORY00{_MADE}{serial:07d}"

    def lot(self, text: str) -> str:
        """Return the id of one of the firm's lots."""
        return f"lot:{self.id.removeprefix('org:')}:{text}"

    def local(self, text: str) -> str:
        """Return an id of the firm's own for an item without a code."""
        return f"local:{self.id.removeprefix('org:')}:{text}"

    def model(self, kind: str) -> str:
        """Return the id of the firm's one model of a kind."""
        return f"{self.id}/LFP-{kind.upper()}@1"

    # Making

    def files(self, vendor: str) -> None:
        """File a vendor code with one specification, and declare a model of a pack and one of a module."""
        self.vendor = vendor
        specs = [{"spec": "01", "chemistry": "lfp", "shape": "prismatic", "rated_capacity_mah": 100_000}]
        self.states("coding.filed", self.id, vendor=vendor, specs=specs)
        for kind, mass_g, energy_wh in (("pack", PACK_G, 60_000), ("module", MODULE_G, 7_500)):
            self.states(
                "model.declared",
                self.id,
                model=self.model(kind),
                kind=kind,
                category="ev",
                chemistry="lfp",
                mass_g=mass_g,
                rated_capacity_mah=100_000,
                rated_energy_wh=energy_wh,
                nominal_voltage_mv=energy_wh * 10,
            )

    def makes(
        self,
        pack: str,
        *modules: str,
        cells: Cells | None = None,
        concealed: Mapping[str, Claim] | None = None,
        **more: Claim,
    ) -> str:
        """Make a pack with these modules, each with the cells that the line built into it."""
        entries: Claim = [
            {"id": one, "mass_g": MODULE_G, **(cells.commit(one) if cells else {})} for one in modules
        ]
        return self.states(
            "pack.manufactured",
            pack,
            model=self.model("pack"),
            mass_g=PACK_G,
            manufactured_on="2026-06-01",
            modules=entries,
            concealed={**({"cell_codes": cells.disclosed(modules)} if cells else {}), **(concealed or {})},
            **more,
        )

    def makes_module(
        self,
        module: str,
        cells: Cells | None = None,
        concealed: Mapping[str, Claim] | None = None,
        **more: Claim,
    ) -> str:
        """Make a module for stock."""
        return self.states(
            "module.manufactured",
            module,
            model=self.model("module"),
            mass_g=MODULE_G,
            manufactured_on="2026-06-01",
            concealed={**({"cell_codes": cells.disclosed([module])} if cells else {}), **(concealed or {})},
            **(cells.commit(module) if cells else {}),
            **more,
        )

    def label(self, item: str, number: int, key: str = "line") -> tuple[Claim, str]:
        """Print a label: the claim about it, and the token that its QR code carries."""
        facts: dict[int, int | str] = {1: "LFP", 2: PACK_G, 3: 600_000, 4: 60_000, 5: 1, 6: 20_605, 7: number}
        prefix = f"{self.stage.site.config.base_url}/p/{code(item)}/".upper()
        token = plain_label.label_token(facts, prefix, self.pem(key))
        cose = base64.b32decode(token + "=" * (-len(token) % 8))
        return {"number": number, "sha256": plain.b64url(plain.sha256(cose))}, token

    # Handing over

    def offers(
        self,
        to: Pen,
        *items: str,
        load: str,
        rights: Sequence[str] = RIGHTS,
        count: int | None = None,
        key: str = "office",
    ) -> str:
        """Offer rights over items; `load` names the consignment."""
        return self.states(
            "transfer.offered",
            *items,
            key=key,
            rights=list(rights),
            to=to.id,
            consignment=consignment(load),
            count=count or len(items),
            concealed={"carrier": "A carrier", "waybill": f"W-{load}"},
        )

    def accepts(self, *items: str, load: str, **more: Claim) -> str:
        """Accept items of a load as they were declared, or weighed as `more` says."""
        said = {"mass_basis": "declared", "checklist": {}, **more}
        return self.states("transfer.accepted", *items, consignment=consignment(load), **said)

    def hands_over(self, to: "Firm", *items: str, rights: Sequence[str] = RIGHTS) -> str:
        """Offer rights over items to a firm that accepts them at once."""
        load = f"{self.name} to {to.name}, {self.stage.told}"
        self.offers(to, *items, load=load, rights=rights)
        return to.accepts(*items, load=load)

    # Second life

    def measures(self, item: str, soh_permille: int, key: str = "office") -> str:
        """Measure the capacity of an item on a bench; what it showed is concealed."""
        figures = {"quantity": "capacity_mah", "base": 100_000, "measured": soh_permille * 100}
        secret = {**figures, "soh_permille": soh_permille, "source": "bench"}
        return self.states("health.measured", item, key=key, method="capacity_test", concealed=secret)

    def grades(self, decisions: Mapping[str, str], measured: Mapping[str, str] | None = None) -> str:
        """Grade items: what is decided for each, and on which measurement where there is one."""
        entries: Claim = [
            {"item": item, "rule": "house@1", "grade": "b", "decision": decision}
            for item, decision in decisions.items()
        ]
        for entry in entries:
            if entry["item"] in (measured or {}):
                entry["measurements"] = [(measured or {})[entry["item"]]]
        return self.states("item.graded", grades=entries)

    def brings_back(self, item: str, soh_permille: int) -> str:
        """Measure waste, grade it, and make a battery of it again."""
        measured = self.measures(item, soh_permille)
        grading = self.grades({item: "reuse"}, {item: measured})
        return self.states("item.requalified", item, measurements=[measured], grading=grading)

    def splits(self, item: str, *modules: str, lots: Sequence[Claim] = (), **more: Claim) -> str:
        """Take an item apart into modules and lots."""
        outputs: Claim = [{"id": one, "mass_g": MODULE_G} for one in modules]
        return self.states("item.split", item, outputs=[*outputs, *lots], **more)

    def assembles(
        self, product: str, *inputs: str, mass_g: int | None = None, use: str = "telecom_backup"
    ) -> str:
        """Build a product from modules for a use."""
        return self.states(
            "product.assembled",
            product,
            inputs=inputs,
            application=use,
            standard="GB-T-36276",
            mass_g=mass_g or MODULE_G * len(inputs),
        )

    # Using up

    def shreds(
        self,
        *items: str,
        into: Mapping[str, int],
        losses_g: int = 0,
        assays: Mapping[str, Mapping[str, int]] | None = None,
    ) -> str:
        """Shred waste of the last fortnight into lots named after their material, in g; assays in mg/kg."""
        outputs = [
            {
                "lot": self.lot(f"{material.upper().replace('_', '-')}-{self.stage.told}"),
                "material": material,
                "mass_g": mass_g,
                **self.assayed((assays or {}).get(material)),
            }
            for material, mass_g in into.items()
        ]
        return self.processes(*items, step="shred", outputs=outputs, losses_g=losses_g)

    def processes(self, *items: str, step: str, outputs: Sequence[Claim], **more: Claim) -> str:
        """Treat items and draws in one step of the last fortnight."""
        period = {"from": self.stage.moment(-14 * 1440), "until": self.stage.now}
        return self.states("batch.processed", *items, step=step, period=period, outputs=outputs, **more)

    def assayed(self, mg_per_kg: Mapping[str, int] | None, moisture_ppm: int = 0) -> dict[str, Claim]:
        """Return what is claimed of a lot that the firm's laboratory assayed, nothing where it did not."""
        if mg_per_kg is None:
            return {}
        assay = {"method": "icp_oes", "sample": f"S-{self.stage.told}", "lab": self.id}
        return {"moisture_ppm": moisture_ppm, "assay": {**assay, "mg_per_kg": dict(mg_per_kg)}}

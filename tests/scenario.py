"""Stories of batteries: functions that build and sign each event type on the tips that earlier ones left.

A `Story` knows only what it has signed itself, as a firm's own software would; it asks no ledger.

    story = Story()
    texts = [*story.founding(), *story.enrolments(), story.coding_filed(), story.model_declared()]
    texts += [story.pack_manufactured(pack(1), [module(1), module(2)])]
"""

from collections.abc import Mapping, Sequence

from crypto.strictjson import Json
from ledger import merkle
from ledger.events import correction, custody, recycling, retirement, service
from ledger.events import second_life as reuse
from ledger.events import vehicle as vehicles
from ledger.events.envelope import Event
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.state import Assay
from ledger.vocabulary import (
    Application,
    AssayMethod,
    CollectedFrom,
    Condition,
    Decision,
    Element,
    Ground,
    HealthMethod,
    LotOrigin,
    MassBasis,
    Material,
    RemovalReason,
    RetirementReason,
    Right,
    Step,
    VehicleUse,
)
from tests.consortium import (
    COLLECTOR,
    FLEET,
    LAB,
    MADE_ON,
    MAKER,
    NOTHING,
    ORIGIN,
    PARTIES,
    RECYCLER,
    REGISTRAR,
    SECOND_LIFE,
    START,
    VEHICLE_MAKER,
    Party,
    cell,
    module,
    pack,
    product,
    sign,
    vehicle,
    vin,
)
from tests.storyteller import MODULE_G, PACK_G, cells_root, salted_cells
from tests.turns import Turns

__all__ = [
    "COLLECTOR",
    "FLEET",
    "LAB",
    "MADE_ON",
    "MAKER",
    "MODULE_G",
    "ORIGIN",
    "PACK_G",
    "PARTIES",
    "RECYCLER",
    "REGISTRAR",
    "SECOND_LIFE",
    "START",
    "VEHICLE_MAKER",
    "Party",
    "Story",
    "cell",
    "cells_root",
    "module",
    "pack",
    "product",
    "sign",
    "vehicle",
    "vin",
]


class Story(Turns):
    """A story of batteries, event by event, a minute apart; `name` keeps the ids of two stories apart."""

    # Custody

    def transfer_offered(
        self,
        by: Party,
        to: Party,
        *items: ItemId,
        load: str = "load",
        rights: Sequence[Right] = (Right.CUSTODY, Right.OWNERSHIP),
    ) -> str:
        """The holder offers items; `load` names the consignment."""
        claims = custody.TransferOffered(
            place=by.place,
            rights=tuple(rights),
            to=to.id,
            consignment=self.uuid(load),
            count=len(items),
        )
        return self.tell(by, claims, *items, restricted={"carrier": "Carrier", "waybill": f"W-{load}"})

    def transfer_accepted(
        self, by: Party, *items: ItemId, load: str = "load", gross_g: int | None = None
    ) -> str:
        """The receiver takes items of a load."""
        claims = custody.TransferAccepted(
            place=by.place,
            consignment=self.uuid(load),
            mass_basis=MassBasis.DECLARED if gross_g is None else MassBasis.WEIGHED,
            gross_g=gross_g,
            tare_g=None if gross_g is None else 0,
            checklist=custody.CheckList(),
        )
        return self.tell(by, claims, *items)

    def transfer_rejected(self, by: Party, *items: ItemId, load: str = "load") -> str:
        """The receiver sends items of a load back."""
        claims = custody.TransferRejected(place=by.place, consignment=self.uuid(load), reason="damaged")
        return self.tell(by, claims, *items)

    def transfer_withdrawn(self, by: Party, *items: ItemId, load: str = "load") -> str:
        """The holder takes its offer back."""
        claims = custody.TransferWithdrawn(place=by.place, consignment=self.uuid(load), reason="mistake")
        return self.tell(by, claims, *items)

    def transfer(
        self,
        by: Party,
        to: Party,
        *items: ItemId,
        load: str = "load",
        rights: Sequence[Right] = (Right.CUSTODY, Right.OWNERSHIP),
    ) -> list[str]:
        """An offer and its acceptance."""
        offered = self.transfer_offered(by, to, *items, load=load, rights=rights)
        return [offered, self.transfer_accepted(to, *items, load=load)]

    def item_collected(
        self,
        *items: ItemId,
        by: Party = COLLECTOR,
        waste: bool = True,
        came_from: CollectedFrom = CollectedFrom.CONSUMER,
    ) -> str:
        """A collector takes items in."""
        claims = custody.ItemCollected(
            place=by.place, from_=came_from, condition=Condition.SOUND, waste=waste
        )
        return self.tell(by, claims, *items)

    # Vehicles

    def pack_fitted(self, item: ItemId, into: ItemId, by: Party = VEHICLE_MAKER) -> str:
        """A pack goes into a vehicle."""
        first = self.tips.get(into) is None
        claims = vehicles.PackFitted(
            place=by.place, vehicle_model="TAXI-1" if first else None, max_packs=1 if first else None
        )
        restricted: dict[str, Json] = {"vin": vin(int(into.value[-12:])).text} if first else {}
        return self.tell(by, claims, item, into, restricted=restricted)

    def vehicle_sold(self, item: ItemId, by: Party = VEHICLE_MAKER, use: VehicleUse = VehicleUse.TAXI) -> str:
        """A vehicle goes to a user."""
        return self.tell(by, vehicles.VehicleSold(place=by.place, city="4403", use=use), item)

    def pack_removed(self, item: ItemId, out_of: ItemId, by: Party = VEHICLE_MAKER) -> str:
        """A pack comes out of its vehicle."""
        claims = vehicles.PackRemoved(place=by.place, reason=RemovalReason.REPLACEMENT)
        return self.tell(by, claims, item, out_of)

    # Service and second life

    def health_measured(self, *items: ItemId, by: Party = LAB, soh_permille: int = 800) -> str:
        """A capacity is measured."""
        restricted: dict[str, Json] = {
            "quantity": "capacity_mah",
            "base": 100_000,
            "measured": soh_permille * 100,
            "soh_permille": soh_permille,
            "source": "bench",
            "temperature_dc": 250,
            "cycles": 1_000,
        }
        claims = service.HealthMeasured(place=by.place, method=HealthMethod.CAPACITY_TEST)
        return self.tell(by, claims, *items, restricted=restricted)

    def item_retired(self, by: Party, *items: ItemId) -> str:
        """The holder declares items waste."""
        claims = retirement.ItemRetired(place=by.place, reason=RetirementReason.CAPACITY_FADE)
        return self.tell(by, claims, *items)

    def item_graded(
        self, *items: ItemId, by: Party = SECOND_LIFE, decision: Decision = Decision.REPURPOSE
    ) -> str:
        """Items are graded."""
        grades = tuple(reuse.Grade(item=item, rule="house@1", grade="b", decision=decision) for item in items)
        return self.tell(by, reuse.ItemGraded(place=by.place, grades=grades))

    def item_split(
        self,
        item: ItemId,
        units: Sequence[ItemId],
        by: Party = SECOND_LIFE,
        unaccounted: Sequence[ItemId] = (),
        released: Mapping[ItemId, Sequence[ItemId]] | None = None,
    ) -> str:
        """An item is taken apart into units and a lot of its housing.

        `released` names each cell that is let go, with all the cells it was committed to with.
        """
        outputs = [reuse.SplitOutput(id=one, mass_g=MODULE_G) for one in units]
        for one, cells in (released or {}).items():
            outputs.append(reuse.SplitOutput(id=one, mass_g=1_800, cell=_release(one, cells)))
        if not released:
            housing = by.lot(f"HOUSING-{item.value[-7:]}")
            outputs.append(reuse.SplitOutput(id=housing, mass_g=40_000, material=Material.HOUSING))
        claims = reuse.ItemSplit(place=by.place, outputs=tuple(outputs), unaccounted=tuple(unaccounted))
        return self.tell(by, claims, item)

    def product_assembled(self, item: ItemId, *inputs: ItemId, by: Party = SECOND_LIFE) -> str:
        """A second-life product is built."""
        claims = reuse.ProductAssembled(
            place=by.place,
            inputs=inputs,
            application=Application.TELECOM_BACKUP,
            standard="GB-T-36276",
            mass_g=MODULE_G * len(inputs),
        )
        return self.tell(by, claims, item)

    def product_deployed(
        self, *items: ItemId, by: Party = SECOND_LIFE, application: Application = Application.TELECOM_BACKUP
    ) -> str:
        """Products start to work."""
        claims = reuse.ProductDeployed(place=by.place, application=application)
        return self.tell(by, claims, *items, restricted={"site_address": "Station 7"})

    # Material

    def lot_declared(
        self, lot: ItemId, by: Party = RECYCLER, mass_g: int = 1_000_000, material: Material = Material.OTHER
    ) -> str:
        """A lot enters the ledger."""
        claims = recycling.LotDeclared(
            place=by.place, material=material, mass_g=mass_g, origin=LotOrigin.VIRGIN
        )
        return self.tell(by, claims, lot)

    def batch_processed(
        self,
        *items: ItemId,
        drawn: Mapping[ItemId, int] | None = None,
        made: Mapping[ItemId, int],
        step: Step = Step.SHRED,
        losses_g: int = 0,
        material: Material = Material.BLACK_MASS,
        by: Party = RECYCLER,
    ) -> str:
        """A treatment step: items and draws go in, lots come out, masses in g."""
        assay = Assay(
            method=AssayMethod.ICP_OES, sample="S-1", lab=LAB.id, mg_per_kg={Element.LI.value: 30_000}
        )
        claims = recycling.BatchProcessed(
            place=by.place,
            step=step,
            period=recycling.Period(from_=START, until=Instant.from_ms(self.now_ms)),
            lots=tuple(recycling.Draw(lot=lot, mass_g=mass) for lot, mass in (drawn or {}).items()),
            outputs=tuple(
                recycling.LotOutput(lot=lot, material=material, mass_g=mass, moisture_ppm=5_000, assay=assay)
                for lot, mass in made.items()
            ),
            losses_g=losses_g,
        )
        return self.tell(by, claims, *items, restricted={"energy_wh": 90_000, "batch_no": "B-1"})

    # Corrections

    def event_corrected(
        self,
        event: Event,
        by: Party,
        claims: Mapping[str, Json] = NOTHING,
        restricted: Mapping[str, Json] = NOTHING,
    ) -> str:
        """The issuer states claims of an event anew."""
        corrected = correction.EventCorrected(
            place=by.place if any(not item.is_org for item in event.prev) else None,
            event=event.id,
            ground=Ground.TYPING_ERROR,
            claims=claims,
        )
        return self.tell(by, corrected, *event.prev, restricted=restricted)


def _release(one: ItemId, cells: Sequence[ItemId]) -> reuse.CellRelease:
    leaves = salted_cells(cells)
    index = next(place for place, leaf in enumerate(leaves) if leaf.endswith(one.value.encode()))
    hashes = [merkle.hash_leaf(leaf) for leaf in leaves]
    proof = merkle.prove_inclusion(
        index,
        len(hashes),
        lambda nodes: [merkle.root(hashes[i << level : (i + 1) << level]) for level, i in nodes],
    )
    return reuse.CellRelease(salt=leaves[index][:16], index=index, proof=tuple(proof))

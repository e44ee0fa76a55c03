"""More of a battery's life: declarations, repairs, pools, recalls, scrapping, labels and recycled content."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

from crypto.encoding import b64url_encode
from ledger.events import custody, labels, production, recycling, service
from ledger.events import vehicle as vehicles
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.vocabulary import (
    Element,
    Hazard,
    Kind,
    LabelGround,
    MassBasis,
    Phase,
    RecallRemedy,
    RepairStage,
    Role,
    Why,
)
from tests.consortium import COLLECTOR, MADE_ON, MAKER, START, Party
from tests.scenario import PACK_G, Story

REPAIRER: Final = Party(21, "Repairer", "虚构维修企业", "330110", (Role.REPAIRER,))
SWAPPER: Final = Party(22, "Swap Operator", "虚构换电企业", "310115", (Role.SWAP_OPERATOR,))
INSURER: Final = Party(23, "Insurer", "虚构保险公司", "110102", (Role.INSURER,))
REGULATOR: Final = Party(24, "Regulator", "虚构主管部门", "110102", (Role.REGULATOR,))
BANK: Final = Party(25, "Bank", "虚构银行", "110102", (Role.ASSET_OWNER,))
IMPORTER: Final = Party(26, "Importer", "虚构进口商", "310115", (Role.IMPORTER,))
NEWCOMERS: Final = (REPAIRER, SWAPPER, INSURER, REGULATOR, BANK, IMPORTER)
CERTIFICATE: Final = b64url_encode(sha256(b"certificate").digest())


def local(by: Party, text: str) -> ItemId:
    """Return an id of a firm's own for an item without a code."""
    return ItemId.parse(f"local:{by.id.value}:{text}")


def label(number: int) -> production.LabelClaim:
    """Return what an event says of a label: its number, and the hash of its token."""
    return production.LabelClaim(sha256=b64url_encode(sha256(b"label %d" % number).digest()), number=number)


MORE_TYPES: Final = frozenset(
    {
        "content.claimed",
        "intake.recorded",
        "item.declared",
        "item.repaired",
        "label.attached",
        "label.printed",
        "label.replaced",
        "label.voided",
        "pool.joined",
        "pool.left",
        "pool.reported",
        "production.added",
        "recall.closed",
        "recall.opened",
        "recall.remedied",
        "vehicle.scrapped",
        "vehicle.written_off",
    }
)
"""The event types that `MoreStory` tells beyond `Story`."""


class MoreStory(Story):
    """A story with the events of the whole life."""

    # What the ledger does not know

    def item_declared(
        self,
        item: ItemId,
        by: Party = COLLECTOR,
        *,
        phase: Phase = Phase.STOCK,
        why: Why = Why.LEGACY,
        kind: Kind = Kind.PACK,
        into: ItemId | None = None,
        clone_of: ItemId | None = None,
        mass_g: int | None = PACK_G,
        max_packs: int | None = None,
    ) -> str:
        """A firm declares an item that the ledger does not know."""
        claims = production.ItemDeclared(
            place=by.place,
            kind=kind,
            phase=phase,
            why=why,
            mass_g=mass_g,
            mass_basis=None if mass_g is None else MassBasis.WEIGHED,
            clone_of=clone_of,
            max_packs=max_packs,
        )
        return self.tell(by, claims, *([item] if into is None else [item, into]))

    def production_added(self, item: ItemId, by: Party = MAKER, model: str | None = None) -> str:
        """The maker adds how a declared item was made."""
        claims = production.ProductionAdded(
            place=by.place, model=model or by.model(), manufactured_on=MADE_ON
        )
        return self.tell(by, claims, item)

    def label_replaced(self, item: ItemId, number: int, by: Party = MAKER, voided: int | None = None) -> str:
        """A label is voided, the next one put on."""
        claims = labels.LabelReplaced(place=by.place, label=label(number), voided=voided)
        return self.tell(by, claims, item)

    def label_printed(self, item: ItemId, number: int = 1, by: Party = MAKER, copies: int = 1) -> str:
        """The label it wears is printed."""
        return self.tell(by, labels.LabelPrinted(place=by.place, label=label(number), copies=copies), item)

    def label_attached(self, item: ItemId, number: int = 1, by: Party = MAKER) -> str:
        """The label it wears is seen on it."""
        return self.tell(by, labels.LabelAttached(place=by.place, label=label(number)), item)

    def label_voided(
        self, item: ItemId, number: int = 1, by: Party = MAKER, why: LabelGround = LabelGround.STOLEN
    ) -> str:
        """The label it wears is taken out of use."""
        return self.tell(by, labels.LabelVoided(place=by.place, number=number, why=why), item)

    def intake_recorded(
        self, *items: ItemId, by: Party = COLLECTOR, raw: Sequence[str] = (), load: str = "load"
    ) -> str:
        """What came through a gate; `raw` are scans that nobody recognised."""
        scans = [
            *(custody.Scan(raw=item.value, item=item) for item in items),
            *(custody.Scan(raw=one) for one in raw),
        ]
        claims = custody.IntakeRecorded(
            place=by.place if items else None,
            consignment=self.uuid(load),
            scans=tuple(scans),
            gross_g=PACK_G + 10_000,
            tare_g=10_000,
        )
        return self.tell(by, claims)

    # Service

    def item_repaired(
        self,
        item: ItemId,
        by: Party = REPAIRER,
        *,
        out: Sequence[ItemId] = (),
        into: Sequence[ItemId] = (),
        stage: RepairStage = RepairStage.SERVICE,
        mass_g: int | None = None,
        remanufactured: bool = False,
    ) -> str:
        """An item is repaired; parts go out and in."""
        claims = service.ItemRepaired(
            place=by.place,
            stage=stage,
            opened=True,
            out=tuple(out),
            in_=tuple(into),
            mass_g=mass_g,
            remanufactured=remanufactured,
        )
        return self.tell(by, claims, item)

    def recall_opened(self, selector: service.Selector, by: Party = MAKER, maker: Party = MAKER) -> str:
        """A recall is opened on a maker."""
        claims = service.RecallOpened(
            selector=selector, hazard=Hazard.FLAMMABLE_ELECTROLYTE, remedy=RecallRemedy.REPAIR
        )
        return self.tell(by, claims, maker.id)

    def recall_closed(self, recall: str, by: Party = MAKER, maker: Party = MAKER) -> str:
        """A recall is closed."""
        return self.tell(by, service.RecallClosed(recall=recall), maker.id)

    def recall_remedied(self, recall: str, *items: ItemId, by: Party = MAKER) -> str:
        """A recall was remedied on items."""
        return self.tell(by, service.RecallRemedied(place=by.place, recall=recall), *items)

    # Pools

    def pool_joined(
        self, *packs: ItemId, by: Party = SWAPPER, pool: str = "P1", out_of: ItemId | None = None
    ) -> str:
        """Packs join a pool."""
        claims = vehicles.PoolJoined(place=by.place, pool=pool)
        return self.tell(by, claims, *packs, *(() if out_of is None else (out_of,)))

    def pool_left(
        self, *packs: ItemId, by: Party = SWAPPER, phase: Phase = Phase.STOCK, into: ItemId | None = None
    ) -> str:
        """Packs leave their pool."""
        claims = vehicles.PoolLeft(place=by.place, phase=phase)
        return self.tell(by, claims, *packs, *(() if into is None else (into,)))

    def pool_reported(self, by: Party = SWAPPER, since: Instant = START, until: Instant | None = None) -> str:
        """A pool is reported for a period."""
        claims = vehicles.PoolReported(
            pool="P1",
            period=recycling.Period(from_=since, until=until or Instant.from_ms(self.now_ms)),
            packs=10,
            vehicles=8,
            swaps=900,
        )
        return self.tell(by, claims)

    # The end of vehicles

    def vehicle_written_off(self, item: ItemId, by: Party = INSURER) -> str:
        """An insurer takes a vehicle over."""
        return self.tell(by, vehicles.VehicleWrittenOff(place=by.place, certificate_sha256=CERTIFICATE), item)

    def vehicle_scrapped(
        self,
        item: ItemId,
        by: Party = COLLECTOR,
        present: Sequence[ItemId] = (),
        absent: Sequence[ItemId] = (),
    ) -> str:
        """A vehicle is scrapped, its packs found in it or not."""
        claims = vehicles.VehicleScrapped(
            place=by.place,
            certificate_sha256=CERTIFICATE,
            present=tuple(present),
            absent=tuple(absent),
        )
        return self.tell(by, claims, item)

    # Recycled content

    def content_claimed(
        self,
        drawn: Mapping[ItemId, int],
        post_consumer_g: int,
        *,
        by: Party = MAKER,
        element: Element = Element.LI,
        model: str | None = None,
    ) -> str:
        """A maker claims recycled content drawn from lots, in g."""
        claims = recycling.ContentClaimed(
            place=by.place,
            model=model or by.model(),
            plant="PLANT-1",
            year=2026,
            element=element,
            lots=tuple(recycling.Draw(lot=lot, mass_g=mass_g) for lot, mass_g in drawn.items()),
            post_consumer_g=post_consumer_g,
            packs=100,
        )
        return self.tell(by, claims)


def founded_more(story: MoreStory) -> list[str]:
    """Return the submissions that enrol the firms of this file."""
    return story.enrolments(NEWCOMERS)

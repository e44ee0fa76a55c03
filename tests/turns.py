"""The part of a story that nobody planned: loss, incidents, disputes, consents, and ways back and out."""

from collections.abc import Mapping, Sequence

from ledger.events import correction, custody, recycling, retirement, second_life, service
from ledger.events.envelope import Event
from ledger.identifiers import ItemId
from ledger.instants import Day, Instant
from ledger.vocabulary import (
    DisputeOutcome,
    Ground,
    IncidentKind,
    ReceiverKind,
    Severity,
    TakerKind,
)
from tests.consortium import FLEET, LAB, RECYCLER, SECOND_LIFE, Party
from tests.storyteller import Storyteller

NO_HASH = "A" * 43


class Turns(Storyteller):
    """Tells of turns that a life may take beside the straight way."""

    @property
    def today(self) -> Day:
        """The day of the next event."""
        return Instant.from_ms(self.now_ms).day

    # Release, export and consent

    def custody_released(
        self,
        by: Party,
        *items: ItemId,
        receiver: ReceiverKind = ReceiverKind.FIRM,
        receiver_id: str | None = None,
    ) -> str:
        """The holder gives items to somebody who is not enrolled."""
        claims = custody.CustodyReleased(place=by.place, receiver=receiver, receiver_id=receiver_id)
        return self.tell(by, claims, *items, restricted={"receiver_name": "Somebody"})

    def item_exported(self, by: Party, *items: ItemId, destination: str = "DE") -> str:
        """The holder sends items abroad."""
        claims = custody.ItemExported(place=by.place, destination=destination)
        return self.tell(by, claims, *items, restricted={"declaration_no": "D-1"})

    def consent_given(self, by: Party, to: Party, *items: ItemId, act: str = "item.split") -> str:
        """The owner agrees to another firm's act."""
        return self.tell(by, custody.ConsentGiven(place=by.place, act=act, to=to.id), *items)

    # Incidents and loss

    def incident_reported(
        self, item: ItemId, by: Party = LAB, kind: IncidentKind = IncidentKind.CRASH
    ) -> str:
        """Something happened to an item."""
        claims = service.IncidentReported(place=by.place, kind=kind, severity=Severity.SERIOUS)
        return self.tell(by, claims, item, restricted={"text": "hit from behind"})

    def quarantine_lifted(self, item: ItemId, by: Party = LAB) -> str:
        """A laboratory has found an item safe."""
        return self.tell(by, service.QuarantineLifted(place=by.place, report_sha256=NO_HASH), item)

    def item_lost(self, by: Party, *items: ItemId, on: Day | None = None) -> str:
        """Items cannot be found."""
        claims = service.ItemLost(place=by.place, on=on or self.today)
        return self.tell(by, claims, *items, restricted={"police_no": "P-1"})

    def item_stolen(self, by: Party, *items: ItemId, on: Day | None = None) -> str:
        """Items were stolen."""
        claims = service.ItemStolen(place=by.place, on=on or self.today)
        return self.tell(by, claims, *items, restricted={"police_no": "P-1"})

    def item_found(self, by: Party, *items: ItemId, on: Day | None = None) -> str:
        """Items are back."""
        return self.tell(by, service.ItemFound(place=by.place, on=on or self.today), *items)

    # Ways back and out

    def item_requalified(
        self, *items: ItemId, grading: str, measurements: Sequence[str], by: Party = SECOND_LIFE
    ) -> str:
        """Waste becomes a battery again."""
        claims = retirement.ItemRequalified(place=by.place, measurements=tuple(measurements), grading=grading)
        return self.tell(by, claims, *items, restricted={"contract_sha256": NO_HASH})

    def product_returned(self, *items: ItemId, by: Party = SECOND_LIFE) -> str:
        """Products come back."""
        return self.tell(by, second_life.ProductReturned(place=by.place), *items)

    def lot_divided(self, source: ItemId, parts: Mapping[ItemId, int], by: Party = RECYCLER) -> str:
        """Lots are taken out of a lot, masses in g."""
        claims = recycling.LotDivided(
            place=by.place,
            source=source,
            parts=tuple(recycling.LotPart(lot=lot, mass_g=mass) for lot, mass in parts.items()),
        )
        return self.tell(by, claims)

    def residue_disposed(
        self, *items: ItemId, drawn: Mapping[ItemId, int] | None = None, by: Party = RECYCLER
    ) -> str:
        """Waste items and draws, in g, leave the circle."""
        claims = recycling.ResidueDisposed(
            place=by.place,
            taker=TakerKind.LANDFILL,
            lots=tuple(recycling.Draw(lot=lot, mass_g=mass) for lot, mass in (drawn or {}).items()),
        )
        return self.tell(by, claims, *items, restricted={"transfer_note_no": "N-1"})

    # Disputes

    def event_disputed(self, event: Event, by: Party = FLEET) -> str:
        """A party contests an event."""
        claims = correction.EventDisputed(place=by.place, event=event.id, ground=Ground.WRONG_ITEM)
        return self.tell(by, claims, *event.prev)

    def dispute_settled(
        self, event: Event, by: Party, outcome: DisputeOutcome = DisputeOutcome.WITHDRAWN
    ) -> str:
        """A party, or the regulator, says how a dispute over an event ends."""
        claims = correction.DisputeSettled(place=by.place, event=event.id, outcome=outcome)
        return self.tell(by, claims, *event.prev)

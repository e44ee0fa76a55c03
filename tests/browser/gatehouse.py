"""A ledger with loads on their way to a gate, served on loopback with the time of the day."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from crypto.keys import PrivateKey, Verifier
from ledger.events import registry
from ledger.events.service import Selector
from ledger.identifiers import ItemId
from ledger.label_url import LabelUrl
from ledger.vocabulary import Purpose
from tests.fakes import FakeClock
from tests.loopback import Loopback
from tests.scenario import MAKER, PACK_G, RECYCLER, Party, module, pack
from tests.scenario_more import MoreStory
from tests.site import BASE_URL, Site

RECEIVER: Final = RECYCLER
STRANGER: Final = pack(9_001)
STOLEN: Final = pack(9_002)
RECALLED: Final = pack(9_003)
RECYCLED: Final = pack(9_004)
VOID: Final = pack(9_005)


class RunningClock(FakeClock):
    """A clock that goes as the phone's does, which signs with it."""

    def now_ms(self, database_now_ms: int | None = None) -> int:
        """Return the time of the day."""
        del database_now_ms
        return time.time_ns() // 1_000_000


class Gatehouse(Site):
    """A site whose maker has sent labelled packs to the recycler."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, demo=True, clock=RunningClock(0))
        self.tale = MoreStory()
        self.story = self.tale
        self.labels: dict[ItemId, str] = {}
        self.network = Loopback(self.app)

    @property
    def url(self) -> str:
        """Where it is served."""
        return self.network.url

    def make(self, *packs: ItemId) -> None:
        """Make packs with labels."""
        texts = []
        for one in packs:
            text, token = self.labelled_pack(one, [module(int(one.value[-7:]) + 1_000_000)])
            self.labels[one] = f"{LabelUrl.of(BASE_URL, one).prefix}{token}"
            texts.append(text)
        self.submit(texts)

    def offer(self, load: str, packs: Sequence[ItemId]) -> None:
        """Offer packs to the recycler as one load."""
        for first in range(0, len(packs), 250):
            self.submit(
                [self.story.transfer_offered(MAKER, RECEIVER, *packs[first : first + 250], load=load)]
            )

    def add_device(self, jwk: dict[str, str], firm: Party = RECEIVER) -> None:
        """The firm's admin registers a device."""
        claims = registry.KeyAdded(jwk=Verifier.from_jwk(jwk), purpose=Purpose.DEVICE)
        self.submit([self.story.tell(firm, claims, firm.id, key=admin(firm))])

    def wanted(self) -> None:
        """Tell of packs to stop: one stolen, one recalled, one recycled already, one whose label is void."""
        self.make(STRANGER, STOLEN, RECALLED, RECYCLED, VOID)
        story = self.tale
        self.submit([story.item_stolen(MAKER, STOLEN), story.recall_opened(Selector(codes=(RECALLED,)))])
        self.submit([story.label_voided(VOID)])
        self.submit(list(story.transfer(MAKER, RECYCLER, RECYCLED, load="end")))
        self.submit([story.item_retired(RECYCLER, RECYCLED)])
        made = {RECYCLER.lot("BM-9"): PACK_G - 10_000}
        self.submit([story.batch_processed(RECYCLED, made=made, losses_g=10_000)])


def admin(firm: Party) -> PrivateKey:
    """Return a firm's admin key."""
    return firm.key(Purpose.ADMIN)


@contextmanager
def gatehouse(folder: Path, packs: int = 12) -> Iterator[Gatehouse]:
    """Serve a ledger with one load of so many packs; nothing in it is left open when the context ends."""
    site = Gatehouse(folder)
    try:
        site.found()
        load = [pack(number) for number in range(1, packs + 1)]
        site.make(*load)
        site.offer("gate", load)
        site.network.open()
        yield site
    finally:
        site.network.shut()
        site.close()

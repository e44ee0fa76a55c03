"""A story whose every event conceals all it may, and what docs/events.md says about who reads that.

The rights are followed here in another way than the ledger does it: by asking, after every event, who holds
what now, and remembering when that ended.
"""

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crypto.encoding import b64url_encode
from crypto.keys import PrivateKey
from crypto.strictjson import Json
from ledger.events import REGISTRY, Claims, production
from ledger.events.correction import Facets
from ledger.events.envelope import Event
from ledger.events.service import Selector
from ledger.identifiers import ItemId
from ledger.label import Label, sign_label
from ledger.label_url import LabelUrl
from ledger.lifecycle.rights import custodian_of, operator_of, owner_of
from ledger.state import Item
from ledger.submission import parse
from ledger.vocabulary import Kind, Phase, Right, Role, Why
from tests.consortium import (
    COLLECTOR,
    LAB,
    MAKER,
    NOTHING,
    PARTIES,
    RECYCLER,
    SECOND_LIFE,
    VEHICLE_MAKER,
    Party,
    module,
    pack,
    vehicle,
    vin,
)
from tests.lives import opening, turns, whole_life
from tests.memory import MemoryLedger
from tests.scenario_last import LastStory
from tests.scenario_more import NEWCOMERS, REGULATOR, REPAIRER, SWAPPER, founded_more, local
from tests.site import BASE_URL, LABEL

AUDITOR: Final = Party(31, "Auditor", "虚构审核机构", "110102", (Role.AUDITOR,))
DISMANTLER: Final = Party(32, "Dismantler", "虚构拆解企业", "110102", (Role.ELV_DISMANTLER,))
READERS: Final = (*PARTIES, *NEWCOMERS, AUDITOR, DISMANTLER)
MARK: Final = "under seal"
EVENTS: Final = Path(__file__).parents[1] / "docs" / "events.md"
_ROW: Final = re.compile(r"\| `(\w+)` \| .* \| restricted: (\w+)([^|]*)\|")
_BOUND: Final = frozenset({"cell_codes", "label_token"})
_SAMPLES: Final[Mapping[str, Json]] = {
    "cell_lots": [str(MAKER.lot("CELLS-1"))],
    "module_lots": [str(MAKER.lot("MODULES-1"))],
    "part_numbers": [f"{MARK} part"],
    "reagents": [f"{MARK} acid"],
    "fault_codes": [f"{MARK} fault"],
    "batch_no": "SEALED-1",
    "calibration_until": "2027-01-01",
    "soc_permille": 500,
    "vin": vin(99).text,
}


@dataclass(frozen=True, slots=True)
class Told:
    """What docs/events.md says about who reads a claim: its tier, and the roles beside."""

    tier: str
    roles: frozenset[str]


@functools.cache
def documented() -> Mapping[tuple[str, str], Told]:
    """Return who reads each restricted claim, by event type and name, from the text of docs/events.md."""
    found, event = dict[tuple[str, str], Told](), ""
    for line in EVENTS.read_text(encoding="utf-8").splitlines():
        if line.startswith("### "):
            event = line.removeprefix("### ")
        row = _ROW.match(line)
        if row:
            found[event, row[1]] = Told(row[2], frozenset(re.findall(r"`(\w+)`", row[3])))
    return found


class SealedStory(LastStory):
    """A story whose every event conceals whatever its type may conceal."""

    def tell(
        self,
        by: Party,
        claims: Claims,
        *items: ItemId,
        restricted: Mapping[str, Json] = NOTHING,
        key: PrivateKey | None = None,
    ) -> str:
        """Sign an event with every restricted claim of its type."""
        more = {
            name: sample(claims.row.type, name)
            for name in claims.row.restricted
            if name not in _BOUND and name not in restricted
        }
        return super().tell(by, claims, *items, restricted={**more, **restricted}, key=key)

    def labelled(self, item: ItemId, number: int) -> str:
        """A pack is made with a label, whose token is concealed."""
        token = sign_label(LABEL, LabelUrl.of(BASE_URL, item).prefix, MAKER.key())
        label = production.LabelClaim(number=number, sha256=b64url_encode(Label.parse(token).sha256()))
        claims = production.PackManufactured(
            place=MAKER.place,
            model=MAKER.model(),
            mass_g=LABEL.mass_g,
            manufactured_on=LABEL.manufactured_on,
            label=label,
        )
        return self.tell(MAKER, claims, item, restricted={"label_token": token})


def sample(event_type: str, name: str) -> Json:
    """Return a value for a restricted claim, which says what it is."""
    if name in _SAMPLES:
        return _SAMPLES[name]
    schema = REGISTRY[event_type].row.restricted[name].codec.schema
    if name.endswith("_sha256"):
        return b64url_encode(name.encode().ljust(32))
    if schema.get("type") == "integer":
        return 4_711
    return f"{MARK} {name}"


def sealed_life(story: SealedStory) -> list[str]:
    """Return a founded log in which every event type that conceals anything is told."""
    clone = local(COLLECTOR, "CLONE-1")
    texts = [*opening(story), *founded_more(story), *story.enrolments((AUDITOR, DISMANTLER))]
    texts += [story.labelled(pack(90), 1), *story.transfer(MAKER, VEHICLE_MAKER, pack(90), load="labelled")]
    texts += [*whole_life(story, 7), *turns(story), story.pack_manufactured(pack(1), [module(1)])]
    texts += [story.module_manufactured(module(9)), story.label_replaced(pack(1), 1)]
    texts += [*story.transfer(MAKER, VEHICLE_MAKER, pack(1)), story.recall_opened(Selector(vendor="ZZZ"))]
    recall = story.last.id
    texts += story.transfer(MAKER, REPAIRER, module(9), load="spare")
    return [
        *texts,
        story.recall_remedied(recall, pack(1), module(9)),
        story.recall_closed(recall),
        story.pack_fitted(pack(1), vehicle(1)),
        story.vehicle_sold(vehicle(1)),
        story.item_repaired(pack(1), out=[module(1)], into=[module(9)]),
        story.item_declared(clone, why=Why.CLONE, clone_of=pack(1)),
        story.item_declared(pack(2), by=SWAPPER),
        story.production_added(pack(2)),
        story.pool_joined(pack(2)),
        story.pool_left(pack(2)),
        story.vehicle_written_off(vehicle(1)),
        story.item_declared(pack(3), phase=Phase.FITTED, into=vehicle(2), max_packs=2),
        story.item_declared(pack(4), phase=Phase.FITTED, into=vehicle(2)),
        story.vehicle_scrapped(vehicle(2), present=[pack(3)], absent=[pack(4)]),
        *_taken_back(story),
        story.lot_declared(RECYCLER.lot("SEALED")),
        story.model_declared(SECOND_LIFE, kind=Kind.PRODUCT),
    ]


def _taken_back(story: SealedStory) -> list[str]:
    """Return acts that are voided, rights that are rectified, and a local item that is identified."""
    one, found = pack(91), local(COLLECTOR, "FOUND-1")
    texts = [story.pack_manufactured(one), story.transfer_offered(MAKER, VEHICLE_MAKER, one, load="void")]
    texts.append(story.transfer_accepted(VEHICLE_MAKER, one, load="void"))
    accepted = story.last
    texts += [story.health_measured(one), story.event_voided(accepted, VEHICLE_MAKER)]
    texts += story.transfer(MAKER, VEHICLE_MAKER, one, load="again")
    texts.append(story.pack_fitted(one, vehicle(91)))
    texts += [story.event_voided(story.last, VEHICLE_MAKER), story.health_measured(one)]
    texts.append(story.state_rectified(one, REGULATOR, Facets(owner=COLLECTOR.id)))
    texts += [
        story.health_measured(one),
        *story.transfer(VEHICLE_MAKER, COLLECTOR, one, load="found", rights=[Right.CUSTODY]),
    ]
    texts += [story.item_declared(found), story.health_measured(found), story.item_identified(found, one)]
    return [*texts, story.health_measured(one)]


class Followed:
    """Who held which item until when, found by asking after every event who holds what."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.ledger: Final = MemoryLedger()
        self.events: Final = list[Event]()
        self.ends: Final = dict[tuple[ItemId, ItemId], float]()
        for text in texts:
            self._follow(text)

    def _follow(self, text: str) -> None:
        index = self.ledger.size
        self.events.append(self.ledger.submit(text, logged_at_ms=parse(text).event.iat * 1000))
        held = set(self._held())
        for pair, end in self.ends.items():
            if end == float("inf") and pair not in held:
                self.ends[pair] = index
        self.ends.update(dict.fromkeys(held, float("inf")))

    def _held(self) -> Iterator[tuple[ItemId, ItemId]]:
        states = self.ledger.states
        for state in list(states.values()):
            if isinstance(state, Item):
                for right in (custodian_of, owner_of, operator_of):
                    holder = right(states, state)
                    if isinstance(holder, ItemId):
                        yield holder, state.id

    def is_holder(self, org: ItemId, index: int) -> bool:
        """Say whether an organisation holds an item of an event, or held one until it or later."""
        items = {item for item in self.events[index].prev if not item.is_org}
        items |= {is_ for item in items if (is_ := self.ledger.item(item).identified_as) is not None}
        return any(self.ends.get((org, item), -1) >= index for item in items)


def may_read(party: Party, event: Event, name: str, *, holder: bool) -> bool:
    """Say what docs/events.md says: whether a party reads a restricted claim of an event."""
    kind = "health.measured" if event.type == "event.corrected" else event.type
    told = documented()[kind, name]
    if party.id == event.iss:
        return True
    if told.tier == "issuer":
        return False
    if {"regulator", "auditor"} & set(party.roles):
        return True
    return told.tier == "partner" and (holder or bool(told.roles & set(party.roles)))


def lab_correction(story: SealedStory) -> str:
    """Return a correction of the first measurement, by who made it."""
    measured = next(event for event in story.events.values() if event.type == "health.measured")
    return story.event_corrected(measured, LAB, restricted={"instrument": f"{MARK} bench"})

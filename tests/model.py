"""A second, smaller account of a battery's life, written from the design text and not from the code.

Plain dictionaries and one `Refused` for every reason: it says whether an event is acceptable and what then
holds, not which rule forbids it. The lifecycle and this model must agree on every event and every item.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

DAY_MS: Final = 86_400_000
SILENCE_MS: Final = 15 * DAY_MS
GAIN_PERCENT: Final = 102
"""What a split or a shredder may give out."""
ARRIVED_PERMILLE: Final = {"lot": 1005, "pack": 1100, "module": 1100, "product": 1100}
LAWFUL: Final = {
    "manufacturer",
    "importer",
    "vehicle_maker",
    "collection_point",
    "elv_dismantler",
    "second_life",
    "recycler",
    "carrier",
}
COLLECTORS: Final = {"collection_point", "elv_dismantler", "recycler", "second_life", "repairer", "importer"}
"""Who collects anything; a dealer takes back what is no waste."""
UNITS: Final = {"pack", "module", "product"}
RIGHTS: Final = ("custody", "ownership", "operator")
NOT_FIRMS: Final = {"user", "nobody", "outside"}


class Refused(Exception):  # noqa: N818  a refusal is the word of the domain
    """The event is not acceptable."""


def need(*conditions: object) -> None:
    """Refuse unless every condition holds."""
    if not all(conditions):
        raise Refused


@dataclass
class Thing:
    """An item. A right that is None is read from `inside`, the vehicle or the parent.

    A unit's mass of 0 is one that nobody knows. `contest` is the event, who contests it and whose it is;
    `words` what each party of a dispute proposes. `label` is the number of the one it wears; of every number
    how many were `printed`, whether one was `seen` on it, and whether it is `void`.
    """

    name: str
    kind: str
    maker: str
    phase: str = "stock"
    custodian: str | None = None
    owner: str | None = None
    operator: str | None = None
    mass_g: int = 0
    inside: str | None = None
    offer: tuple[str, str, tuple[str, ...], str, str] | None = None
    claim: tuple[str, int] | None = None
    granted: bool = False
    contest: tuple[str, str, str] | None = None
    words: dict[str, str] = field(default_factory=dict)
    marks: set[str] = field(default_factory=set)
    abroad: str | None = None
    application: str | None = None
    voided: bool = False
    unadded: bool = False
    swapping: str | None = None
    label: int = 0
    printed: dict[int, int] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    void: set[int] = field(default_factory=set)
    remedied: set[str] = field(default_factory=set)
    given_back: set[str] = field(default_factory=set)
    tip: str = ""
    count: int = 0


@dataclass
class Model:
    """Every item by its id, every firm's roles, and the mass that ever came into being."""

    roles: dict[str, set[str]]
    things: dict[str, Thing] = field(default_factory=dict)
    suspended: set[str] = field(default_factory=set)
    silenced: set[str] = field(default_factory=set)
    consents: dict[tuple[str, str, str], dict[str, bool]] = field(default_factory=dict)
    heirs: dict[str, str] = field(default_factory=dict)
    delegated: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    recalls: dict[str, tuple[str, str, set[str]]] = field(default_factory=dict)
    signer: str | None = None
    stating: str = ""
    made_g: float = 0

    # Who acts

    def heir(self, firm: str) -> str:
        """Who has the rights of a firm."""
        while firm in self.heirs:
            firm = self.heirs[firm]
        return firm

    def hand(self, by: str) -> str:
        """Who takes things in hand: the delegate, where there is one."""
        return self.signer or by

    def known(self, name: str) -> Thing | None:
        """An item that exists, and was not unmade."""
        thing = self.things.get(name)
        return None if thing is None or thing.voided else thing

    def enter(self, thing: Thing) -> None:
        """A new item; one that was unmade goes on with its history, as unsafe as it was."""
        before = self.things.get(thing.name)
        need(before is not None or thing.kind in {"vehicle", "lot"} or thing.name not in self.aliases)
        if before is not None:
            thing.tip, thing.count = before.tip, before.count
            thing.marks |= before.marks & {"quarantined"}
            thing.void |= before.void
        self.things[thing.name] = thing

    def recalled(self, thing: Thing) -> bool:
        """Whether a recall of its maker names an item that was not remedied."""
        return thing.kind in UNITS and any(
            thing.maker == maker and thing.name in names and event not in thing.remedied
            for event, (_, maker, names) in self.recalls.items()
        )

    # Reading

    def get(self, name: str) -> Thing:
        """An item that must exist."""
        need(name in self.things)
        return self.things[name]

    def right(self, thing: Thing, right: str) -> str:
        """Who holds a right; custody is always read outermost."""
        own = {"custody": thing.custodian, "ownership": thing.owner, "operator": thing.operator}[right]
        if thing.inside is None or own is not None:
            assert own is not None
            return self.heir(own)
        return self.right(self.things[thing.inside], right)

    def ended(self, thing: Thing) -> bool:
        """Whether an item, or what it is in, has ended."""
        return thing.phase == "ended" or (thing.inside is not None and self.ended(self.things[thing.inside]))

    def children(self, name: str) -> list[Thing]:
        """What is directly inside."""
        return [thing for thing in self.things.values() if thing.inside == name]

    def live_g(self) -> int:
        """The mass of all that is in nothing but a vehicle and has not ended."""
        kinds = {one.name: one.kind for one in self.things.values()}
        return sum(
            one.mass_g
            for one in self.things.values()
            if one.phase != "ended" and (one.inside is None or kinds[one.inside] == "vehicle")
        )

    # What every act must pass

    def standing(
        self,
        by: str,
        roles: Iterable[str] = (),
        *,
        handing_over: bool = False,
        makes: bool = False,
        admin: bool = False,
    ) -> None:
        """The firm may sign, itself or by its delegate, and has one of the roles; an admin key is another."""
        signer = self.hand(by)
        need(admin or signer not in self.silenced)
        need(*(one not in self.heirs for one in (by, signer)))
        need(handing_over or not {by, signer} & self.suspended)
        if self.signer is not None:
            need(signer != by, self.stating in self.delegated.get((by, signer), set()))
        able = self.roles[by] | (set() if makes else self.roles[signer])
        need(not roles or able & set(roles))

    def act(self, by: str, thing: Thing, *, role: bool) -> None:
        """Nothing ended, no open offer, and custody unless a user has it and the row names a role."""
        need(not self.ended(thing), thing.offer is None, self.at_hand(thing))
        holder = self.right(thing, "custody")
        need(holder in {by, self.hand(by)} or (role and holder == "user"))

    def at_hand(self, thing: Thing) -> bool:
        """Whether neither an item nor what it is in is lost or stolen."""
        outer = thing.inside is None or self.at_hand(self.things[thing.inside])
        return outer and not {"lost", "stolen"} & thing.marks

    def ending(self, by: str, thing: Thing, act: str) -> None:
        """Nothing is taken from another firm that did not agree, and nobody disputes it."""
        need(thing.claim is None, thing.contest is None)
        self.agreed(by, thing, act, self.right(thing, "ownership"))

    def agreed(self, by: str, thing: Thing, act: str, firm: str) -> None:
        """A firm that is not the actor has agreed, and not been taken at its word before."""
        if firm == by or firm in NOT_FIRMS:
            return
        given = self.consents.get((thing.name, act, by), {})
        fresh = [one for one, used in given.items() if not used and self.heir(one) == firm]
        need(fresh)
        given[fresh[0]] = True

    # Making

    def create(self, name: str, kind: str, by: str, mass_g: int) -> Thing:
        """A new item, all rights with its maker; not entered yet."""
        need(self.known(name) is None)
        return Thing(name, kind, by, custodian=self.hand(by), owner=by, operator=by, mass_g=mass_g)

    def manufactured(self, by: str, name: str, kind: str, mass_g: int, modules: dict[str, int]) -> None:
        """A pack with its modules, or a module alone."""
        self.standing(by, ["manufacturer"], makes=True)
        made = self.create(name, kind, by, mass_g)
        need(sum(modules.values()) <= mass_g)
        for module in modules:
            known = self.known(module)
            if known is not None:
                self.act(by, known, role=True)
                need(known.kind == "module", known.phase == "stock", "quarantined" not in known.marks)
                need(not self.recalled(known))
        self.made_g += mass_g
        self.enter(made)
        for module, module_g in modules.items():
            if self.known(module) is not None:
                self.made_g -= self.things[module].mass_g
                self.go_in(self.things[module], made, "part")
            else:
                self.enter(Thing(module, "module", by, phase="part", inside=name))
            self.things[module].mass_g = module_g

    def go_in(self, thing: Thing, container: Thing, phase: str) -> None:
        """Custody is read from outside now; so is every right that does not differ."""
        for right in ("ownership", "operator"):
            mine, its = self.right(thing, right), self.right(container, right)
            kept = None if mine == its else mine
            if right == "ownership":
                thing.owner = kept
            else:
                thing.operator = kept
        thing.custodian, thing.inside, thing.phase = None, container.name, phase

    def come_out(self, thing: Thing) -> None:
        """The rights of this moment become its own."""
        thing.custodian, thing.owner, thing.operator = (self.right(thing, right) for right in RIGHTS)
        thing.inside = None

    # Transfers and collection

    def offered(self, by: str, to: str, names: Sequence[str], rights: Sequence[str], load: str) -> None:
        """Nothing moves yet."""
        self.standing(by, handing_over=True)
        need(to != by, to not in self.suspended, to not in self.heirs)
        for name in names:
            thing = self.get(name)
            need(not self.ended(thing), thing.offer is None, self.at_hand(thing), thing.contest is None)
            need(*(self.offers(thing, right, by, self.hand(by)) for right in rights))
            if "custody" in rights:
                need(thing.inside is None, thing.claim is None)
                need(thing.phase != "retired" or self.roles[to] & LAWFUL)
        for name in names:
            self.things[name].offer = (by, to, tuple(rights), load, self.hand(by))

    def offers(self, thing: Thing, right: str, by: str, carrier: str) -> bool:
        """Whether the offerer holds a right; its delegate may have the item in its hands."""
        holder = self.right(thing, right)
        return holder == self.heir(by) or (right == "custody" and holder == self.heir(carrier))

    def accepted(self, by: str, names: Sequence[str], load: str, weighed_g: int | None) -> None:
        """The rights move, and the scales count."""
        self.standing(by)
        need(weighed_g is None or len(names) == 1)
        for name in names:
            thing = self.get(name)
            need(not self.ended(thing), thing.offer is not None, self.at_hand(thing), thing.contest is None)
            assert thing.offer is not None
            sender, to, rights, its_load, carrier = thing.offer
            # Here only what is not weighed comes with a check list.
            need("custody" not in rights or "quarantined" not in thing.marks or weighed_g is None)
            need(self.heir(to) == by, its_load == load)
            need(*(self.offers(thing, right, sender, carrier) for right in rights))
            need("custody" not in rights or thing.claim is None)
            need("custody" not in rights or thing.phase != "retired" or self.roles[by] & LAWFUL)
            if weighed_g is not None and (thing.kind == "lot" or (thing.kind in UNITS and thing.mass_g)):
                need(weighed_g * 1000 <= thing.mass_g * ARRIVED_PERMILLE[thing.kind])
        for name in names:
            self.moved(self.things[name], by, weighed_g)

    def moved(self, thing: Thing, by: str, weighed_g: int | None) -> None:
        """One item of an acceptance."""
        assert thing.offer is not None
        rights = thing.offer[2]
        thing.custodian = self.hand(by) if "custody" in rights else thing.custodian
        thing.owner = by if "ownership" in rights else thing.owner
        thing.operator = by if "operator" in rights else thing.operator
        thing.offer = None
        if thing.phase == "pooled" and "custody" in rights and "swap_operator" not in self.roles[by]:
            thing.phase, thing.swapping = "removed", None
        if thing.inside is not None:
            # What comes to whom it belongs around the item is read from there again.
            around = self.things[thing.inside]
            thing.owner = None if thing.owner == self.right(around, "ownership") else thing.owner
            thing.operator = None if thing.operator == self.right(around, "operator") else thing.operator
        if weighed_g is not None:
            # The receiver's weight counts downward; a first weight brings to light what was there before.
            first = thing.kind == "vehicle" or (thing.kind in UNITS and not thing.mass_g)
            if first:
                self.made_g += max(0, weighed_g - thing.mass_g)
            thing.mass_g = weighed_g if first else min(thing.mass_g, weighed_g)

    def answered(self, by: str, names: Sequence[str], load: str, *, withdrawn: bool) -> None:
        """Rejected by the receiver, or withdrawn by the sender."""
        self.standing(by, handing_over=withdrawn)
        for name in names:
            thing = self.get(name)
            need(not self.ended(thing), thing.offer is not None, self.at_hand(thing))
            assert thing.offer is not None
            sender, receiver = thing.offer[0], thing.offer[1]
            need(thing.offer[3] == load, self.heir(sender if withdrawn else receiver) == by)
        for name in names:
            self.things[name].offer = None

    def collected(self, by: str, names: Sequence[str], now_ms: int, *, waste: bool) -> None:
        """Taken from nobody enrolled, or claimed and after fifteen days taken."""
        self.standing(by, COLLECTORS if waste else {*COLLECTORS, "dealer"})
        taken = []
        for name in names:
            thing = self.get(name)
            need(not self.ended(thing), thing.phase != "part")
            holder = self.right(thing, "custody")
            need(holder not in {by, self.hand(by)})
            if holder in NOT_FIRMS:
                taken.append(thing)
            elif thing.claim is not None:
                need(self.heir(thing.claim[0]) == by)
                need(thing.granted or now_ms >= thing.claim[1] + SILENCE_MS)
                taken.append(thing)
            else:
                need(thing.contest is None)
        for name in names:
            if self.things[name] not in taken:
                self.things[name].claim = (by, now_ms)
        # Rights are those before the event, whatever else it names.
        for thing in taken:
            self.come_out(thing)
        for thing in taken:
            self.taken(thing, by, waste=waste)

    def taken(self, thing: Thing, by: str, *, waste: bool) -> None:
        """One item that a collector takes."""
        if thing.claim is not None:
            thing.claim, thing.granted, thing.words = None, False, {}
        thing.custodian, thing.offer, thing.swapping = self.hand(by), None, None
        thing.abroad = None if "importer" in self.roles[by] else thing.abroad
        thing.marks.discard("missing")
        if thing.phase == "deployed" and (waste or thing.kind != "product"):
            thing.application = None
        if thing.kind in UNITS:
            rest = {"fitted": "removed", "pooled": "removed", "deployed": "stock"}
            thing.phase = "retired" if waste else rest.get(thing.phase, thing.phase)

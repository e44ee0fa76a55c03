"""The turns a life may take in the second account: loss, incidents, disputes, consents, ways back and out."""

from collections.abc import Sequence
from typing import Final

from tests.model import NOT_FIRMS, RIGHTS, UNITS, Thing, need
from tests.model_life import Life

ENDING: Final = {
    "batch.processed",
    "content.claimed",
    "item.identified",
    "item.split",
    "residue.disposed",
    "vehicle.scrapped",
}
RECTIFIED: Final = "state.rectified"
CONSENTED: Final = ENDING | {RECTIFIED, "vehicle.written_off"}
AWAY: Final = {"lost", "stolen", "missing"}


class Turns(Life):
    """The model with every event."""

    # Incidents and loss

    def hurt(self, by: str, name: str) -> None:
        """An incident, told by a tester, an insurer, a repairer or who has it."""
        self.standing(by)
        thing = self.get(name)
        told = self.roles[by] & {"test_lab", "insurer", "repairer"}
        need(thing.kind in UNITS, told or self.right(thing, "custody") in {by, self.hand(by)})
        thing.marks.add("quarantined")

    def lifted(self, by: str, name: str) -> None:
        """A laboratory or the regulator ends a quarantine."""
        self.standing(by, ["test_lab", "regulator"])
        thing = self.get(name)
        need(thing.kind in UNITS, "quarantined" in thing.marks)
        thing.marks.discard("quarantined")

    def gone(self, by: str, name: str, mark: str) -> None:
        """Lost or stolen, told by who has it, who owns it or the regulator."""
        self.standing(by)
        thing = self.get(name)
        need(self.concerned(by, thing))
        thing.marks.add(mark)

    def found(self, by: str, name: str) -> None:
        """Back again."""
        self.standing(by)
        thing = self.get(name)
        need(self.concerned(by, thing), AWAY & thing.marks)
        thing.marks -= AWAY

    def concerned(self, by: str, thing: Thing) -> bool:
        """Whether a firm has or owns an item, or is the regulator."""
        held = self.right(thing, "custody") in {by, self.hand(by)}
        return "regulator" in self.roles[by] or held or by == self.right(thing, "ownership")

    # Disputes

    def contested(self, by: str, event: str, teller: str, names: Sequence[str]) -> None:
        """Who has a right in an item contests what another told of it, itself or by a delegate."""
        self.standing(by)
        need(self.heir(teller) != by)
        mine = [thing for name in names if self.party(by, thing := self.get(name))]
        need(mine, all(thing.contest is None and thing.claim is None for thing in mine))
        for thing in mine:
            thing.contest, thing.words = (event, by, teller), {}

    def party(self, by: str, thing: Thing) -> bool:
        """Whether a firm has a right in an item, or is offered one."""
        offered = thing.offer is not None and self.heir(thing.offer[1]) == by
        return offered or any(self.right(thing, right) == by for right in RIGHTS)

    def settled(self, by: str, event: tuple[str, str, str], names: Sequence[str], outcome: str) -> None:
        """`event` is its id, its type and whose word it is."""
        self.standing(by)
        deciding = "regulator" in self.roles[by]
        sides = {name: self.sides(self.get(name), event) for name in names}
        open_ones = {name: pair for name, pair in sides.items() if pair is not None}
        mine = {name: pair for name, pair in open_ones.items() if deciding or by in pair}
        need(mine)
        for name, (one, other) in mine.items():
            thing, against = self.things[name], other if by == one else one
            alike = any(self.heir(firm) == against and word == outcome for firm, word in thing.words.items())
            if deciding or against in NOT_FIRMS or alike:
                self.close(thing, outcome)
            else:
                said = {firm: word for firm, word in thing.words.items() if firm in (one, other)}
                thing.words = said | {by: outcome}
                thing.contest = None if thing.contest is None else (event[0], one, other)

    def sides(self, thing: Thing, event: tuple[str, str, str]) -> tuple[str, str] | None:
        """Who is at odds over an item because of an event."""
        if thing.contest is not None:
            sides = self.heir(thing.contest[1]), self.heir(thing.contest[2])
            return sides if thing.contest[0] == event[0] else None
        if thing.claim is None or event[1:] != ("item.collected", thing.claim[0]):
            return None
        return self.heir(thing.claim[0]), self.right(thing, "custody")

    def close(self, thing: Thing, outcome: str) -> None:
        """A claim that is granted stays until it is taken."""
        thing.words = {}
        if thing.claim is not None and outcome == "claimant_takes":
            thing.granted = True
        else:
            thing.claim, thing.granted, thing.contest = None, False, None

    # Out and back

    def released(self, by: str, name: str) -> None:
        """To somebody who is not enrolled."""
        self.standing(by)
        thing = self.get(name)
        self.act(by, thing, role=False)
        need(thing.inside is None, thing.claim is None, thing.contest is None)
        need(thing.phase != "retired", "quarantined" not in thing.marks)
        thing.custodian = "outside"

    def exported(self, by: str, name: str, country: str) -> None:
        """To another country than before."""
        self.standing(by)
        thing = self.get(name)
        self.act(by, thing, role=False)
        need(thing.inside is None, thing.abroad != country)
        thing.abroad = country

    def consented(self, by: str, to: str, name: str, act: str) -> None:
        """The owner agrees to one act of another firm."""
        self.standing(by)
        owner = self.right(self.get(name), "ownership")
        need(act in CONSENTED, to != by, act == RECTIFIED or owner == by)
        given = self.consents.setdefault((name, act, to), {})
        given.pop(by, None)
        given[by] = False

    def unconsented(self, by: str, to: str, name: str, act: str) -> None:
        """The owner takes its word back, as long as nobody took it."""
        self.standing(by)
        owner = self.right(self.get(name), "ownership")
        need(act in CONSENTED, to != by, act == RECTIFIED or owner == by)
        given = self.consents.get((name, act, to), {})
        need(given.get(by) is False)
        del given[by]

    def graded(self, by: str, name: str) -> None:
        """A statement."""
        self.standing(by, ["second_life", "recycler", "test_lab"])
        need(self.get(name).kind in UNITS)

    def requalified(self, by: str, name: str, *, usable: bool) -> None:
        """Measured and graded waste comes back."""
        self.standing(by, ["second_life", "manufacturer"])
        thing = self.get(name)
        self.act(by, thing, role=True)
        need(usable, thing.kind in UNITS, thing.phase == "retired")
        thing.phase = "stock"

    def returned(self, by: str, name: str) -> None:
        """From where it worked; only a product stays bound to its use."""
        self.standing(by)
        thing = self.get(name)
        self.act(by, thing, role=False)
        need(thing.kind in UNITS, thing.phase == "deployed")
        thing.phase = "stock"
        thing.application = thing.application if thing.kind == "product" else None

    def divided(self, by: str, name: str, part: str, mass_g: int, lister: str) -> None:
        """A part of a lot belongs to whom the lot belongs to."""
        self.standing(by)
        lot = self.get(name)
        self.act(by, lot, role=False)
        need(lot.kind == "lot", mass_g <= lot.mass_g, lister in {by, self.hand(by)})
        need(lot.claim is None, lot.contest is None)
        made = self.create(part, "lot", by, mass_g)
        made.owner, made.operator = lot.owner, lot.operator
        lot.mass_g -= mass_g
        self.enter(made)

    def disposed(self, by: str, name: str, mass_g: int) -> None:
        """A waste unit ends, or a lot is drawn."""
        self.standing(by)
        thing = self.get(name)
        self.act(by, thing, role=False)
        need(thing.kind == "lot" or (thing.kind in UNITS and thing.phase == "retired"))
        self.ending(by, thing, "residue.disposed")
        if thing.kind == "lot":
            need(mass_g <= thing.mass_g)
            thing.mass_g -= mass_g
        else:
            thing.phase = "ended"

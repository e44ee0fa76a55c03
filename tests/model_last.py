"""The last of the second account: declarations, repairs, pools, recalls, and what is taken back."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tests.model import LAWFUL, NOT_FIRMS, UNITS, Refused, Thing, need
from tests.model_labels import Labels
from tests.model_turns import AWAY, RECTIFIED

PART_OF: Final = {"module": set[str](), "pack": {"module"}, "product": {"module", "pack", "product"}}
TRADERS: Final = {"importer", "vehicle_maker", "dealer", "elv_dismantler"}
AT_REST: Final = {"stock", "removed", "retired"}
GIVEN_BACK: Final = ("phase", "custodian", "owner", "operator", "inside", "abroad", "application")
GIVEN_BACK_TOO: Final = ("claim", "granted", "swapping", "label")


@dataclass(frozen=True)
class Past:
    """An act as it was: what it touched, before and after it, what it drew, and what stood around.

    `around` has the tips of what its items were or came to be in, where it did not touch that.
    """

    event: str
    type: str
    teller: str
    names: tuple[str, ...]
    before: Mapping[str, Thing | None]
    after: Mapping[str, Thing]
    draws: Mapping[str, int]
    around: Mapping[str, str]
    made_g: float


class Last(Labels):
    """The model with every event."""

    # What the ledger does not know

    def declared(self, by: str, name: str, kind: str, mass_g: int, phase: str, *, filer: str | None) -> None:
        """A receiver enters what it finds."""
        roles = (*TRADERS, "repairer", "swap_operator", "collection_point", "second_life", "recycler")
        self.standing(by, roles, makes=True)
        made = self.create(name, kind, by, mass_g)
        made.phase, made.operator, made.unadded = phase, "nobody", not name.startswith("local:")
        made.maker = filer or by
        self.enter(made)
        self.made_g += mass_g

    def identified(self, by: str, name: str, is_: str) -> None:
        """A local item is another one."""
        self.standing(by)
        local, known = self.get(name), self.get(is_)
        for thing in (local, known):
            self.act(by, thing, role=False)
            need(thing.kind in UNITS, thing.phase in AT_REST, thing.claim is None, thing.contest is None)
        need(name.startswith("local:"), local.kind == known.kind, local is not known)
        need(not self.children(name))
        self.agreed(by, local, "item.identified", self.right(local, "ownership"))
        local.phase = "ended"
        self.aliases[name] = is_
        known.marks |= local.marks & {"quarantined"}

    def added(self, by: str, name: str, filer: str) -> None:
        """The maker says once how a declared item was made."""
        self.standing(by, ["manufacturer"])
        thing = self.get(name)
        need(thing.kind in {"pack", "module"}, thing.unadded, self.heir(filer) == by)
        thing.unadded, thing.maker = False, by

    # Repairs and pools

    def repaired(self, by: str, name: str, out: Sequence[str], into: Sequence[str]) -> None:
        """Parts are exchanged; what comes out of a user's is the workshop's to keep safe."""
        self.standing(by, ["repairer", "manufacturer", "second_life"])
        whole = self.get(name)
        need(whole.kind in UNITS)
        for one in (name, *out, *into):
            self.act(by, self.get(one), role=True)
        need(*(self.things[one].inside == name for one in out))
        for one in into:
            spare = self.things[one]
            need(spare.kind in PART_OF[whole.kind], spare.phase in {"stock", "removed"})
            need("quarantined" not in spare.marks, not self.recalled(spare))
        masses = [self.things[one].mass_g for one in (name, *out, *into)]
        before_g = self.live_g()
        for one in out:
            thing = self.things[one]
            self.come_out(thing)
            thing.custodian = self.hand(by) if self.signer or thing.custodian == "user" else thing.custodian
            thing.phase = "removed"
        for one in into:
            self.built_in(by, self.things[one], whole)
        whole.mass_g = 0 if not all(masses) else whole.mass_g
        if all(masses):
            gone, new = masses[1 : 1 + len(out)], masses[1 + len(out) :]
            whole.mass_g = max(0, masses[0] - sum(gone) + sum(new))
        # What a part of unknown share weighs comes to light when it comes out.
        self.made_g += max(0, self.live_g() - before_g)

    def built_in(self, by: str, thing: Thing, whole: Thing) -> None:
        """A firm's own part becomes a user's with what it is built into."""
        sold = self.right(thing, "ownership") == by and self.right(whole, "ownership") == "user"
        self.go_in(thing, whole, "part")
        if sold:
            thing.owner = None

    def pooled(self, by: str, name: str, pool: str) -> None:
        """Out of stock, or out of its one vehicle, into a pool."""
        self.standing(by, ["swap_operator", "vehicle_maker"])
        thing = self.get(name)
        self.act(by, thing, role=True)
        need(thing.kind == "pack", thing.phase in {"stock", "fitted", "removed"})
        need("quarantined" not in thing.marks, thing.phase == "fitted" or not self.recalled(thing))
        if thing.inside is not None:
            self.act(by, self.things[thing.inside], role=True)
        self.come_out(thing)
        if thing.custodian == "user" or self.signer:
            thing.custodian = self.hand(by)
        thing.phase, thing.swapping = "pooled", pool

    def left_pool(self, by: str, name: str, vehicle: str | None) -> None:
        """Into stock, or into a vehicle that has room."""
        self.standing(by, ["swap_operator", "vehicle_maker"])
        thing = self.get(name)
        self.act(by, thing, role=True)
        need(thing.kind == "pack", thing.phase == "pooled")
        if vehicle is None:
            thing.phase, thing.swapping = "stock", None
            return
        car = self.get(vehicle)
        self.act(by, car, role=True)
        need("quarantined" not in thing.marks, not self.recalled(thing), not self.children(vehicle))
        self.go_in(thing, car, "fitted")
        thing.swapping = None

    # The end of vehicles

    def written_off(self, by: str, vehicle: str) -> None:
        """The insurer owns it now."""
        self.standing(by, ["insurer"])
        car = self.get(vehicle)
        need(car.kind == "vehicle", not self.ended(car), car.offer is None, self.at_hand(car))
        owner = self.right(car, "ownership")
        need(owner != by)
        self.agreed(by, car, "vehicle.written_off", owner)
        car.owner = by

    def scrapped(self, by: str, vehicle: str, present: Sequence[str], absent: Sequence[str]) -> None:
        """What is found in it is waste, what is not is missing."""
        self.standing(by, ["elv_dismantler"])
        car = self.get(vehicle)
        need(
            car.kind == "vehicle", *(thing.inside == vehicle for thing in map(self.get, (*present, *absent)))
        )
        for thing in (car, *map(self.get, (*present, *absent))):
            need(not self.ended(thing), thing.offer is None, self.at_hand(thing))
        self.ending(by, car, "vehicle.scrapped")
        need(len(present) + len(absent) == len(self.children(vehicle)))
        for one in (*present, *absent):
            thing = self.things[one]
            self.come_out(thing)
            found = one in present
            thing.phase = "retired" if found else "removed"
            thing.custodian = self.hand(by) if found else "nobody"
            thing.marks |= set() if found else {"missing"}
        car.phase = "ended"

    # Recalls

    def recall_opened(self, by: str, event: str, maker: str, names: set[str]) -> None:
        """By the maker, the regulator or a vehicle maker."""
        self.standing(by, ["manufacturer", "importer", "vehicle_maker", "regulator"])
        need(self.heir(maker) == by or self.roles[by] & {"regulator", "vehicle_maker"})
        self.recalls[event] = (by, maker, names)

    def recall_closed(self, by: str, event: str, maker: str) -> None:
        """By whoever opened it, or the regulator."""
        self.standing(by, ["manufacturer", "importer", "vehicle_maker", "regulator"])
        need(event in self.recalls, self.recalls.get(event, ("", "", set()))[1] == maker)
        need(self.heir(self.recalls[event][0]) == by or "regulator" in self.roles[by])
        del self.recalls[event]

    def remedied(self, by: str, event: str, name: str) -> None:
        """By who made it, recalled it or has it before it."""
        able = ["manufacturer", "importer", "vehicle_maker", "regulator", "repairer"]
        self.standing(by, able)
        thing = self.get(name)
        need(thing.kind in UNITS, event in self.recalls, event not in thing.remedied)
        opener, maker, names = self.recalls[event]
        need(thing.maker == maker, name in names)
        holder = self.right(thing, "custody")
        entitled = by in {self.heir(thing.maker), self.heir(opener)}
        entitled = entitled or bool(self.roles[by] & {"regulator", "vehicle_maker"})
        need(entitled or holder in {"user", by, self.hand(by)})
        thing.remedied.add(event)

    # Standing

    def succeeded(self, by: str, firm: str, heir: str) -> None:
        """Its rights are another's now."""
        self.standing(by, ["registrar", "regulator"])
        need(firm != heir, firm not in self.heirs, heir not in self.heirs, heir not in self.suspended)
        self.heirs[firm] = heir

    def granted(self, by: str, to: str, types: set[str]) -> None:
        """In the place of what was granted before."""
        self.standing(by, admin=True)
        need(to != by, to not in self.heirs)
        self.delegated[by, to] = types

    def ungranted(self, by: str, to: str) -> None:
        """No more."""
        self.standing(by, admin=True)
        need(self.delegated.get((by, to)))
        self.delegated[by, to] = set()

    # Setting right and taking back

    def rectified(self, by: str, name: str, facets: Mapping[str, str | int], *, answers: bool) -> None:
        """The custodian with the consent of whom it concerns, or the regulator."""
        self.standing(by)
        thing = self.get(name)
        need(answers, not self.ended(thing), thing.offer is None, self.at_hand(thing))
        deciding = "regulator" in self.roles[by]
        need(deciding or self.right(thing, "custody") in {by, self.hand(by)})
        parties = {
            right: str(facets[right]) for right in ("custodian", "owner", "operator") if right in facets
        }
        need(*(party not in self.heirs and party not in self.suspended for party in parties.values()))
        need("custodian" not in parties or thing.inside is None)
        phase = facets.get("phase")
        if phase is not None:
            need(thing.kind in UNITS, thing.phase in {"stock", "removed", "pooled", "deployed"})
            need(phase in AT_REST)
        mass_g = facets.get("mass_g")
        unknown = thing.kind in UNITS | {"vehicle"} and not thing.mass_g
        need(mass_g is None or unknown or int(mass_g) <= thing.mass_g)
        if not deciding:
            self.handed_over(thing, parties, str(phase or thing.phase))
            for firm in self.concerned_firms(thing, parties):
                self.agreed(by, thing, RECTIFIED, firm)
        for right, party in parties.items():
            setattr(thing, right, party)
        if phase is not None:
            thing.phase, thing.swapping = str(phase), None
            thing.application = None if phase == "retired" else thing.application
        if mass_g is not None:
            self.made_g += max(0, int(mass_g) - thing.mass_g)
            thing.mass_g = int(mass_g)

    def handed_over(self, thing: Thing, parties: Mapping[str, str], phase: str) -> None:
        """What could not be transferred is not rectified away."""
        # Less mass, or waste, would be a disposal of what is contested.
        need(thing.contest is None)
        if "custodian" in parties:
            to = parties["custodian"]
            need(thing.claim is None, to not in NOT_FIRMS, "quarantined" not in thing.marks)
            need(phase != "retired" or self.roles[to] & LAWFUL)

    def concerned_firms(self, thing: Thing, parties: Mapping[str, str]) -> list[str]:
        """Who loses a right or gains one."""
        told = {"custodian": "custody", "owner": "ownership", "operator": "operator"}
        found = list[str]()
        for right, party in parties.items():
            old = self.right(thing, told[right])
            found += [old, party] if old != party else []
        return [firm for firm in dict.fromkeys(found) if firm not in NOT_FIRMS]

    def containers(self, thing: Thing) -> list[str]:
        """The names of all that is around a thing."""
        found = list[str]()
        while thing.inside is not None:
            found.append(thing.inside)
            thing = self.things[thing.inside]
        return found

    def voided(self, by: str, past: Past) -> None:
        """An act on items is taken back by who stated it, while nothing was built on it."""
        self.standing(by)
        need(self.heir(past.teller) == by, not past.type.startswith("event."))
        touched = [self.get(name) for name in past.after]
        need(*(thing.tip == past.event for thing in touched), *(self.at_hand(thing) for thing in touched))
        inside = {thing.name: thing.inside for thing in touched}
        around = {one for thing in touched for one in self.containers(thing)}
        unmade = {thing.name for thing in touched if past.before[thing.name] is None}
        for thing in touched:
            need(
                thing.name not in unmade
                or thing.kind != "lot"
                or thing.mass_g == past.after[thing.name].mass_g
            )
        outside = {
            name: [self.right(self.things[name], right) for right in ("custody", "ownership", "operator")]
            for name in unmade
        }
        for thing in touched:
            before = past.before[thing.name]
            if before is None:
                self.unmake(thing, outside[thing.name])
            else:
                self.give_back(by, thing, before, past.after[thing.name])
        for thing in touched:
            if inside[thing.name] in unmade and "quarantined" in self.things[str(inside[thing.name])].marks:
                thing.marks.add("quarantined")
            if past.type == "item.identified" and thing.name in self.aliases:
                self.aliases[thing.name] = thing.name
        self.check_around(past, touched, around, inside)
        for name, mass_g in past.draws.items():
            lot = self.get(name)
            need(self.right(lot, "custody") == by, not self.ended(lot), lot.offer is None)
            need(past.after or past.event not in lot.given_back)
            lot.mass_g += mass_g
            lot.given_back |= set() if past.after else {past.event}
        self.made_g -= past.made_g

    def check_around(
        self, past: Past, touched: Sequence[Thing], around: set[str], inside: Mapping[str, str | None]
    ) -> None:
        """Nobody acted on what is around, all of it lives, and a vehicle has room for its one pack."""
        for thing in touched:
            outer = set(self.containers(thing))
            around |= outer
            need(*(self.things[one].phase != "ended" for one in outer))
            if thing.inside is not None and thing.inside != inside[thing.name]:
                car = self.things[thing.inside]
                need(car.kind != "vehicle" or len(self.children(car.name)) <= 1)
        need(*(self.things[one].tip == past.around.get(one) for one in around - set(past.after)))

    def unmake(self, thing: Thing, rights: Sequence[str]) -> None:
        """What was made by mistake is over, and may be made again."""
        thing.custodian, thing.owner, thing.operator = rights
        thing.phase, thing.voided, thing.inside, thing.offer, thing.claim = "ended", True, None, None, None
        thing.mass_g = 0 if thing.kind == "lot" else thing.mass_g

    def give_back(self, by: str, thing: Thing, before: Thing, after: Thing) -> None:
        """Every facet that the act changed, but for marks and disputes, which are for statements."""
        had_claim = thing.claim is not None
        for name in (*GIVEN_BACK, *GIVEN_BACK_TOO):
            if getattr(before, name) != getattr(after, name):
                setattr(thing, name, copy.copy(getattr(before, name)))
        if before.offer != after.offer:
            offer = before.offer
            thing.offer = offer if offer is not None and self.heir(offer[0]) == by else None
        if before.mass_g != after.mass_g:
            drawn = after.mass_g - thing.mass_g if thing.kind == "lot" else 0
            thing.mass_g = before.mass_g - drawn
        thing.voided = False
        if had_claim and thing.claim is None:
            thing.words = {}


def refuse(_model: Last) -> None:
    """Refuse whatever the model may hold."""
    raise Refused


__all__ = ["AWAY", "Last", "Past", "refuse"]

"""The rest of the second account of a battery's life: vehicles, use, waste and material."""

from collections.abc import Sequence

from tests.model import GAIN_PERCENT, RIGHTS, UNITS, Model, Thing, need


class Life(Model):
    """The model with all its events."""

    # Vehicles

    def fitted(self, by: str, pack: str, vehicle: str) -> None:
        """The first pack makes the vehicle, which holds one."""
        self.standing(by, ["vehicle_maker", "repairer", "importer"])
        thing = self.get(pack)
        self.act(by, thing, role=True)
        need(thing.kind == "pack", thing.phase in {"stock", "removed"}, "quarantined" not in thing.marks)
        need(not self.recalled(thing))
        car = self.known(vehicle)
        if car is None:
            car = Thing(vehicle, "vehicle", by, custodian=self.hand(by), owner=by, operator=by)
            self.enter(car)
        else:
            self.act(by, car, role=True)
            need(not self.children(vehicle))
        sold_with_work = self.right(thing, "ownership") == by and self.right(car, "ownership") == "user"
        self.go_in(thing, car, "fitted")
        if sold_with_work:
            thing.owner = None

    def removed(self, by: str, pack: str, vehicle: str) -> None:
        """Out of a user's vehicle into the signer's custody."""
        self.standing(by, ["repairer", "elv_dismantler", "vehicle_maker", "swap_operator"])
        thing, car = self.get(pack), self.get(vehicle)
        need(thing.kind == "pack", thing.phase == "fitted", thing.inside == vehicle)
        self.act(by, thing, role=True)
        self.act(by, car, role=True)
        self.come_out(thing)
        thing.custodian = self.hand(by) if thing.custodian == "user" or self.signer else thing.custodian
        thing.phase = "removed"

    def sold(self, by: str, vehicle: str) -> None:
        """To a user, by who has it or by its maker for a dealer."""
        self.standing(by)
        car = self.get(vehicle)
        need(car.kind == "vehicle", not self.ended(car), car.offer is None, car.custodian != "user")
        holder = self.right(car, "custody")
        reports = (
            self.heir(car.maker) == by
            and self.roles[by] & {"vehicle_maker", "importer"}
            and "dealer" in self.roles.get(holder, set())
        )
        need(holder in {by, self.hand(by)} or reports)
        need(car.claim is None, car.contest is None, self.at_hand(car))
        if self.right(car, "ownership") in {by, holder}:
            car.owner = "user"
        car.custodian = "user"

    # Use, waste and material

    def measured(self, by: str, names: Sequence[str]) -> None:
        """By a tester, or by who has all of them."""
        self.standing(by)
        tester = self.roles[by] & {"test_lab", "repairer"}
        for name in names:
            thing = self.get(name)
            need(thing.kind in UNITS, tester or self.right(thing, "custody") in {by, self.hand(by)})

    def retired(self, by: str, names: Sequence[str]) -> None:
        """Declared waste by who has it."""
        self.standing(by)
        for name in names:
            thing = self.get(name)
            self.act(by, thing, role=False)
            need(thing.kind in UNITS, thing.phase in {"stock", "removed", "deployed"})
        for name in names:
            self.things[name].phase, self.things[name].application = "retired", None

    def split(self, by: str, name: str, outputs: dict[str, int], lost: Sequence[str], lot: str) -> None:
        """`outputs` by their masses; `lot` is the one of them that is material."""
        self.standing(by, ["second_life", "recycler", "repairer"])
        whole = self.get(name)
        self.act(by, whole, role=True)
        need(whole.kind in UNITS, whole.phase in {"stock", "removed", "retired"})
        self.ending(by, whole, "item.split")
        known = [child for one in (*outputs, *lost) if (child := self.known(one)) is not None]
        for child in known:
            need(child.inside == name, child.offer is None, self.at_hand(child))
        need(len(known) == len(self.children(name)), all(self.known(one) for one in lost))
        new = [one for one in outputs if self.known(one) is None and one != lot]
        need(not new or not known, self.known(lot) is None)
        need(whole.mass_g, sum(outputs.values()) * 100 <= whole.mass_g * GAIN_PERCENT)
        for child in known:
            need(outputs.get(child.name, 0) * 100 <= child.mass_g * GAIN_PERCENT)
        self.made_g += max(0, sum(outputs.values()) - whole.mass_g)
        self.take_apart(by, whole, outputs, lost, lot)

    def take_apart(
        self, by: str, whole: Thing, outputs: dict[str, int], lost: Sequence[str], lot: str
    ) -> None:
        """What a split leaves."""
        for one, mass_g in outputs.items():
            if one == lot:
                self.enter(Thing(one, "lot", by, custodian=self.hand(by), owner=by, operator=by))
            elif self.known(one) is not None:
                self.come_out(self.things[one])
                mass_g = min(mass_g, self.things[one].mass_g)  # noqa: PLW2901  no child gains in a split
            else:
                held, owned, answered = (self.right(whole, right) for right in RIGHTS)
                self.enter(Thing(one, "module", whole.maker, custodian=held, owner=owned, operator=answered))
            self.things[one].mass_g = mass_g
            self.things[one].phase = "stock" if one == lot else "retired"
            self.things[one].marks |= set() if one == lot else whole.marks & {"quarantined"}
        for one in lost:
            # Nobody knows what it weighs should it turn up: the outputs may hold its grams.
            self.come_out(self.things[one])
            self.things[one].mass_g = 0
            self.things[one].custodian, self.things[one].phase = "nobody", "removed"
            self.things[one].marks |= {"missing"} | (whole.marks & {"quarantined"})
        whole.phase = "ended"

    def assembled(self, by: str, name: str, inputs: Sequence[str], mass_g: int, application: str) -> None:
        """A product of used units."""
        self.standing(by, ["second_life", "manufacturer"], makes=True)
        product = self.create(name, "product", by, mass_g)
        for one in inputs:
            thing = self.get(one)
            self.act(by, thing, role=True)
            need(thing.kind in UNITS, thing.phase in {"stock", "removed", "retired"})
            need("quarantined" not in thing.marks, not self.recalled(thing))
        need(*(self.things[one].mass_g for one in inputs))
        inside_g = sum(self.things[one].mass_g for one in inputs)
        need(inside_g <= mass_g <= 2 * inside_g, application != "electric_bicycle")
        self.made_g += mass_g - inside_g
        product.application = application
        self.enter(product)
        for one in inputs:
            self.go_in(self.things[one], product, "part")

    def deployed(self, by: str, name: str, application: str) -> None:
        """Set to work."""
        self.standing(by)
        thing = self.get(name)
        self.act(by, thing, role=False)
        need(thing.kind in UNITS, thing.phase == "stock", application != "electric_bicycle")
        need("quarantined" not in thing.marks, not self.recalled(thing))
        need(thing.application in {None, application})
        thing.phase, thing.application = "deployed", application

    def lot_declared(self, by: str, lot: str, mass_g: int, lister: str) -> None:
        """A lot in the declarer's own list."""
        self.standing(by, ["manufacturer", "material_maker", "recycler", "importer"], makes=True)
        need(lister in {by, self.hand(by)})
        self.enter(self.create(lot, "lot", by, mass_g))
        self.made_g += mass_g

    def batch(
        self, by: str, names: Sequence[str], drawn: dict[str, int], *, out: str, mass_g: int, lister: str
    ) -> None:
        """Shredding: items end, lots are drawn, one lot is made."""
        self.standing(by, ["recycler", "second_life", "material_maker", "manufacturer"])
        need(names or drawn, lister in {by, self.hand(by)})
        for name in (*names, *drawn):
            thing = self.get(name)
            self.act(by, thing, role=True)
            self.ending(by, thing, "batch.processed")
            need(thing.kind == "lot" if name in drawn else thing.kind in UNITS and thing.phase == "retired")
            need(name not in drawn or drawn[name] <= thing.mass_g)
        need(*(self.things[name].mass_g for name in names))
        given_g = sum(self.things[name].mass_g for name in names) + sum(drawn.values())
        need(mass_g * 100 <= given_g * GAIN_PERCENT)
        made = self.create(out, "lot", by, mass_g)
        self.made_g += max(0, mass_g - given_g)
        for name in names:
            self.things[name].phase = "ended"
        for name, drawn_g in drawn.items():
            self.things[name].mass_g -= drawn_g
        self.enter(made)

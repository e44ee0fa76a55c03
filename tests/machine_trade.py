"""The first half of the random events: making, transfers, collection and vehicles."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from ledger.events import custody
from ledger.identifiers import ItemId
from ledger.vocabulary import (
    MassBasis,
    Right,
)
from tests.consortium import (
    COLLECTOR,
    MAKER,
    RECYCLER,
    SECOND_LIFE,
    VEHICLE_MAKER,
    Party,
    module,
    pack,
    vehicle,
)
from tests.machine import ANY_ROLE, ANYBODY, BOTH, BY_ID, FITTERS, HONEST, REPAIRER, USABLE, Machine, N
from tests.storyteller import MODULE_G, PACK_G


class TradeMachine(Machine):
    """Makes, hands over, fits and sells."""

    # Making

    @initialize()
    def stock_the_firms(self) -> None:
        """Two packs for a vehicle, one for second life and one of waste, and a lot."""
        for serial in range(1, 5):
            self.make_pack(serial, 2 if serial > 1 else 0, MAKER, honest=True)
        for serial, to in ((1, VEHICLE_MAKER), (2, VEHICLE_MAKER), (3, SECOND_LIFE), (4, RECYCLER)):
            self._hand_over(pack(serial), to)
        waste = self.story.item_retired(RECYCLER, pack(4))
        self.attempt(waste, lambda model: model.retired(str(RECYCLER.id), [str(pack(4))]))
        self.fit(1, 1, VEHICLE_MAKER, honest=True)
        self.declare_lot(1, RECYCLER, honest=True)

    @rule(serial=st.integers(1, 4), parts=st.integers(0, 2), by=ANYBODY, honest=HONEST)
    def make_pack(self, serial: int, parts: int, by: Party, *, honest: bool) -> None:
        """A pack with new modules, or with the one from stock."""
        maker = MAKER if honest else by
        modules = {str(module(10 * serial + part)): MODULE_G for part in range(parts)}
        text = self.story.pack_manufactured(pack(serial), [ItemId.parse(one) for one in modules], maker)
        self.attempt(
            text,
            lambda model: model.manufactured(str(maker.id), str(pack(serial)), "pack", PACK_G, modules),
        )

    @rule(serial=st.integers(1, 4))
    def make_module(self, serial: int) -> None:
        """A module for stock."""
        one = module(10 * serial)
        text = self.story.module_manufactured(one)
        self.attempt(text, lambda model: model.manufactured(str(MAKER.id), str(one), "module", MODULE_G, {}))

    @rule(n=st.integers(1, 3), by=ANYBODY, honest=HONEST)
    def declare_lot(self, n: int, by: Party, *, honest: bool) -> None:
        """A lot in the recycler's list."""
        by = RECYCLER if honest else by
        lot = RECYCLER.lot(f"L{n}")
        text = self.story.lot_declared(lot, by, 1_000)
        self.attempt(text, lambda model: model.lot_declared(str(by.id), str(lot), 1_000, str(RECYCLER.id)))

    # Transfers and collection

    def _hand_over(
        self, item: ItemId, to: Party, rights: tuple[Right, ...] = BOTH, percent: int | None = None
    ) -> None:
        by = self.holder(item, MAKER, honest=True)
        names, sender = [str(item)], str(by.id)
        text = self.story.transfer_offered(by, to, item, rights=rights)
        self.attempt(text, lambda model: model.offered(sender, str(to.id), names, rights, "load"))
        weighed_g = None
        if percent is not None:
            # What nobody weighed before comes to light with a kilogram.
            weighed_g = max(1, (self.thing(item).mass_g or 1_000) * percent // 100)
        self._accept(to, [item], "load", weighed_g)

    @precondition(lambda self: self.model.things)
    @rule(
        n=N,
        kinds=st.sampled_from([(), (), ("vehicle",)]),
        to=st.sampled_from([VEHICLE_MAKER, SECOND_LIFE, SECOND_LIFE, RECYCLER, RECYCLER, REPAIRER]),
        rights=st.sampled_from([BOTH, BOTH, (Right.CUSTODY,)]),
        percent=st.sampled_from([None, None, None, 50, 105, 111]),
    )
    def hand_over(
        self, n: int, kinds: tuple[str, ...], to: Party, rights: tuple[Right, ...], percent: int | None
    ) -> None:
        """An offer and its answer, as most are; custody alone now and then."""
        one = self.pick(n, *kinds, phases=["stock", "removed", "retired"], roles=ANY_ROLE)
        if one is not None:
            self._hand_over(one, to, rights, percent)

    @precondition(lambda self: self.model.things)
    @rule(
        n=N,
        more=st.none() | N,
        to=ANYBODY,
        by=ANYBODY,
        honest=HONEST,
        rights=st.sampled_from([BOTH, BOTH, BOTH, (Right.OWNERSHIP,), tuple(Right), (Right.CUSTODY,)]),
    )
    def offer(
        self, n: int, more: int | None, to: Party, by: Party, rights: tuple[Right, ...], *, honest: bool
    ) -> None:
        """One or two items, from one of three loads."""
        first = self.pick(n, roles=ANY_ROLE)
        assert first is not None
        second = None if more is None else self.pick(more, roles=ANY_ROLE)
        items = list(dict.fromkeys([first] if second is None else [first, second]))
        by, load = self.holder(first, by, honest=honest), f"load{n % 3}"
        text = self.story.transfer_offered(by, to, *items, load=load, rights=rights)
        names = [str(item) for item in items]
        self.attempt(text, lambda model: model.offered(str(by.id), str(to.id), names, rights, load))

    @precondition(lambda self: any(one.inside for one in self.model.things.values()))
    @rule(n=N, to=ANYBODY)
    def offer_what_is_inside(self, n: int, to: Party) -> None:
        """The ownership of a part or of a fitted pack, apart from what it is in."""
        inside = [one for one in self.model.things.values() if one.inside is not None]
        item = ItemId.parse(inside[n % len(inside)].name)
        by = BY_ID.get(self.model.right(self.thing(item), "ownership"), MAKER)
        text = self.story.transfer_offered(by, to, item, load="inside", rights=(Right.OWNERSHIP,))
        names, sender = [str(item)], str(by.id)
        self.attempt(text, lambda model: model.offered(sender, str(to.id), names, ["ownership"], "inside"))

    @precondition(lambda self: self.model.things)
    @rule(
        n=N,
        how=st.sampled_from(["accept", "accept", "accept", "weigh", "reject", "withdraw"]),
        by=ANYBODY,
        honest=HONEST,
        percent=st.sampled_from([50, 100, 105, 120]),
    )
    def answer(self, n: int, how: str, by: Party, percent: int, *, honest: bool) -> None:
        """An open offer is taken, sent back or withdrawn."""
        offered = [one for one in self.model.things.values() if one.offer is not None]
        load, items = f"load{n % 3}", [self.pick(n)]
        if offered and honest:
            chosen = offered[n % len(offered)]
            assert chosen.offer is not None
            sender, to, _, load, _ = chosen.offer
            by = BY_ID[self.model.heir(sender if how == "withdraw" else to)]
            same = [one for one in offered if one.offer == chosen.offer]
            items = [ItemId.parse(one.name) for one in (same if n % 2 else [chosen])]
        told = [item for item in items if item is not None]
        if how in {"reject", "withdraw"}:
            self._answer(by, told, load, withdrawn=how == "withdraw")
        else:
            weighed_g = None
            if how == "weigh":
                weighed_g = max(1, self.thing(told[0]).mass_g * percent // 100)
            self._accept(by, told, load, weighed_g)

    def _answer(self, by: Party, items: list[ItemId], load: str, *, withdrawn: bool) -> None:
        tell = self.story.transfer_withdrawn if withdrawn else self.story.transfer_rejected
        names = [str(item) for item in items]
        self.attempt(
            tell(by, *items, load=load),
            lambda model: model.answered(str(by.id), names, load, withdrawn=withdrawn),
        )

    def _accept(self, by: Party, items: list[ItemId], load: str, weighed_g: int | None) -> None:
        claims = custody.TransferAccepted(
            place=by.place,
            consignment=self.story.uuid(load),
            mass_basis=MassBasis.DECLARED if weighed_g is None else MassBasis.WEIGHED,
            gross_g=weighed_g,
            tare_g=None if weighed_g is None else 0,
            checklist=custody.CheckList() if weighed_g is None else None,
        )
        names = [str(item) for item in items]
        self.attempt(
            self.story.tell(by, claims, *items),
            lambda model: model.accepted(str(by.id), names, load, weighed_g),
        )

    @precondition(lambda self: self.model.things)
    @rule(n=N, more=st.none() | N, by=ANYBODY, honest=HONEST, waste=st.booleans())
    def collect(self, n: int, more: int | None, by: Party, *, honest: bool, waste: bool) -> None:
        """One or two items; claimed ones now and then."""
        by = COLLECTOR if honest else by
        claimed = [one.name for one in self.model.things.values() if one.claim is not None]
        first = ItemId.parse(claimed[n % len(claimed)]) if claimed and n % 3 == 0 else self.pick(n)
        assert first is not None
        second = None if more is None else self.pick(more)
        items = list(dict.fromkeys([first] if second is None else [first, second]))
        text = self.story.item_collected(*items, by=by, waste=waste)
        names, now_ms = [str(item) for item in items], self.story.now_ms
        self.attempt(text, lambda model: model.collected(str(by.id), names, now_ms, waste=waste))

    # Vehicles

    @precondition(lambda self: self.pick(0, "pack"))
    @rule(n=N, number=st.integers(1, 3), by=ANYBODY, honest=HONEST)
    def fit(self, n: int, number: int, by: Party, *, honest: bool) -> None:
        """A pack into one of three vehicles."""
        one, into = self.pick(n, "pack", phases=USABLE, roles=FITTERS), vehicle(number)
        assert one is not None
        by = self.holder(one, by, honest=honest)
        text = self.story.pack_fitted(one, into, by)
        self.attempt(text, lambda model: model.fitted(str(by.id), str(one), str(into)))

    @precondition(lambda self: self.pick(0, "pack"))
    @rule(n=N, number=st.integers(1, 3), by=ANYBODY, honest=HONEST)
    def remove(self, n: int, number: int, by: Party, *, honest: bool) -> None:
        """A pack out of the vehicle it is in, or of another."""
        one = self.pick(n, "pack", phases=["fitted"])
        assert one is not None
        inside = self.thing(one).inside
        out_of = ItemId.parse(inside) if inside and honest else vehicle(number)
        if not out_of.is_vehicle:
            out_of = vehicle(number)
        by = self.holder(one, REPAIRER if honest else by, honest=honest)
        text = self.story.pack_removed(one, out_of, by)
        self.attempt(text, lambda model: model.removed(str(by.id), str(one), str(out_of)))

    @precondition(lambda self: self.pick(0, "vehicle"))
    @rule(n=N, by=ANYBODY, honest=HONEST)
    def sell(self, n: int, by: Party, *, honest: bool) -> None:
        """A vehicle to a user."""
        car = self.pick(n, "vehicle")
        assert car is not None
        by = (VEHICLE_MAKER if n % 2 else self.holder(car, by, honest=True)) if honest else by
        text = self.story.vehicle_sold(car, by)
        self.attempt(text, lambda model: model.sold(str(by.id), str(car)))

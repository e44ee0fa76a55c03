"""The last of the random events: declarations, repairs, pools, recalls, delegates, heirs, second thoughts."""

from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from ledger.events import REGISTRY, registry
from ledger.events.correction import Facets
from ledger.events.envelope import Event
from ledger.events.service import Selector
from ledger.identifiers import ItemId
from ledger.state import Holder
from ledger.vocabulary import Ground, Kind, Phase, Purpose
from tests.consortium import COLLECTOR, MAKER, REGISTRAR, REGULATOR, Party, module, pack, vehicle
from tests.machine import ANYBODY, BY_ID, FIRMS, HONEST, REPAIRER, WORKSHOP, N
from tests.machine_labels import LabelMachine
from tests.model_last import Last, refuse
from tests.model_turns import RECTIFIED
from tests.scenario_last import vkey
from tests.scenario_more import local

DELEGABLE: Final = tuple(name for name, kind in REGISTRY.items() if kind.row.delegable)
POOLERS: Final = ("swap_operator", "vehicle_maker")
RIGHTS: Final = ("custodian", "owner", "operator")
MAKER_ID: Final = str(MAKER.id)


def accept(_model: Last) -> None:
    """Change nothing."""


class LastMachine(LabelMachine):
    """The whole machine; a subclass gives the ledger."""

    # What the ledger does not know

    @rule(
        n=N,
        by=ANYBODY,
        honest=HONEST,
        phase=st.sampled_from([Phase.STOCK, Phase.REMOVED, Phase.RETIRED]),
        kind=st.sampled_from([Kind.PACK, Kind.MODULE]),
    )
    def declare(self, n: int, by: Party, phase: Phase, kind: Kind, *, honest: bool) -> None:
        """A battery nobody knows, with a code or without."""
        by = (COLLECTOR, REPAIRER, WORKSHOP)[n % 3] if honest else by
        coded = n % 4 == 0
        code = pack(20 + n % 2) if kind is Kind.PACK else module(400 + n % 2)
        one, mass_g = code if coded else local(by, f"X{n % 4}"), 1_000
        text = self.story.item_declared(one, by, phase=phase, kind=kind, mass_g=mass_g)
        filer = MAKER_ID if coded else None
        self.attempt(
            text,
            lambda model: model.declared(str(by.id), str(one), str(kind), mass_g, str(phase), filer=filer),
        )

    @precondition(lambda self: any(one.unadded for one in self.model.things.values()))
    @rule(n=N, by=ANYBODY, honest=HONEST)
    def add_production(self, n: int, by: Party, *, honest: bool) -> None:
        """The maker tells how a declared item was made."""
        found = [one for one in self.model.things.values() if one.unadded]
        thing = found[n % len(found)]
        by, one = MAKER if honest else by, ItemId.parse(thing.name)
        model_id = MAKER.model("MODULE" if thing.kind == "module" else "LFP100")
        text = self.story.production_added(one, by, model_id)
        self.attempt(text, lambda model: model.added(str(by.id), str(one), MAKER_ID))

    @precondition(lambda self: any(name.startswith("local:") for name in self.model.things))
    @rule(n=N, more=N, by=ANYBODY, honest=HONEST)
    def identify(self, n: int, more: int, by: Party, *, honest: bool) -> None:
        """A local item is another one of the same kind, where there is one."""
        ours = [name for name in self.model.things if name.startswith("local:")]
        one = ItemId.parse(ours[n % len(ours)])
        known = self._alike(one, more) if honest else self.pick(more)
        if known is None or known == one or not known.is_unit:
            return
        by = self.holder(one, by, honest=honest)
        text = self.story.item_identified(one, known, by)
        self.attempt(text, lambda model: model.identified(str(by.id), str(one), str(known)))

    def _alike(self, one: ItemId, n: int) -> ItemId | None:
        thing = self.thing(one)
        held = self.model.right(thing, "custody")
        found = [
            other.name
            for other in self.model.things.values()
            if other is not thing and other.kind == thing.kind and self.model.right(other, "custody") == held
        ]
        return ItemId.parse(found[n % len(found)]) if found else None

    # Repairs and pools

    @precondition(lambda self: self.pick(0, "pack", "product"))
    @rule(n=N, more=N, by=ANYBODY, honest=HONEST, swap=st.booleans())
    def repair(self, n: int, more: int, by: Party, *, honest: bool, swap: bool) -> None:
        """A part goes out, or in, or both."""
        one = self._some(n, "pack", "product")
        thing = self.thing(one)
        by = self.holder(one, REPAIRER if honest else by, honest=honest)
        out = [ItemId.parse(child.name) for child in self.model.children(str(one))][: n % 2]
        spare = self.pick(more, "module", phases=["stock", "removed"], roles=("repairer", "manufacturer"))
        into = [spare] if swap and spare is not None and spare != one and thing.phase != "part" else []
        if set(out) & set(into) or any(str(one) in self.model.containers(self.thing(item)) for item in into):
            return
        left_g = thing.mass_g - sum(self.thing(item).mass_g for item in out)
        if left_g + sum(self.thing(item).mass_g for item in into) <= 0:
            return
        text = self.story.item_repaired(one, by, out=out, into=into)
        gone, new = [str(item) for item in out], [str(item) for item in into]
        self.attempt(text, lambda model: model.repaired(str(by.id), str(one), gone, new))

    @precondition(lambda self: self.pick(0, "pack"))
    @rule(n=N, by=ANYBODY, honest=HONEST, into=st.none() | st.integers(1, 3))
    def pool(self, n: int, by: Party, into: int | None, *, honest: bool) -> None:
        """A pack goes into a pool, or out of it."""
        pooled = [one.name for one in self.model.things.values() if one.phase == "pooled"]
        if pooled and n % 2:
            self._leave_pool(ItemId.parse(pooled[n % len(pooled)]), by, into, honest=honest)
            return
        one = self.pick(n, "pack", phases=["stock", "removed", "fitted"], roles=POOLERS)
        assert one is not None
        by = self.holder(one, WORKSHOP if honest else by, honest=honest)
        inside = self.thing(one).inside
        out_of = None if inside is None else ItemId.parse(inside)
        if out_of is not None and not out_of.is_vehicle:
            return
        text = self.story.pool_joined(one, by=by, out_of=out_of)
        self.attempt(text, lambda model: model.pooled(str(by.id), str(one), "P1"))

    def _leave_pool(self, one: ItemId, by: Party, into: int | None, *, honest: bool) -> None:
        by = self.holder(one, by, honest=honest)
        car = None if into is None or str(vehicle(into)) not in self.model.things else vehicle(into)
        phase = Phase.STOCK if car is None else Phase.FITTED
        text = self.story.pool_left(one, by=by, phase=phase, into=car)
        name = None if car is None else str(car)
        self.attempt(text, lambda model: model.left_pool(str(by.id), str(one), name))

    @precondition(lambda self: self.pick(0, "vehicle"))
    @rule(n=N, by=ANYBODY, honest=HONEST, found=st.booleans())
    def end_vehicle(self, n: int, by: Party, *, honest: bool, found: bool) -> None:
        """A vehicle is written off, or scrapped, its pack found in it or not."""
        car = self.pick(n, "vehicle")
        assert car is not None
        if n % 4 == 0:
            by = WORKSHOP if honest else by
            owner = BY_ID.get(self.model.right(self.thing(car), "ownership"))
            if honest and owner is not None and owner != by:
                self._agree(owner, by, car, "vehicle.written_off")
            text = self.story.vehicle_written_off(car, by)
            self.attempt(text, lambda model: model.written_off(str(by.id), str(car)))
        elif n % 4 == 1:
            by = COLLECTOR if honest else by
            packs = [ItemId.parse(child.name) for child in self.model.children(str(car))]
            packs = packs if honest else packs[1:]
            here, gone = (packs, []) if found else ([], packs)
            text = self.story.vehicle_scrapped(car, by, present=here, absent=gone)
            present, absent = [str(one) for one in here], [str(one) for one in gone]
            self.attempt(text, lambda model: model.scrapped(str(by.id), str(car), present, absent))

    # Recalls

    @precondition(lambda self: self.pick(0, "pack", "module", "product"))
    @rule(n=N, by=ANYBODY, honest=HONEST)
    def recall(self, n: int, by: Party, *, honest: bool) -> None:
        """Some items of a maker are recalled, remedied, and recalled no more."""
        one = self._some(n, "pack", "module", "product")
        maker = BY_ID[self.thing(one).maker]
        opened = sorted(self.model.recalls)
        if not opened or n % 3 == 0:
            by = maker if honest else by
            text = self.story.recall_opened(Selector(codes=(one,)), by, maker) if one.is_unit else None
            if text is not None:
                event, names = self.story.last.id, {str(one)}
                self.attempt(text, lambda model: model.recall_opened(str(by.id), event, str(maker.id), names))
            return
        event = opened[n % len(opened)]
        opener, its_maker, names = self.model.recalls[event]
        by = BY_ID[opener] if honest else by
        if n % 3 == 1:
            text = self.story.recall_closed(event, by, BY_ID[its_maker])
            self.attempt(text, lambda model: model.recall_closed(str(by.id), event, its_maker))
        else:
            named = min(names)
            text = self.story.recall_remedied(event, ItemId.parse(named), by=by)
            self.attempt(text, lambda model: model.remedied(str(by.id), event, named))

    # Standing

    @rule(n=N, by=ANYBODY, to=ANYBODY, types=st.sets(st.sampled_from(DELEGABLE), min_size=1, max_size=4))
    def delegate(self, n: int, by: Party, to: Party, types: set[str]) -> None:
        """A firm lets another state some events or nearly all, or ends that; the next may be stated so."""
        if n % 4 == 0:
            text = self.story.delegation_revoked(by, to)
            self.attempt(text, lambda model: model.ungranted(str(by.id), str(to.id)))
            return
        granted = types if n % 4 == 1 else set(DELEGABLE[:64])
        text = self.story.delegation_granted(by, to, *sorted(granted))
        self.attempt(text, lambda model: model.granted(str(by.id), str(to.id), granted))
        self.story.proxies[by] = to

    @precondition(lambda self: self.model.delegated)
    @rule(n=N)
    def act_through_another(self, n: int) -> None:
        """The next event of a firm that has a delegate is stated by that."""
        pairs = sorted(self.model.delegated)
        principal, signer = pairs[n % len(pairs)]
        self.story.proxies[BY_ID[principal]] = BY_ID[signer]

    @rule(n=N, firm=ANYBODY, heir=ANYBODY, by=ANYBODY, honest=HONEST)
    def succeed(self, n: int, firm: Party, heir: Party, by: Party, *, honest: bool) -> None:
        """Once in a while a firm ends, and another has its rights."""
        if n % 16 == 0 and firm not in (heir, REGULATOR):
            by = REGULATOR if honest else by
            text = self.story.org_succeeded(firm, heir, by)
            self.attempt(text, lambda model: model.succeeded(str(by.id), str(firm.id), str(heir.id)))

    @precondition(lambda self: self.model.suspended)
    @rule(n=N)
    def reinstate(self, n: int) -> None:
        """A suspension ends."""
        firm = BY_ID[sorted(self.model.suspended)[n % len(self.model.suspended)]]
        text = self.story.org_reinstated(firm)
        self.attempt(text, lambda model: model.suspended.discard(str(firm.id)))

    # Second thoughts

    @precondition(lambda self: self.pasts)
    @rule(n=N, by=ANYBODY, honest=HONEST)
    def void(self, n: int, by: Party, *, honest: bool) -> None:
        """An act is taken back, most often one of the latest."""
        past = self.pasts[-1 - n % min(len(self.pasts), 6)] if n % 5 else self.pasts[n % len(self.pasts)]
        told = self.story.events[past.event]
        by = BY_ID.get(self.model.heir(past.teller), by) if honest else by
        text = self.story.event_voided(told, by)
        self.attempt(text, lambda model: model.voided(str(by.id), past))

    @precondition(lambda self: self.model.things)
    @rule(
        n=N,
        by=ANYBODY,
        to=st.sampled_from([*FIRMS, *FIRMS, Holder.USER, Holder.OUTSIDE]),
        rights=st.sets(st.sampled_from(RIGHTS), max_size=2),
        phase=st.sampled_from([None, None, Phase.RETIRED, Phase.STOCK, Phase.REMOVED, Phase.FITTED]),
        percent=st.sampled_from([None, None, 50, 100, 101]),
        honest=HONEST,
    )
    def rectify(
        self,
        n: int,
        by: Party,
        to: Party | Holder,
        *,
        rights: set[str],
        phase: Phase | None,
        percent: int | None,
        honest: bool,
    ) -> None:
        """Rights, phase or mass, with the consents it takes if it is meant well."""
        one = self._some(n)
        thing = self.thing(one)
        by = (REGULATOR if n % 4 == 0 else self.holder(one, by, honest=True)) if honest else by
        party = to.id if isinstance(to, Party) else to
        mass_g = None if percent is None else max(1, thing.mass_g * percent // 100)
        told: dict[str, str | int] = {right: str(party) for right in rights}
        told |= {} if phase is None else {"phase": str(phase)}
        told |= {} if mass_g is None else {"mass_g": mass_g}
        if not told:
            return
        if honest and by != REGULATOR:
            self._ask(by, one, {right: str(party) for right in rights})
        facets = Facets(
            custodian=party if "custodian" in rights else None,
            owner=party if "owner" in rights else None,
            operator=party if "operator" in rights else None,
            phase=phase,
            mass_g=mass_g,
        )
        answers = n % 16 != 1
        text = self.story.state_rectified(one, by, facets, *([] if answers else ["A" * 43]))
        self.attempt(text, lambda model: model.rectified(str(by.id), str(one), told, answers=answers))

    def _ask(self, by: Party, one: ItemId, parties: dict[str, str]) -> None:
        for firm in self.model.concerned_firms(self.thing(one), parties):
            if firm != str(by.id):
                self._agree(BY_ID[firm], by, one)

    def _agree(self, firm: Party, to: Party, one: ItemId, act: str = RECTIFIED) -> None:
        text = self.story.consent_given(firm, to, one, act=act)
        self.attempt(text, lambda model: model.consented(str(firm.id), str(to.id), str(one), act))

    @precondition(lambda self: self.stolen)
    @rule(n=N)
    def confirm(self, n: int) -> None:
        """A firm stands by what its stolen key signed, once it has another."""
        firm = sorted(self.stolen, key=lambda one: one.number)[n % len(self.stolen)]
        key = firm.key(Purpose.OFFICE, self.stolen[firm])
        last = self.size - 1 if n % 4 else self.size
        kid = key.verifier.thumbprint()
        events: list[Event] = [*self.opened, *self.logged]
        count = sum(event.kid == kid for event in events[: last + 1])
        if not count and n % 4:
            return  # there is nothing to stand by, and an audit finds a count that is not so
        text = self.story.event_confirmed(firm, key, 0, last, count=max(1, count))
        self.attempt(text, refuse if n % 4 == 0 else lambda model: model.standing(str(firm.id)))

    # Papers

    @rule(n=N, by=ANYBODY)
    def paper(self, n: int, by: Party) -> None:
        """What concerns no item."""
        story = self.story
        kind = n % 6
        if kind == 0:
            self.attempt(story.report_filed(by), lambda model: model.standing(str(by.id)))
        elif kind == 1:
            self.attempt(story.site_set(by), lambda model: model.standing(str(by.id), admin=True))
        elif kind == 2:
            self.attempt(story.index_published(self.size, lines=self.ledger.index_lines()), accept)
        elif kind == 3:
            self.attempt(story.index_published(self.size + 1), refuse)
        elif kind == 4:
            text = story.log_key_added(vkey(self.size), by if n % 2 else REGISTRAR)
            self.attempt(text, refuse if n % 2 else accept)
        else:
            self.attempt(story.rules_adopted(), accept)

    @precondition(lambda self: self.logged)
    @rule(n=N, by=ANYBODY, honest=HONEST)
    def restate_or_erase(self, n: int, by: Party, *, honest: bool) -> None:
        """A place is corrected by who stated it, or disclosures are erased by the registrar."""
        told = self._events(lambda one: not one.type.startswith("event.") or bool(one.sd))
        if not told:
            return
        event = told[n % len(told)]
        if event.sd and n % 2:
            self.attempt(self.story.disclosure_erased(event), accept)
        elif not event.type.startswith("event."):
            tellers = [self.model.heir(str(one)) for one in (event.actor, event.iss)]
            by = BY_ID.get(tellers[n % 2], by) if honest else by
            right = str(by.id) in tellers and "place" in event.claims.row.correctable
            text = self.story.event_corrected(event, by, {"place": {"district": "110101"}})
            self.attempt(text, (lambda model: model.standing(str(by.id))) if right else refuse)

    @precondition(lambda self: self.model.things)
    @rule(n=N)
    def weigh_in(self, n: int) -> None:
        """A gate records what came in; a maker claims content that its lots do not have."""
        one = self._some(n)
        if n % 2:
            text = self.story.intake_recorded(one)
            self.attempt(text, lambda model: model.standing(str(COLLECTOR.id), COLLECTOR_ROLES))
        elif self.thing(one).kind == "lot":
            self.attempt(self.story.content_claimed({one: 1}, 1), refuse)

    @rule(firm=ANYBODY)
    def suspend_for_a_while(self, firm: Party) -> None:
        """Seldom enough not to silence everybody."""
        if len(self.model.suspended) == 0 and firm != MAKER:
            claims = registry.OrgSuspended(ground=Ground.BREACH_OF_DUTY)
            text = self.story.tell(REGISTRAR, claims, firm.id)
            self.attempt(text, lambda model: model.suspended.add(str(firm.id)))


COLLECTOR_ROLES: Final = (
    "collection_point",
    "elv_dismantler",
    "recycler",
    "second_life",
    "repairer",
    "importer",
)

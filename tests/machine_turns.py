"""The turns among the random events: loss, incidents, disputes, consents, and ways back and out."""

from collections.abc import Callable
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from ledger.events import custody
from ledger.events.envelope import Event
from ledger.identifiers import ItemId
from ledger.vocabulary import Decision, DisputeOutcome
from tests.consortium import LAB, RECYCLER, REGULATOR, Party
from tests.machine import ANY_ROLE, ANYBODY, BY_ID, HONEST, PROCESSORS, REPAIRER, N
from tests.machine_life import LifeMachine
from tests.model_turns import CONSENTED

REQUALIFIERS: Final = ("second_life", "manufacturer")
OUTCOMES: Final = st.sampled_from([DisputeOutcome.CLAIMANT_TAKES, *DisputeOutcome])


class TurnsMachine(LifeMachine):
    """The whole machine; a subclass gives the ledger."""

    def _some(self, n: int, *kinds: str, phases: tuple[str, ...] = ()) -> ItemId:
        found = self.pick(n, *kinds, phases=phases, roles=ANY_ROLE) or self.pick(n)
        assert found is not None
        return found

    # Incidents and loss

    @precondition(lambda self: self.model.things)
    @rule(n=N, by=ANYBODY, honest=HONEST)
    def hurt(self, n: int, by: Party, *, honest: bool) -> None:
        """An incident, once in a while."""
        if n % 4 == 0:
            one = self._some(n, "pack", "module", "product")
            by = REPAIRER if honest else by
            text = self.story.incident_reported(one, by)
            self.attempt(text, lambda model: model.hurt(str(by.id), str(one)))

    @precondition(lambda self: any("quarantined" in one.marks for one in self.model.things.values()))
    @rule(n=N, by=ANYBODY, honest=HONEST)
    def lift(self, n: int, by: Party, *, honest: bool) -> None:
        """A quarantine is lifted."""
        one = self._marked(n, {"quarantined"})
        by = (LAB if n % 2 else REGULATOR) if honest else by
        text = self.story.quarantine_lifted(one, by)
        self.attempt(text, lambda model: model.lifted(str(by.id), str(one)))

    def _marked(self, n: int, marks: set[str]) -> ItemId:
        found = [one.name for one in self.model.things.values() if one.marks & marks]
        return ItemId.parse(found[n % len(found)])

    @precondition(lambda self: self.model.things)
    @rule(n=N, by=ANYBODY, honest=HONEST, mark=st.sampled_from(["lost", "stolen"]))
    def lose(self, n: int, by: Party, mark: str, *, honest: bool) -> None:
        """Something goes missing, once in a while."""
        if n % 4 == 0:
            one = self._some(n)
            by = self.holder(one, by, honest=honest)
            tell = self.story.item_lost if mark == "lost" else self.story.item_stolen
            self.attempt(tell(by, one), lambda model: model.gone(str(by.id), str(one), mark))

    @precondition(lambda self: any(one.marks - {"quarantined"} for one in self.model.things.values()))
    @rule(n=N, by=ANYBODY, honest=HONEST)
    def find(self, n: int, by: Party, *, honest: bool) -> None:
        """Something is back."""
        one = self._marked(n, {"lost", "stolen", "missing"})
        owner = BY_ID.get(self.model.right(self.thing(one), "ownership"), REGULATOR)
        by = owner if honest else by
        text = self.story.item_found(by, one)
        self.attempt(text, lambda model: model.found(str(by.id), str(one)))

    # Disputes

    def _events(self, keep: Callable[[Event], bool]) -> list[Event]:
        return [
            event
            for event in self.logged
            if event.prev and not any(item.is_org for item in event.prev) and keep(event)
        ]

    @precondition(lambda self: self.logged)
    @rule(n=N, by=ANYBODY, honest=HONEST)
    def contest(self, n: int, by: Party, *, honest: bool) -> None:
        """A party contests what another one stated; sometimes one that has no part in it."""
        told = self._events(lambda _: True)
        if n % 3 or not told:
            return
        event = told[-1 - n % min(len(told), 12)]
        names = [str(item) for item in event.prev]
        owner = BY_ID.get(self.model.right(self.model.things[names[0]], "operator"))
        by = owner if honest and owner is not None else by
        teller = str(event.actor)
        text = self.story.event_disputed(event, by)
        self.attempt(text, lambda model: model.contested(str(by.id), event.id, teller, names))

    @precondition(
        lambda self: any(
            one.claim is not None or one.contest is not None for one in self.model.things.values()
        )
    )
    @rule(n=N, by=ANYBODY, honest=HONEST, outcome=OUTCOMES)
    def settle(self, n: int, by: Party, outcome: DisputeOutcome, *, honest: bool) -> None:
        """A party says how a dispute ends, or the regulator does."""
        things = [one for one in self.model.things.values() if one.claim or one.contest]
        thing = things[n % len(things)]
        told = self._events(
            lambda event: (
                event.id == thing.contest[0]
                if thing.contest is not None
                else event.type == "item.collected" and ItemId.parse(thing.name) in event.prev
            )
        )
        event = told[-1]
        about = (event.id, event.type, str(event.actor))
        sides = self.model.sides(thing, about)
        if honest and sides is not None:
            by = BY_ID.get(sides[n % 2], REGULATOR)
        names = [str(item) for item in event.prev]
        text = self.story.dispute_settled(event, by, outcome)
        self.attempt(text, lambda model: model.settled(str(by.id), about, names, outcome))

    # Out and back

    @precondition(lambda self: self.model.things)
    @rule(n=N, by=ANYBODY, honest=HONEST, country=st.sampled_from(["", "", "DE", "FR"]))
    def leave(self, n: int, by: Party, country: str, *, honest: bool) -> None:
        """Out of the ledger's reach, or out of the country."""
        one = self._some(n, phases=("stock", "removed"))
        by = self.holder(one, by, honest=honest)
        if country:
            text = self.story.item_exported(by, one, destination=country)
            self.attempt(text, lambda model: model.exported(str(by.id), str(one), country))
        elif n % 3 == 0:
            text = self.story.custody_released(by, one)
            self.attempt(text, lambda model: model.released(str(by.id), str(one)))

    @precondition(lambda self: self.model.things)
    @rule(
        n=N,
        to=ANYBODY,
        by=ANYBODY,
        honest=HONEST,
        act=st.sampled_from([*sorted(CONSENTED), "pack.fitted"]),
    )
    def consent(self, n: int, to: Party, by: Party, act: str, *, honest: bool) -> None:
        """An owner agrees to what another firm will do, most often the one that has the item."""
        one = self._some(n, phases=("retired", "removed"))
        owner = BY_ID.get(self.model.right(self.thing(one), "ownership"))
        by = owner if honest and owner is not None else by
        to = self.holder(one, to, honest=honest)
        if n % 5:
            text = self.story.consent_given(by, to, one, act=act)
            self.attempt(text, lambda model: model.consented(str(by.id), str(to.id), str(one), act))
        else:
            claims = custody.ConsentGiven(place=by.place, act=act, to=to.id, withdrawn=True)
            text = self.story.tell(by, claims, one)
            self.attempt(text, lambda model: model.unconsented(str(by.id), str(to.id), str(one), act))

    @precondition(lambda self: self.pick(0, "pack", "module", "product"))
    @rule(n=N, by=ANYBODY, honest=HONEST, decision=st.sampled_from(list(Decision)))
    def requalify(self, n: int, by: Party, decision: Decision, *, honest: bool) -> None:
        """Waste is measured, graded and brought back."""
        one = self.pick(n, "pack", "module", "product", phases=["retired"], roles=REQUALIFIERS)
        assert one is not None
        by = self.holder(one, by, honest=honest)
        measured = self.story.health_measured(one, by=LAB)
        self.attempt(measured, lambda model: model.measured(str(LAB.id), [str(one)]))
        health = self.story.last.id
        graded = self.story.item_graded(one, by=LAB, decision=decision)
        self.attempt(graded, lambda model: model.graded(str(LAB.id), str(one)))
        usable = {health, self.story.last.id} <= {event.id for event in self.logged[-2:]}
        text = self.story.item_requalified(one, grading=self.story.last.id, measurements=[health], by=by)
        usable = usable and decision is not Decision.RECYCLE
        self.attempt(text, lambda model: model.requalified(str(by.id), str(one), usable=usable))

    @precondition(lambda self: any(one.phase == "deployed" for one in self.model.things.values()))
    @rule(n=N, by=ANYBODY, honest=HONEST)
    def come_back(self, n: int, by: Party, *, honest: bool) -> None:
        """From where it worked."""
        one = self._some(n, "pack", "module", "product", phases=("deployed",))
        by = self.holder(one, by, honest=honest)
        text = self.story.product_returned(one, by=by)
        self.attempt(text, lambda model: model.returned(str(by.id), str(one)))

    @precondition(lambda self: self.pick(0, "lot"))
    @rule(n=N, by=ANYBODY, honest=HONEST, percent=st.sampled_from([10, 100, 101]))
    def divide(self, n: int, by: Party, percent: int, *, honest: bool) -> None:
        """A part of a lot."""
        one = self._some(n, "lot")
        by = self.holder(one, by, honest=honest)
        lister = by if honest else RECYCLER
        part, mass_g = lister.lot(f"D{n % 5}"), max(1, self.thing(one).mass_g * percent // 100)
        if part != one:
            text = self.story.lot_divided(one, {part: mass_g}, by)
            self.attempt(
                text,
                lambda model: model.divided(str(by.id), str(one), str(part), mass_g, str(lister.id)),
            )

    @precondition(lambda self: self.model.things)
    @rule(n=N, by=ANYBODY, honest=HONEST, percent=st.sampled_from([10, 100, 101]))
    def dispose(self, n: int, by: Party, percent: int, *, honest: bool) -> None:
        """A waste unit or a part of a lot leaves the circle."""
        one = self.pick(n, phases=["retired"], roles=PROCESSORS)
        assert one is not None
        by, thing = self.holder(one, by, honest=honest), self.thing(one)
        mass_g = max(1, thing.mass_g * percent // 100)
        drawn = thing.kind == "lot"
        text = self.story.residue_disposed(
            *([] if drawn else [one]), drawn={one: mass_g} if drawn else None, by=by
        )
        self.attempt(text, lambda model: model.disposed(str(by.id), str(one), mass_g))

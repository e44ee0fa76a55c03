"""The second half of the random events: use, waste and material, time, organisations and keys."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from ledger.events import recycling, registry
from ledger.events import second_life as reuse
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.vocabulary import (
    Application,
    Ground,
    Material,
    Purpose,
    Role,
    Step,
)
from tests.consortium import (
    MAKER,
    REGISTRAR,
    SECOND_LIFE,
    START,
    Party,
    module,
    product,
)
from tests.machine import ANYBODY, ASSEMBLERS, FIRMS, HONEST, PROCESSORS, REPAIRER, SPLITTERS, WASTE, N
from tests.machine_trade import TradeMachine
from tests.model import DAY_MS, Refused
from tests.model_last import Last


class LifeMachine(TradeMachine):
    """The whole machine; a subclass gives the ledger."""

    # Use, waste and material

    @precondition(lambda self: self.model.things)
    @rule(n=N, by=ANYBODY, honest=HONEST)
    def measure(self, n: int, by: Party, *, honest: bool) -> None:
        """A statement about anything."""
        one = self.pick(n)
        assert one is not None
        by = self.holder(one, by, honest=honest)
        text = self.story.health_measured(one, by=by)
        self.attempt(text, lambda model: model.measured(str(by.id), [str(one)]))

    @precondition(lambda self: self.model.things)
    @rule(n=N, by=ANYBODY, honest=HONEST)
    def retire(self, n: int, by: Party, *, honest: bool) -> None:
        """An item is declared waste."""
        one = self.pick(n, "pack", "module", "product", phases=["stock", "removed", "deployed"])
        one = one or self.pick(n)
        assert one is not None
        by = self.holder(one, by, honest=honest)
        text = self.story.item_retired(by, one)
        self.attempt(text, lambda model: model.retired(str(by.id), [str(one)]))

    @precondition(lambda self: self.pick(0, "pack", "module", "product"))
    @rule(
        n=N,
        by=ANYBODY,
        honest=HONEST,
        greedy=st.booleans(),
        lose=st.booleans(),
        percent=st.sampled_from([90, 100, 102, 103]),
    )
    def split(self, n: int, by: Party, percent: int, *, honest: bool, greedy: bool, lose: bool) -> None:
        """All the children, or not; more mass than there was, or not."""
        one = self.pick(n, "pack", "module", "product", phases=WASTE, roles=SPLITTERS)
        assert one is not None
        by = self.holder(one, by, honest=honest)
        children = [ItemId.parse(child.name) for child in self.model.children(str(one))]
        lost = children[:1] if lose else []
        found = [child for child in children if child not in lost]
        if not children and n % 2:
            found = [one_new for one_new in [module(900 + n % 7)] if one_new != one]
        if not honest:
            found = found[1:]
        share_g = max(1, self.thing(one).mass_g // (len(found) + 1))
        lot = SECOND_LIFE.lot(f"H{n % 5}") if by == SECOND_LIFE else by.lot(f"H{n % 5}")
        outputs = {str(one_found): self._part_g(one_found, share_g, percent) for one_found in found}
        left_g = max(1, self.thing(one).mass_g - sum(outputs.values()))
        outputs[str(lot)] = left_g * (2 if greedy else 1)
        claims = reuse.ItemSplit(
            place=by.place,
            outputs=tuple(
                reuse.SplitOutput(
                    id=ItemId.parse(name),
                    mass_g=mass_g,
                    material=Material.HOUSING if name == str(lot) else None,
                )
                for name, mass_g in outputs.items()
            ),
            unaccounted=tuple(lost),
        )
        names = [str(child) for child in lost]
        text = self.story.tell(by, claims, one)
        self.attempt(text, lambda model: model.split(str(by.id), str(one), outputs, names, str(lot)))

    def _part_g(self, part: ItemId, share_g: int, percent: int) -> int:
        known = self.model.things.get(str(part))
        return max(1, known.mass_g * percent // 100) if known is not None else share_g

    @precondition(lambda self: self.pick(0, "pack", "module", "product"))
    @rule(
        n=N,
        more=st.none() | N,
        by=ANYBODY,
        honest=HONEST,
        short_g=st.sampled_from([0, 0, 0, -500, 1, -500_000]),
        application=st.sampled_from([Application.UPS, Application.UPS, Application.ELECTRIC_BICYCLE]),
    )
    def assemble(
        self,
        n: int,
        more: int | None,
        by: Party,
        short_g: int,
        application: Application,
        *,
        honest: bool,
    ) -> None:
        """One or two inputs into one of four products."""
        picked = [self.pick(n, "pack", "module", "product", phases=WASTE, roles=ASSEMBLERS)]
        picked += [] if more is None else [self.pick(more, phases=WASTE, roles=ASSEMBLERS)]
        one = product(1 + n % 4)
        inputs = list(dict.fromkeys(item for item in picked if item is not None and item != one))
        if not inputs:
            return
        by = self.holder(inputs[0], by, honest=honest)
        mass_g = max(1, sum(self.thing(item).mass_g for item in inputs) - short_g)
        claims = reuse.ProductAssembled(
            place=by.place,
            inputs=tuple(inputs),
            application=application,
            standard="GB-T-36276",
            mass_g=mass_g,
        )
        names = [str(item) for item in inputs]
        self.attempt(
            self.story.tell(by, claims, one),
            lambda model: model.assembled(str(by.id), str(one), names, mass_g, application),
        )

    @precondition(lambda self: self.pick(0, "pack", "module", "product"))
    @rule(
        n=N,
        by=ANYBODY,
        honest=HONEST,
        application=st.sampled_from([Application.UPS, Application.OTHER, Application.ELECTRIC_BICYCLE]),
    )
    def deploy(self, n: int, by: Party, application: Application, *, honest: bool) -> None:
        """To work."""
        one = self.pick(n, "pack", "module", "product", phases=["stock"])
        assert one is not None
        by = self.holder(one, by, honest=honest)
        text = self.story.product_deployed(one, by=by, application=application)
        self.attempt(text, lambda model: model.deployed(str(by.id), str(one), application))

    @precondition(lambda self: self.model.things)
    @rule(
        n=N,
        more=N,
        by=ANYBODY,
        honest=HONEST,
        percent=st.sampled_from([50, 98, 102, 103]),
        drawn_percent=st.sampled_from([None, 40, 100, 101]),
    )
    def process(
        self, n: int, more: int, by: Party, percent: int, drawn_percent: int | None, *, honest: bool
    ) -> None:
        """An item, a draw, or both."""
        one = self.pick(n, "pack", "module", "product", phases=["retired"], roles=PROCESSORS)
        lot = None if drawn_percent is None else self.pick(more, "lot", roles=PROCESSORS)
        items = [] if one is None or (lot is not None and n % 2) else [one]
        drawn: dict[str, int] = {}
        if lot is not None and drawn_percent is not None:
            drawn[str(lot)] = max(1, self.thing(lot).mass_g * drawn_percent // 100)
        about = items[0] if items else lot
        if about is None:
            return
        by = self.holder(about, by, honest=honest)
        out = by.lot(f"B{more % 6}")
        if str(out) in drawn:
            return
        given_g = sum(self.thing(item).mass_g for item in items) + sum(drawn.values())
        mass_g = max(1, given_g * percent // 100)
        claims = recycling.BatchProcessed(
            place=by.place,
            step=Step.SHRED,
            period=recycling.Period(from_=START, until=Instant.from_ms(START.ms + DAY_MS)),
            lots=tuple(recycling.Draw(lot=ItemId.parse(name), mass_g=g) for name, g in drawn.items()),
            outputs=(recycling.LotOutput(lot=out, material=Material.BLACK_MASS, mass_g=mass_g),),
        )
        names = [str(item) for item in items]
        self.attempt(
            self.story.tell(by, claims, *items),
            lambda model: model.batch(
                str(by.id), names, drawn, out=str(out), mass_g=mass_g, lister=str(by.id)
            ),
        )

    # Time, organisations and keys

    @rule(days=st.sampled_from([1, 7, 15]))
    def wait(self, days: int) -> None:
        """Days go by."""
        self.story.now_ms += days * DAY_MS

    @rule(firm=ANYBODY, kept=st.sampled_from([True, True, True, False]))
    def set_roles(self, firm: Party, *, kept: bool) -> None:
        """A firm loses its roles, as an auditor has none of the others' events, or gets them back."""
        roles = firm.roles if kept else (Role.AUDITOR,)
        text = self.story.org_roles_set(firm, roles)
        self.attempt(text, lambda model: model.roles.update({str(firm.id): {str(role) for role in roles}}))

    @rule(n=N, firm=ANYBODY)
    def suspend(self, n: int, firm: Party) -> None:
        """Once in a while a firm is suspended for good."""
        if n % 32 == 0:
            claims = registry.OrgSuspended(ground=Ground.BREACH_OF_DUTY)
            text = self.story.tell(REGISTRAR, claims, firm.id)
            self.attempt(text, lambda model: model.suspended.add(str(firm.id)))

    @rule(n=N, firm=ANYBODY)
    def change_key(self, n: int, firm: Party) -> None:
        """An office key is revoked now and then, and a new one added where none is in force."""
        if self.model.silenced:
            firm = next(one for one in FIRMS if str(one.id) in self.model.silenced)
        number = self.story.number.get(firm, 1)
        if self.model.silenced:
            text = self.story.key_added(firm, Purpose.OFFICE, number + 1)
            self.attempt(text, lambda model: _rekeyed(model, firm))
            if str(firm.id) not in self.model.silenced:
                self.story.number[firm] = number + 1
        elif n % 3 == 0:
            since = Instant.from_ms(self.story.now_ms) if n % 2 else None
            text = self.story.key_revoked(firm, firm.key(Purpose.OFFICE, number), compromised_since=since)
            self.attempt(text, lambda model: _revoked(model, firm))
            if n % 2 and str(firm.id) in self.model.silenced:
                self.stolen[firm] = number

    @precondition(lambda self: any(self.older.values()))
    @rule(n=N)
    def build_on_an_older_event(self, n: int) -> None:
        """What does not build on the tip is stale, whoever states it."""
        known = [name for name, older in self.older.items() if older]
        item = ItemId.parse(known[n % len(known)])
        tip = self.story.tips[item]
        self.story.tips[item] = self.older[str(item)]
        by = self.holder(item, MAKER, honest=True)
        self.attempt(self.story.transfer_offered(by, REPAIRER, item), _refuse)
        self.story.tips[item] = tip


def _refuse(model: Last) -> None:
    raise Refused(model)


def _revoked(model: Last, firm: Party) -> None:
    if str(firm.id) in model.heirs:
        raise Refused
    model.silenced.add(str(firm.id))


def _rekeyed(model: Last, firm: Party) -> None:
    if str(firm.id) in model.heirs:
        raise Refused
    model.silenced.discard(str(firm.id))

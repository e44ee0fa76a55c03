"""Random labels: replaced, printed, seen on their item, taken out of use."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from ledger.identifiers import ItemId
from tests.consortium import MAKER, Party
from tests.machine import ANYBODY, HONEST, N
from tests.machine_turns import TurnsMachine


class LabelMachine(TurnsMachine):
    """The machine with labels."""

    @precondition(lambda self: self.pick(0, "pack", "module", "product"))
    @rule(n=N, by=ANYBODY, honest=HONEST, coded=st.booleans())
    def label(self, n: int, by: Party, *, honest: bool, coded: bool) -> None:
        """A label is replaced, sometimes by one with another code."""
        one = self._some(n, "pack", "module", "product")
        by, borne = self.holder(one, by, honest=honest), self.thing(one).label
        number, code = borne + 1 if honest else n % 3 + 1, f"CODE-{n % 5}"
        voided = borne if borne and borne not in self.thing(one).void else None
        if coded:
            text = self.story.label_coded(one, code, number, by, voided=voided)
        else:
            text = self.story.label_replaced(one, number, by, voided=voided)
        told = code if coded else None
        self.attempt(text, lambda model: model.relabelled(str(by.id), str(one), number, told))

    @precondition(lambda self: any(one.label for one in self.model.things.values()))
    @rule(n=N, by=ANYBODY, honest=HONEST, what=st.sampled_from(["print", "print", "attach", "void"]))
    def speak_of_a_label(self, n: int, by: Party, what: str, *, honest: bool) -> None:
        """A label is printed, seen on its item, or taken out of use."""
        found = [one for one in self.model.things.values() if one.label]
        thing = found[n % len(found)]
        one, number, copies = ItemId.parse(thing.name), thing.label + (0 if honest else n % 2), n % 3 + 1
        by, name = self.holder(one, MAKER if honest else by, honest=honest and n % 4 > 0), thing.name
        if what == "print":
            text = self.story.label_printed(one, number, by, copies)
            self.attempt(text, lambda model: model.printed(str(by.id), name, number, copies))
        elif what == "attach":
            text = self.story.label_attached(one, number, by)
            self.attempt(text, lambda model: model.attached(str(by.id), name, number))
        else:
            text = self.story.label_voided(one, number, by)
            self.attempt(text, lambda model: model.out_of_use(str(by.id), name, number))

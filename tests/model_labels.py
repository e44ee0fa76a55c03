"""The labels of the second account: named, printed, seen on an item, taken out of use, each by its number."""

from tests.model import UNITS, Thing, need
from tests.model_turns import Turns


class Labels(Turns):
    """The model with labels."""

    def relabelled(self, by: str, name: str, number: int, code: str | None) -> None:
        """The next label, perhaps with another code."""
        self.standing(by)
        thing = self.get(name)
        self.act(by, thing, role=False)
        need(thing.kind in UNITS, number > max([thing.label, *thing.void]))
        if code is not None:
            need(self.aliases.get(code, name) == name, code not in self.things)
            self.aliases[code] = name
        thing.label = number
        thing.printed.pop(number, None)
        thing.seen.discard(number)

    def labelled(self, by: str, name: str, number: int) -> Thing:
        """The item of a label in use, which its maker and its holder may speak of."""
        self.standing(by)
        thing = self.get(name)
        holder = self.right(thing, "custody")
        need(thing.kind in UNITS, self.heir(thing.maker) == by or holder in {by, self.heir(self.hand(by))})
        need(number == thing.label, number not in thing.void)
        return thing

    def printed(self, by: str, name: str, number: int, copies: int) -> None:
        """So many more copies."""
        thing = self.labelled(by, name, number)
        thing.printed[number] = thing.printed.get(number, 0) + copies

    def attached(self, by: str, name: str, number: int) -> None:
        """One was seen on it."""
        self.labelled(by, name, number).seen.add(number)

    def out_of_use(self, by: str, name: str, number: int) -> None:
        """No such label is good any more."""
        self.labelled(by, name, number).void.add(number)

"""What is to be done once the tree has a size, wherever that lies within a bundle."""

from collections.abc import Callable
from dataclasses import dataclass, field

Action = Callable[[], None]


@dataclass(slots=True)
class Stops:
    """Actions by the size of the tree at which they are due, each once."""

    _due: dict[int, list[Action]] = field(default_factory=dict)

    def add(self, size: int, action: Action) -> None:
        """Take in what is to be done at a size that the tree has not passed yet."""
        self._due.setdefault(size, []).append(action)

    def reach(self, size: int) -> None:
        """Do what is due at a size."""
        for action in self._due.pop(size, ()):
            action()

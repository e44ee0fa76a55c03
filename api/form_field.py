"""One field of a form: what it is called, what kind of input it is, and what it holds at first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

DELEGATE: Final = "on_behalf_of"
"""In whose name a delegate states something."""
KEY, VALUE = "key", "value"
"""The two fields of each row of pairs."""
YES: Final = "true"
"""What a tick holds that is set."""


class NoFormError(LookupError):
    """An event type asks for something that no field of a form can take."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    Attributes:
        name: its claim, with the groups it is in: `place.district`; within a row, without the row's own.
        kind: `choice`, `choices`, `yes_no`, `group`, `number`, `text`, `lines`, `day`, `moment`, `digest`,
            `key`, `cells`, `rows` or `pairs`; a group is stated by a tick, because one that says nothing else
            says something too, pairs are rows of a name and a value that become one object, and cells are
            lines that a root commits to.
        label: the claim's name in words.
        required: whether it must be filled in.
        options: codes with their words, for a choice.
        hint: what may be filled in, in few words.
        bounds: least and most of a number, or of how many rows; of lines, that each is a number.
        value: what it holds at first; of choices and lines, one on each line.
        concealed: whether it is a restricted claim.
        takes: `item`, `org` or `model` where it takes such an id, `site` for one of the firm's own sites.
        members: the fields of one row.
        rows: the rows that are there at first, each with its fields.
    """

    name: str
    kind: str
    label: str
    required: bool
    options: Sequence[tuple[str, str]] = ()
    hint: str = ""
    bounds: tuple[int, int] | None = None
    value: str = ""
    concealed: bool = False
    takes: str = ""
    members: Sequence["Field"] = ()
    rows: Sequence[Sequence["Field"]] = ()

"""What stories are about: codes and ids, cells with their commitment, consignments, cars."""

import hmac
import uuid
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from ledger.vin import check_digit
from tests.clients import plain, plain_label

Claim = Any
"""What a claim says, or a server answers: any JSON."""
_ITEMS: Final = ("gbt34014:", "gbt45565:", "gs1:", "local:", "lot:", "vehicle:")
_NAMED_ONLY: Final = frozenset({"to", "replaced_by", "selector", "code"})
"""Claims that name an item or a firm which the event is not about."""


class Cells:
    """The cells of modules, and the key of the salts behind their public commitments."""

    def __init__(self, cells: Mapping[str, Sequence[str]]) -> None:
        self.key = sha256(b"the salts of a story").digest()
        self.cells = cells

    def commit(self, module: str) -> dict[str, Claim]:
        """Return what is public of a module's cells."""
        root = plain_label.cells_root(self.key, [code(one) for one in self.cells[module]])
        return {"cell_count": len(self.cells[module]), "cells_root": plain.b64url(root)}

    def disclosed(self, modules: Sequence[str]) -> dict[str, Claim]:
        """Return the restricted claim behind the commitments of some modules."""
        codes = {one: [code(cell) for cell in self.cells[one]] for one in modules}
        return {"key": plain.b64url(self.key), "codes": codes}

    def salt(self, cell: str) -> bytes:
        """Return the salt of a cell."""
        return hmac.digest(self.key, code(cell).encode(), "sha256")[:16]


def code(item: str) -> str:
    """Return an item as a label and an address say it."""
    return item.removeprefix("gbt34014:")


def consignment(load: str) -> str:
    """Return the UUID of a consignment of this name."""
    return uuid7(1_780_000_000_000, load)


def car(number: int) -> str:
    """Return the id that a vehicle maker drew for a vehicle."""
    return f"vehicle:{uuid.UUID(bytes=sha256(b'car %d' % number).digest()[:16], version=4)}"


def vin(number: int) -> str:
    """Return a VIN whose check digit fits."""
    draft = f"LZZZZZZZ0R{number:07d}"
    return draft[:8] + check_digit(draft) + draft[9:]


def items_in(value: object) -> Iterator[str]:
    """Return the ids of items that claims speak of, wherever they stand in them."""
    match value:
        case str() if value.startswith(_ITEMS):
            yield value
        case dict():
            for name, member in value.items():
                if name not in _NAMED_ONLY:
                    yield from items_in(member)
        case list() | tuple():
            for member in value:
                yield from items_in(member)


def uuid7(ms: int, name: object) -> str:
    """Return a UUID of version 7 at this time, its random bits drawn from a name."""
    stamp, bits = f"{ms:012x}", sha256(f"{name}".encode()).hexdigest()
    return f"{stamp[:8]}-{stamp[8:]}-7{bits[:3]}-8{bits[3:6]}-{bits[6:18]}"

"""Cell proof: that a cell was built into a unit, for who knows nothing but the log (docs/formats.md, Cells).

It holds the cell's salt, place and inclusion proof, and the receipt of the public event that committed to the
unit's cells. It reveals no other cell. Opens no connection.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from crypto import jws, strictjson
from crypto.encoding import b64url_decode
from crypto.errors import CryptoError
from crypto.strictjson import Json
from ledger.cells import release, verify_release
from ledger.claims import MalformedClaimError, decode, encode
from ledger.entry import Entry
from ledger.errors import MalformedError
from ledger.events import envelope
from ledger.events.envelope import Event
from ledger.events.production import CellCodes, ModuleManufactured, PackManufactured, ProductionAdded
from ledger.events.second_life import CellRelease
from ledger.fields import AnyItem, Count, text
from ledger.identifiers import ItemId
from ledger.merkle import InvalidProofError
from ledger.receipt import Receipt
from ledger.verdict import Result, Verdict, failed, ok
from ledger.verify import Verification

MAX_BYTES: Final = 200_000
VERSION: Final = 1
ReceiptText = Annotated[str, text(r"(?s:c2sp\.org/tlog-proof@v1\n.{1,190000})", "a receipt")]
_ONE_UNIT: Final = (PackManufactured, ModuleManufactured, ProductionAdded)


class MalformedCellProofError(MalformedError):
    """The bytes are no cell proof; the message says what is wrong."""


class UnknownCellError(LookupError):
    """None of the lists holds the cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellProof:
    """A cell, the unit it was built into, and what proves it.

    Attributes:
        v: the version of the form, 1.
        cell: the cell's id.
        unit: the pack or module.
        release: salt, place and inclusion proof, as a split states them.
        receipt: the receipt of the event that committed to the unit's cells.
    """

    v: Count
    cell: AnyItem
    unit: AnyItem
    release: CellRelease
    receipt: ReceiptText

    def format(self) -> str:
        """Return the proof as its one text: JSON with a newline."""
        return strictjson.dumps(encode(self)) + "\n"

    @classmethod
    def parse(cls, data: bytes) -> "CellProof":
        """Read a proof; raises MalformedCellProofError."""
        if len(data) > MAX_BYTES:
            raise MalformedCellProofError(f"more than {MAX_BYTES} bytes")
        try:
            found = decode(cls, strictjson.loads(data))
        except (CryptoError, MalformedClaimError) as error:
            raise MalformedCellProofError(str(error)) from error
        if found.v != VERSION:
            raise MalformedCellProofError(f"version {found.v} is not known")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class CellVerification:
    """What a cell proof shows.

    Attributes:
        cell: the cell.
        unit: the unit it was built into.
        receipt: what the receipt in it shows.
        committed: whether the event commits to the cell among the unit's.
    """

    cell: ItemId
    unit: ItemId
    receipt: Verification
    committed: Result

    @property
    def ok(self) -> bool:
        """Whether every check is ok; what is unknown is not."""
        return self.receipt.ok and self.committed.verdict is Verdict.OK

    def to_json(self) -> dict[str, Json]:
        """Return the verification as one object for programs."""
        return {
            **self.receipt.to_json(),
            "ok": self.ok,
            "cell": str(self.cell),
            "unit": str(self.unit),
            "checks": {**self.receipt.checks_to_json(), "committed": self.committed.to_json()},
        }


def find_unit(claim: CellCodes, cell: ItemId) -> ItemId:
    """Return the unit that a restricted claim puts a cell into.

    Raises:
        UnknownCellError: the claim does not hold it.
    """
    for unit, codes in claim.codes.items():
        if cell.value in codes:
            return unit
    raise UnknownCellError(str(cell))


def prove_cell(claim: CellCodes, cell: ItemId, receipt_text: str) -> CellProof:
    """Return the proof of a cell of a claim; the receipt is that of the claim's event.

    Raises:
        UnknownCellError: the claim does not hold it.
    """
    unit = find_unit(claim, cell)
    return CellProof(
        v=VERSION,
        cell=cell,
        unit=unit,
        release=release(claim.key, claim.codes[unit], cell.value),
        receipt=receipt_text,
    )


def verify_cell(proof: CellProof, receipt: Verification) -> CellVerification:
    """Return what a cell proof shows; `receipt` is what `verify_receipt` says of the receipt in it."""
    return CellVerification(
        cell=proof.cell, unit=proof.unit, receipt=receipt, committed=check_committed(proof)
    )


def commitments(event: Event) -> Mapping[ItemId, tuple[int, str]]:
    """Return the units whose cells an event commits to, each with their number and the root."""
    claims = event.claims
    found: dict[ItemId, tuple[int, str]] = {}
    if isinstance(claims, _ONE_UNIT) and claims.cells_root is not None:
        found[event.subjects[0]] = (claims.cell_count or 0, claims.cells_root)
    if isinstance(claims, PackManufactured):
        for module in claims.modules:
            if module.cells_root is not None:
                found[module.id] = (module.cell_count or 0, module.cells_root)
    return found


def check_committed(proof: CellProof) -> Result:
    """Say whether the event in the receipt commits to the cell; that it is logged is the receipt's part."""
    try:
        event = envelope.parse(jws.parse(Entry.decode(Receipt.parse(proof.receipt).entry_bytes).jws))
    except (MalformedError, CryptoError) as error:
        return failed("no_event", why=str(error))
    stated = commitments(event).get(proof.unit)
    if stated is None:
        return failed("not_stated", unit=str(proof.unit))
    count, root = stated
    try:
        verify_release(proof.release, proof.cell.value, cell_count=count, root=b64url_decode(root))
    except InvalidProofError as error:
        return failed("not_committed", why=str(error))
    return ok("committed", unit=str(proof.unit), cells=count)

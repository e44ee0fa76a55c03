"""Is a print any good? Codes read off it, put together label by label, and what speaks against each.

Reading a picture is the caller's, and so are the keys and what the ledger knows. Of two codes on one label
both must name the same item: a Data Matrix of another battery is a sheet that was cut or merged wrongly.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from crypto.encoding import b64url_encode
from crypto.keys import Verifier
from ledger.identifiers import ItemId
from ledger.label import InvalidLabelError, Label, LabelFacts, UnknownLabelKeyError, open_label
from ledger.label_url import LabelUrl, MalformedLabelError
from ledger.scan import MalformedScanError, interpret


class Symbology(StrEnum):
    """A kind of code that labels and plates bear."""

    QR = "qr"
    DATA_MATRIX = "data_matrix"
    CODE_128 = "code_128"


class Signature(StrEnum):
    """What can be said of the token behind a label's address."""

    HOLDS = "holds"
    FORGED = "forged"
    UNKNOWN = "unknown"
    """No key at hand has the id that the token names."""


class Standing(StrEnum):
    """What the ledger says of a label; `NOT_ASKED` where nobody asked it."""

    NAMED = "named"
    REPLACED = "replaced"
    VOIDED = "voided"
    UNNAMED = "unnamed"
    """It knows the item and names no label for it."""
    UNKNOWN = "unknown"
    """It does not know the item."""
    NOT_ASKED = "not_asked"


class Fault(StrEnum):
    """Why a print is not good."""

    NO_CODE = "no_code"
    NO_QR = "no_qr"
    NO_MATRIX = "no_matrix"
    NO_LABEL = "no_label"
    """The QR code is no label's."""
    NO_TOKEN = "no_token"  # noqa: S105  the name of a fault
    CODES_DIFFER = "codes_differ"
    FORGED = "forged"
    UNKNOWN_KEY = "unknown_key"
    REPLACED = "replaced"
    VOIDED = "voided"
    UNNAMED = "unnamed"
    UNKNOWN_ITEM = "unknown_item"


_OF_SIGNATURE: Final = {Signature.FORGED: Fault.FORGED, Signature.UNKNOWN: Fault.UNKNOWN_KEY}
_OF_STANDING: Final = {
    Standing.REPLACED: Fault.REPLACED,
    Standing.VOIDED: Fault.VOIDED,
    Standing.UNNAMED: Fault.UNNAMED,
    Standing.UNKNOWN: Fault.UNKNOWN_ITEM,
}


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was read off a picture."""

    symbology: Symbology
    text: str

    @property
    def items(self) -> tuple[ItemId, ...]:
        """The items that it may name; none where it names nothing we know."""
        try:
            return interpret(self.text).items
        except MalformedScanError:
            return ()

    @property
    def label(self) -> LabelUrl | None:
        """The address of a label that a QR code says."""
        try:
            return LabelUrl.parse(self.text) if self.symbology is Symbology.QR else None
        except MalformedLabelError:
            return None


@dataclass(frozen=True, slots=True)
class Printed:
    """One label of a picture, its QR code first where one was read.

    Attributes:
        codes: what was read.
        signature: whether its token holds, and which key signed it; None where it has none.
        standing: what the ledger says of it.
        facts: what the token says.
        faults: what speaks against it; a good print has none.
    """

    codes: tuple[Code, ...]
    signature: Signature | None = None
    signer: Verifier | None = None
    standing: Standing = Standing.NOT_ASKED
    facts: LabelFacts | None = None
    faults: tuple[Fault, ...] = ()

    @property
    def url(self) -> LabelUrl | None:
        """The address that its QR code says."""
        return self.codes[0].label

    @property
    def item(self) -> ItemId | None:
        """The item it names: that of its QR code, or else the likeliest of its other code."""
        return next((item for code in self.codes for item in code.items), None)

    @property
    def sha256(self) -> str | None:
        """The hash of its token, which the ledger names; None where it has none that can be read."""
        try:
            return b64url_encode(Label.parse((self.url and self.url.token) or "").sha256())
        except MalformedLabelError:
            return None

    def signed(self, keys: Iterable[Verifier]) -> "Printed":
        """Return it with what these keys say of its signature."""
        if self.url is None or self.url.token is None:
            return self
        try:
            facts, signer = open_label(self.url.token, self.url.prefix, keys)
        except UnknownLabelKeyError:
            return replace(self, signature=Signature.UNKNOWN)
        except (MalformedLabelError, InvalidLabelError):
            return replace(self, signature=Signature.FORGED)
        return replace(self, signature=Signature.HOLDS, signer=signer, facts=facts)

    def judged(self, *, whole: bool) -> "Printed":
        """Return it with its faults; `whole`: it must bear a Data Matrix beside the QR code."""
        found = [*self._of_codes(whole=whole)]
        if self.signature in _OF_SIGNATURE:
            found.append(_OF_SIGNATURE[self.signature])
        elif self.signature is not None and self.standing in _OF_STANDING:
            found.append(_OF_STANDING[self.standing])
        return replace(self, faults=tuple(found))

    def _of_codes(self, *, whole: bool) -> Iterator[Fault]:
        first, *others = self.codes
        if first.symbology is not Symbology.QR:
            yield Fault.NO_QR
            return
        if first.label is None:
            yield Fault.NO_LABEL
        elif first.label.token is None:
            yield Fault.NO_TOKEN
        if any(not set(first.items) & set(other.items) for other in others):
            yield Fault.CODES_DIFFER
        if whole and not any(other.symbology is Symbology.DATA_MATRIX for other in others):
            yield Fault.NO_MATRIX


def labels_of(codes: Sequence[Code]) -> list[Printed]:
    """Return the labels of a picture: each QR code with one code of each other kind.

    Codes that name the same item belong together. What is left over goes with a QR code that has none yet, so
    that two codes which contradict each other are seen, and by itself where there is no such QR code. What
    names no item at all is somebody else's.
    """
    found = [[code] for code in codes if code.symbology is Symbology.QR]
    left = [code for code in codes if code.symbology is not Symbology.QR and code.items]
    for same in (True, False):
        for label in found:
            for kind in (Symbology.DATA_MATRIX, Symbology.CODE_128):
                if not any(one.symbology is kind for one in label):
                    _take(label, left, kind, same=same)
    return [Printed(tuple(label)) for label in (*found, *([code] for code in left))]


def _take(label: list[Code], left: list[Code], kind: Symbology, *, same: bool) -> None:
    wanted = set(label[0].items)
    for code in left:
        if code.symbology is kind and (not same or wanted & set(code.items)):
            label.append(code)
            left.remove(code)
            return

"""Is the label in front of me genuine? The token against the maker's keys and the ledger's own claim.

A signature shows who made the label, the claim shows that it is the one this item wears now. A genuine label
can still be photographed and copied: who reads the answer compares it with the battery.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from crypto.encoding import b64url_encode
from ledger.label import InvalidLabelError, Label, LabelFacts, UnknownLabelKeyError, open_label
from ledger.label_url import LabelUrl, MalformedLabelError
from ledger.state import Item, RegisteredKey


class LabelVerdict(StrEnum):
    """What can be said of a label."""

    GENUINE = "genuine"
    REPLACED = "replaced"
    """Signed by the maker, but not the label that the ledger names for this item."""
    VOIDED = "voided"
    """The label that the ledger names for this item, and one that was taken out of use."""
    FORGED = "forged"
    """Not signed by the maker for this address, or no label at all."""
    UNKNOWN = "unknown"
    """The ledger does not know the item, or names no label, or the key is none of the maker's."""


@dataclass(frozen=True, slots=True)
class LabelCheck:
    """The answer, and where the signature holds what the label says and which key signed it."""

    verdict: LabelVerdict
    facts: LabelFacts | None = None
    key: RegisteredKey | None = None


def check_label(url: LabelUrl, item: Item | None, keys: Iterable[RegisteredKey]) -> LabelCheck:
    """Check a label's token.

    Args:
        url: the label's URL as printed, with its token, under this ledger's own base URL.
        item: the item it names, None where the ledger does not know it.
        keys: the keys that may have signed its labels, see `passport.label_keys`.
    """
    if item is None:
        return LabelCheck(LabelVerdict.UNKNOWN)
    known = {key.kid: key for key in keys}
    try:
        facts, verifier = open_label(url.token or "", url.prefix, [key.jwk for key in known.values()])
    except UnknownLabelKeyError:
        return LabelCheck(LabelVerdict.UNKNOWN)
    except (MalformedLabelError, InvalidLabelError):
        return LabelCheck(LabelVerdict.FORGED)
    key = known[verifier.thumbprint()]
    if item.label_sha256 is None:
        return LabelCheck(LabelVerdict.UNKNOWN, facts, key)
    return LabelCheck(_of_signed(url.token or "", item), facts, key)


def _of_signed(token: str, item: Item) -> LabelVerdict:
    if b64url_encode(Label.parse(token).sha256()) != item.label_sha256:
        return LabelVerdict.REPLACED
    void = item.worn is not None and item.worn.voided is not None
    return LabelVerdict.VOIDED if void else LabelVerdict.GENUINE

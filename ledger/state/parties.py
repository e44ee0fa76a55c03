"""Who holds a right: an enrolled organisation, or one of those the ledger does not name."""

from enum import StrEnum
from typing import Annotated

from crypto.strictjson import Json
from ledger.claims import Codec, MalformedClaimError
from ledger.errors import MalformedError
from ledger.identifiers import ItemId


class Holder(StrEnum):
    """Who holds a right when no enrolled organisation is named."""

    USER = "user"
    OUTSIDE = "outside"
    NOBODY = "nobody"
    INHERITED = "inherited"
    """Read from the vehicle or the parent the item is in."""


def _decode_party(value: Json) -> ItemId | Holder:
    try:
        if isinstance(value, str) and value.startswith("org:"):
            return ItemId.parse(value)
        return Holder(str(value))
    except (ValueError, MalformedError) as error:
        raise MalformedClaimError("must be an organisation or one of " + ", ".join(Holder)) from error


Party = Annotated[ItemId | Holder, Codec(_decode_party, str, {"type": "string"})]

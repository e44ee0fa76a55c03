"""Ids in addresses: taken as they stand, or refused with what is wrong."""

from api.errors import HttpError
from api.service import service
from ledger import names
from ledger.errors import MalformedError
from ledger.identifiers import ItemId, resolve_code
from ledger.scan import Scan, interpret

MAX_ALIAS = 200


def item_of(text: str) -> ItemId:
    """Return the item that an address names by id, bare code or alias; raises HttpError `item.malformed`."""
    with service().snapshot() as snapshot:
        try:
            return names.resolve(snapshot, text)
        except MalformedError as error:
            raise HttpError("item.malformed", text, reason=error) from error


def indexed_as(text: str) -> str:
    """Return how the index writes an id, a bare code or an alias; raises HttpError `item.malformed`."""
    try:
        return str(resolve_code(text))
    except MalformedError as error:
        if not text.isascii() or not text.isprintable() or " " in text or len(text) > MAX_ALIAS:
            raise HttpError("item.malformed", text, reason=error) from error
    return text


def printed(text: str, item: ItemId) -> ItemId:
    """Return the id that an address says of an item: a further code's label was signed for that code."""
    try:
        return resolve_code(text)
    except MalformedError:
        return item


def org_of(text: str) -> ItemId:
    """Return the organisation that an address names; raises HttpError `item.malformed`."""
    try:
        found = ItemId.parse(text if text.startswith("org:") else f"org:{text}")
    except MalformedError as error:
        raise HttpError("item.malformed", text, reason=error) from error
    return found


def scan_of(text: str) -> Scan | None:
    """Return what a raw scan is, None where it cannot be read."""
    try:
        return interpret(text)
    except MalformedError:
        return None


def scanned(text: str) -> tuple[ItemId, ...]:
    """Return the items that a raw scan may name, likeliest first; none where it cannot be read."""
    scan = scan_of(text)
    return () if scan is None else scan.items

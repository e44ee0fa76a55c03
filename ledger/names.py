"""What an address names: an item by its id, its bare code, or a further code or link that it answers to.

An id that the ledger knows is always that item itself, one that was found to be another item too: its history
is its own. Only what is no item's id is looked for among aliases.
"""

from collections.abc import Collection

from ledger.errors import MalformedError
from ledger.identifiers import ItemId, resolve_code
from ledger.state import Alias, alias_fact
from ledger.store import Snapshot


def resolve(snapshot: Snapshot, text: str) -> ItemId:
    """Return the item or organisation that a text names; a well-formed id that nobody knows is itself.

    Raises:
        MalformedIdError: it is neither an id, nor a bare code, nor an alias.
    """
    try:
        found = resolve_code(text)
    except MalformedError:
        named = aliases(snapshot, [text]).get(text)
        if named is None:
            raise
        return named
    if found.is_org or snapshot.rows_of([str(found)]):
        return found
    known = aliases(snapshot, {text, str(found), found.code})
    return next(iter(known.values()), found)


def aliases(snapshot: Snapshot, texts: Collection[str]) -> dict[str, ItemId]:
    """Return which of these texts are aliases, and of what; one read for all."""
    facts = {alias_fact(text): text for text in texts}
    states = snapshot.states(facts) if facts else {}
    return {text: found.item for fact, text in facts.items() if isinstance(found := states.get(fact), Alias)}

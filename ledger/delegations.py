"""What others have delegated to a firm, as the ledger has it now."""

from ledger.identifiers import ItemId
from ledger.state import Delegation, delegation_fact
from ledger.store import Snapshot


def delegations_to(snapshot: Snapshot, delegate: ItemId) -> list[Delegation]:
    """Return what each organisation lets a firm state in its name, by principal; what was revoked is none.

    Whether the term is over and the principal in good standing is for the rules to say.
    """
    # A delegation is found by its two parties: one query for all who are enrolled.
    keys = [delegation_fact(one.id, delegate) for one in snapshot.organisations() if one.id != delegate]
    found = snapshot.states(keys)
    return [one for key in keys if isinstance(one := found.get(key), Delegation) and one.events]

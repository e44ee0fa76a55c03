"""Organisations and their keys, as they stand now."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from ledger.identifiers import ItemId
from ledger.state import Fact, FactKind, Organisation, RegisteredKey, key_fact
from ledger.store.bulk import among
from ledger.store.states import state_of
from ledger.store.tables import FACT, ORGANISATION


class FirmReads:
    """The part of a snapshot that reads organisations and keys."""

    _connection: Connection

    def organisations(self) -> list[Organisation]:
        """Return every organisation, by id."""
        rows = self._connection.execute(select(ORGANISATION.c.state).order_by(ORGANISATION.c.id))
        found = (state_of(ItemId("org", ""), text) for text in rows.scalars())
        return [one for one in found if isinstance(one, Organisation)]

    def preceded_by(self, org: ItemId) -> frozenset[ItemId]:
        """Return the organisations whose rights are this one's: it succeeded them, or their successor."""
        found, wanted = set[ItemId](), {org}
        while wanted:
            # A state is compact JSON and an id has no character that LIKE reads: the row may be the one.
            said = or_(*(ORGANISATION.c.state.contains(f'"successor":"{one}"') for one in wanted))
            rows = self._connection.execute(select(ORGANISATION.c.state).where(said)).scalars()
            states = [state_of(ItemId("org", ""), text) for text in rows]
            wanted = {
                one.id
                for one in states
                if isinstance(one, Organisation) and one.successor in wanted and one.id not in found
            }
            found |= wanted
        return frozenset(found)

    def keys(
        self, org: ItemId | None = None, *, after: str = "", limit: int | None = None
    ) -> list[RegisteredKey]:
        """Return the registered keys, of one organisation or of all, by organisation and thumbprint.

        Args:
            org: whose; otherwise everybody's.
            after: of one organisation, only those behind this thumbprint.
            limit: how many at most.
        """
        place = FACT.c.kind == FactKind.KEY.value
        if org is not None:
            place = and_(place, FACT.c.org == str(org), FACT.c.id > str(key_fact(after)))
        return self._keys(place, limit)

    def keys_of(self, orgs: Collection[ItemId]) -> list[RegisteredKey]:
        """Return the registered keys of some organisations, by organisation and thumbprint."""
        of_these = among(self._connection, FACT.c.org, {str(org) for org in orgs})
        return self._keys(and_(FACT.c.kind == FactKind.KEY.value, of_these))

    def _keys(self, place: ColumnElement[bool], limit: int | None = None) -> list[RegisteredKey]:
        wanted = select(FACT.c.state).where(place).order_by(FACT.c.org, FACT.c.id).limit(limit)
        rows = self._connection.execute(wanted)
        found = (state_of(Fact(FactKind.KEY, ""), text) for text in rows.scalars())
        return [one for one in found if isinstance(one, RegisteredKey)]

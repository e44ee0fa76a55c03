"""Runs migrations on the connection that `ledger.store.schema` hands over, inside its transaction."""

from alembic import context

from ledger.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()

"""What alembic runs: the revisions, inside the transaction that the caller holds open and commits."""

from __future__ import annotations

from alembic import context

from sync.hub.tables import SCHEMA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SCHEMA,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()

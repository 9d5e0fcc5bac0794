"""Runs the migrations on the connection and in the transaction of :mod:`orchestrator.adapters.store.schema`."""

from __future__ import annotations

from alembic import context

from orchestrator.adapters.store.schema import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
context.run_migrations()

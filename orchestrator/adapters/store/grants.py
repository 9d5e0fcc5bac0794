"""People's rights to enter hosts (Art. 36)."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from orchestrator.adapters.store.faults import changed_meanwhile, not_found
from orchestrator.adapters.store.listing import known
from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import grants
from orchestrator.domain.records import Grant

GRANTS = RecordMapping(Grant, grants)


class SqlGrants:
    """Implements :class:`orchestrator.ports.Grants`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, grant: Grant, *, expected: Grant | None = None) -> None:
        """Store or replace by id; ConflictError when ``expected`` is given and is not what is on record."""
        if expected is not None:
            found = self.get(grant.id)
            differences = GRANTS.differences(found, expected)
            if differences:
                raise changed_meanwhile("grant", grant.id, differences, "tenure access show")
        GRANTS.put(self._connection, grant, "id")

    def get(self, grant_id: str) -> Grant:
        """Give one; NotFoundError."""
        found = GRANTS.one(self._connection, select(grants).where(grants.c.id == grant_id))
        if found is None:
            raise not_found("grant", grant_id, known(self._connection, grants.c.id), "tenure access list")
        return found

    def list(
        self, *, environment: str | None = None, states: Collection[str] | None = None, limit: int = 100
    ) -> tuple[Grant, ...]:
        """List, newest first."""
        statement = select(grants)
        if environment is not None:
            statement = statement.where(grants.c.environment == environment)
        if states is not None:
            statement = statement.where(grants.c.state.in_([str(state) for state in states]))
        return GRANTS.all(self._connection, statement.order_by(grants.c.number.desc()).limit(limit))

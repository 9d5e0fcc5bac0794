"""People's rights to enter hosts (Art. 36)."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from orchestrator.adapters.store.faults import changed_meanwhile
from orchestrator.adapters.store.kept import SqlKept
from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import grants
from orchestrator.domain.records import Grant

GRANTS = RecordMapping(Grant, grants)


class SqlGrants(SqlKept[Grant]):
    """Implements :class:`orchestrator.ports.Grants`."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, GRANTS, "grant", "tenure access list")

    def put(self, record: Grant, /, *, expected: Grant | None = None) -> None:
        """Store or replace by id; ConflictError when ``expected`` is given and is not what is on record."""
        if expected is not None and (differences := GRANTS.differences(self.get(record.id), expected)):
            raise changed_meanwhile("grant", record.id, differences, "tenure access show")
        super().put(record)

    def list(
        self, *, environment: str | None = None, states: Collection[str] | None = None, limit: int = 100
    ) -> tuple[Grant, ...]:
        """List, newest first."""
        of_environment = [] if environment is None else [grants.c.environment == environment]
        in_states = [] if states is None else [grants.c.state.in_([str(state) for state in states])]
        return self._newest(*of_environment, *in_states, limit=limit)

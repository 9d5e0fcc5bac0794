"""Who gets no further resources (Art. 46)."""

from __future__ import annotations

from sqlalchemy import Connection, select

from orchestrator.adapters.store.faults import not_found
from orchestrator.adapters.store.listing import known
from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import IN_FORCE, holds
from orchestrator.domain.records import Hold

HOLDS = RecordMapping(Hold, holds)
WHOLE_UNIT = ""


class SqlHolds:
    """Implements :class:`orchestrator.ports.Holds`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, hold: Hold) -> None:
        """Store or replace by id."""
        HOLDS.put(self._connection, hold, "id")

    def get(self, hold_id: str) -> Hold:
        """Give one; NotFoundError."""
        found = HOLDS.one(self._connection, select(holds).where(holds.c.id == hold_id))
        if found is None:
            raise not_found("hold", hold_id, known(self._connection, holds.c.id), "tenure hold list")
        return found

    def on(self, unit: str, system: str) -> tuple[Hold, ...]:
        """Give holds in force on a system, those on its whole unit included, newest first."""
        statement = select(holds).where(IN_FORCE, holds.c.unit == unit, holds.c.system.in_((system, WHOLE_UNIT)))
        return HOLDS.all(self._connection, statement.order_by(holds.c.number.desc()))

    def list(self, *, limit: int = 100) -> tuple[Hold, ...]:
        """List, newest first, lifted ones included."""
        return HOLDS.all(self._connection, select(holds).order_by(holds.c.number.desc()).limit(limit))

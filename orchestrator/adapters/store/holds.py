"""Who gets no further resources (Art. 46)."""

from __future__ import annotations

from sqlalchemy import Connection

from orchestrator.adapters.store.kept import SqlKept
from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import IN_FORCE, holds
from orchestrator.domain.records import Hold

HOLDS = RecordMapping(Hold, holds)
WHOLE_UNIT = ""


class SqlHolds(SqlKept[Hold]):
    """Implements :class:`orchestrator.ports.Holds`."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, HOLDS, "hold", "tenure hold list")

    def on(self, unit: str, system: str) -> tuple[Hold, ...]:
        """Give holds in force on a system, those on its whole unit included, newest first."""
        return self._newest(IN_FORCE, holds.c.unit == unit, holds.c.system.in_((system, WHOLE_UNIT)))

    def list(self, *, limit: int = 100) -> tuple[Hold, ...]:
        """List, newest first, lifted ones included."""
        return self._newest(limit=limit)

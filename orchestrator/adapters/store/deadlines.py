"""The dates that count."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Select, select, update

from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import deadlines
from orchestrator.domain.errors import NotFoundError
from orchestrator.domain.records import Deadline

DEADLINES = RecordMapping(Deadline, deadlines)


class SqlDeadlines:
    """Implements :class:`orchestrator.ports.Deadlines`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, deadline: Deadline) -> None:
        """Store one; the same id again is ignored."""
        known = select(deadlines.c.id).where(deadlines.c.id == deadline.id)
        if self._connection.execute(known).first() is None:
            DEADLINES.insert(self._connection, deadline)

    def put(self, deadline: Deadline) -> None:
        """Replace by id; NotFoundError when there is none."""
        if DEADLINES.replace(self._connection, deadline, "id") == 0:
            raise NotFoundError(f"no deadline is called {deadline.id}")

    def due(self, now: datetime, limit: int = 100) -> tuple[Deadline, ...]:
        """Give open deadlines that are due and have not fired, soonest first."""
        return DEADLINES.all(self._connection, due_query(now, limit))

    def of(self, subject: str) -> tuple[Deadline, ...]:
        """Give all deadlines of one request or environment, soonest first."""
        statement = select(deadlines).where(deadlines.c.subject == subject)
        return DEADLINES.all(self._connection, statement.order_by(deadlines.c.due_at, deadlines.c.id))

    def close(self, subject: str, at: datetime) -> None:
        """Mark every open deadline of the subject as met."""
        statement = update(deadlines).where(deadlines.c.subject == subject, deadlines.c.met_at.is_(None))
        self._connection.execute(statement.values(met_at=at))


def due_query(now: datetime, limit: int) -> Select[tuple[object, ...]]:
    """Give the sweep's query, which the partial index ``deadlines_open`` answers."""
    return (
        select(deadlines)
        .where(deadlines.c.met_at.is_(None), deadlines.c.fired_at.is_(None), deadlines.c.due_at <= now)
        .order_by(deadlines.c.due_at, deadlines.c.id)
        .limit(limit)
    )

"""The dates that count."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, Select, select, tuple_, update

from orchestrator.adapters.store.listing import page
from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import CORRECTED, PROVISIONAL, RUNNING, SWEPT, UNMET, deadlines
from orchestrator.domain.errors import NotFoundError
from orchestrator.domain.records import Deadline, DeadlineKind

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
        """Give open deadlines that are due, have not fired and are not paused, soonest first."""
        return DEADLINES.all(self._connection, due_query(now, limit))

    def of(self, subject: str) -> tuple[Deadline, ...]:
        """Give all deadlines of one request or environment, soonest first."""
        return DEADLINES.all(self._connection, _soonest_first().where(deadlines.c.subject == subject))

    def close(self, subject: str, at: datetime) -> None:
        """Mark every open deadline of the subject as met."""
        statement = update(deadlines).where(deadlines.c.subject == subject, UNMET)
        self._connection.execute(statement.values(met_at=at))

    def open(
        self,
        *,
        environment: str | None = None,
        kinds: Collection[DeadlineKind] | None = None,
        before: datetime | None = None,
        limit: int = 100,
    ) -> tuple[Deadline, ...]:
        """Give deadlines that are not met, soonest first, missed and paused ones included."""
        statement = open_query(environment, before, limit)
        if kinds is not None:
            statement = statement.where(deadlines.c.kind.in_(sorted(map(str, kinds))))
        return DEADLINES.all(self._connection, statement)

    def provisional(self, limit: int = 1000, *, after: Deadline | None = None) -> tuple[Deadline, ...]:
        """Give open deadlines that were computed without a published calendar, soonest first; those after one."""
        statement = provisional_query(limit)
        if after is not None:
            place = tuple_(deadlines.c.due_at, deadlines.c.id)
            statement = statement.where(deadlines.c.due_at >= after.due_at, place > (after.due_at, after.id))
        return DEADLINES.all(self._connection, statement)


def due_query(now: datetime, limit: int) -> Select[tuple[object, ...]]:
    """Give the sweep's query, which the partial index ``deadlines_running`` answers."""
    return select(deadlines).where(RUNNING, deadlines.c.due_at <= now).order_by(*SWEPT).limit(limit)


def open_query(
    environment: str | None = None, before: datetime | None = None, limit: int = 100
) -> Select[tuple[object, ...]]:
    """Give the query for what is not met, which ``deadlines_unmet`` or its sibling by environment answers."""
    statement = page(_soonest_first().where(UNMET), {deadlines.c.environment: environment}, limit)
    return statement if before is None else statement.where(deadlines.c.due_at < before)


def provisional_query(limit: int) -> Select[tuple[object, ...]]:
    """Give the query for provisional dates, which ``deadlines_provisional`` answers."""
    return select(deadlines).where(PROVISIONAL).order_by(*CORRECTED).limit(limit)


def _soonest_first() -> Select[tuple[object, ...]]:
    return select(deadlines).order_by(deadlines.c.due_at, deadlines.c.id)

"""What people are told."""

from __future__ import annotations

from sqlalchemy import Connection, select

from orchestrator.adapters.store.listing import page
from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import notices
from orchestrator.domain.records import Notice

NOTICES = RecordMapping(Notice, notices)


class SqlNotices:
    """Implements :class:`orchestrator.ports.Notices`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, notice: Notice) -> None:
        """Store one; the same id again is ignored."""
        if self._connection.execute(select(notices.c.id).where(notices.c.id == notice.id)).first() is None:
            NOTICES.insert(self._connection, notice)

    def list(self, *, environment: str | None = None, limit: int = 100) -> tuple[Notice, ...]:
        """Give notices, newest first."""
        statement = page(select(notices), {notices.c.environment: environment}, limit)
        return NOTICES.all(self._connection, statement.order_by(notices.c.number.desc()))

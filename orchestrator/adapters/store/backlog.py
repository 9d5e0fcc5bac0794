"""The backups on record."""

from __future__ import annotations

from sqlalchemy import Connection, select

from orchestrator.adapters.store.faults import not_found
from orchestrator.adapters.store.listing import known
from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import backups
from orchestrator.domain.records import Backup

BACKUPS = RecordMapping(Backup, backups)


class SqlBacklog:
    """Implements :class:`orchestrator.ports.Backlog`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, backup: Backup) -> None:
        """Store one; the same id again replaces it."""
        BACKUPS.put(self._connection, backup, "id")

    def get(self, backup_id: str) -> Backup:
        """Give one; NotFoundError."""
        found = BACKUPS.one(self._connection, select(backups).where(backups.c.id == backup_id))
        if found is None:
            raise not_found("backup", backup_id, known(self._connection, backups.c.id), "tenure env show NAME")
        return found

    def of(self, subject: str) -> tuple[Backup, ...]:
        """Give every backup of one life of an environment, newest first."""
        statement = select(backups).where(backups.c.subject == subject)
        return BACKUPS.all(self._connection, statement.order_by(backups.c.number.desc()))

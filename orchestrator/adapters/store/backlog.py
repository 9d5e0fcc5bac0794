"""The backups on record."""

from __future__ import annotations

from sqlalchemy import Connection

from orchestrator.adapters.store.kept import SqlKeptOfLives
from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import backups
from orchestrator.domain.records import Backup

BACKUPS = RecordMapping(Backup, backups)


class SqlBacklog(SqlKeptOfLives[Backup]):
    """Implements :class:`orchestrator.ports.Backlog`."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, BACKUPS, "backup", "tenure env show NAME")

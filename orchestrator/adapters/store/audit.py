"""The hash chain of everything that was decided or done; triggers keep the table from being changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from orchestrator.adapters.store.listing import page
from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import audit
from orchestrator.domain.chain import link
from orchestrator.domain.records import Actor, AuditEntry

ENTRIES = RecordMapping(AuditEntry, audit)


class SqlAudit:
    """Implements :class:`orchestrator.ports.Audit`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._last: AuditEntry | None = None

    def append(self, at: datetime, actor: Actor, action: str, subject: str, facts: dict[str, Any]) -> AuditEntry:
        """Add an entry in this transaction."""
        last = self._last or self.newest()
        entry = link(last, at=at, actor=actor, action=action, subject=subject, facts=facts)
        ENTRIES.insert(self._connection, entry)
        # Until the transaction ends nobody else appends, so that its own last entry is the newest of all.
        self._last = entry
        return entry

    def list(self, *, subject: str | None = None, after: int = 0, limit: int = 100) -> tuple[AuditEntry, ...]:
        """Give entries in order."""
        statement = page(select(audit), {audit.c.subject: subject}, limit).where(audit.c.sequence > after)
        return ENTRIES.all(self._connection, statement.order_by(audit.c.sequence))

    def newest(self) -> AuditEntry | None:
        """Give the last entry, or None."""
        return ENTRIES.one(self._connection, select(audit).order_by(audit.c.sequence.desc()).limit(1))

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

    def append(self, at: datetime, actor: Actor, action: str, subject: str, facts: dict[str, Any]) -> AuditEntry:
        """Add an entry in this transaction."""
        last = ENTRIES.one(self._connection, select(audit).order_by(audit.c.sequence.desc()).limit(1))
        entry = link(last, at=at, actor=actor, action=action, subject=subject, facts=facts)
        ENTRIES.insert(self._connection, entry)
        return entry

    def list(self, *, subject: str | None = None, after: int = 0, limit: int = 100) -> tuple[AuditEntry, ...]:
        """Give entries in order."""
        statement = page(select(audit), {audit.c.subject: subject}, limit).where(audit.c.sequence > after)
        return ENTRIES.all(self._connection, statement.order_by(audit.c.sequence))

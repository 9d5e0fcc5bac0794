"""What should not be on a host (Art. 39)."""

from __future__ import annotations

from sqlalchemy import Connection

from orchestrator.adapters.store.kept import SqlKeptOfLives
from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import STILL_THERE, findings
from orchestrator.domain.records import Finding

FINDINGS = RecordMapping(Finding, findings)


class SqlFindings(SqlKeptOfLives[Finding]):
    """Implements :class:`orchestrator.ports.Findings`."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, FINDINGS, "finding", "tenure survey ENV")

    def open(self, *, limit: int = 100) -> tuple[Finding, ...]:
        """Give those of all environments that are not gone, newest first."""
        return self._newest(STILL_THERE, limit=limit)

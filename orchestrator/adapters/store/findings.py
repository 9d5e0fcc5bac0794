"""What should not be on a host (Art. 39)."""

from __future__ import annotations

from sqlalchemy import Connection, select

from orchestrator.adapters.store.faults import not_found
from orchestrator.adapters.store.listing import known
from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import STILL_THERE, findings
from orchestrator.domain.records import Finding

FINDINGS = RecordMapping(Finding, findings)


class SqlFindings:
    """Implements :class:`orchestrator.ports.Findings`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, finding: Finding) -> None:
        """Store or replace by id."""
        FINDINGS.put(self._connection, finding, "id")

    def get(self, finding_id: str) -> Finding:
        """Give one; NotFoundError."""
        wanted = select(findings).where(findings.c.id == finding_id)
        found = FINDINGS.one(self._connection, wanted)
        if found is None:
            near = known(self._connection, findings.c.id)
            raise not_found("finding", finding_id, near, "tenure survey ENV")
        return found

    def of(self, subject: str) -> tuple[Finding, ...]:
        """Give every one of one life of an environment, newest first."""
        statement = select(findings).where(findings.c.subject == subject)
        return FINDINGS.all(self._connection, statement.order_by(findings.c.number.desc()))

    def open(self, *, limit: int = 100) -> tuple[Finding, ...]:
        """Give those of all environments that are not gone, newest first."""
        statement = select(findings).where(STILL_THERE).order_by(findings.c.number.desc()).limit(limit)
        return FINDINGS.all(self._connection, statement)

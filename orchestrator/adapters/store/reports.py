"""What jobs brought home."""

from __future__ import annotations

from sqlalchemy import Connection, select

from orchestrator.adapters.store.listing import page
from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import reports
from orchestrator.domain.records import Report, ReportKind

REPORTS = RecordMapping(Report, reports)


class SqlReports:
    """Implements :class:`orchestrator.ports.Reports`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, report: Report) -> None:
        """Store one; the same id again is ignored."""
        if REPORTS.one(self._connection, select(reports).where(reports.c.id == report.id)) is None:
            REPORTS.insert(self._connection, report)

    def newest(self, subject: str, kind: ReportKind, host: str = "") -> Report | None:
        """Give the newest of one life of an environment, or None."""
        found = select(reports).where(reports.c.subject == subject, reports.c.kind == str(kind), reports.c.host == host)
        return REPORTS.one(self._connection, found.order_by(reports.c.number.desc()).limit(1))

    def list(
        self, *, environment: str | None = None, kind: ReportKind | None = None, limit: int = 100
    ) -> tuple[Report, ...]:
        """List, newest first."""
        wanted = {reports.c.environment: environment, reports.c.kind: None if kind is None else str(kind)}
        return REPORTS.all(self._connection, page(select(reports), wanted, limit).order_by(reports.c.number.desc()))

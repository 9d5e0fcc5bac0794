"""What was made, where the cloud differs from it, and the looks at the fleet."""

from __future__ import annotations

from sqlalchemy import Connection, select

from orchestrator.adapters.store.kept import SqlKeptOfLives
from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import STANDING, drift_scans, drifts, made
from orchestrator.domain.records import Drift, DriftScan, Made

MADE = RecordMapping(Made, made)
DRIFTS = RecordMapping(Drift, drifts)
SCANS = RecordMapping(DriftScan, drift_scans)


class SqlMadeThings:
    """Implements :class:`orchestrator.ports.MadeThings`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, found: Made) -> None:
        """Store or replace by subject."""
        MADE.put(self._connection, found, "subject")

    def of(self, subject: str) -> Made | None:
        """Give what was made in one life of an environment, or None when no record knows."""
        return MADE.one(self._connection, select(made).where(made.c.subject == subject))


class SqlDrifts(SqlKeptOfLives[Drift]):
    """Implements :class:`orchestrator.ports.Drifts`."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, DRIFTS, "drift", "tenure drift list")

    def open(self, *, limit: int = 1000) -> tuple[Drift, ...]:
        """Give those of all environments that are not gone, newest first."""
        return self._newest(STANDING, limit=limit)


class SqlDriftScans:
    """Implements :class:`orchestrator.ports.DriftScans`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, scan: DriftScan) -> None:
        """Store or replace by id."""
        SCANS.put(self._connection, scan, "id")

    def newest(self) -> DriftScan | None:
        """Give the one that was begun last, or None."""
        return SCANS.one(self._connection, select(drift_scans).order_by(drift_scans.c.number.desc()).limit(1))

"""Packages that patching leaves alone."""

from __future__ import annotations

from sqlalchemy import Connection

from orchestrator.adapters.store.kept import SqlKeptOfLives
from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import exclusions
from orchestrator.domain.records import Exclusion

EXCLUSIONS = RecordMapping(Exclusion, exclusions)


class SqlExclusions(SqlKeptOfLives[Exclusion]):
    """Implements :class:`orchestrator.ports.Exclusions`."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, EXCLUSIONS, "exclusion", "tenure patch exclusions ENV")

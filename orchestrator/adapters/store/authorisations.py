"""Standing authorisations of office and unit (Art. 36)."""

from __future__ import annotations

from sqlalchemy import Connection

from orchestrator.adapters.store.kept import SqlKeptOfLives
from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import authorisations
from orchestrator.domain.records import Authorisation

AUTHORISATIONS = RecordMapping(Authorisation, authorisations)


class SqlAuthorisations(SqlKeptOfLives[Authorisation]):
    """Implements :class:`orchestrator.ports.Authorisations`."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, AUTHORISATIONS, "authorisation", "tenure access list")

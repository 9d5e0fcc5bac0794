"""Standing authorisations of office and unit (Art. 36)."""

from __future__ import annotations

from sqlalchemy import Connection, select

from orchestrator.adapters.store.faults import not_found
from orchestrator.adapters.store.listing import known
from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import authorisations
from orchestrator.domain.records import Authorisation

AUTHORISATIONS = RecordMapping(Authorisation, authorisations)


class SqlAuthorisations:
    """Implements :class:`orchestrator.ports.Authorisations`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, authorisation: Authorisation) -> None:
        """Store or replace by id."""
        AUTHORISATIONS.put(self._connection, authorisation, "id")

    def get(self, authorisation_id: str) -> Authorisation:
        """Give one; NotFoundError."""
        found = AUTHORISATIONS.one(
            self._connection, select(authorisations).where(authorisations.c.id == authorisation_id)
        )
        if found is None:
            raise not_found(
                "authorisation", authorisation_id, known(self._connection, authorisations.c.id), "tenure access list"
            )
        return found

    def of(self, subject: str) -> tuple[Authorisation, ...]:
        """Give every one of one life of an environment, newest first."""
        statement = select(authorisations).where(authorisations.c.subject == subject)
        return AUTHORISATIONS.all(self._connection, statement.order_by(authorisations.c.number.desc()))

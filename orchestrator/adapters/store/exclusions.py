"""Packages that patching leaves alone."""

from __future__ import annotations

from sqlalchemy import Connection, select

from orchestrator.adapters.store.faults import not_found
from orchestrator.adapters.store.listing import known
from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import exclusions
from orchestrator.domain.records import Exclusion

EXCLUSIONS = RecordMapping(Exclusion, exclusions)


class SqlExclusions:
    """Implements :class:`orchestrator.ports.Exclusions`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, exclusion: Exclusion) -> None:
        """Store or replace by id."""
        EXCLUSIONS.put(self._connection, exclusion, "id")

    def get(self, exclusion_id: str) -> Exclusion:
        """Give one; NotFoundError."""
        wanted = select(exclusions).where(exclusions.c.id == exclusion_id)
        found = EXCLUSIONS.one(self._connection, wanted)
        if found is None:
            raise not_found(
                "exclusion", exclusion_id, known(self._connection, exclusions.c.id), "tenure patch exclusions ENV"
            )
        return found

    def of(self, subject: str) -> tuple[Exclusion, ...]:
        """Give every one of one life of an environment, newest first."""
        statement = select(exclusions).where(exclusions.c.subject == subject)
        return EXCLUSIONS.all(self._connection, statement.order_by(exclusions.c.number.desc()))

"""Records with an id of their own: stored or replaced whole, given by id, newest first."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, select

from orchestrator.adapters.store.faults import not_found
from orchestrator.adapters.store.listing import known
from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.domain.model import Model


class SqlKept[R: Model]:
    """Implements :class:`orchestrator.ports.Kept`.

    Args:
        connection: Of the transaction.
        mapping: The kind of record and its table, which has ``id`` and a ``number`` that grows.
        what: What one of them is called in errors.
        command: What lists them, for the hint when one is not on record.
    """

    def __init__(self, connection: Connection, mapping: RecordMapping[R], what: str, command: str) -> None:
        self._connection = connection
        self._mapping = mapping
        self._columns = mapping.table.c
        self._what = what
        self._command = command

    def put(self, record: R, /) -> None:
        """Store or replace by id."""
        self._mapping.put(self._connection, record, "id")

    def get(self, record_id: str, /) -> R:
        """Give one; NotFoundError."""
        found = self._mapping.one(self._connection, select(self._mapping.table).where(self._columns.id == record_id))
        if found is None:
            raise not_found(self._what, record_id, known(self._connection, self._columns.id), self._command)
        return found

    def _newest(self, *conditions: ColumnElement[bool], limit: int | None = None) -> tuple[R, ...]:
        """Give those that fit every condition, newest first."""
        statement = select(self._mapping.table).where(*conditions).order_by(self._columns.number.desc()).limit(limit)
        return self._mapping.all(self._connection, statement)


class SqlKeptOfLives[R: Model](SqlKept[R]):
    """Implements :class:`orchestrator.ports.KeptOfLives`: the table has a ``subject`` besides."""

    def of(self, subject: str, /) -> tuple[R, ...]:
        """Give every one of one life of an environment, newest first, those that are over included."""
        return self._newest(self._columns.subject == subject)

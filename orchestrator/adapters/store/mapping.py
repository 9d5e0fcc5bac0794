"""How a record becomes a row, and a row a record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, Table, update

from orchestrator.adapters.store.columns import Instant
from orchestrator.adapters.store.insertion import Insertion
from orchestrator.domain.model import Model


class RecordMapping[R: Model]:
    """One kind of record in one table: a column for each field, nested values as JSON.

    Args:
        record: The kind of record.
        table: Its table; columns that are no field are counted by the database or derived.
        derived: Columns that are computed from the record, for instance to be indexed.
    """

    def __init__(self, record: type[R], table: Table, **derived: Callable[[R], object]) -> None:
        self._record = record
        self.table = table
        self._derived = derived
        self._instants = tuple(c.name for c in table.columns if isinstance(c.type, Instant))
        self._fields = tuple(record.model_fields)
        self._insertions: dict[str, Insertion] = {}

    def row(self, record: R) -> dict[str, Any]:
        """Give the row of a record."""
        row = record.model_dump(mode="json")
        row.update((name, getattr(record, name)) for name in self._instants)
        row.update((name, derive(record)) for name, derive in self._derived.items())
        return row

    def record(self, row: RowMapping) -> R:
        """Give the record of a row."""
        return self._record.model_validate({name: row[name] for name in self._fields})

    def insert(self, connection: Connection, record: R) -> None:
        """Store a new row."""
        row, dialect = self.row(record), connection.dialect
        if dialect.name not in self._insertions:
            self._insertions[dialect.name] = Insertion(self.table, row, dialect)
        self._insertions[dialect.name].store(connection, row)

    def replace(self, connection: Connection, record: R, key: str) -> int:
        """Replace the row whose column ``key`` equals the record's; gives how many rows there were."""
        row = self.row(record)
        statement = update(self.table).where(self.table.c[key] == row[key]).values(row)
        return connection.execute(statement).rowcount

    def put(self, connection: Connection, record: R, key: str) -> None:
        """Replace the row whose column ``key`` equals the record's, or store a new one."""
        if self.replace(connection, record, key) == 0:
            self.insert(connection, record)

    def one(self, connection: Connection, statement: Select[Any]) -> R | None:
        """Give the first record that a query finds, or None."""
        row = connection.execute(statement).mappings().first()
        return None if row is None else self.record(row)

    def all(self, connection: Connection, statement: Select[Any]) -> tuple[R, ...]:
        """Give every record that a query finds."""
        return tuple(self.record(row) for row in connection.execute(statement).mappings())

    def differences(self, found: R, expected: R) -> dict[str, tuple[Any, Any]]:
        """Give the fields in which two records differ once they are stored, as (expected, found)."""
        is_, was = self.row(found), self.row(expected)
        return {name: (was[name], is_[name]) for name in self._fields if was[name] != is_[name]}

"""An INSERT that is compiled once for each database: the audit log takes thousands in a second."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Dialect, Table, insert


class Insertion:
    """Stores one row of a table at a time, without a result.

    Args:
        table: The table.
        columns: Names of the columns that every row has.
        dialect: What the database's driver understands.
    """

    def __init__(self, table: Table, columns: Iterable[str], dialect: Dialect) -> None:
        compiled = insert(table).inline().compile(dialect=dialect, column_keys=list(columns))
        order = compiled.positiontup if compiled.positiontup is not None else list(compiled.params)
        self._statement = str(compiled)
        self._is_positional = compiled.positiontup is not None
        self._columns = tuple((name, _processor(table, name, dialect)) for name in order)

    def store(self, connection: Connection, row: Mapping[str, Any]) -> None:
        """Store one row, its values as the column types take them."""
        values = [(name, row[name] if process is None else process(row[name])) for name, process in self._columns]
        parameters = tuple(value for _, value in values) if self._is_positional else dict(values)
        connection.exec_driver_sql(self._statement, parameters)


def _processor(table: Table, column: str, dialect: Dialect) -> Callable[[Any], Any] | None:
    return table.columns[column].type.dialect_impl(dialect).bind_processor(dialect)

"""The two databases of the bench: private, durable as in production, filled by the fastest way that each has."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import batched
from pathlib import Path
from typing import Final

import psycopg
from sqlalchemy import Connection, Engine, event, text

from orchestrator.adapters.store import DATABASE_FILE, open_records, sqlite_url
from orchestrator.adapters.store.engine import make_engine
from orchestrator.adapters.store.records import SqlRecords
from tests.bench.life.rows import Bulk, Row, everything
from tests.bench.life.size import Size
from tests.postgresql import running_cluster
from tests.store import no_queue

FILLING: Final = ("max_wal_size=8GB", "checkpoint_timeout=1h", "maintenance_work_mem=512MB")
"""Makes filling quicker; all else, ``fsync`` included, is as PostgreSQL comes."""
LINES: Final = 5000


@contextmanager
def sqlite_database(size: Size) -> Iterator[SqlRecords]:
    """Give records on a filled SQLite file."""
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as name:
        url = sqlite_url(Path(name))
        open_records(url, no_queue).close()
        filling = make_engine(url)
        event.listen(filling, "connect", _without_journal)
        _fill(filling, size)
        filling.dispose()
        _with_write_ahead_log(Path(name, DATABASE_FILE))
        records = open_records(url, no_queue)
        try:
            yield records
        finally:
            records.close()


def _without_journal(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -500000", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _with_write_ahead_log(file: Path) -> None:
    """Put the file back into the mode in which the store made it."""
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()


@contextmanager
def postgresql_database(size: Size) -> Iterator[SqlRecords]:
    """Give records on a filled PostgreSQL server of our own."""
    with running_cluster(*FILLING) as cluster:
        records = open_records(cluster.create("tenure"), no_queue)
        try:
            _fill(records.engine, size)
            _settle(records.engine)
            yield records
        finally:
            records.close()


DATABASES: Final = {"sqlite": sqlite_database, "postgresql": postgresql_database}


def _fill(engine: Engine, size: Size) -> None:
    store = WAYS[engine.dialect.name]
    for bulk in everything(size):
        with engine.begin() as connection:
            for index in bulk.table.indexes:
                index.drop(connection)
            store(connection, bulk)
        with engine.begin() as connection:
            for index in bulk.table.indexes:
                index.create(connection)


def _insert(connection: Connection, bulk: Bulk) -> None:
    names, marks = ", ".join(f'"{name}"' for name in bulk.columns), ", ".join("?" * len(bulk.columns))
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.executemany(f"INSERT INTO {bulk.table.name} ({names}) VALUES ({marks})", bulk.rows)  # noqa: S608  our names


def _copy(connection: Connection, bulk: Bulk) -> None:
    names = ", ".join(f'"{name}"' for name in bulk.columns)
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    with driver.cursor() as cursor, cursor.copy(f"COPY {bulk.table.name} ({names}) FROM STDIN".encode()) as copy:
        for rows in batched(bulk.rows, LINES):
            copy.write("".join(map(_line, rows)))
    if "number" in bulk.columns:
        counter = f"pg_get_serial_sequence('{bulk.table.name}', 'number')"
        connection.execute(text(f"SELECT setval({counter}, (SELECT max(number) FROM {bulk.table.name}))"))  # noqa: S608


def _line(row: Row) -> str:
    return "\t".join(["\\N" if value is None else str(value) for value in row]) + "\n"


WAYS: Final[Mapping[str, Callable[[Connection, Bulk], None]]] = {"sqlite": _insert, "postgresql": _copy}


def _settle(engine: Engine) -> None:
    """Do what autovacuum would have done long ago, and put the filling behind us."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("CHECKPOINT"))

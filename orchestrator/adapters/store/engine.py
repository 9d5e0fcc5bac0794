"""Connections: what makes SQLite safe for many writers, and PostgreSQL behave the same.

Writers are serialised on both. On SQLite by ``BEGIN IMMEDIATE``; on PostgreSQL by one advisory lock that a
transaction takes first, because event sequences and the audit chain need an order in which nothing is committed late.
"""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from sqlite3 import Connection as DriverConnection
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from orchestrator.domain.errors import BadInputError, MissingPartError

PATIENCE_SECONDS: Final = 60
WRITER_LOCK: Final = 0x74656E757265
"""Number of PostgreSQL's advisory lock: the ASCII codes of "tenure"."""
BEGIN_OPTION: Final = "tenure_begin"
_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def make_engine(url: str, patience_seconds: int = PATIENCE_SECONDS) -> Engine:
    """Give an engine whose transactions are meant for writing; connects to nothing yet.

    Args:
        url: SQLAlchemy URL.
        patience_seconds: How long a writer waits for the writers of other processes.

    Raises:
        BadInputError: The URL names no database that Tenure knows.
        MissingPartError: The driver is not installed.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, patience_seconds)
    return _postgresql(parsed, patience_seconds)


def read_only(engine: Engine) -> Engine:
    """Give the same engine for reading: consistent, and never in a writer's way."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{BEGIN_OPTION: "DEFERRED"})
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise BadInputError(
            "the database URL cannot be read",
            field="TENURE_DATABASE_URL",
            hint="for instance sqlite:////var/lib/tenure/tenure.db or postgresql://tenure@db.example/tenure",
        ) from None
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise BadInputError(
            f"{parsed.get_backend_name()} is no database that Tenure knows",
            field="TENURE_DATABASE_URL",
            hint="use sqlite or postgresql",
        )
    return parsed


def _sqlite(url: URL, patience_seconds: int) -> Engine:
    if not url.database or url.database == ":memory:":
        raise BadInputError("records need a file, not memory", field="TENURE_DATABASE_URL")
    _make_private_file(Path(url.database))
    engine = create_engine(url, json_serializer=_as_json, pool_size=8, max_overflow=-1)
    event.listen(engine, "connect", partial(_prepare_sqlite, patience_seconds))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private_file(path: Path) -> None:
    # An existing file is never opened here: closing it would drop the locks that this process has on it (POSIX).
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        path.chmod(0o600)


def _prepare_sqlite(patience_seconds: int, connection: DriverConnection, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions: _begin_sqlite does
    for pragma in (
        f"busy_timeout = {patience_seconds * 1000}",
        "foreign_keys = ON",
        "synchronous = FULL",  # what was acknowledged survives a power cut; NORMAL may lose the last commits
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get(BEGIN_OPTION, "IMMEDIATE")
    connection.exec_driver_sql(f"BEGIN {mode}")


def _postgresql(url: URL, patience_seconds: int) -> Engine:
    options = f"-c lock_timeout={patience_seconds * 1000}"
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            json_serializer=_as_json,
            pool_pre_ping=True,
            pool_size=8,
            max_overflow=24,
            connect_args={"connect_timeout": 10, "options": options},
        )
    except (ImportError, NoSuchModuleError):
        raise MissingPartError(
            "the PostgreSQL driver is not installed", hint="install tenure[postgresql] (psycopg)"
        ) from None
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _begin_postgresql(connection: Connection) -> None:
    if not connection.get_execution_options().get("postgresql_readonly"):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")

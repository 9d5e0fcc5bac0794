"""Bringing the tables up to date, quickly when they are."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError, ProgrammingError
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from orchestrator.adapters.store.engine import read_only
from orchestrator.adapters.store.faults import explained
from orchestrator.domain.errors import ConflictError

HEAD: Final = "0009"
"""The newest revision in migrations/versions."""
VERSION_TABLE: Final = "tenure_version"
MIGRATIONS: Final = Path(__file__).parent / "migrations"


def migrate(engine: Engine) -> None:
    """Bring the tables up to date; one query when they are.

    Two processes may do this at once: the whole migration is one writing transaction, and the second finds it done.

    Raises:
        ConflictError: A newer Tenure wrote the database.
        MissingPartError: The database cannot be reached.
    """
    with explained():
        if _version(engine) == HEAD:
            return
        if engine.dialect.name == "sqlite":
            _use_write_ahead_log(engine)
        with engine.begin() as connection:
            _upgrade(connection)


def _version(engine: Engine) -> str | None:
    with read_only(engine).connect() as connection:
        try:
            return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608  a constant
        except (OperationalError, ProgrammingError):
            return None  # no such table: the database is new


@retry(
    retry=retry_if_exception_type(sqlite3.OperationalError),
    wait=wait_fixed(0.05),
    stop=stop_after_delay(20),
    reraise=True,
)
def _use_write_ahead_log(engine: Engine) -> None:
    # The mode is kept in the file. It cannot be changed inside a transaction, and SQLite does not wait for others here.
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  only a database that is not current pays for loading Alembic
    from alembic.config import Config  # noqa: PLC0415  only a database that is not current pays for loading Alembic
    from alembic.util import CommandError  # noqa: PLC0415  only a database that is not current pays for it

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, HEAD)
    except CommandError as error:
        raise ConflictError(
            "a newer Tenure wrote this database", detail=str(error), hint="use that version, or one after it"
        ) from error

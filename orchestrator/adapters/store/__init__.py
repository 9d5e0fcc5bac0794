"""The records on a relational database: SQLite in WAL mode embedded, PostgreSQL beyond one machine.

Importing this package imports no database library; :func:`open_records` does, so that commands which need no
database start quickly.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from orchestrator.adapters.store.records import SqlRecords
    from orchestrator.ports import Queue

DATABASE_FILE = "tenure.db"


def sqlite_url(home: Path) -> str:
    """Give the URL of the embedded database in an installation's home."""
    return f"sqlite:///{home / DATABASE_FILE}"


def open_records(url: str, queue_factory: Callable[[Connection], Queue]) -> SqlRecords:
    """Open a database, bring its tables up to date and give the records in it.

    Args:
        url: SQLAlchemy URL, ``sqlite:///path`` or ``postgresql://…``.
        queue_factory: Makes the queue of one transaction on that transaction's connection.

    Raises:
        MissingPartError: The database cannot be reached, or its driver is not installed.
        BadInputError: The URL names no database that Tenure knows.
        ConflictError: A newer Tenure wrote the database.
    """
    from orchestrator.adapters.store.engine import make_engine  # noqa: PLC0415  loading SQLAlchemy takes 0.4 s
    from orchestrator.adapters.store.records import SqlRecords  # noqa: PLC0415  loading SQLAlchemy takes 0.4 s
    from orchestrator.adapters.store.schema import migrate  # noqa: PLC0415  loading SQLAlchemy takes 0.4 s

    engine = make_engine(url)
    migrate(engine)
    return SqlRecords(engine, queue_factory)

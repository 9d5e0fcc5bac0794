"""Records on a real SQLite database for any test: import :func:`records` into a conftest.py."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from orchestrator.adapters.store import DATABASE_FILE, open_records, sqlite_url
from orchestrator.adapters.store.engine import make_engine
from orchestrator.adapters.store.records import SqlRecords
from orchestrator.domain.records import Operation

__all__ = ["ListedQueue", "database_template", "fresh_records", "records"]


class ListedQueue:
    """A queue that hands nothing on and lists what it was given."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []

    def enqueue(self, operation: Operation) -> None:
        """Note the operation."""
        self.operations.append(operation)


def no_queue(connection: Connection) -> ListedQueue:
    """Give a queue for records whose operations nobody executes."""
    del connection
    return ListedQueue()


@pytest.fixture(scope="session")
def database_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a migrated database file without rows; copying it is quicker than migrating."""
    home = tmp_path_factory.mktemp("database-template")
    open_records(sqlite_url(home), no_queue).close()
    return home / DATABASE_FILE


def fresh_records(template: Path, home: Path) -> SqlRecords:
    """Give empty records in a folder."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(template, home / DATABASE_FILE)
    return SqlRecords(make_engine(sqlite_url(home)), no_queue)


@pytest.fixture
def records(database_template: Path, tmp_path: Path) -> Iterator[SqlRecords]:
    """Give empty records in a folder of their own."""
    fresh = fresh_records(database_template, tmp_path / "home")
    yield fresh
    fresh.close()

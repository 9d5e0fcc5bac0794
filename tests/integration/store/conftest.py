"""Every test here may ask for ``records`` on a private PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orchestrator.adapters.store import open_records
from orchestrator.adapters.store.engine import make_engine
from orchestrator.adapters.store.records import SqlRecords
from tests.postgresql import Cluster, postgresql_server
from tests.store import no_queue

__all__ = ["postgresql_server"]


@pytest.fixture(scope="session")
def one_database(postgresql_server: Cluster) -> str:
    """Give the URL of a database of our own; making one for each test would write 300 files each time."""
    return postgresql_server.create("tenure")


@pytest.fixture
def url(one_database: str) -> str:
    """Give the URL of a database that has just been emptied."""
    engine = make_engine(one_database)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return one_database


@pytest.fixture
def records(url: str) -> Iterator[SqlRecords]:
    """Give empty records in a database of their own."""
    fresh = open_records(url, no_queue)
    yield fresh
    fresh.close()


@pytest.fixture
def impatient_records(records: SqlRecords, url: str) -> Iterator[SqlRecords]:
    """Give ``records`` as another process would open them, who waits for a second only."""
    del records
    impatient = SqlRecords(make_engine(url, patience_seconds=1), no_queue, patience_seconds=1)
    yield impatient
    impatient.close()

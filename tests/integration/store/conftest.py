"""Every test here may ask for ``records`` on a private PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from orchestrator.adapters.store import open_records
from orchestrator.adapters.store.records import SqlRecords
from tests.postgresql import Cluster, postgresql_server
from tests.store import no_queue

__all__ = ["postgresql_server"]

_numbers = count(1)


@pytest.fixture
def url(postgresql_server: Cluster) -> str:
    """Give the URL of an empty database of our own."""
    return postgresql_server.create(f"tenure_{next(_numbers)}")


@pytest.fixture
def records(url: str) -> Iterator[SqlRecords]:
    """Give empty records in a database of their own."""
    fresh = open_records(url, no_queue)
    yield fresh
    fresh.close()

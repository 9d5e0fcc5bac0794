"""Every test here may ask for ``records`` on SQLite, and for their ``url``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.adapters.store import sqlite_url
from orchestrator.adapters.store.engine import make_engine
from orchestrator.adapters.store.records import SqlRecords
from tests.store import database_template, no_queue, records

__all__ = ["database_template", "records"]


@pytest.fixture
def impatient_records(records: SqlRecords, url: str) -> Iterator[SqlRecords]:
    """Give ``records`` as another process would open them, who waits for a second only."""
    del records
    impatient = SqlRecords(make_engine(url, patience_seconds=1), no_queue, patience_seconds=1)
    yield impatient
    impatient.close()


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Give the URL of ``records``."""
    return sqlite_url(tmp_path / "home")

"""An installation over fakes for every test of the workflows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from orchestrator.adapters.store.records import SqlRecords
from tests.fakes.installation import Installation
from tests.store import database_template, fresh_records
from tests.unit.workflows.patched import patched

__all__ = ["database_template", "installation", "patched", "records"]


def unflushed_records(template: Path, home: Path) -> SqlRecords:
    """Give records that spare the disk: no power cut is part of these tests, and hundreds of commits are."""
    fresh = fresh_records(template, home)
    event.listen(fresh.engine, "connect", _do_not_flush)
    return fresh


def _do_not_flush(connection: sqlite3.Connection, record: object) -> None:
    del record
    connection.execute("PRAGMA synchronous = OFF")


@pytest.fixture
def records(database_template: Path, tmp_path: Path) -> Iterator[SqlRecords]:
    """Give empty records that do not wait for the disk."""
    fresh = unflushed_records(database_template, tmp_path / "home")
    yield fresh
    fresh.close()


@pytest.fixture
def installation(records: SqlRecords) -> Installation:
    """Give an installation with nothing in it."""
    return Installation(records)

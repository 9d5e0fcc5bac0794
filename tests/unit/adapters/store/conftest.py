"""Every test here may ask for ``records`` on SQLite, and for their ``url``."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.adapters.store import sqlite_url
from tests.store import database_template, records

__all__ = ["database_template", "records"]


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Give the URL of ``records``."""
    return sqlite_url(tmp_path / "home")

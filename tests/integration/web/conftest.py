"""A served hook with one registered office."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from orchestrator.adapters.store.records import SqlRecords
from orchestrator.adapters.vault import FileVault
from tests.hook import Office, a_vault, an_office, serving
from tests.store import database_template, records

__all__ = ["database_template", "records"]


@pytest.fixture
def vault(tmp_path: Path) -> FileVault:
    """Give a vault."""
    return a_vault(tmp_path)


@pytest.fixture
def url(records: SqlRecords, vault: FileVault) -> Iterator[str]:
    """Give the URL of a served hook."""
    with serving(records, vault) as address:
        yield address


@pytest.fixture
def office(records: SqlRecords, vault: FileVault, url: str) -> Iterator[Office]:
    """Give a registered sender in the office's role."""
    with httpx.Client(base_url=url, timeout=30) as client:
        yield an_office(records, vault, client)

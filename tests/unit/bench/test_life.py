"""Rows made in bulk are what the store itself would have written, and the worse database counts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.adapters.store.records import SqlRecords
from orchestrator.domain.chain import faults
from tests.bench.life.appending import Appends, appends
from tests.bench.life.databases import sqlite_database
from tests.bench.life.pages import QUERIES
from tests.bench.life.part import Measured, worse
from tests.bench.life.size import Size
from tests.bench.life.sweeping import sweeps
from tests.bench.life.verifying import Verified, verified, write_older_entries
from tests.bench.results import Pairs

SIZE = Size(20)


def measured(name: str, seconds: float, page: float) -> Measured:
    """Give what was measured on a database that takes some seconds for everything."""
    pairs = Pairs([seconds], [1.0])
    verify = Verified(exported_per_second=1.0, pairs=pairs)
    return Measured(name, SIZE, pairs, {"requests": page}, Appends(pairs, pairs, entries=100), verify)


@pytest.fixture(scope="module")
def filled() -> Iterator[SqlRecords]:
    """Give the records of a small installation."""
    with sqlite_database(SIZE) as records:
        yield records


@pytest.mark.parametrize("name", QUERIES)
def test_every_list_understands_the_rows(filled: SqlRecords, name: str) -> None:
    """Each row of a list is a record, and a list about the newest environments finds something."""
    with filled.read() as look:
        found = QUERIES[name](look, SIZE.environments - 1)
    assert found or name == "holds_on_system"


def test_the_audit_log_is_one_chain(filled: SqlRecords) -> None:
    """Rows and hashes are those that the domain makes, from the first entry on."""
    with filled.read() as look:
        entries = look.audit.list(limit=SIZE.entries + 1)
    assert len(entries) == SIZE.entries
    assert list(faults(entries)) == []


def test_a_small_installation_is_measured(filled: SqlRecords, tmp_path: Path) -> None:
    """The whole way: sweep, verification of a copy, appending; every figure is there and above nothing."""
    write_older_entries(SIZE, tmp_path / "older")
    sweep, verify = sweeps(filled, SIZE), verified(filled, SIZE, tmp_path / "older", tmp_path)
    one = Measured("sqlite", SIZE, sweep, {"requests": 1.5, "audit": 2.5}, appends(filled, SIZE), verify)
    assert one.figures["page_p50_ms"] == 2.5
    assert all(value > 0 for value in (one.figures | one.ratios).values())
    with filled.read() as look:
        assert list(faults(look.audit.list(limit=10_000))) == []


def test_the_worse_database_counts() -> None:
    """Of two databases the longer time and the smaller speed are the figures."""
    quick = measured("quick", seconds=0.5, page=9.0)
    slow = measured("slow", seconds=2.0, page=1.0)
    assert worse([quick, slow]) == {
        "sweep_seconds": 2.0,
        "page_p50_ms": 9.0,
        "audit_append_per_s": 50.0,
        "audit_verify_per_s": 0.5,
    }

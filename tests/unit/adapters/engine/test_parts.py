"""Bell, places, changes, queue rows: the small parts that waking and taking over rest on."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from orchestrator.adapters.engine.bell import Bell
from orchestrator.adapters.engine.changes import LOOK_SECONDS, changes_of
from orchestrator.adapters.engine.rows import RowQueue, workflow_id
from orchestrator.adapters.engine.slot import ExecutorSlot
from orchestrator.adapters.store import DATABASE_FILE, sqlite_url
from orchestrator.adapters.store.records import SqlRecords
from orchestrator.domain.lifecycle import OperationState
from tests.samples import START, a_notice, an_operation


def test_a_ring_wakes_without_saying_stop() -> None:
    """A rung bell ends one wait; the next one waits again."""
    bell = Bell()
    bell.ring()
    assert bell.wait(10) is False
    began = time.monotonic()
    assert bell.wait(0.05) is False
    assert time.monotonic() - began >= 0.04


def test_a_set_bell_says_stop_at_once() -> None:
    """Whoever waits when it is set learns of it, and whoever waits later too."""
    bell = Bell()
    threading.Timer(0.05, bell.set).start()
    began = time.monotonic()
    assert bell.wait(60) is True
    assert bell.wait(60) is True
    assert time.monotonic() - began < 30


def test_two_places_in_one_home_have_two_names(tmp_path: Path) -> None:
    """A place is taken by one process; the next gets the next place; a place that is free again has its old name."""
    code = (
        "import sys, pathlib; from orchestrator.adapters.engine.slot import ExecutorSlot;"
        "print(ExecutorSlot(pathlib.Path(sys.argv[1])).executor, flush=True); sys.stdin.read()"
    )
    slot = ExecutorSlot(tmp_path)
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        name = other.stdout.readline().strip()
        other.stdin.close()
    assert name == slot.executor.removesuffix("-0") + "-1"
    slot.release()
    assert ExecutorSlot(tmp_path).executor == slot.executor


def test_homes_do_not_share_executor_ids(tmp_path: Path) -> None:
    """Two installations on one machine may share a database server; their workers stay apart."""
    assert ExecutorSlot(tmp_path / "a").executor != ExecutorSlot(tmp_path / "b").executor


def test_a_commit_of_another_connection_is_seen_once(records: SqlRecords, tmp_path: Path) -> None:
    """The first look always counts; then only commits do."""
    changes = changes_of(sqlite_url(tmp_path / "home"))
    assert (tmp_path / "home" / DATABASE_FILE).exists()
    assert changes.seen()
    assert not changes.seen()
    with records.transaction() as tx:
        tx.notices.add(a_notice())
    assert changes.seen()
    assert not changes.seen()
    changes.close()


def test_other_databases_are_looked_at_now_and_then() -> None:
    """Where nobody can be asked so cheaply, a look is taken a few times a second."""
    changes = changes_of("postgresql://tenure@db.example/tenure")
    assert changes.seen()
    assert not changes.seen()
    time.sleep(LOOK_SECONDS)
    assert changes.seen()
    changes.close()


def test_only_a_queued_operation_is_an_entry() -> None:
    """The row is the entry, so its state has to say so."""
    RowQueue().enqueue(an_operation())
    with pytest.raises(ValueError, match="only a queued operation"):
        RowQueue().enqueue(an_operation(state=OperationState.RUNNING))


def test_an_entry_has_one_id_and_the_next_attempt_another() -> None:
    """Duplicates share the id; a takeover and a retry do not."""
    first = an_operation()
    assert workflow_id(first) == workflow_id(an_operation())
    assert workflow_id(first) != workflow_id(an_operation(attempt=1))
    assert workflow_id(first) != workflow_id(an_operation(queued_at=START.replace(microsecond=7)))
    assert workflow_id(first).startswith(f"{first.id}#")

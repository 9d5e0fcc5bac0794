"""The watch of a forge: one at a time looks, it goes on after every fault, and ends when it is asked to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from orchestrator.adapters.forge.watch import LEASE_SECONDS, WORK, PullWatch, WatchControl, WatchNumbers
from orchestrator.adapters.store.records import SqlRecords
from orchestrator.domain.errors import BusyError
from tests.store import database_template, records

__all__ = ["database_template", "records"]
NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
QUICK = WatchNumbers(look_seconds=0.01, poll_seconds=0.01, away_seconds=0.01)
PATIENCE_SECONDS = 30


class Looks:
    """Counts looks, and lets a test wait for some; the first ones may fail."""

    def __init__(self, *faults: Exception) -> None:
        self._faults = list(faults)
        self._count = 0
        self._changed = threading.Condition()

    def __call__(self) -> None:
        """Look once."""
        with self._changed:
            self._count += 1
            self._changed.notify_all()
        if self._faults:
            raise self._faults.pop(0)

    def reach(self, count: int) -> bool:
        """Wait until there were so many."""
        with self._changed:
            return self._changed.wait_for(lambda: self._count >= count, PATIENCE_SECONDS)


@contextmanager
def watching(
    records: SqlRecords, look: Callable[[], object], poll: Callable[[], object] = bool, holder: str = "one"
) -> Iterator[None]:
    """Let a watch run."""
    control = WatchControl()
    watch = PullWatch("gitea", records, holder, control, look=look, poll=poll, now=lambda: NOW, numbers=QUICK)
    watch.start()
    try:
        yield
    finally:
        watch.stop()


def holder_of(records: SqlRecords) -> str:
    """Give who has the lease now; empty for nobody."""
    with records.read() as tx:
        lease = tx.leases.holder("forge/gitea")
    return "" if lease is None else lease.holder


def test_it_looks_and_polls_until_it_is_stopped(records: SqlRecords) -> None:
    """And gives the lease back."""
    looks, polls = Looks(), Looks()
    with watching(records, looks, polls):
        assert looks.reach(3)
        assert polls.reach(2)
        assert holder_of(records) == "one"
    assert holder_of(records) == ""


@pytest.mark.parametrize("fault", [BusyError("the forge is away"), RuntimeError("nobody thought of this")])
def test_a_fault_ends_no_watch(records: SqlRecords, fault: Exception) -> None:
    """The next round may do better."""
    looks = Looks(fault, fault)
    with watching(records, looks):
        assert looks.reach(4)


def test_while_another_process_looks_this_one_does_not(records: SqlRecords) -> None:
    """Two of them would both write the first comment; when the other lets go, this one goes on."""
    with records.transaction() as tx:
        other = tx.leases.acquire("forge/gitea", WORK, "other", NOW, LEASE_SECONDS)
    assert other is not None
    looks = Looks()
    with watching(records, looks):
        with looks._changed:
            assert looks._count == 0
        with records.transaction() as tx:
            tx.leases.release(other)
        assert looks.reach(1)


def test_the_same_worker_started_again_goes_on_at_once(records: SqlRecords) -> None:
    """Its own lease of before it was killed is in nobody's way."""
    with records.transaction() as tx:
        assert tx.leases.acquire("forge/gitea", WORK, "one", NOW, LEASE_SECONDS) is not None
    looks = Looks()
    with watching(records, looks):
        assert looks.reach(1)


def test_a_check_is_told_to_stop(records: SqlRecords) -> None:
    """One that is under way when the watch ends does not hold it up."""
    control, begun = WatchControl(), threading.Event()

    def look() -> None:
        begun.set()
        control.stopping.wait(PATIENCE_SECONDS)

    watch = PullWatch("gitea", records, "one", control, look=look, poll=bool, now=lambda: NOW, numbers=QUICK)
    watch.start()
    assert begun.wait(PATIENCE_SECONDS)
    assert not control.cancelled()
    watch.stop()
    assert control.cancelled()

"""Refused calls are counted in memory, and lost only with the process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orchestrator.domain.errors import BusyError
from orchestrator.ports import Transaction
from orchestrator.web.refusals import MAXIMUM_SOURCES, OTHERS, RefusalTally

NOW = datetime(2026, 3, 2, 1, 30, 20, tzinfo=UTC)


class CountingSenders:
    """Keeps what is counted, and when lines were asked for."""

    def __init__(self) -> None:
        self.counted: list[tuple[str, str, datetime, int]] = []
        self.flushed: list[datetime] = []

    def count_refusal(self, source: str, reason: str, at: datetime, count: int = 1) -> None:
        """Note it."""
        self.counted.append((source, reason, at, count))

    def flush_refusals(self, now: datetime) -> int:
        """Note it."""
        self.flushed.append(now)
        return 0


class Memory:
    """Records that know senders only, and are busy when told so."""

    def __init__(self) -> None:
        self.senders = CountingSenders()
        self.busy = False

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Give itself as the transaction."""
        if self.busy:
            raise BusyError("busy")
        transaction: Any = self
        yield transaction


class Watch:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """Give its time."""
        return self.now


@pytest.fixture
def memory() -> Memory:
    """Give empty records."""
    return Memory()


@pytest.fixture
def watch() -> Watch:
    """Give a clock."""
    return Watch()


@pytest.fixture
def tally(memory: Memory, watch: Watch) -> RefusalTally:
    """Give a tally that has looked for what an earlier process left."""
    records: Any = memory
    made = RefusalTally(records, watch)
    made.flush()
    memory.senders.flushed.clear()
    return made


def test_calls_of_one_minute_are_one_entry(tally: RefusalTally, memory: Memory) -> None:
    """A hundred calls cost one row, cut to their minute."""
    for _ in range(100):
        tally.count("10.0.0.1", "no signature")
    tally.flush()
    assert memory.senders.counted == [("10.0.0.1", "no signature", NOW.replace(second=0), 100)]


def test_nothing_is_written_when_nothing_came(tally: RefusalTally, memory: Memory) -> None:
    """An idle server leaves the database alone."""
    tally.flush()
    assert memory.senders.flushed == []


def test_lines_are_asked_for_once_the_minute_is_over(tally: RefusalTally, memory: Memory, watch: Watch) -> None:
    """Also when no further call comes."""
    tally.count("10.0.0.1", "x")
    tally.flush()
    memory.senders.flushed.clear()
    tally.flush()
    assert memory.senders.flushed == []
    watch.now += timedelta(minutes=1)
    tally.flush()
    tally.flush()
    assert memory.senders.flushed == [watch.now]


def test_counts_stay_while_the_database_is_busy(tally: RefusalTally, memory: Memory) -> None:
    """They are written by a later flush, together with what came meanwhile."""
    memory.busy = True
    tally.count("10.0.0.1", "x")
    with pytest.raises(BusyError):
        tally.flush()
    tally.count("10.0.0.1", "x")
    memory.busy = False
    tally.flush()
    assert [entry[3] for entry in memory.senders.counted] == [2]


def test_a_flood_from_everywhere_is_bounded(tally: RefusalTally, memory: Memory) -> None:
    """More sources than have a line of their own are told together."""
    for number in range(MAXIMUM_SOURCES + 50):
        tally.count(f"10.0.{number // 256}.{number % 256}", "x")
    tally.flush()
    assert len(memory.senders.counted) == MAXIMUM_SOURCES + 1
    assert (OTHERS, "x", NOW.replace(second=0), 50) in memory.senders.counted

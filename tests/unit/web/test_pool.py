"""Blocking calls run in few threads; a rush is told to come back."""

from __future__ import annotations

import asyncio
import threading

import pytest

from orchestrator.domain.errors import BusyError, ConflictError
from orchestrator.web.pool import WorkPool


def _fail() -> None:
    raise ConflictError("already there")


def test_outcomes_pass_through() -> None:
    """A value and an error both reach the caller."""

    async def scenario() -> None:
        pool = WorkPool()
        assert await pool.run(lambda: 42) == 42
        with pytest.raises(ConflictError, match="already there"):
            await pool.run(_fail)
        pool.close()

    asyncio.run(scenario())


def test_what_takes_too_long_is_busy_and_goes_on() -> None:
    """The caller is answered, and the work is finished for the next time that he asks."""
    gate, done = threading.Event(), threading.Event()

    def work() -> None:
        gate.wait()
        done.set()

    async def scenario() -> None:
        pool = WorkPool(patience_seconds=0.05)
        with pytest.raises(BusyError):
            await pool.run(work)
        gate.set()
        await asyncio.to_thread(pool.close)

    asyncio.run(scenario())
    assert done.is_set()


def test_calls_beyond_the_capacity_are_busy_at_once() -> None:
    """Nothing piles up; when there is room again calls are taken."""
    gate = threading.Event()

    async def scenario() -> None:
        pool = WorkPool(threads=1, capacity=2)
        waiting = [asyncio.create_task(pool.run(gate.wait)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(BusyError, match="busy"):
            await pool.run(gate.wait)
        gate.set()
        assert all(await asyncio.gather(*waiting))
        assert await pool.run(lambda: "room") == "room"
        pool.close()

    asyncio.run(scenario())

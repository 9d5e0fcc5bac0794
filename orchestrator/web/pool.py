"""Threads for what blocks: transactions. Bounded, so that a rush is told to come back and cannot pile up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Final

import structlog

from orchestrator.domain.errors import BusyError

log = structlog.get_logger("tenure.web")
THREADS: Final = 8
CAPACITY: Final = 128
"""Calls that run or wait for a thread; with bodies of 1 MiB at most this bounds the memory too."""
PATIENCE_SECONDS: Final = 12.0
"""Below the 15 to 30 s after which senders give up (Standard Webhooks 1.0.0)."""


class WorkPool:
    """Runs blocking calls in a few threads."""

    def __init__(
        self, threads: int = THREADS, capacity: int = CAPACITY, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="web")
        self._capacity = capacity
        self._patience_seconds = patience_seconds
        self._under_way = 0
        self._lock = Lock()

    async def run[T](self, call: Callable[[], T]) -> T:
        """Give what the call gives.

        Raises BusyError when there is no room, or when it takes too long: it then goes on and its outcome stays, so
        that the same call again is answered by what the first one did.
        """
        self._enter()
        future = self._executor.submit(call)
        future.add_done_callback(lambda _future: self._leave())
        waiting = asyncio.wrap_future(future)
        done, _ = await asyncio.wait({waiting}, timeout=self._patience_seconds)
        if not done:
            future.cancel()
            waiting.add_done_callback(_retrieve)
            raise BusyError("the server is busy", detail="the database did not answer in time", hint="try again")
        return waiting.result()

    def close(self) -> None:
        """Wait for what runs; take nothing new."""
        self._executor.shutdown()

    def _enter(self) -> None:
        with self._lock:
            if self._under_way >= self._capacity:
                raise BusyError("the server is busy", detail=f"{self._capacity} calls are under way", hint="try again")
            self._under_way += 1

    def _leave(self) -> None:
        with self._lock:
            self._under_way -= 1


def _retrieve[T](late: asyncio.Future[T]) -> None:
    """Look at the outcome that nobody waits for any more, so that asyncio does not report it as forgotten."""
    if not late.cancelled() and (error := late.exception()):
        log.warning("call.late_failure", error=repr(error))

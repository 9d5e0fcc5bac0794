"""One attempt of one operation, as workflows see it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from orchestrator.adapters.engine.durable import step
from orchestrator.adapters.engine.keeper import Held
from orchestrator.ports import Transaction


class Attempt:
    """Implements :class:`orchestrator.ports.Execution` on a lease and DBOS's steps."""

    def __init__(self, held: Held, stopping: threading.Event) -> None:
        self._held = held
        self._stopping = stopping
        self._began = time.monotonic()

    def cancelled(self) -> bool:
        """Whether the work has to stop, for whatever reason."""
        return self._held.cancel_asked or self.interrupted()

    def valid_until(self) -> float:
        """Give the end of the lease on ``time.monotonic``'s scale."""
        return self._held.valid_until

    def interrupted(self) -> bool:
        """Whether the worker stops or the lease is gone."""
        return self._stopping.is_set() or self._held.gone()

    def confirm(self, tx: Transaction) -> None:
        """Raise LeaseLostError unless the lease is still ours."""
        self._held.confirm(tx)

    def once(self, name: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Do a step and keep its result."""
        return step(name, work)

    def elapsed_seconds(self) -> float:
        """Give the real time since the attempt began."""
        return time.monotonic() - self._began

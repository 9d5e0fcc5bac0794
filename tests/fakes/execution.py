"""A fake of the engine's execution of one attempt."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from orchestrator.domain.errors import (
    LeaseLostError,
)
from orchestrator.domain.records import (
    Operation,
    StepEvent,
)
from orchestrator.ports import (
    Records,
    Transaction,
)
from tests.fakes.points import Points


class FakeExecution:
    """Implements :class:`orchestrator.ports.Execution` for one attempt.

    Args:
        records: Where events go.
        points: Passed around each step that is kept.
        kept: Results of earlier attempts; empty when the engine has lost its rows.
    """

    def __init__(self, records: Records, points: Points, kept: dict[str, dict[str, Any]] | None = None) -> None:
        self._records = records
        self._points = points
        self._kept = {} if kept is None else kept
        self._began = time.monotonic()
        self.cancel_asked: Callable[[], bool] = lambda: False
        self.stopping = False
        self.lost = False

    def cancelled(self) -> bool:
        """Whether the work has to stop."""
        return self.interrupted() or self.cancel_asked()

    def valid_until(self) -> float:
        """Give an end that is far away."""
        return time.monotonic() + 30

    def interrupted(self) -> bool:
        """Whether the test stopped the engine or took the lease away."""
        return self.stopping or self.lost

    def confirm(self, tx: Transaction) -> None:
        """Raise LeaseLostError when the test took the lease away."""
        del tx
        if self.lost:
            raise LeaseLostError("taken over")

    def once(self, name: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Do a step and keep its result, unless it is kept."""
        if name not in self._kept:
            result = work()
            self._points.reach(f"done:{name}")
            self._kept[name] = result
        self._points.reach(f"kept:{name}")
        return self._kept[name]

    def tell(self, operation: Operation, event: StepEvent, at: datetime) -> None:
        """Store an event at once."""
        with self._records.transaction() as tx:
            tx.operations.add_event(operation, event, at)

    def all_told(self) -> None:
        """Do nothing: every event is stored."""

    def elapsed_seconds(self) -> float:
        """Give the real time since the attempt began."""
        return time.monotonic() - self._began

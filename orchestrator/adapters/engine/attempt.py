"""One attempt of one operation, as workflows see it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from orchestrator.adapters.engine.durable import step
from orchestrator.adapters.engine.keeper import Held
from orchestrator.adapters.engine.teller import Teller
from orchestrator.domain.records import Operation, StepEvent
from orchestrator.ports import Transaction


class Attempt:
    """Implements :class:`orchestrator.ports.Execution` on a lease and DBOS's steps."""

    def __init__(self, held: Held, teller: Teller, stopping: threading.Event) -> None:
        self._held = held
        self._teller = teller
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

    def tell(self, operation: Operation, event: StepEvent, at: datetime) -> None:
        """Store an event of the work soon."""
        self._teller.tell(operation, event, at)

    def all_told(self) -> None:
        """Wait until every event is stored; MissingPartError when the database does not take them in time."""
        self._teller.flush()

    def elapsed_seconds(self) -> float:
        """Give the real time since the attempt began."""
        return time.monotonic() - self._began

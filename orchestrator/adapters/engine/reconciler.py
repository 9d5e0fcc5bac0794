"""Hands operations to DBOS, and finds those that the tables show as under way but that nobody works on.

The tables are the truth: an operation that is queued or running there, without a workflow that some living worker
has or will have, is handed over again. So losing every row of DBOS loses nothing but kept steps, and the work of a
dead worker is taken over when its sign of life has ended (DESIGN.md decisions 3 and 5).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from orchestrator.adapters.engine.durable import STEPS_VERSION, Durable, Entry
from orchestrator.adapters.engine.keeper import worker_lease_name
from orchestrator.adapters.engine.rows import workflow_id
from orchestrator.domain.lanes import lane_name
from orchestrator.domain.lifecycle import OperationState
from orchestrator.domain.records import Operation
from orchestrator.ports import Records, Transaction

log = logging.getLogger(__name__)

LIMIT = 1000


class Reconciler:
    """Compares the operations on record with what DBOS has.

    Args:
        executor: Executor id of this worker.
        is_active: Whether this process works on an operation just now.
    """

    def __init__(self, records: Records, durable: Durable, executor: str, is_active: Callable[[str], bool]) -> None:
        self._records = records
        self._durable = durable
        self._executor = executor
        self._is_active = is_active
        self._handed: set[str] = set()

    def hand_over(self) -> None:
        """Hand new operations over; those that were handed over before cost nothing.

        While any are queued DBOS is told to look, since this is called at every commit and one of them may have been
        the end of an operation that the others waited for.
        """
        with self._records.read() as tx:
            queued = tx.operations.list(state=OperationState.QUEUED, limit=LIMIT)
        fresh = [operation for operation in reversed(queued) if workflow_id(operation) not in self._handed]
        for operation in fresh:
            self._enqueue(operation)
        self._handed &= {workflow_id(operation) for operation in queued}
        if queued:
            self._durable.ring()

    def reconcile(self) -> int:
        """Hand over again what nobody works on; gives how many operations."""
        with self._records.read() as tx:
            under_way = [
                operation
                for state in (OperationState.RUNNING, OperationState.QUEUED)
                for operation in reversed(tx.operations.list(state=state, limit=LIMIT))
            ]
        return sum(self._take_over(operation) for operation in under_way if not self._is_active(operation.id))

    def _enqueue(self, operation: Operation) -> None:
        self._durable.enqueue(workflow_id(operation), operation.id, lane_name(operation))
        self._handed.add(workflow_id(operation))

    def _take_over(self, operation: Operation) -> int:
        entries = self._durable.entries(operation.id)
        dead = [entry for entry in entries if not self._lives(entry)]
        if len(dead) < len(entries):
            return 0
        log.warning("%s of %s is taken over: nobody works on it", operation.id, operation.environment)
        # The entry's own id may be known to DBOS as a run that ended before it began the operation.
        self._durable.discard([*(entry.id for entry in dead), workflow_id(operation)])
        self._enqueue(operation)
        self._durable.ring()
        return 1

    def _lives(self, entry: Entry) -> bool:
        if entry.version != STEPS_VERSION:
            return False
        if not entry.running or entry.executor is None:
            return True
        if entry.executor == self._executor:
            # Claimed by this process a moment ago, or put back by DBOS at its start: it will run here.
            return True
        with self._records.read() as tx:
            return _gives_signs(tx, entry.executor)


def _gives_signs(tx: Transaction, executor: str) -> bool:
    sign = tx.leases.holder(worker_lease_name(executor))
    return sign is not None and sign.until > datetime.now(UTC)

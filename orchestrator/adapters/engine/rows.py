"""The queue of operations is their table.

An operation is queued by its row, in the transaction of whoever wants it; a worker sees the commit and hands it to
DBOS under an id that makes it happen once. So a door needs neither DBOS nor its tables to put work on record.
"""

from __future__ import annotations

from sqlalchemy import Connection

from orchestrator.domain.lifecycle import OperationState
from orchestrator.domain.records import Operation


class RowQueue:
    """Implements :class:`orchestrator.ports.Queue`: the row that the caller stores is the entry."""

    def enqueue(self, operation: Operation) -> None:
        """Check that the row will be found; ValueError when its state says that nobody should run it."""
        if operation.state is not OperationState.QUEUED:
            raise ValueError(f"{operation.id} is {operation.state}; only a queued operation is taken up")


def row_queue(connection: Connection) -> RowQueue:
    """Give the queue of one transaction, for ``open_records``."""
    del connection
    return RowQueue()


def workflow_id(operation: Operation) -> str:
    """Give the id under which DBOS runs the operation's next attempt.

    The same for every worker that hands the same entry over, so that duplicates are one run; another for each retry
    and takeover, because DBOS gives the old result for an id that it knows.
    """
    microseconds = round(operation.queued_at.timestamp() * 1_000_000)
    return f"{operation.id}#{operation.attempt}.{microseconds}"

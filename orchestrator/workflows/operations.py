"""The commands on operations: go on with one that stopped, and ask one to stop."""

from __future__ import annotations

from orchestrator.domain.errors import ConflictError
from orchestrator.domain.lanes import lane_of
from orchestrator.domain.lifecycle import OperationEvent, OperationState
from orchestrator.domain.records import Actor, Operation
from orchestrator.ports import Transaction
from orchestrator.workflows.context import Ports
from orchestrator.workflows.fitting import refuse_what_has_passed
from orchestrator.workflows.moves import UNDER_WAY, move_operation, under_way
from orchestrator.workflows.permissions import Command, permit


def retry(ports: Ports, operation_id: str, actor: Actor) -> Operation:
    """Queue an operation again that failed, is partly done or was cancelled; it goes on from what exists.

    Raises:
        ConflictError: It is under way or done, another operation is under way, or the environment has moved on.
    """
    with ports.records.transaction() as tx:
        return queue_again(ports, tx, operation_id, actor)


def queue_again(ports: Ports, tx: Transaction, operation_id: str, actor: Actor) -> Operation:
    """Do what :func:`retry` does, inside a transaction."""
    permit(Command.RETRY, actor)
    operation = tx.operations.get(operation_id)
    queued = move_operation(
        tx,
        operation,
        OperationEvent.RETRY,
        cancel_asked=False,
        error=None,
        result={},
        finished_at=None,
        queued_at=ports.clock.now(),
    )
    _refuse_while_busy(tx, operation)
    tx.queue.enqueue(queued)
    facts = {"operation": operation_id, "kind": str(operation.kind)}
    tx.audit.append(ports.clock.now(), actor, "operation.retried", operation.environment, facts)
    return queued


def _refuse_while_busy(tx: Transaction, operation: Operation) -> None:
    lane = lane_of(operation.kind)
    known = under_way(tx, operation.environment)
    others = [other for other in known if other.id != operation.id and lane_of(other.kind) is lane]
    if others:
        raise ConflictError(
            f"{operation.environment} is busy: {others[0].kind} is {others[0].state}",
            rule="one operation at a time",
            hint=f"tenure operation watch {others[0].id}",
        )
    request = None if operation.request is None else tx.requests.get(operation.request)
    refuse_what_has_passed(tx.environments.get(operation.environment), operation, request)


def cancel(ports: Ports, operation_id: str, actor: Actor) -> Operation:
    """Ask an operation to stop: a queued one is cancelled now, a running one when its children are dead.

    Raises:
        ConflictError: It is over.
    """
    permit(Command.CANCEL, actor)
    with ports.records.transaction() as tx:
        operation = tx.operations.get(operation_id)
        if operation.state not in UNDER_WAY:
            raise ConflictError(f"{operation_id} is over: {operation.state}", rule="lifecycle")
        now = ports.clock.now()
        facts = {"operation": operation_id, "kind": str(operation.kind)}
        tx.audit.append(now, actor, "operation.cancel-asked", operation.environment, facts)
        if operation.state is OperationState.QUEUED:
            return move_operation(tx, operation, OperationEvent.CANCEL, cancel_asked=True, finished_at=now)
        asked = operation.model_copy(update={"cancel_asked": True})
        tx.operations.put(asked, expected=operation)
        return asked

"""Moves of the three lives inside a transaction: the tables say what is possible, the records keep it."""

from __future__ import annotations

from typing import Any

from orchestrator.domain.lifecycle import (
    ENVIRONMENT,
    OPERATION,
    REQUEST,
    EnvironmentEvent,
    OperationEvent,
    OperationState,
    RequestEvent,
)
from orchestrator.domain.records import Actor, Environment, Operation, OperationKind, Request
from orchestrator.ports import Transaction
from orchestrator.workflows.context import Ports

UNDER_WAY = frozenset({OperationState.QUEUED, OperationState.RUNNING})


def move_request(tx: Transaction, request: Request, event: RequestEvent, **changes: object) -> Request:
    """Store the request in the state that follows; ConflictError when its table has no such move."""
    moved = request.model_copy(update={**changes, "state": REQUEST.after(request.state, event)})
    tx.requests.put(moved, expected=request)
    return moved


def move_environment(
    tx: Transaction, environment: Environment, event: EnvironmentEvent, **changes: object
) -> Environment:
    """Store the environment in the state that follows; ConflictError when its table has no such move."""
    state = ENVIRONMENT.after(environment.state, event)
    return tx.environments.put(environment.model_copy(update={**changes, "state": state}))


def move_operation(tx: Transaction, operation: Operation, event: OperationEvent, **changes: object) -> Operation:
    """Store the operation in the state that follows; ConflictError when its table has no such move."""
    moved = operation.model_copy(update={**changes, "state": OPERATION.after(operation.state, event)})
    tx.operations.put(moved, expected=operation)
    return moved


def queue_operation(
    ports: Ports,
    tx: Transaction,
    kind: OperationKind,
    environment: str,
    request: str | None,
    actor: Actor,
    parameters: dict[str, Any] | None = None,
) -> Operation:
    """Put a new operation on record and hand it to the engine, both or neither."""
    operation = Operation(
        id=ports.ids.new("op"),
        kind=kind,
        environment=environment,
        request=request,
        state=OPERATION.first,
        asked_by=actor,
        queued_at=ports.clock.now(),
        parameters=parameters or {},
    )
    tx.operations.add(operation)
    tx.queue.enqueue(operation)
    return operation


def under_way(tx: Transaction, environment: str) -> tuple[Operation, ...]:
    """Give the operations of an environment that wait or run, newest first."""
    return tuple(
        operation
        for state in (OperationState.QUEUED, OperationState.RUNNING)
        for operation in tx.operations.list(environment=environment, state=state)
    )

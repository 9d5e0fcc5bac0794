"""Whether an operation still means what it meant when somebody asked for it."""

from __future__ import annotations

from orchestrator.domain.errors import ConflictError
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.records import Environment, Operation, OperationKind

FITTING: dict[OperationKind, frozenset[EnvironmentState]] = {
    OperationKind.PREVIEW: frozenset({EnvironmentState.PLANNED}),
    OperationKind.PROVISION: frozenset(
        {EnvironmentState.PLANNED, EnvironmentState.PROVISIONING, EnvironmentState.BROKEN}
    ),
    OperationKind.STOP: frozenset({EnvironmentState.EXPIRING, EnvironmentState.SUSPENDED, EnvironmentState.BROKEN}),
    OperationKind.START: frozenset({EnvironmentState.READY}),
    OperationKind.RETIRE: frozenset(
        {
            EnvironmentState.BROKEN,
            EnvironmentState.READY,
            EnvironmentState.SUSPENDED,
            EnvironmentState.EXPIRING,
            EnvironmentState.RETIRING,
        }
    ),
}
"""States of the environment in which an operation of a kind makes sense."""

FOR_ITS_REQUEST = frozenset({OperationKind.PREVIEW, OperationKind.PROVISION})
"""Kinds that serve the request that made the environment; the name may have begun another life since."""


def refuse_what_has_passed(environment: Environment, operation: Operation) -> None:
    """Raise ConflictError when the environment has moved on since the operation was asked for."""
    another_life = operation.kind in FOR_ITS_REQUEST and environment.request != operation.request
    if another_life or environment.state not in FITTING[operation.kind]:
        raise ConflictError(
            f"{environment.name} is {environment.state} now; {operation.kind} would no longer do what was asked",
            rule="lifecycle",
            hint=f"tenure env show {environment.name}",
        )

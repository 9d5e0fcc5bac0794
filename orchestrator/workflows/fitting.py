"""Whether an operation still means what it meant when somebody asked for it."""

from __future__ import annotations

from orchestrator.domain.errors import ConflictError
from orchestrator.domain.lifecycle import EnvironmentState, RequestState
from orchestrator.domain.records import Environment, Operation, OperationKind, Request

READY = EnvironmentState.READY
FITTING: dict[OperationKind, frozenset[EnvironmentState]] = {
    OperationKind.PREVIEW: frozenset({EnvironmentState.PLANNED, READY}),
    OperationKind.PROVISION: frozenset(
        {EnvironmentState.PLANNED, EnvironmentState.PROVISIONING, EnvironmentState.BROKEN}
    ),
    OperationKind.CHANGE: frozenset({READY, EnvironmentState.PROVISIONING, EnvironmentState.BROKEN}),
    OperationKind.PROMOTE: frozenset({READY, EnvironmentState.PROVISIONING, EnvironmentState.BROKEN}),
    OperationKind.STOP: frozenset({EnvironmentState.EXPIRING, EnvironmentState.SUSPENDED, EnvironmentState.BROKEN}),
    OperationKind.START: frozenset({READY}),
    OperationKind.SUSPEND: frozenset({READY, EnvironmentState.SUSPENDED}),
    OperationKind.RESUME: frozenset({EnvironmentState.SUSPENDED}),
    OperationKind.BACKUP: frozenset({READY, EnvironmentState.SUSPENDED}),
    OperationKind.FINAL_BACKUP: frozenset({READY, EnvironmentState.SUSPENDED, EnvironmentState.EXPIRING}),
    OperationKind.CHECK: frozenset({READY, EnvironmentState.SUSPENDED}),
    OperationKind.RESTORE: frozenset({READY}),
    OperationKind.VERIFY: frozenset({READY, EnvironmentState.SUSPENDED}),
    OperationKind.DRILL: frozenset({READY, EnvironmentState.SUSPENDED}),
    OperationKind.BOOTSTRAP: frozenset({READY}),
    OperationKind.PATCH: frozenset({READY}),
    OperationKind.SURVEY: frozenset({READY}),
    OperationKind.ACCESS: frozenset({READY, EnvironmentState.PROVISIONING, EnvironmentState.BROKEN}),
    OperationKind.DIFFERENCE: frozenset({READY, EnvironmentState.SUSPENDED, EnvironmentState.EXPIRING}),
    OperationKind.MEND: frozenset({READY}),
    OperationKind.RETIRE: frozenset(
        {
            EnvironmentState.BROKEN,
            READY,
            EnvironmentState.SUSPENDED,
            EnvironmentState.EXPIRING,
            EnvironmentState.RETIRING,
        }
    ),
}
"""States of the environment in which an operation of a kind makes sense."""

FOUNDING = frozenset({OperationKind.PROVISION})
"""Kinds that only the request that made the environment wants."""


def refuse_what_has_passed(environment: Environment, operation: Operation, request: Request | None) -> None:
    """Raise ConflictError when the environment has moved on since the operation was asked for.

    The name may have begun another life since: a request that is older than the environment is not about it.
    """
    another_life = request is not None and not _is_about(request, environment)
    founds_other = operation.kind in FOUNDING and environment.request != operation.request
    undecided = request is not None and operation.kind is not OperationKind.PREVIEW and not _is_wanted(request)
    if another_life or founds_other or undecided or environment.state not in FITTING[operation.kind]:
        raise ConflictError(
            f"{environment.name} is {environment.state} now; {operation.kind} would no longer do what was asked",
            rule="lifecycle",
            hint=f"tenure env show {environment.name}",
        )


def _is_about(request: Request, environment: Environment) -> bool:
    return environment.request == request.id or request.submitted_at >= environment.created_at


def _is_wanted(request: Request) -> bool:
    """Whether somebody still wants the work: evidence is gathered before the review, everything else after it."""
    return request.state not in {RequestState.REJECTED, RequestState.WAITING}

"""Carries out one attempt of an operation: begin, work, conclude. The durable engine calls :func:`execute`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from orchestrator.domain.errors import Diagnostic, LeaseLostError
from orchestrator.domain.lifecycle import EnvironmentState, OperationEvent, OperationState
from orchestrator.domain.records import Actor, Operation, OperationKind, Role
from orchestrator.ports import Execution, Transaction
from orchestrator.workflows import (
    access,
    bootstrap,
    care,
    change,
    drift_work,
    drill,
    examination,
    final,
    gatekeeping,
    patch,
    power,
    preview,
    promotion,
    provision,
    restore,
    retire,
    rights,
    survey,
    suspension,
    verify,
)
from orchestrator.workflows.context import Ports
from orchestrator.workflows.fitting import refuse_what_has_passed
from orchestrator.workflows.moves import UNDER_WAY, move_operation
from orchestrator.workflows.notices import tell
from orchestrator.workflows.outcomes import (
    EVENTS,
    Failed,
    Outcome,
    PartlyDone,
    Succeeded,
    Verdict,
    outcome_of,
)
from orchestrator.workflows.run import Run

log = logging.getLogger(__name__)

ENGINE = Actor(name="engine", role=Role.SYSTEM, door="worker")


@dataclass(frozen=True)
class Body:
    """What an operation of one kind does.

    Attributes:
        work: The steps; raises what went wrong.
        settle: Writes what the outcome means for environment and request, in the transaction that ends the operation.
    """

    work: Callable[[Run], Outcome]
    settle: Callable[[Run, Transaction, Outcome], None]


BODIES: dict[OperationKind, Body] = {
    OperationKind.PREVIEW: Body(preview.work, preview.settle),
    OperationKind.PROVISION: Body(provision.work, provision.settle),
    OperationKind.CHANGE: Body(change.work, change.settle),
    OperationKind.PROMOTE: Body(promotion.work, promotion.settle),
    OperationKind.STOP: Body(power.stop, power.settle),
    OperationKind.START: Body(power.start, power.settle),
    OperationKind.SUSPEND: Body(suspension.suspend, suspension.settle_suspend),
    OperationKind.RESUME: Body(suspension.resume, suspension.settle_resume),
    OperationKind.BACKUP: Body(care.backup, care.settle_backup),
    OperationKind.CHECK: Body(examination.work, examination.settle),
    OperationKind.FINAL_BACKUP: Body(final.work, care.settle_final_backup),
    OperationKind.RESTORE: Body(restore.work, restore.settle),
    OperationKind.VERIFY: Body(verify.work, verify.settle),
    OperationKind.DRILL: Body(drill.work, drill.settle),
    OperationKind.BOOTSTRAP: Body(bootstrap.work, bootstrap.settle),
    OperationKind.SURVEY: Body(survey.work, survey.settle),
    OperationKind.PATCH: Body(patch.work, patch.settle),
    OperationKind.ACCESS: Body(gatekeeping.work, gatekeeping.settle),
    OperationKind.DIFFERENCE: Body(drift_work.difference, drift_work.settle_difference),
    OperationKind.MEND: Body(drift_work.mend, drift_work.settle_mend),
    OperationKind.RETIRE: Body(retire.work, retire.settle),
}

CHANGING = frozenset(
    {
        OperationKind.PROVISION,
        OperationKind.CHANGE,
        OperationKind.PROMOTE,
        OperationKind.MEND,
        OperationKind.RETIRE,
    }
)
"""Kinds that may leave half-made or half-removed resources behind."""
TAKES_HOSTS = frozenset(
    {
        OperationKind.CHANGE,
        OperationKind.PROMOTE,
        OperationKind.START,
        OperationKind.RESUME,
        OperationKind.PATCH,
        OperationKind.MEND,
    }
)
"""Kinds that may have hosts down for a while, or make them anew."""


def execute(ports: Ports, operation_id: str, execution: Execution) -> Verdict:
    """Carry out one attempt; the caller holds the environment's lease.

    An operation that is over already is left as it is, so a duplicate start does nothing. When the engine interrupts
    the attempt the operation stays ``running`` and its next attempt goes on.
    """
    run = _begin(ports, operation_id, execution)
    if run is None:
        return Verdict.OVER
    outcome = _work(run)
    execution.all_told()
    if execution.interrupted() and not isinstance(outcome, Succeeded):
        run.note("engine", "interrupted; the next attempt goes on")
        execution.all_told()
        return Verdict.LEFT_TO_GO_ON
    try:
        run.change(lambda tx: _conclude(run, tx, outcome))
    except LeaseLostError:
        return Verdict.LEFT_TO_GO_ON
    return Verdict.OVER


def _begin(ports: Ports, operation_id: str, execution: Execution) -> Run | None:
    with ports.records.transaction() as tx:
        execution.confirm(tx)
        operation = tx.operations.get(operation_id)
        if operation.state not in UNDER_WAY:
            return None
        started = move_operation(
            tx,
            operation,
            OperationEvent.START,
            attempt=operation.attempt + 1,
            started_at=ports.clock.now(),
        )
        environment = tx.environments.get(operation.environment)
        recovering = started.attempt > 1 or _left_half_done(tx, started)
        request = None if started.request is None else tx.requests.get(started.request)
        return Run(ports, started, environment, execution, recovering, request)


def _left_half_done(tx: Transaction, operation: Operation) -> bool:
    """Whether the newest earlier operation that changes resources did not come to a good end."""
    if tx.environments.get(operation.environment).state is EnvironmentState.BROKEN:
        return True
    earlier = (
        other
        for other in tx.operations.list(environment=operation.environment)
        if other.id != operation.id and other.kind in CHANGING and other.attempt > 0
    )
    newest = next(earlier, None)
    return newest is not None and newest.state is not OperationState.SUCCEEDED


def _work(run: Run) -> Outcome:
    try:
        refuse_what_has_passed(run.environment, run.operation, run.request)
        rights.refuse_without(run)
        return BODIES[run.operation.kind].work(run)
    except Exception as error:  # every end of the work becomes an outcome on record
        outcome = outcome_of(error)
        if isinstance(outcome, Failed) and outcome.error.rule == "internal":
            log.exception("fault in %s of %s", run.operation.kind, run.operation.environment)
        return outcome


def _conclude(run: Run, tx: Transaction, outcome: Outcome) -> None:
    operation = tx.operations.get(run.operation.id)
    now = run.ports.clock.now()
    over = move_operation(
        tx, operation, EVENTS[type(outcome)], finished_at=now, error=_error(outcome), result=_result(run, outcome)
    )
    BODIES[operation.kind].settle(run, tx, outcome)
    if over.kind in TAKES_HOSTS:
        access.tell_again(run.ports, tx, over)
    elif over.kind is OperationKind.SURVEY and isinstance(outcome, Succeeded):
        access.collect(run.ports, tx, over)
    facts = {"operation": over.id, "attempt": over.attempt, "request": over.request or ""}
    if over.error is not None:
        facts["error"] = over.error.summary
        to = (Role.OFFICE, Role.PROVIDER)
        tell(tx, f"{over.kind}-{over.state}", f"{over.id}/{over.attempt}", over.environment, to, facts, now)
    tx.audit.append(now, ENGINE, f"{over.kind}.{over.state}", over.environment, facts)


def _error(outcome: Outcome) -> Diagnostic | None:
    return outcome.error if isinstance(outcome, Failed | PartlyDone) else None


def _result(run: Run, outcome: Outcome) -> dict[str, Any]:
    seconds = {"seconds": round(run.execution.elapsed_seconds(), 3)}
    return {**outcome.result, **seconds} if isinstance(outcome, Succeeded) else seconds

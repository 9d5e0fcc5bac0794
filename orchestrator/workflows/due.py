"""What Tenure does when a date comes: tell, stop, reclaim, begin a change or a backup, or record that it was missed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum, auto

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.lifecycle import (
    ENVIRONMENT,
    EnvironmentEvent,
    EnvironmentState,
    OperationState,
    RequestState,
)
from orchestrator.domain.records import Actor, Deadline, DeadlineKind, Environment, Kind, OperationKind, Role, Severity
from orchestrator.domain.submission import Submission
from orchestrator.ports import Transaction
from orchestrator.workflows import operations, submissions, windows
from orchestrator.workflows.context import Ports
from orchestrator.workflows.fitting import FITTING
from orchestrator.workflows.moves import move_environment, queue_operation, under_way
from orchestrator.workflows.notices import tell
from orchestrator.workflows.rhythms import RHYTHMS, first_dates, next_date
from orchestrator.workflows.rulebooks import rulebook_of

CLOCK = Actor(name="clock", role=Role.SYSTEM, door="clock")


class Firing(Enum):
    """What came of a deadline that is due."""

    FIRED = auto()
    WAITS = auto()


type Action = Callable[[Ports, Transaction, Deadline, datetime], Firing]


def _living(tx: Transaction, deadline: Deadline) -> Environment | None:
    """Give the environment whose life the deadline belongs to, or None when that life is over."""
    environment = tx.environments.find(deadline.environment)
    if environment is None or subject_of(environment) != deadline.subject:
        return None
    return None if environment.state in ENVIRONMENT.last else environment


def _occasion(deadline: Deadline) -> str:
    """Give the cause of a notice: a date that was set anew under its old id is told of again."""
    return f"{deadline.id}@{deadline.due_at.isoformat()}"


def _goes_away(tx: Transaction, environment: Environment) -> bool:
    retires = any(operation.kind is OperationKind.RETIRE for operation in under_way(tx, environment.name))
    return retires or environment.state is EnvironmentState.RETIRING


def _tell_of_the_end(ports: Ports, tx: Transaction, deadline: Deadline, now: datetime) -> Firing:
    del ports
    environment = _living(tx, deadline)
    if environment is not None:
        ends = "" if environment.ends_at is None else environment.ends_at.isoformat()
        facts = {"ends_at": ends, "article": deadline.article}
        cause = f"{deadline.id}@{ends}"  # an extension moves the end, and it is told again
        tell(tx, "environment-ends-soon", cause, environment.name, (Role.UNIT, Role.OFFICE), facts, now)
        tx.audit.append(now, CLOCK, "environment.end-told", environment.name, facts)
    return Firing.FIRED


def _end_period(ports: Ports, tx: Transaction, deadline: Deadline, now: datetime) -> Firing:
    environment = _living(tx, deadline)
    if environment is None or _goes_away(tx, environment):
        return Firing.FIRED
    if environment.state is EnvironmentState.PROVISIONING:
        return Firing.WAITS
    if EnvironmentEvent.EXPIRE in ENVIRONMENT.events(environment.state):
        move_environment(tx, environment, EnvironmentEvent.EXPIRE)
    operation = queue_operation(ports, tx, OperationKind.STOP, environment.name, None, CLOCK)
    facts = {"operation": operation.id, "article": deadline.article}
    cause = _occasion(deadline)
    tell(tx, "environment-ended", cause, environment.name, (Role.UNIT, Role.OFFICE), facts, now)
    tx.audit.append(now, CLOCK, "environment.expired", environment.name, facts)
    return Firing.FIRED


def _try_reclaim_again(ports: Ports, tx: Transaction, deadline: Deadline, now: datetime) -> Firing:
    """Retry a reclaim that could not finish, unless somebody did so already."""
    del now
    environment = _living(tx, deadline)
    if environment is None or environment.state is not EnvironmentState.RETIRING or under_way(tx, environment.name):
        return Firing.FIRED
    newest = next(
        each for each in tx.operations.list(environment=environment.name) if each.kind is OperationKind.RETIRE
    )
    if newest.state in {OperationState.FAILED, OperationState.PARTLY_DONE}:
        operations.queue_again(ports, tx, newest.id, CLOCK)
    return Firing.FIRED


def _start_change(ports: Ports, tx: Transaction, deadline: Deadline, now: datetime) -> Firing:
    """Carry an approved change out inside its window; one that was missed waits for the next, never runs late."""
    request = tx.requests.get(deadline.subject)
    environment = tx.environments.find(deadline.environment)
    if request.state is not RequestState.EXECUTING or environment is None:
        return Firing.FIRED
    window = rulebook_of(ports, tx, request).changes.window
    if not window.contains(now):
        tx.deadlines.put(deadline.model_copy(update={"due_at": window.next_begin(now)}))
        facts = {"request": request.id, "begins_at": window.next_begin(now).isoformat()}
        tx.audit.append(now, CLOCK, "change.window-missed", environment.name, facts)
        cause = _occasion(deadline)
        tell(tx, "change-window-missed", cause, environment.name, (Role.UNIT, Role.PROVIDER), facts, now)
        return Firing.WAITS
    if environment.state is not EnvironmentState.READY:
        return Firing.WAITS
    queue_operation(ports, tx, OperationKind.CHANGE, environment.name, request.id, CLOCK)
    return Firing.FIRED


def _do_again(ports: Ports, tx: Transaction, deadline: Deadline, now: datetime) -> Firing:
    """Begin recurring work that is due and set its next date; what was missed is not made up for."""
    environment = _living(tx, deadline)
    if environment is None or _goes_away(tx, environment):
        return Firing.FIRED
    for date in (next_date(ports, tx, deadline.kind, environment, now), *first_dates(ports, tx, environment, now)):
        tx.deadlines.add(date)
    kind = RHYTHMS[deadline.kind].operation
    waits = any(each.kind is kind for each in under_way(tx, environment.name))
    if environment.state in FITTING[kind] and not waits:
        queue_operation(ports, tx, kind, environment.name, None, CLOCK)
    return Firing.FIRED


def _open_patch_window(ports: Ports, tx: Transaction, deadline: Deadline, now: datetime) -> Firing:
    """Begin the patches of a window; one that was missed is told (Art. 32)."""
    environment = _living(tx, deadline)
    if environment is not None and not _goes_away(tx, environment):
        windows.open_window(ports, tx, environment, now, CLOCK)
    return Firing.FIRED


def _open_suspension(ports: Ports, tx: Transaction, deadline: Deadline, now: datetime) -> Firing:
    """A low risk was not fixed by its day: the office decides on forced handling (Art. 37)."""
    environment = _living(tx, deadline)
    if environment is None or environment.state is not EnvironmentState.READY:
        return Firing.FIRED
    submission = Submission(
        kind=Kind.SUSPEND,
        unit=environment.spec.unit,
        system=environment.spec.system,
        stage=environment.stage,
        severity=Severity.HIGH,
        reason=f"not fixed by its day: {deadline.id.rpartition('/')[2]}",
    )
    request = submissions.submit(ports, tx, submission, CLOCK, ports.ids.new("req"))
    facts = {"request": request.id, "deadline": deadline.id, "article": deadline.article}
    tell(tx, "finding-not-fixed", deadline.id, environment.name, (Role.OFFICE, Role.UNIT), facts, now)
    return Firing.FIRED


def _remind(key: str, to: tuple[Role, ...]) -> Action:
    """Make an action that only tells, once."""

    def action(ports: Ports, tx: Transaction, deadline: Deadline, now: datetime) -> Firing:
        del ports
        facts = {"deadline": deadline.id, "article": deadline.article, "due_at": deadline.due_at.isoformat()}
        tell(tx, key, deadline.id, deadline.environment, to, facts, now)
        tx.audit.append(now, CLOCK, f"{deadline.kind}.told", deadline.environment, facts)
        return Firing.FIRED

    return action


def _reclaim(ports: Ports, tx: Transaction, deadline: Deadline, now: datetime) -> Firing:
    environment = _living(tx, deadline)
    if environment is None or _goes_away(tx, environment):
        return Firing.FIRED
    if EnvironmentEvent.RETIRE not in ENVIRONMENT.events(environment.state):
        return Firing.WAITS
    operation = queue_operation(ports, tx, OperationKind.RETIRE, environment.name, None, CLOCK)
    facts = {"operation": operation.id, "article": deadline.article}
    tx.audit.append(now, CLOCK, "environment.reclaim-started", environment.name, facts)
    return Firing.FIRED


def _record_breach(ports: Ports, tx: Transaction, deadline: Deadline, now: datetime) -> Firing:
    del ports
    facts = {"deadline": deadline.id, "article": deadline.article, "due_at": deadline.due_at.isoformat()}
    to = (Role.OFFICE, Role.PROVIDER)
    tell(tx, f"deadline-missed-{deadline.kind}", _occasion(deadline), deadline.environment, to, facts, now)
    tx.audit.append(now, CLOCK, "deadline.missed", deadline.environment, facts)
    return Firing.FIRED


ACTIONS: dict[DeadlineKind, Action] = {
    DeadlineKind.ACCEPTANCE: _record_breach,
    DeadlineKind.REVIEW: _record_breach,
    DeadlineKind.PROVISION: _record_breach,
    DeadlineKind.END_NOTICE: _tell_of_the_end,
    DeadlineKind.PERIOD_END: _end_period,
    DeadlineKind.RECLAIM_START: _reclaim,
    DeadlineKind.RECLAIM: _record_breach,
    DeadlineKind.RECLAIM_RETRY: _try_reclaim_again,
    DeadlineKind.EXECUTION: _record_breach,
    DeadlineKind.CHANGE_START: _start_change,
    DeadlineKind.TRIAL_MINIMUM: _remind("trial-may-end", (Role.UNIT, Role.OFFICE)),
    DeadlineKind.OLD_RESOURCES: _remind("old-resources-due", (Role.UNIT, Role.OFFICE)),
    DeadlineKind.FIX: _open_suspension,
    DeadlineKind.DRILL: _record_breach,
    DeadlineKind.DRILL_NOTICE: _remind("drill-due-soon", (Role.PROVIDER, Role.OFFICE)),
    DeadlineKind.RECOVERY_POINT: _remind("backup-too-old", (Role.PROVIDER, Role.OFFICE)),
    DeadlineKind.PATCH: _open_patch_window,
    **dict.fromkeys(RHYTHMS, _do_again),
    DeadlineKind.ESCROW_END: _remind("escrow-ended", (Role.OFFICE,)),
}

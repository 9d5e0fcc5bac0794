"""What is due by the business clock: told, stopped, reclaimed or recorded as missed; each exactly once.

Deadlines are rows (DESIGN.md decision 4). Each is marked as fired in the transaction that acts on it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum, auto

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.lifecycle import ENVIRONMENT, EnvironmentEvent, EnvironmentState
from orchestrator.domain.records import Actor, Deadline, DeadlineKind, Environment, OperationKind, Role
from orchestrator.ports import Transaction
from orchestrator.workflows.context import Ports
from orchestrator.workflows.moves import move_environment, queue_operation, under_way
from orchestrator.workflows.notices import tell

CLOCK = Actor(name="clock", role=Role.SYSTEM, door="clock")


class Firing(Enum):
    """What came of a deadline that is due."""

    FIRED = auto()
    WAITS = auto()


def sweep(ports: Ports) -> int:
    """Act on everything that is due now; gives how many deadlines fired."""
    now = ports.clock.now()
    with ports.records.read() as tx:
        due = tx.deadlines.due(now)
    return sum(1 for deadline in due if _fire(ports, deadline.subject, deadline.id, now) is Firing.FIRED)


def _fire(ports: Ports, subject: str, deadline_id: str, now: datetime) -> Firing:
    with ports.records.transaction() as tx:
        deadline = _still_open(tx, subject, deadline_id, now)
        if deadline is None:
            return Firing.WAITS
        firing = ACTIONS[deadline.kind](ports, tx, deadline, now)
        if firing is Firing.FIRED:
            tx.deadlines.put(deadline.model_copy(update={"fired_at": now}))
        return firing


def _still_open(tx: Transaction, subject: str, deadline_id: str, now: datetime) -> Deadline | None:
    """Give the deadline as it is now, or None when another worker was faster or it was met or moved meanwhile."""
    for deadline in tx.deadlines.of(subject):
        if deadline.id == deadline_id and deadline.met_at is None and deadline.fired_at is None:
            return deadline if deadline.due_at <= now else None
    return None


def _living(tx: Transaction, deadline: Deadline) -> Environment | None:
    """Give the environment whose life the deadline belongs to, or None when that life is over."""
    environment = tx.environments.find(deadline.environment)
    if environment is None or subject_of(environment) != deadline.subject:
        return None
    return None if environment.state in ENVIRONMENT.last else environment


def _goes_away(tx: Transaction, environment: Environment) -> bool:
    retires = any(operation.kind is OperationKind.RETIRE for operation in under_way(tx, environment.name))
    return retires or environment.state is EnvironmentState.RETIRING


def _tell_of_the_end(ports: Ports, tx: Transaction, deadline: Deadline, now: datetime) -> Firing:
    del ports
    environment = _living(tx, deadline)
    if environment is not None:
        ends = "" if environment.ends_at is None else environment.ends_at.isoformat()
        facts = {"ends_at": ends, "article": deadline.article}
        tell(tx, "environment-ends-soon", deadline.id, environment.name, (Role.UNIT, Role.OFFICE), facts, now)
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
    tell(tx, "environment-ended", deadline.id, environment.name, (Role.UNIT, Role.OFFICE), facts, now)
    tx.audit.append(now, CLOCK, "environment.expired", environment.name, facts)
    return Firing.FIRED


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
    tell(tx, f"deadline-missed-{deadline.kind}", deadline.id, deadline.environment, to, facts, now)
    tx.audit.append(now, CLOCK, "deadline.missed", deadline.environment, facts)
    return Firing.FIRED


ACTIONS: dict[DeadlineKind, Callable[[Ports, Transaction, Deadline, datetime], Firing]] = {
    DeadlineKind.ACCEPTANCE: _record_breach,
    DeadlineKind.REVIEW: _record_breach,
    DeadlineKind.PROVISION: _record_breach,
    DeadlineKind.END_NOTICE: _tell_of_the_end,
    DeadlineKind.PERIOD_END: _end_period,
    DeadlineKind.RECLAIM_START: _reclaim,
    DeadlineKind.RECLAIM: _record_breach,
}

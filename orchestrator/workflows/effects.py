"""What a favourable review begins, by kind of request: an operation, a date, or a change of record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from orchestrator.domain.calendar import last_day, local_date
from orchestrator.domain.deadlines import change_start, extended_period, fix_by
from orchestrator.domain.errors import ConflictError
from orchestrator.domain.lifecycle import EnvironmentEvent, EnvironmentState
from orchestrator.domain.records import Actor, DeadlineKind, Kind, OperationKind, Request, Role, Severity
from orchestrator.domain.submission import submission_from_data
from orchestrator.ports import Transaction
from orchestrator.workflows import rights
from orchestrator.workflows.context import Ports
from orchestrator.workflows.filing import close_request, set_deadline
from orchestrator.workflows.moves import move_environment, queue_operation
from orchestrator.workflows.notices import tell
from orchestrator.workflows.rulebooks import rulebook_of

Effect = Callable[[Ports, Transaction, Request, Actor], None]


def begin(ports: Ports, tx: Transaction, request: Request, actor: Actor) -> None:
    """Begin what an approved request asks for."""
    EFFECTS[request.kind](ports, tx, request, actor)


def _queue(kind: OperationKind) -> Effect:
    def effect(ports: Ports, tx: Transaction, request: Request, actor: Actor) -> None:
        queue_operation(ports, tx, kind, request.environment, request.id, actor)

    return effect


def _provision(ports: Ports, tx: Transaction, request: Request, actor: Actor) -> None:
    """Make what was asked for; unit and office agree by it to the jobs that keep every environment (Art. 36)."""
    rights.found(ports, tx, request, actor)
    queue_operation(ports, tx, OperationKind.PROVISION, request.environment, request.id, actor)


def _extend(ports: Ports, tx: Transaction, request: Request, actor: Actor) -> None:
    """Move the end of a test period (Art. 13); what was stopped at its end is started again."""
    now, days = ports.clock.now(), submission_from_data(request.content).days or 0
    environment = tx.environments.get(request.environment)
    if environment.ends_at is None:
        raise ConflictError(f"{environment.name} has no end that could move", rule="Art. 13")
    rulebook, calendar = rulebook_of(ports, tx, request), ports.library.calendar()
    dates = extended_period(environment.ends_at, days, environment.name, environment.request, rulebook, calendar)
    for deadline in dates:
        set_deadline(tx, deadline)
    ends_at = next(deadline.due_at for deadline in dates if deadline.kind is DeadlineKind.PERIOD_END)
    _refuse_past_end(ends_at, now)
    stopped = environment.state is EnvironmentState.EXPIRING
    extended = move_environment(tx, environment, EnvironmentEvent.EXTEND, ends_at=ends_at)
    if stopped:
        queue_operation(ports, tx, OperationKind.START, extended.name, request.id, actor)
    close_request(ports, tx, request.id, f"extended by {days} days")
    facts = {"request": request.id, "days": days, "ends_at": ends_at.isoformat()}
    tell(tx, "environment-extended", request.id, extended.name, (Role.UNIT, Role.OFFICE), facts, now)


def _refuse_past_end(ends_at: datetime, now: datetime) -> None:
    if ends_at <= now:
        raise ConflictError(
            "the extended period would be over already",
            detail=f"it would end on {local_date(ends_at)}",
            field="days",
            rule="Art. 13",
        )


def schedule_change(ports: Ports, tx: Transaction, request: Request, actor: Actor) -> None:
    """Have a change carried out now when the window is open, else when it opens next (Art. 15)."""
    now, wish = ports.clock.now(), submission_from_data(request.content)
    window = rulebook_of(ports, tx, request).changes.window
    begin_at = window.next_begin(max(now, wish.not_before or now))
    if begin_at <= now:
        queue_operation(ports, tx, OperationKind.CHANGE, request.environment, request.id, actor)
        return
    set_deadline(tx, change_start(begin_at, request, rulebook_of(ports, tx, request)))
    facts = {"request": request.id, "begins_at": begin_at.isoformat()}
    tx.audit.append(now, actor, "change.scheduled", request.environment, facts)
    tell(tx, "change-scheduled", f"{request.id}/{begin_at.isoformat()}", request.environment, TOLD, facts, now)


def _suspend(ports: Ports, tx: Transaction, request: Request, actor: Actor) -> None:
    """Suspend at once for a high risk; for a low one set the day by which it is to be fixed (Art. 37)."""
    wish = submission_from_data(request.content)
    if wish.severity is Severity.HIGH:
        queue_operation(ports, tx, OperationKind.SUSPEND, request.environment, request.id, actor)
        return
    _set_day(ports, tx, request, wish.fix_by)


def _set_day(ports: Ports, tx: Transaction, request: Request, day: date | None) -> None:
    now, environment = ports.clock.now(), tx.environments.get(request.environment)
    rulebook, calendar = rulebook_of(ports, tx, request), ports.library.calendar()
    if day is not None and day < local_date(now):
        raise ConflictError(f"the day {day} has passed", field="fix_by", rule=rulebook.care.fix.article)
    deadline = fix_by(day, now, environment, request.id, rulebook, calendar)
    set_deadline(tx, deadline)
    last = last_day(deadline.due_at).isoformat()
    close_request(ports, tx, request.id, f"to be fixed by {last}")
    facts = {"request": request.id, "fix_by": last, "finding": request.reason}
    tell(tx, "finding-to-fix", request.id, environment.name, TOLD, facts, now)


TOLD = (Role.UNIT, Role.OFFICE, Role.PROVIDER)

EFFECTS: Mapping[Kind, Effect] = {
    Kind.TEST: _provision,
    Kind.TRIAL: _provision,
    Kind.PRODUCTION: _queue(OperationKind.PROMOTE),
    Kind.CHANGE: schedule_change,
    Kind.EXTEND: _extend,
    Kind.SUSPEND: _suspend,
    Kind.RESUME: _queue(OperationKind.RESUME),
    Kind.TERMINATE: _queue(OperationKind.RETIRE),
}

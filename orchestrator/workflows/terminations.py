"""The end of an environment on request (Art. 16)."""

from __future__ import annotations

from orchestrator.domain.deadlines import on_reviewed
from orchestrator.domain.errors import BadInputError, ConflictError, RefusedError
from orchestrator.domain.lifecycle import ENVIRONMENT, EnvironmentEvent, EnvironmentState, RequestEvent, RequestState
from orchestrator.domain.names import Stage
from orchestrator.domain.records import Actor, Decision, Environment, Kind, OperationKind, Request, Role
from orchestrator.domain.submission import Submission
from orchestrator.ports import Transaction
from orchestrator.workflows.context import Ports
from orchestrator.workflows.filing import close_request, put_on_record
from orchestrator.workflows.moves import move_environment, move_request, queue_operation, under_way
from orchestrator.workflows.permissions import Command, permit

POLICY = Actor(name="policy", role=Role.SYSTEM, door="rulebook")
"""Decides where the rulebook leaves nothing to decide: the end of a test environment on request."""


def terminate(ports: Ports, tx: Transaction, name: str, actor: Actor, reason: str, request_id: str) -> Request:
    """Put the request on record, let the policy accept it, and have the environment retired."""
    permit(Command.TERMINATE, actor)
    if not reason.strip():
        raise BadInputError("a termination states its reason", field="reason", rule="Art. 16")
    environment = tx.environments.get(name)
    _refuse_what_has_gates(environment)
    _refuse_while_busy(tx, environment)
    submission = Submission(
        kind=Kind.TERMINATE,
        unit=environment.spec.unit,
        system=environment.spec.system,
        stage=environment.stage,
        reason=reason,
    )
    request = put_on_record(ports, tx, submission, actor, request_id, None)
    executing = _decide_by_policy(ports, tx, request)
    if environment.state is EnvironmentState.PLANNED:
        return _abandon(ports, tx, environment, executing)
    queue_operation(ports, tx, OperationKind.RETIRE, name, request.id, actor)
    return executing


def _refuse_what_has_gates(environment: Environment) -> None:
    if environment.stage is not Stage.TEST:
        raise RefusedError(
            f"{environment.name} is live: its end needs the unit's migration, a backup and the office's review",
            rule="Art. 16",
            detail="these gates are not built yet, so nothing live is taken away",
        )


def _refuse_while_busy(tx: Transaction, environment: Environment) -> None:
    busy = under_way(tx, environment.name)
    if busy:
        raise ConflictError(
            f"{environment.name} is busy: {busy[0].kind} is {busy[0].state}",
            rule="one operation at a time",
            hint=f"wait, or tenure operation cancel {busy[0].id}",
        )
    if environment.state is EnvironmentState.RETIRING:
        raise ConflictError(
            f"{environment.name} is being retired already",
            rule="lifecycle",
            hint=f"tenure operation list --environment {environment.name}, then tenure operation retry",
        )
    if environment.state is EnvironmentState.PLANNED:
        _refuse_undecided(tx, environment)
        return
    ENVIRONMENT.after(environment.state, EnvironmentEvent.RETIRE)


def _refuse_undecided(tx: Transaction, environment: Environment) -> None:
    if tx.requests.get(environment.request).state is not RequestState.EXECUTING:
        raise ConflictError(
            f"{environment.name} is only planned; its request has not been decided",
            rule="lifecycle",
            hint=f"tenure request reject {environment.request} --reason …",
        )


def _decide_by_policy(ports: Ports, tx: Transaction, request: Request) -> Request:
    now = ports.clock.now()
    accept, approve = (
        Decision(by=POLICY, verdict=verdict, bound_to=request.content_digest, at=now)
        for verdict in ("accept", "approve")
    )
    accepted = move_request(tx, request, RequestEvent.ACCEPT, decisions=(accept,))
    reviewed = move_request(tx, accepted, RequestEvent.APPROVE, decisions=(accept, approve))
    executing = move_request(tx, reviewed, RequestEvent.START)
    tx.deadlines.close(request.id, now)
    for deadline in on_reviewed(now, executing, ports.library.rulebook(), ports.library.calendar()):
        tx.deadlines.add(deadline)
    tx.audit.append(now, POLICY, "request.reviewed", request.environment, {"request": request.id})
    return executing


def _abandon(ports: Ports, tx: Transaction, environment: Environment, request: Request) -> Request:
    """End an environment of which nothing was ever made: there is nothing to remove."""
    now = ports.clock.now()
    move_environment(tx, environment, EnvironmentEvent.ABANDON, retired_at=now)
    for request_id in (environment.request, request.id):
        close_request(ports, tx, request_id, "abandoned: nothing was ever made")
    facts = {"request": request.id}
    tx.audit.append(now, request.submitted_by, "environment.abandoned", environment.name, facts)
    return tx.requests.get(request.id)

"""The end of an environment on request (Art. 16)."""

from __future__ import annotations

from orchestrator.domain.deadlines import on_reviewed
from orchestrator.domain.errors import BadInputError, ConflictError
from orchestrator.domain.lifecycle import ENVIRONMENT, EnvironmentEvent, EnvironmentState, RequestEvent, RequestState
from orchestrator.domain.names import Stage
from orchestrator.domain.records import Actor, Decision, Environment, Kind, OperationKind, Request, Role
from orchestrator.domain.submission import Submission
from orchestrator.ports import Transaction
from orchestrator.workflows import clocks
from orchestrator.workflows.context import Ports
from orchestrator.workflows.filing import close_request, put_on_record
from orchestrator.workflows.managers import refuse_other_manager
from orchestrator.workflows.moves import move_environment, move_request, queue_operation, under_way
from orchestrator.workflows.permissions import Command, permit
from orchestrator.workflows.preparation import Prepared
from orchestrator.workflows.rulebooks import keep

POLICY = Actor(name="policy", role=Role.SYSTEM, door="rulebook")
"""Decides where the rulebook leaves nothing to decide: the end of a test environment on request."""


def terminate(ports: Ports, tx: Transaction, name: str, actor: Actor, reason: str, request_id: str) -> Request:
    """Ask for the end of an environment by its name; see :func:`submit`."""
    if not reason.strip():
        raise BadInputError("a termination states its reason", field="reason", rule="Art. 16")
    environment = tx.environments.get(name)
    submission = Submission(
        kind=Kind.TERMINATE,
        unit=environment.spec.unit,
        system=environment.spec.system,
        stage=environment.stage,
        reason=reason,
    )
    return submit(ports, tx, submission, actor, request_id)


def submit(ports: Ports, tx: Transaction, submission: Submission, actor: Actor, request_id: str) -> Request:
    """Put a termination on record.

    The end of a test environment is accepted by policy and begins at once. A live one waits for its gates: the unit's
    confirmation that the system is offline, the final backup, its restore compared, and the office's review (Art. 16),
    whose clock stands still until the unit has confirmed.
    """
    permit(Command.TERMINATE, actor)
    keep(ports, tx)
    environment = tx.environments.get(submission.environment_name)
    refuse_other_manager(environment, Kind.TERMINATE, actor.manager)
    _refuse_while_ending(tx, environment)
    if environment.stage is not Stage.TEST and environment.state is not EnvironmentState.PLANNED:
        request = put_on_record(ports, tx, submission, actor, request_id, Prepared())
        clocks.pause(tx, request.id, request.submitted_at, ports.library.calendar())
        return request
    _refuse_while_busy(tx, environment)
    request = put_on_record(ports, tx, submission, actor, request_id, Prepared())
    executing = _decide_by_policy(ports, tx, request)
    if environment.state is EnvironmentState.PLANNED:
        return _abandon(ports, tx, environment, executing)
    queue_operation(ports, tx, OperationKind.RETIRE, environment.name, request.id, actor)
    return executing


def _refuse_while_busy(tx: Transaction, environment: Environment) -> None:
    busy = under_way(tx, environment.name)
    if busy:
        raise ConflictError(
            f"{environment.name} is busy: {busy[0].kind} is {busy[0].state}",
            rule="one operation at a time",
            hint=f"wait, or tenure operation cancel {busy[0].id}",
        )


def _refuse_while_ending(tx: Transaction, environment: Environment) -> None:
    if environment.state is EnvironmentState.RETIRING:
        raise ConflictError(
            f"{environment.name} is being retired already",
            rule="lifecycle",
            hint=f"tenure operation list --environment {environment.name}, then tenure operation retry",
        )
    asked = [one for one in tx.requests.list(environment=environment.name) if _ends(one, environment)]
    if asked:
        raise ConflictError(
            f"the end of {environment.name} was asked for already",
            detail=f"{asked[0].id} is {asked[0].state}",
            rule="one end",
            hint=f"tenure request show {asked[0].id}",
        )
    if environment.state is EnvironmentState.PLANNED:
        _refuse_undecided(tx, environment)
        return
    if environment.state is EnvironmentState.PROVISIONING:
        _refuse_while_busy(tx, environment)
    ENVIRONMENT.after(environment.state, EnvironmentEvent.RETIRE)


def _ends(request: Request, environment: Environment) -> bool:
    """Whether a request on a live environment waits for its end."""
    waits = request.state not in {RequestState.CLOSED, RequestState.REJECTED}
    is_live = environment.stage is not Stage.TEST
    return is_live and waits and request.kind is Kind.TERMINATE and request.submitted_at >= environment.created_at


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

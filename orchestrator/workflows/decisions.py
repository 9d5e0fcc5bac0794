"""The office's decisions on a request (Art. 12): accept, reject, review."""

from __future__ import annotations

from orchestrator.domain.deadlines import on_accepted, on_reviewed
from orchestrator.domain.errors import BadInputError, ConflictError
from orchestrator.domain.lifecycle import (
    EnvironmentEvent,
    OperationEvent,
    OperationState,
    RequestEvent,
)
from orchestrator.domain.records import Actor, Decision, OperationKind, Request, Role
from orchestrator.ports import Transaction
from orchestrator.workflows.context import Ports
from orchestrator.workflows.moves import (
    move_environment,
    move_operation,
    move_request,
    queue_operation,
    under_way,
)
from orchestrator.workflows.notices import tell
from orchestrator.workflows.permissions import Command, permit


def accept(ports: Ports, tx: Transaction, request_id: str, actor: Actor) -> Request:
    """Move a submitted request to accepted; the time of the review opinion begins."""
    permit(Command.ACCEPT, actor)
    now = ports.clock.now()
    request = tx.requests.get(request_id)
    decision = Decision(by=actor, verdict="accept", bound_to=request.content_digest, at=now)
    accepted = move_request(tx, request, RequestEvent.ACCEPT, decisions=(*request.decisions, decision))
    tx.deadlines.close(request_id, now)
    for deadline in on_accepted(now, accepted, ports.library.rulebook(), ports.library.calendar()):
        tx.deadlines.add(deadline)
    tx.audit.append(now, actor, "request.accepted", request.environment, {"request": request_id})
    return accepted


def reject(ports: Ports, tx: Transaction, request_id: str, actor: Actor, reasons: str) -> Request:
    """Move a request to rejected, give up its planned environment, and tell the unit why."""
    permit(Command.REJECT, actor)
    if not reasons.strip():
        raise BadInputError("a rejection states its reasons", field="reasons", rule="Art. 12")
    now = ports.clock.now()
    request = tx.requests.get(request_id)
    decision = Decision(by=actor, verdict="reject", reasons=reasons, bound_to=request.content_digest, at=now)
    rejected = move_request(
        tx, request, RequestEvent.REJECT, decisions=(*request.decisions, decision), outcome="rejected"
    )
    tx.deadlines.close(request_id, now)
    _give_up_plan(ports, tx, rejected)
    facts = {"request": request_id, "reasons": reasons}
    tx.audit.append(now, actor, "request.rejected", request.environment, facts)
    tell(tx, "request-rejected", rejected.id, request.environment, (Role.UNIT,), facts, now)
    return rejected


def _give_up_plan(ports: Ports, tx: Transaction, request: Request) -> None:
    now = ports.clock.now()
    for operation in under_way(tx, request.environment):
        if operation.state is OperationState.QUEUED:
            move_operation(tx, operation, OperationEvent.CANCEL, cancel_asked=True, finished_at=now)
        else:
            tx.operations.put(operation.model_copy(update={"cancel_asked": True}), expected=operation)
    move_environment(tx, tx.environments.get(request.environment), EnvironmentEvent.ABANDON, retired_at=now)


def review(ports: Ports, tx: Transaction, request_id: str, actor: Actor, bound_to: str) -> Request:
    """Move an accepted request over reviewed to executing: opinion, operation and its deadline in one stroke."""
    permit(Command.REVIEW, actor)
    now = ports.clock.now()
    request = tx.requests.get(request_id)
    signed = _what_is_signed(tx, request, bound_to)
    decision = Decision(by=actor, verdict="approve", bound_to=signed, at=now)
    reviewed = move_request(tx, request, RequestEvent.APPROVE, decisions=(*request.decisions, decision))
    executing = move_request(tx, reviewed, RequestEvent.START)
    tx.deadlines.close(request_id, now)
    for deadline in on_reviewed(now, executing, ports.library.rulebook(), ports.library.calendar()):
        tx.deadlines.add(deadline)
    operation = queue_operation(ports, tx, OperationKind.PROVISION, request.environment, request_id, actor)
    facts = {"request": request_id, "signs": signed, "operation": operation.id}
    tx.audit.append(now, actor, "request.reviewed", request.environment, facts)
    return executing


def _what_is_signed(tx: Transaction, request: Request, bound_to: str) -> str:
    newest = tx.environments.get(request.environment).plan_digest
    signed = bound_to or newest or request.content_digest
    if signed not in {newest, request.content_digest}:
        raise ConflictError(
            "the digest is neither that of the newest plan nor that of the request",
            detail=f"signed {signed}; newest plan {newest or 'none'}; request {request.content_digest}",
            rule="an approval is bound to what it signs",
            field="bound_to",
            hint=f"look at the plan again: tenure env plan {request.environment}",
        )
    return signed

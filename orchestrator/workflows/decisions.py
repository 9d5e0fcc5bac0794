"""Decisions on a request (Art. 12): accept, reject, ask, waive, review; and what the unit does about them."""

from __future__ import annotations

from orchestrator.domain.deadlines import on_accepted, on_reviewed
from orchestrator.domain.errors import BadInputError, ConflictError, NotFoundError
from orchestrator.domain.gates import Gate, Step, pass_gates
from orchestrator.domain.lifecycle import (
    EnvironmentEvent,
    EnvironmentState,
    OperationEvent,
    OperationState,
    RequestEvent,
)
from orchestrator.domain.records import Actor, Decision, Request, Role, Waiver
from orchestrator.ports import Transaction
from orchestrator.workflows import clocks, effects
from orchestrator.workflows.context import Ports
from orchestrator.workflows.filing import set_deadline
from orchestrator.workflows.moves import (
    move_environment,
    move_operation,
    move_request,
    under_way,
)
from orchestrator.workflows.notices import tell
from orchestrator.workflows.permissions import Command, four_eyes, permit
from orchestrator.workflows.rulebooks import rulebook_of
from orchestrator.workflows.standing import gates_of


def accept(ports: Ports, tx: Transaction, request_id: str, actor: Actor, reasons: str = "") -> Request:
    """Move a submitted request to accepted; the time of the review opinion begins.

    With reasons the office decides without what is missing (Art. 11): that decision is kept as waivers.
    """
    permit(Command.ACCEPT, actor)
    now = ports.clock.now()
    request = tx.requests.get(request_id)
    four_eyes(request, actor)
    if reasons.strip():
        request = _waive_closed(ports, tx, request, actor, reasons)
    pass_gates(gates_of(ports, tx, request), Step.ACCEPT)
    decision = Decision(by=actor, verdict="accept", reasons=reasons, bound_to=request.content_digest, at=now)
    accepted = move_request(tx, request, RequestEvent.ACCEPT, decisions=(*request.decisions, decision))
    _run_review_clock(ports, tx, accepted)
    tx.audit.append(now, actor, "request.accepted", request.environment, {"request": request_id})
    return accepted


def _run_review_clock(ports: Ports, tx: Transaction, request: Request) -> None:
    """Close what acceptance met; a review that runs from the submission (Art. 15, 16) runs on."""
    now = ports.clock.now()
    following = on_accepted(now, request, rulebook_of(ports, tx, request), ports.library.calendar())
    if following:
        tx.deadlines.close(request.id, now)
    for deadline in following:
        set_deadline(tx, deadline)


def _waive_closed(ports: Ports, tx: Transaction, request: Request, actor: Actor, reasons: str) -> Request:
    for gate in gates_of(ports, tx, request):
        if gate.step is Step.ACCEPT and not gate.open:
            request = _waived(ports, tx, request, gate, actor, reasons)
    return request


def waive(ports: Ports, tx: Transaction, request_id: str, gate_name: str, actor: Actor, reason: str) -> Request:
    """Let a request pass a gate without its evidence: a named decision of the office with a reason."""
    permit(Command.WAIVE, actor)
    if not reason.strip():
        raise BadInputError("a gate is passed without its evidence only for a reason", field="reason", rule="Art. 11")
    request = tx.requests.get(request_id)
    four_eyes(request, actor)
    found = {str(gate.name): gate for gate in gates_of(ports, tx, request)}
    if gate_name not in found:
        raise NotFoundError(
            f"{request_id} has no gate {gate_name!r}", field="gate", detail=f"its gates: {', '.join(found) or 'none'}"
        )
    if found[gate_name].open:
        raise ConflictError(f"gate {gate_name} of {request_id} is open already", rule=found[gate_name].article)
    return _waived(ports, tx, request, found[gate_name], actor, reason)


def _waived(ports: Ports, tx: Transaction, request: Request, gate: Gate, actor: Actor, reason: str) -> Request:
    now = ports.clock.now()
    waiver = Waiver(gate=gate.name, by=actor, reason=reason, at=now)
    waived = request.model_copy(update={"waivers": (*request.waivers, waiver)})
    tx.requests.put(waived, expected=request)
    facts = {
        "request": request.id,
        "gate": str(gate.name),
        "article": gate.article,
        "missing": list(gate.missing),
        "reason": reason,
    }
    tx.audit.append(now, actor, "gate.waived", request.environment, facts)
    return waived


def ask(ports: Ports, tx: Transaction, request_id: str, actor: Actor, what: str) -> Request:
    """Ask the unit for further material (Art. 11); the office's clock stands still until it comes."""
    permit(Command.ASK, actor)
    if not what.strip():
        raise BadInputError("say what is asked for", field="what", rule="Art. 11")
    now = ports.clock.now()
    waiting = move_request(tx, tx.requests.get(request_id), RequestEvent.ASK, waiting_for=what)
    clocks.pause(tx, request_id, now, ports.library.calendar())
    facts = {"request": request_id, "what": what}
    tx.audit.append(now, actor, "request.asked-for-more", waiting.environment, facts)
    tell(tx, "request-waits-for-unit", f"{request_id}/{now.isoformat()}", waiting.environment, (Role.UNIT,), facts, now)
    return waiting


def supply(ports: Ports, tx: Transaction, request_id: str, actor: Actor, answer: str) -> Request:
    """Answer what the office asked for; its clock goes on."""
    permit(Command.SUPPLY, actor)
    now = ports.clock.now()
    supplied = move_request(tx, tx.requests.get(request_id), RequestEvent.SUPPLY, waiting_for="")
    clocks.resume(tx, request_id, now, ports.library.calendar())
    tx.audit.append(now, actor, "request.supplied", supplied.environment, {"request": request_id, "answer": answer})
    return supplied


def reject(ports: Ports, tx: Transaction, request_id: str, actor: Actor, reasons: str) -> Request:
    """Move a request to rejected, give up its planned environment, and tell the unit why; its clock stands still."""
    permit(Command.REJECT, actor)
    if not reasons.strip():
        raise BadInputError("a rejection states its reasons", field="reasons", rule="Art. 12")
    now = ports.clock.now()
    request = tx.requests.get(request_id)
    decision = Decision(by=actor, verdict="reject", reasons=reasons, bound_to=request.content_digest, at=now)
    rejected = move_request(
        tx,
        request,
        RequestEvent.REJECT,
        decisions=(*request.decisions, decision),
        outcome="rejected",
        waiting_for="",
    )
    clocks.pause(tx, request_id, now, ports.library.calendar())
    _give_up(ports, tx, rejected)
    facts = {"request": request_id, "reasons": reasons}
    tx.audit.append(now, actor, "request.rejected", request.environment, facts)
    cause = f"{rejected.id}/{len(rejected.decisions)}"
    tell(tx, "request-rejected", cause, request.environment, (Role.UNIT,), facts, now)
    return rejected


def withdraw(ports: Ports, tx: Transaction, request_id: str, actor: Actor, reason: str) -> Request:
    """Take a request back before it is decided; nothing was made for it."""
    permit(Command.WITHDRAW, actor)
    now = ports.clock.now()
    request = tx.requests.get(request_id)
    closed = move_request(
        tx, request, RequestEvent.WITHDRAW, closed_at=now, outcome=f"withdrawn: {reason}", waiting_for=""
    )
    tx.deadlines.close(request_id, now)
    _give_up(ports, tx, closed)
    facts = {"request": request_id, "reason": reason}
    tx.audit.append(now, actor, "request.withdrawn", request.environment, facts)
    return closed


def _give_up(ports: Ports, tx: Transaction, request: Request) -> None:
    """Stop what is under way for a request, and give up the environment that it only planned."""
    now = ports.clock.now()
    for operation in under_way(tx, request.environment):
        if operation.request != request.id:
            continue
        if operation.state is OperationState.QUEUED:
            move_operation(tx, operation, OperationEvent.CANCEL, cancel_asked=True, finished_at=now)
        else:
            tx.operations.put(operation.model_copy(update={"cancel_asked": True}), expected=operation)
    environment = tx.environments.find(request.environment)
    if environment is None or environment.request != request.id:
        return
    if environment.state is EnvironmentState.PLANNED:
        move_environment(tx, environment, EnvironmentEvent.ABANDON, retired_at=now)


def review(ports: Ports, tx: Transaction, request_id: str, actor: Actor, bound_to: str) -> Request:
    """Move an accepted request over reviewed to executing: opinion, work and its dates in one stroke."""
    permit(Command.REVIEW, actor)
    now = ports.clock.now()
    request = tx.requests.get(request_id)
    four_eyes(request, actor)
    signed = _what_is_signed(request, bound_to)
    decision = Decision(by=actor, verdict="approve", bound_to=signed, at=now)
    reviewed = move_request(tx, request, RequestEvent.APPROVE, decisions=(*request.decisions, decision))
    pass_gates(gates_of(ports, tx, request), Step.REVIEW)
    executing = move_request(tx, reviewed, RequestEvent.START)
    tx.deadlines.close(request_id, now)
    for deadline in on_reviewed(now, executing, rulebook_of(ports, tx, request), ports.library.calendar()):
        set_deadline(tx, deadline)
    facts = {"request": request_id, "signs": signed}
    tx.audit.append(now, actor, "request.reviewed", request.environment, facts)
    effects.begin(ports, tx, executing, actor)
    return tx.requests.get(request_id)


def _what_is_signed(request: Request, bound_to: str) -> str:
    newest = request.plan_digest
    signed = bound_to or newest or request.content_digest
    if signed not in {newest, request.content_digest}:
        raise ConflictError(
            "the digest is neither that of the newest plan nor that of the request",
            detail=f"signed {signed}; newest plan {newest or 'none'}; request {request.content_digest}",
            rule="an approval is bound to what it signs",
            field="bound_to",
            hint=f"look at the plan again: tenure request plan {request.id}",
        )
    return signed

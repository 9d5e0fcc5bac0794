"""What people show: the system is offline (Art. 16), tests were passed (Art. 15, 21), a finding is fixed (Art. 37)."""

from __future__ import annotations

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import BadInputError, ConflictError, NotFoundError
from orchestrator.domain.lifecycle import EnvironmentState, RequestState
from orchestrator.domain.names import Stage
from orchestrator.domain.records import (
    Actor,
    DeadlineKind,
    Environment,
    Evaluation,
    Evidence,
    EvidenceKind,
    Kind,
    OperationKind,
    Request,
)
from orchestrator.ports import Transaction
from orchestrator.workflows import clocks
from orchestrator.workflows.context import Ports
from orchestrator.workflows.fitting import FITTING
from orchestrator.workflows.moves import queue_operation
from orchestrator.workflows.permissions import Command, permit

UNDECIDED = frozenset({RequestState.SUBMITTED, RequestState.ACCEPTED})
CONFIRMED_BY = {EvidenceKind.OFFLINE: Command.CONFIRM_OFFLINE, EvidenceKind.TESTS_PASSED: Command.CONFIRM_TESTS}
FOR_KIND = {EvidenceKind.OFFLINE: Kind.TERMINATE, EvidenceKind.TESTS_PASSED: Kind.CHANGE}


def confirm(ports: Ports, tx: Transaction, request_id: str, kind: EvidenceKind, actor: Actor, reason: str) -> Request:
    """Confirm something for a request; the final backup begins when the unit says that its system is offline."""
    if kind not in CONFIRMED_BY:
        raise BadInputError(
            f"{kind} is shown by an operation, nobody confirms it", field="kind", detail=", ".join(CONFIRMED_BY)
        )
    permit(CONFIRMED_BY[kind], actor)
    if not reason.strip():
        raise BadInputError("say what was done, and when", field="reason")
    request = tx.requests.get(request_id)
    if request.kind is not FOR_KIND[kind] or request.state not in UNDECIDED:
        raise ConflictError(
            f"{request_id} is a {request.kind} request and {request.state}; {kind} is not confirmed for it now"
        )
    now = ports.clock.now()
    shown = Evidence(kind=kind, by=actor, at=now, facts={"statement": reason})
    others = tuple(one for one in request.evidence if one.kind is not kind)
    confirmed = request.model_copy(update={"evidence": (*others, shown)})
    tx.requests.put(confirmed, expected=request)
    facts = {"request": request_id, "kind": str(kind), "statement": reason}
    tx.audit.append(now, actor, "evidence.confirmed", request.environment, facts)
    if kind is EvidenceKind.OFFLINE:
        clocks.resume(tx, request_id, now, ports.library.calendar())
        _back_up_finally(ports, tx, confirmed, actor)
    return confirmed


def _back_up_finally(ports: Ports, tx: Transaction, request: Request, actor: Actor) -> None:
    environment = tx.environments.get(request.environment)
    if environment.state in FITTING[OperationKind.FINAL_BACKUP]:
        queue_operation(ports, tx, OperationKind.FINAL_BACKUP, request.environment, request.id, actor)


def evaluate(ports: Ports, tx: Transaction, name: str, evaluation: Evaluation) -> Environment:
    """Record how the test in a test environment went (Art. 21); what failed is adjusted and tested again."""
    permit(Command.EVALUATE, evaluation.by)
    if not evaluation.reason.strip():
        raise BadInputError("an evaluation says why", field="reason", rule="Art. 21")
    environment = tx.environments.get(name)
    if environment.stage is not Stage.TEST or environment.ready_at is None:
        raise ConflictError(f"{name} is no test environment that was ever ready", rule="Art. 21")
    if environment.state is EnvironmentState.PROVISIONING:
        raise ConflictError(f"{name} is being worked on", rule="Art. 21", hint="evaluate it when it is ready again")
    kept = tx.environments.put(environment.model_copy(update={"evaluations": (*environment.evaluations, evaluation)}))
    facts = {"passed": evaluation.passed, "reason": evaluation.reason}
    tx.audit.append(ports.clock.now(), evaluation.by, "environment.evaluated", name, facts)
    return kept


def confirm_fixed(ports: Ports, tx: Transaction, request_id: str, actor: Actor, reason: str) -> Environment:
    """Confirm that a low risk was fixed in time (Art. 37): its day no longer opens a suspension."""
    permit(Command.CONFIRM_FIXED, actor)
    request, now = tx.requests.get(request_id), ports.clock.now()
    environment = tx.environments.get(request.environment)
    for deadline in tx.deadlines.of(subject_of(environment)):
        if deadline.kind is DeadlineKind.FIX and deadline.id.endswith(request_id) and deadline.met_at is None:
            tx.deadlines.put(deadline.model_copy(update={"met_at": now}))
            facts = {"request": request_id, "reason": reason}
            tx.audit.append(now, actor, "finding.fixed", environment.name, facts)
            return environment
    raise NotFoundError(f"{request_id} has set no day that is still open", rule="Art. 37")

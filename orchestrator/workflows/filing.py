"""Requests go on record and are closed here, with the dates that run from both."""

from __future__ import annotations

from orchestrator.domain.deadlines import on_accepted, on_submitted
from orchestrator.domain.lifecycle import REQUEST, RequestEvent, RequestState
from orchestrator.domain.records import Actor, Deadline, Request
from orchestrator.domain.submission import Submission
from orchestrator.ports import Transaction
from orchestrator.workflows.context import Ports
from orchestrator.workflows.moves import move_request
from orchestrator.workflows.preparation import Prepared
from orchestrator.workflows.rulebooks import rulebook_of


def put_on_record(
    ports: Ports, tx: Transaction, submission: Submission, actor: Actor, request_id: str, prepared: Prepared
) -> Request:
    """Store a new request with the dates that run from it (Art. 12, 15, 16)."""
    rulebook = ports.library.rulebook()
    request = Request(
        id=request_id,
        kind=submission.kind,
        environment=submission.environment_name,
        stage=submission.stage,
        state=REQUEST.first,
        submitted_by=actor,
        submitted_at=ports.clock.now(),
        reason=submission.reason,
        content=submission.content,
        content_digest=submission.digest,
        spec=prepared.spec,
        weight=prepared.weight or "",
        material=submission.material,
        rulebook=rulebook.label,
    )
    tx.requests.add(request)
    for deadline in on_submitted(request.submitted_at, request, rulebook, ports.library.calendar()):
        tx.deadlines.add(deadline)
    facts = {"request": request.id, "kind": str(request.kind), "content": request.content_digest}
    tx.audit.append(request.submitted_at, actor, "request.submitted", request.environment, facts)
    return request


def close_request(ports: Ports, tx: Transaction, request_id: str, outcome: str) -> None:
    """Close a request that is being carried out, with its dates; harmless when it is over."""
    request = tx.requests.get(request_id)
    if request.state is RequestState.EXECUTING:
        now = ports.clock.now()
        move_request(tx, request, RequestEvent.FINISH, closed_at=now, outcome=outcome)
        tx.deadlines.close(request_id, now)


def set_deadline(tx: Transaction, deadline: Deadline) -> None:
    """Store a date, in the place of an earlier one of the same id: a clock that begins anew."""
    if any(known.id == deadline.id for known in tx.deadlines.of(deadline.subject)):
        tx.deadlines.put(deadline)
    else:
        tx.deadlines.add(deadline)


def restart_review(ports: Ports, tx: Transaction, request: Request) -> None:
    """Begin the time of the review opinion anew, for a plan that has to be signed again."""
    now, calendar, rulebook = ports.clock.now(), ports.library.calendar(), rulebook_of(ports, tx, request)
    for deadline in on_accepted(now, request, rulebook, calendar) or on_submitted(now, request, rulebook, calendar):
        set_deadline(tx, deadline)

"""Requests go on record and are closed here, with the dates that run from both."""

from __future__ import annotations

from orchestrator.domain.deadlines import on_submitted
from orchestrator.domain.lifecycle import REQUEST, RequestEvent, RequestState
from orchestrator.domain.records import Actor, Request
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.domain.submission import Submission
from orchestrator.ports import Transaction
from orchestrator.workflows.context import Ports
from orchestrator.workflows.moves import move_request


def put_on_record(
    ports: Ports, tx: Transaction, submission: Submission, actor: Actor, request_id: str, spec: EnvironmentSpec | None
) -> Request:
    """Store a new request with the dates that run from it (Art. 12, 16)."""
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
        spec=spec,
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

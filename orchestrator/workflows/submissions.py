"""From a submission to a request on record, and its preview under way."""

from __future__ import annotations

from orchestrator.domain.deadlines import on_submitted
from orchestrator.domain.errors import BadInputError
from orchestrator.domain.lifecycle import ENVIRONMENT, RequestEvent
from orchestrator.domain.records import Actor, Environment, Kind, Material, OperationKind, Request
from orchestrator.domain.submission import Submission
from orchestrator.ports import Transaction
from orchestrator.workflows import clocks, terminations
from orchestrator.workflows.context import Ports
from orchestrator.workflows.filing import put_on_record, set_deadline
from orchestrator.workflows.managers import refuse_other_manager
from orchestrator.workflows.moves import move_request, queue_operation
from orchestrator.workflows.permissions import Command, permit
from orchestrator.workflows.preparation import Intake, Prepared, prepare
from orchestrator.workflows.rulebooks import keep, rulebook_of

REPORTED = frozenset({Kind.SUSPEND, Kind.RESUME})
"""Kinds that the provider may ask for: a finding opens the request, the office decides (Art. 37)."""


def submit(ports: Ports, tx: Transaction, submission: Submission, actor: Actor, request_id: str) -> Request:
    """Check a submission against the rules and put it on record under the given id."""
    if submission.kind is Kind.TERMINATE:
        return terminations.submit(ports, tx, submission, actor, request_id)
    permit(Command.REPORT if submission.kind in REPORTED else Command.SUBMIT, actor)
    _refuse_other_manager(tx, submission, actor)
    keep(ports, tx)
    prepared = prepare(Intake(ports, tx, submission, request_id, ports.library.rulebook()))
    request = put_on_record(ports, tx, submission, actor, request_id, prepared)
    _found(tx, request, prepared)
    _preview(ports, tx, request, actor)
    return request


def resubmit(ports: Ports, tx: Transaction, request_id: str, submission: Submission, actor: Actor) -> Request:
    """Hand a rejected request in again with other content (Art. 12); its clock goes on where it stood still.

    What was waived or shown was waived or shown for the old content, and at that time: it does not count any more.
    """
    permit(Command.SUBMIT, actor)
    request = tx.requests.get(request_id)
    if (submission.kind, submission.environment_name) != (request.kind, request.environment):
        raise BadInputError(
            f"{request_id} is a {request.kind} request for {request.environment}; the new content is another one",
            field="kind",
            rule="Art. 12",
            hint="submit it as a request of its own",
        )
    _refuse_other_manager(tx, submission, actor)
    now = ports.clock.now()
    prepared = Prepared()
    if request.kind is not Kind.TERMINATE:
        prepared = prepare(Intake(ports, tx, submission, request_id, rulebook_of(ports, tx, request)))
    again = move_request(
        tx,
        request,
        RequestEvent.RESUBMIT,
        content=submission.content,
        content_digest=submission.digest,
        material=_merged(request, submission),
        reason=submission.reason,
        submitted_at=now,
        spec=prepared.spec,
        weight=prepared.weight or "",
        plan_digest="",
        waivers=(),
        evidence=(),
        outcome="",
    )
    _restart_clock(ports, tx, again)
    _found(tx, again, prepared)
    facts = {"request": request_id, "content": again.content_digest}
    tx.audit.append(now, actor, "request.resubmitted", again.environment, facts)
    _preview(ports, tx, again, actor)
    return again


def replan(ports: Ports, tx: Transaction, request_id: str, actor: Actor) -> Request:
    """Have the plan of a request made again, for instance after another change of its environment."""
    permit(Command.REPORT, actor)
    request = tx.requests.get(request_id)
    if request.spec is None:
        raise BadInputError(f"a {request.kind} request has no plan", field="request")
    _preview(ports, tx, request, actor)
    return request


def _refuse_other_manager(tx: Transaction, submission: Submission, actor: Actor) -> None:
    environment = tx.environments.find(submission.environment_name)
    if environment is not None:
        refuse_other_manager(environment, submission.kind, actor.manager)


def _found(tx: Transaction, request: Request, prepared: Prepared) -> None:
    if prepared.founds and prepared.spec is not None:
        tx.environments.add(
            Environment(
                name=request.environment,
                stage=request.stage,
                state=ENVIRONMENT.first,
                request=request.id,
                spec=prepared.spec,
                created_at=request.submitted_at,
                managed_by=request.submitted_by.manager,
            )
        )


def _preview(ports: Ports, tx: Transaction, request: Request, actor: Actor) -> None:
    if request.spec is not None:
        queue_operation(ports, tx, OperationKind.PREVIEW, request.environment, request.id, actor)


def _merged(request: Request, submission: Submission) -> tuple[Material, ...]:
    """Keep files that were handed in before, unless the new content names them anew."""
    named = {(document.kind, document.name) for document in submission.material}
    kept = (document for document in request.material if (document.kind, document.name) not in named)
    return (*submission.material, *(document for document in kept if document.size is not None))


def _restart_clock(ports: Ports, tx: Transaction, request: Request) -> None:
    """Let the office's clock go on, or begin; that of a live termination waits for the unit to be offline (Art. 16)."""
    if request.kind is Kind.TERMINATE:
        return
    rulebook, calendar, now = rulebook_of(ports, tx, request), ports.library.calendar(), ports.clock.now()
    paused = [one for one in tx.deadlines.of(request.id) if one.met_at is None and one.paused_at is not None]
    fresh = on_submitted(now, request, rulebook, calendar)
    if any(one.kind in {each.kind for each in fresh} for one in paused):
        clocks.resume(tx, request.id, now, calendar)
        return
    tx.deadlines.close(request.id, now)
    for deadline in fresh:
        set_deadline(tx, deadline)

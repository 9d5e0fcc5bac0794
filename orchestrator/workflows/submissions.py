"""From a submission to a request on record, a planned environment and a preview under way."""

from __future__ import annotations

from orchestrator.domain.blueprint import resolve
from orchestrator.domain.errors import ConflictError, RefusedError
from orchestrator.domain.lifecycle import ENVIRONMENT, EnvironmentState
from orchestrator.domain.records import Actor, Environment, Kind, OperationKind, Request
from orchestrator.domain.rulebook import admit
from orchestrator.domain.submission import Submission
from orchestrator.ports import Transaction
from orchestrator.workflows import terminations
from orchestrator.workflows.context import Ports
from orchestrator.workflows.filing import put_on_record
from orchestrator.workflows.moves import queue_operation
from orchestrator.workflows.permissions import Command, permit


def submit(ports: Ports, tx: Transaction, submission: Submission, actor: Actor, request_id: str) -> Request:
    """Check a submission against the rules and put it on record under the given id."""
    if submission.kind is Kind.TERMINATE:
        return terminations.terminate(ports, tx, submission.environment_name, actor, submission.reason, request_id)
    permit(Command.SUBMIT, actor)
    wish = submission.environment
    if submission.kind is not Kind.TEST or wish is None:
        raise RefusedError(
            f"requests of the kind {submission.kind} are not carried out yet",
            rule="Art. 10",
            field="kind",
            hint="kinds that are: test, terminate",
        )
    return _submit_test(ports, tx, submission, wish.blueprint, actor, request_id)


def _submit_test(
    ports: Ports, tx: Transaction, submission: Submission, blueprint: str, actor: Actor, request_id: str
) -> Request:
    admit(submission, ports.library.rulebook())
    _refuse_name_in_use(tx, submission.environment_name)
    spec = resolve(
        submission,
        ports.library.blueprint(blueprint),
        request_id=request_id,
        ca_public_key=ports.access.ca_public_key(),
    )
    request = put_on_record(ports, tx, submission, actor, request_id, spec)
    tx.environments.add(
        Environment(
            name=request.environment,
            stage=request.stage,
            state=ENVIRONMENT.first,
            request=request.id,
            spec=spec,
            created_at=request.submitted_at,
        )
    )
    queue_operation(ports, tx, OperationKind.PREVIEW, request.environment, request.id, actor)
    return request


def _refuse_name_in_use(tx: Transaction, name: str) -> None:
    found = tx.environments.find(name)
    if found is not None and found.state is not EnvironmentState.RETIRED:
        raise ConflictError(
            f"{name} exists already and is {found.state}",
            detail=f"made by request {found.request}",
            rule="one environment per system and stage",
            hint=f"tenure env show {name}",
        )

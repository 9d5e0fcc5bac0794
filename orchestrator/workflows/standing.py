"""How a request stands: its gates, from everything that is on record about it."""

from __future__ import annotations

from orchestrator.domain.blueprint import oversize
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import NotFoundError
from orchestrator.domain.gates import Facts, Gate, gates
from orchestrator.domain.names import Stage, environment_name
from orchestrator.domain.records import Environment, Request
from orchestrator.domain.submission import submission_from_data
from orchestrator.ports import Transaction
from orchestrator.workflows.context import Ports
from orchestrator.workflows.rulebooks import rulebook_of


def gates_of(ports: Ports, tx: Transaction, request: Request) -> tuple[Gate, ...]:
    """Give the gates of a request as they stand now, under the rulebook that it was submitted under."""
    return gates(facts_of(ports, tx, request))


def facts_of(ports: Ports, tx: Transaction, request: Request) -> Facts:
    """Gather what the gates look at."""
    submission = submission_from_data(request.content)
    digests = {document.sha256 for document in request.material if document.sha256 is not None}
    return Facts(
        request=request,
        rulebook=rulebook_of(ports, tx, request),
        calendar=ports.library.calendar(),
        now=ports.clock.now(),
        environment=tx.environments.find(request.environment),
        tested=tx.environments.find(environment_name(submission.unit, submission.system, Stage.TEST)),
        holds=tx.holds.on(submission.unit, submission.system),
        held=frozenset(digest for digest in digests if ports.blobs.has(digest)),
        oversize=_oversize(ports, request),
    )


def _oversize(ports: Ports, request: Request) -> tuple[str, ...]:
    if request.spec is None:
        return ()
    try:
        blueprint = ports.library.blueprint(request.spec.blueprint)
    except NotFoundError as error:
        return (f"its blueprint is not in the library any more: {error}",)
    return oversize(submission_from_data(request.content), blueprint, request.spec)


def life_of(tx: Transaction, request: Request) -> Environment | None:
    """Give the environment's life that a request is about, or None when the name has begun another one since."""
    environment = tx.environments.find(request.environment)
    if environment is None:
        return None
    same = environment.request == request.id or request.submitted_at >= environment.created_at
    return environment if same else None


def subject_of_request(tx: Transaction, request: Request) -> str:
    """Give the subject of the dates of the environment that a request is about."""
    return subject_of(tx.environments.get(request.environment))

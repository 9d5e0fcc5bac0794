"""``retire``: an environment goes away in two strokes, behind its gates, and gets its certificate (Art. 16)."""

from __future__ import annotations

from datetime import timedelta

from orchestrator.domain.deadlines import reclaim_retry, subject_of
from orchestrator.domain.errors import RefusedError
from orchestrator.domain.gates import Step, pass_gates
from orchestrator.domain.lifecycle import REQUEST, EnvironmentEvent, EnvironmentState, RequestEvent, RequestState
from orchestrator.domain.names import Stage
from orchestrator.domain.records import Environment, Kind, Role
from orchestrator.ports import Transaction
from orchestrator.workflows.certification import certify
from orchestrator.workflows.drill_dates import keep_date
from orchestrator.workflows.filing import close_request, set_deadline
from orchestrator.workflows.moves import move_environment, move_request
from orchestrator.workflows.notices import tell
from orchestrator.workflows.outcomes import Cancelled, Outcome, Succeeded
from orchestrator.workflows.reclaim import take_away
from orchestrator.workflows.run import Run
from orchestrator.workflows.standing import gates_of
from orchestrator.workflows.throwaway import remove_left

RETRY_AFTER = timedelta(hours=1)

PROOF = ("left", "looked_at", "gone_at")
"""What of the evidence stands in the operation's result."""

ENDED_FIRST = "the environment ended first"


def work(run: Run) -> Outcome:
    """Look what there is, remove the resources, sweep, remove the tenancy, look again.

    A throw-away copy that a drill left goes first: nobody would look for it when its environment is gone.
    """
    run.change(lambda tx: _begin(run, tx))
    remove_left(run)
    found = take_away(run, run.step)
    counts = {"existed": len(found["existed"]), "swept": len(found["swept"])}
    return Succeeded({name: found[name] for name in PROOF} | counts, details=found)


def _begin(run: Run, tx: Transaction) -> None:
    """Begin only with evidence: nothing live goes away without its gates, whoever asked for it (Art. 16)."""
    environment = tx.environments.get(run.environment.name)
    if environment.stage is not Stage.TEST:
        _refuse_without_evidence(run, tx, environment)
    if environment.state is not EnvironmentState.RETIRING:
        move_environment(tx, environment, EnvironmentEvent.RETIRE)


def _refuse_without_evidence(run: Run, tx: Transaction, environment: Environment) -> None:
    request = None if run.operation.request is None else tx.requests.get(run.operation.request)
    if request is None or request.kind is not Kind.TERMINATE or request.state is not RequestState.EXECUTING:
        raise RefusedError(f"{environment.name} is live: only a reviewed termination ends it", rule="Art. 16")
    pass_gates(gates_of(run.ports, tx, request), Step.REVIEW)


def settle(run: Run, tx: Transaction, outcome: Outcome) -> None:
    """Record the end with its certificate and close what is open; anything less stays retiring and is tried again."""
    environment = tx.environments.get(run.environment.name)
    if not isinstance(outcome, Succeeded):
        _try_again_later(run, tx, environment, outcome)
        return
    now = run.ports.clock.now()
    certificate = certify(run, tx, environment, outcome.details)
    tx.certificates.add(certificate)
    retired = move_environment(tx, environment, EnvironmentEvent.RETIRED, retired_at=now)
    tx.deadlines.close(subject_of(retired), now)
    _close_requests(run, tx, retired)
    keep_date(run.ports, tx, now)
    evidence = {
        "operation": run.operation.id,
        "project": retired.outputs.project_id,
        "certificate": certificate.certificate.id,
        **outcome.result,
    }
    tx.audit.append(now, run.operation.asked_by, "environment.retired", retired.name, evidence)
    tell(tx, "environment-retired", run.operation.id, retired.name, (Role.UNIT, Role.OFFICE), evidence, now)


def _try_again_later(run: Run, tx: Transaction, environment: Environment, outcome: Outcome) -> None:
    """A reclaim that could not finish is visible and tried again; one that a person stopped waits for him."""
    if environment.state is not EnvironmentState.RETIRING or isinstance(outcome, Cancelled):
        return
    set_deadline(tx, reclaim_retry(run.ports.clock.now() + RETRY_AFTER, environment, run.operation.id))


def _close_requests(run: Run, tx: Transaction, environment: Environment) -> None:
    """Close what was carried out, and what was still asked for and has nothing left to be about."""
    now = run.ports.clock.now()
    if run.operation.request is not None:
        close_request(run.ports, tx, run.operation.request, "retired")
    close_request(run.ports, tx, environment.request, "retired before it became ready")
    for request in tx.requests.list(environment=environment.name, limit=1000):
        if request.submitted_at < environment.created_at:
            continue
        if request.state is RequestState.EXECUTING:
            close_request(run.ports, tx, request.id, ENDED_FIRST)
        elif RequestEvent.WITHDRAW in REQUEST.events(request.state):
            move_request(tx, request, RequestEvent.WITHDRAW, closed_at=now, outcome=ENDED_FIRST, waiting_for="")
            tx.deadlines.close(request.id, now)

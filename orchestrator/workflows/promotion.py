"""``promote``: a trial becomes production in place: quotas and policies are raised, nothing is replaced (Art. 14, 22).

Its undo is ``up`` with the trial's specification; since nothing is replaced, a retry goes on from any point.
"""

from __future__ import annotations

from typing import Any

from orchestrator.domain.deadlines import old_resources
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.lifecycle import EnvironmentEvent
from orchestrator.domain.names import Stage
from orchestrator.domain.records import Role
from orchestrator.ports import Transaction
from orchestrator.workflows import care
from orchestrator.workflows.change import begin, make, plan_again, settle_failure
from orchestrator.workflows.filing import close_request, set_deadline
from orchestrator.workflows.moves import move_environment
from orchestrator.workflows.notices import tell
from orchestrator.workflows.outcomes import Outcome, Succeeded
from orchestrator.workflows.rulebooks import rulebook_of
from orchestrator.workflows.run import Run


def work(run: Run) -> Outcome:
    """Compare the plan with what was signed, back the data up before the migration (Art. 22), promote, verify."""
    if run.recovering:
        run.each_time("recover", lambda: _recover(run))
    planned = run.step("plan", lambda: plan_again(run))
    run.step("copy", lambda: care.take(run, "before the migration (Art. 22)"))
    run.change(lambda tx: begin(run, tx))
    make(run, run.wanted)
    return Succeeded(planned)


def _recover(run: Run) -> dict[str, Any]:
    run.ports.provisioner.recover(run.wanted_job)
    return {}


def settle(run: Run, tx: Transaction, outcome: Outcome) -> None:
    """Make it production, with the date by which the old system's resources are listed; or leave it to a retry."""
    environment, request_id = tx.environments.get(run.environment.name), run.operation.request
    if request_id is None:
        raise OperationFailedError("a promotion without a request", rule="internal")
    if not isinstance(outcome, Succeeded):
        settle_failure(run, tx, environment, request_id, outcome)
        return
    now, request = run.ports.clock.now(), tx.requests.get(request_id)
    changes = {"spec": run.wanted, "stage": Stage.PRODUCTION, "promoted_at": now}
    promoted = move_environment(tx, environment, EnvironmentEvent.PROVISIONED, **changes)
    rulebook, calendar = rulebook_of(run.ports, tx, request), run.ports.library.calendar()
    set_deadline(tx, old_resources(now, promoted, rulebook, calendar))
    close_request(run.ports, tx, request_id, "in production")
    facts = {"request": request_id, "promoted_at": now.isoformat()}
    tell(tx, "environment-in-production", run.operation.id, promoted.name, (Role.UNIT, Role.OFFICE), facts, now)

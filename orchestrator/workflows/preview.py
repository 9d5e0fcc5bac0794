"""``preview``: does the cloud offer what is asked for, and what would be made."""

from __future__ import annotations

from typing import Any

from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.plan import Action, Plan
from orchestrator.ports import Transaction
from orchestrator.workflows.outcomes import Outcome, Succeeded
from orchestrator.workflows.run import Run


def work(run: Run) -> Outcome:
    """Compare the spec with the cloud, make the plan and link it to the environment."""
    run.step("check", lambda: _check(run))
    return Succeeded(run.step("plan", lambda: store(run, run.ports.provisioner.preview(run.wanted_job))))


def _check(run: Run) -> dict[str, Any]:
    capacity = run.ports.inventory.check(run.wanted)
    for note in capacity.notes:
        run.note("check", f"{note.summary}: {note.detail}" if note.detail else note.summary)
    if capacity.faults:
        raise OperationFailedError(capacity.faults[0].summary, diagnostics=capacity.faults)
    return {}


def store(run: Run, plan: Plan) -> dict[str, Any]:
    """Keep a plan as the newest of request and environment; gives its digest and counts.

    While the plan was made the request may have been rejected and the name begun another life: that one is left alone.
    """

    def link(tx: Transaction) -> None:
        tx.operations.store_plan(plan)
        environment = tx.environments.get(plan.environment)
        if environment.request == run.environment.request:
            tx.environments.put(environment.model_copy(update={"plan_digest": plan.digest}))
        if run.operation.request is not None:
            request = tx.requests.get(run.operation.request)
            tx.requests.put(request.model_copy(update={"plan_digest": plan.digest}), expected=request)

    run.change(link)
    counts = {str(action): plan.count(action) for action in Action if plan.count(action)}
    return {"digest": plan.digest, "counts": counts}


def settle(run: Run, tx: Transaction, outcome: Outcome) -> None:
    """A preview changes nothing beyond the plan that it stored, however it ends."""
    del run, tx, outcome

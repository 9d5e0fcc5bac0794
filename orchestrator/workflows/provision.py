"""``provision``: from an approval to a ready environment (Art. 13).

Each step stands beside its undo: a plan needs none, what ``up`` made is taken away by ``retire``, and a failure leaves
the environment broken, from where a retry goes on.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from orchestrator.domain.deadlines import test_period, trial_minimum
from orchestrator.domain.lifecycle import EnvironmentEvent, EnvironmentState
from orchestrator.domain.names import Stage
from orchestrator.domain.records import DeadlineKind, Environment, Outputs, Role
from orchestrator.ports import Transaction
from orchestrator.workflows import baseline
from orchestrator.workflows.approvals import check_continued, check_untouched, signed_plan
from orchestrator.workflows.drill_dates import keep_date
from orchestrator.workflows.filing import close_request
from orchestrator.workflows.moves import move_environment
from orchestrator.workflows.notices import tell
from orchestrator.workflows.outcomes import Outcome, Succeeded
from orchestrator.workflows.preview import store
from orchestrator.workflows.rhythms import first_dates
from orchestrator.workflows.rulebooks import rulebook_of
from orchestrator.workflows.run import Run
from orchestrator.workflows.verification import verify, wait_for_hosts


def work(run: Run) -> Outcome:
    """Recover what was left, plan again, compare with the approval, make, bring the hosts to their baseline, verify."""
    if run.recovering:
        run.each_time("recover", lambda: _recover(run))
    planned = run.step("plan", lambda: _plan(run))
    run.change(lambda tx: _begin(run, tx))
    outputs = Outputs.model_validate(run.step("up", lambda: _up(run)))
    hosts = run.step("hosts", lambda: wait_for_hosts(run, run.environment.spec, outputs))
    kept = run.step("baseline", lambda: baseline.bring(run, run.environment.spec, outputs))
    run.step("verify", lambda: verify(run.environment.spec, outputs))
    return Succeeded({**planned, **hosts, **kept})


def _recover(run: Run) -> dict[str, Any]:
    run.ports.provisioner.recover(run.job)
    return {}


def _plan(run: Run) -> dict[str, Any]:
    fresh = run.ports.provisioner.preview(run.job)
    kept = store(run, fresh)
    with run.ports.records.read() as tx:
        request = tx.requests.get(run.environment.request)
        environment = tx.environments.get(run.environment.name)
        signed = signed_plan(tx, request)
    if environment.state is EnvironmentState.PLANNED:
        check_untouched(fresh, request)
    else:
        check_continued(fresh, request, signed)
    return kept


def _begin(run: Run, tx: Transaction) -> None:
    environment = tx.environments.get(run.environment.name)
    if environment.state is not EnvironmentState.PROVISIONING:
        move_environment(tx, environment, EnvironmentEvent.PROVISION)


def _up(run: Run) -> dict[str, Any]:
    outputs = run.ports.provisioner.up(run.job)
    run.change(lambda tx: _keep_outputs(run, tx, outputs))
    return outputs.model_dump(mode="json")


def _keep_outputs(run: Run, tx: Transaction, outputs: Outputs) -> None:
    environment = tx.environments.get(run.environment.name)
    tx.environments.put(environment.model_copy(update={"outputs": outputs}))


def settle(run: Run, tx: Transaction, outcome: Outcome) -> None:
    """Make the environment ready with its dates and close the request, or leave it broken."""
    environment = tx.environments.get(run.environment.name)
    if isinstance(outcome, Succeeded):
        _make_ready(run, tx, environment)
        keep_date(run.ports, tx, run.ports.clock.now())
    elif environment.state is EnvironmentState.PROVISIONING:
        move_environment(tx, environment, EnvironmentEvent.BREAK)


def _make_ready(run: Run, tx: Transaction, environment: Environment) -> None:
    now = run.ports.clock.now()
    first_time = environment.ready_at is None
    ends_at = _set_dates(run, tx, environment, now) if first_time else environment.ends_at
    ready_at = environment.ready_at or now
    ready = move_environment(tx, environment, EnvironmentEvent.PROVISIONED, ready_at=ready_at, ends_at=ends_at)
    close_request(run.ports, tx, environment.request, "ready")
    facts = {
        "hosts": len(ready.outputs.hosts),
        "bastion": ready.outputs.bastion_address,
        "ends_at": "" if ends_at is None else ends_at.isoformat(),
    }
    tell(tx, "environment-ready", run.operation.id, ready.name, (Role.UNIT, Role.OFFICE), facts, now)


def _set_dates(run: Run, tx: Transaction, environment: Environment, now: datetime) -> datetime | None:
    """Store the dates that run from the first moment; gives the end of a test period (Art. 13, 14, 30)."""
    library, request = run.ports.library, tx.requests.get(environment.request)
    rulebook, calendar = rulebook_of(run.ports, tx, request), library.calendar()
    if environment.stage is not Stage.TEST:
        tx.deadlines.add(trial_minimum(now, environment, rulebook, calendar))
        for date in first_dates(run.ports, tx, environment, now):
            tx.deadlines.add(date)
        return None
    dates = test_period(now, environment.name, environment.request, rulebook, calendar)
    for deadline in dates:
        tx.deadlines.add(deadline)
    return next(deadline.due_at for deadline in dates if deadline.kind is DeadlineKind.PERIOD_END)

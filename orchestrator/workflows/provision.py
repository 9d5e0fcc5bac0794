"""``provision``: from an approval to a ready environment (Art. 13).

Each step stands beside its undo: a plan needs none, what ``up`` made is taken away by ``retire``, and a failure leaves
the environment broken, from where a retry goes on.
"""

from __future__ import annotations

from typing import Any

from orchestrator.domain.deadlines import test_period
from orchestrator.domain.errors import NotFoundError, OperationFailedError
from orchestrator.domain.lifecycle import EnvironmentEvent, EnvironmentState
from orchestrator.domain.names import Stage
from orchestrator.domain.plan import Plan
from orchestrator.domain.records import DeadlineKind, Environment, Outputs, Request, Role
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.ports import Transaction
from orchestrator.workflows.approvals import check_continued, check_untouched, signed_digest
from orchestrator.workflows.filing import close_request
from orchestrator.workflows.moves import move_environment
from orchestrator.workflows.notices import tell
from orchestrator.workflows.outcomes import Outcome, Succeeded
from orchestrator.workflows.preview import store
from orchestrator.workflows.run import Run


def work(run: Run) -> Outcome:
    """Recover what was left, plan again, compare with the approval, make, wait for the hosts, verify."""
    if run.recovering:
        run.each_time("recover", lambda: _recover(run))
    planned = run.step("plan", lambda: _plan(run))
    run.change(lambda tx: _begin(run, tx))
    outputs = Outputs.model_validate(run.step("up", lambda: _up(run)))
    hosts = run.step("hosts", lambda: _wait_for_hosts(run, outputs))
    run.step("verify", lambda: _verify(run.environment.spec, outputs))
    return Succeeded({**planned, **hosts})


def _recover(run: Run) -> dict[str, Any]:
    run.ports.provisioner.recover(run.job)
    return {}


def _plan(run: Run) -> dict[str, Any]:
    fresh = run.ports.provisioner.preview(run.job)
    kept = store(run, fresh)
    with run.ports.records.read() as tx:
        request = tx.requests.get(run.environment.request)
        environment = tx.environments.get(run.environment.name)
        signed = _signed_plan(tx, request)
    if environment.state is EnvironmentState.PLANNED:
        check_untouched(fresh, request)
    else:
        check_continued(fresh, request, signed)
    return kept


def _signed_plan(tx: Transaction, request: Request) -> Plan | None:
    signed = signed_digest(request)
    if signed == request.content_digest:
        return None
    try:
        return tx.operations.plan(signed)
    except NotFoundError as error:
        raise OperationFailedError("the signed plan is not on record any more", detail=signed) from error


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


def _wait_for_hosts(run: Run, outputs: Outputs) -> dict[str, Any]:
    checks = run.ports.access.wait_ready(run.environment, outputs, run.job)
    return {"hosts": len(outputs.hosts), "reached": sum(1 for check in checks if check.reached)}


def _verify(spec: EnvironmentSpec, outputs: Outputs) -> dict[str, Any]:
    expected = {name for role in spec.roles for name in role.host_names()}
    missing = sorted(expected - {host.name for host in outputs.hosts})
    if missing or not outputs.project_id or not outputs.bastion_address:
        raise OperationFailedError(
            f"{spec.name} is not what was planned",
            detail=f"hosts missing: {', '.join(missing) or 'none'}; project {outputs.project_id or 'missing'}; "
            f"bastion address {outputs.bastion_address or 'missing'}",
            rule="verify",
        )
    return {}


def settle(run: Run, tx: Transaction, outcome: Outcome) -> None:
    """Make the environment ready with its dates and close the request, or leave it broken."""
    environment = tx.environments.get(run.environment.name)
    if isinstance(outcome, Succeeded):
        _make_ready(run, tx, environment)
    elif environment.state is EnvironmentState.PROVISIONING:
        move_environment(tx, environment, EnvironmentEvent.BREAK)


def _make_ready(run: Run, tx: Transaction, environment: Environment) -> None:
    now = run.ports.clock.now()
    ready_at = environment.ready_at or now
    ends_at = environment.ends_at
    if environment.stage is Stage.TEST and environment.ready_at is None:
        library = run.ports.library
        dates = test_period(now, environment.name, environment.request, library.rulebook(), library.calendar())
        for deadline in dates:
            tx.deadlines.add(deadline)
        ends_at = next(deadline.due_at for deadline in dates if deadline.kind is DeadlineKind.PERIOD_END)
    ready = move_environment(tx, environment, EnvironmentEvent.PROVISIONED, ready_at=ready_at, ends_at=ends_at)
    close_request(run.ports, tx, environment.request, "ready")
    facts = {
        "hosts": len(ready.outputs.hosts),
        "bastion": ready.outputs.bastion_address,
        "ends_at": "" if ends_at is None else ends_at.isoformat(),
    }
    tell(tx, "environment-ready", run.operation.id, ready.name, (Role.UNIT, Role.OFFICE), facts, now)

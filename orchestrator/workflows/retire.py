"""``retire``: an environment goes away in two strokes, and the project's emptiness is shown, not believed.

Removal has no undo; that is why evidence stands between the strokes (DESIGN.md decision 9).
"""

from __future__ import annotations

from typing import Any

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import PartlyDoneError, RefusedError
from orchestrator.domain.lifecycle import EnvironmentEvent, EnvironmentState
from orchestrator.domain.names import Stage
from orchestrator.domain.records import Environment, Role, StepEvent, StepStatus
from orchestrator.ports import FoundResource, Transaction, leftovers
from orchestrator.workflows.filing import close_request
from orchestrator.workflows.moves import move_environment
from orchestrator.workflows.notices import tell
from orchestrator.workflows.outcomes import Outcome, Succeeded
from orchestrator.workflows.run import Run


def work(run: Run) -> Outcome:
    """Remove the resources, look for leftovers, remove the tenancy, look again."""
    if run.environment.stage is not Stage.TEST:
        raise RefusedError(f"{run.environment.name} is live: its end has gates (Art. 16)", rule="Art. 16")
    run.change(lambda tx: _begin(run, tx))
    if run.recovering:
        run.each_time("recover", lambda: _recover(run))
    run.step("destroy", lambda: _destroy_resources(run))
    run.step("inventory", lambda: _find_nothing_but_the_tenancy(run))
    run.step("tenant", lambda: _destroy_tenant(run))
    return Succeeded(run.step("proof", lambda: _find_nothing(run)))


def _begin(run: Run, tx: Transaction) -> None:
    environment = tx.environments.get(run.environment.name)
    if environment.state is not EnvironmentState.RETIRING:
        move_environment(tx, environment, EnvironmentEvent.RETIRE)


def _recover(run: Run) -> dict[str, Any]:
    run.ports.provisioner.recover(run.job)
    return {}


def _destroy_resources(run: Run) -> dict[str, Any]:
    run.ports.provisioner.destroy_resources(run.job)
    return {}


def _destroy_tenant(run: Run) -> dict[str, Any]:
    run.ports.provisioner.destroy_tenant(run.job)
    return {}


def _find_nothing_but_the_tenancy(run: Run) -> dict[str, Any]:
    _refuse_leftovers(run, "inventory", leftovers(run.ports.inventory.list_project(run.environment.name)))
    return {}


def _find_nothing(run: Run) -> dict[str, Any]:
    _refuse_leftovers(run, "proof", run.ports.inventory.list_project(run.environment.name))
    return {"left": 0, "looked_at": run.ports.clock.now().isoformat()}


def _refuse_leftovers(run: Run, phase: str, found: tuple[FoundResource, ...]) -> None:
    for resource in found:
        run.watch(
            StepEvent(
                phase=phase,
                status=StepStatus.FAILED,
                resource=resource.name or resource.id,
                type=f"{resource.service}/{resource.type}",
                detail=f"still there: {resource.id}",
            )
        )
    if found:
        names = ", ".join(f"{resource.service} {resource.type} {resource.name or resource.id}" for resource in found)
        raise PartlyDoneError(
            f"{len(found)} resources are left in {run.environment.name}",
            detail=names,
            rule="Art. 16",
            hint="nothing is recorded as retired; remove them, then tenure operation retry",
        )


def settle(run: Run, tx: Transaction, outcome: Outcome) -> None:
    """Record the end with its evidence and close what is open; anything less leaves the environment retiring."""
    if not isinstance(outcome, Succeeded):
        return
    now = run.ports.clock.now()
    environment = tx.environments.get(run.environment.name)
    retired = move_environment(tx, environment, EnvironmentEvent.RETIRED, retired_at=now)
    tx.deadlines.close(subject_of(retired), now)
    _close_requests(run, tx, retired)
    evidence = {"operation": run.operation.id, "project": retired.outputs.project_id, **outcome.result}
    tx.audit.append(now, run.operation.asked_by, "environment.retired", retired.name, evidence)
    tell(tx, "environment-retired", run.operation.id, retired.name, (Role.UNIT, Role.OFFICE), evidence, now)


def _close_requests(run: Run, tx: Transaction, environment: Environment) -> None:
    if run.operation.request is not None:
        close_request(run.ports, tx, run.operation.request, "retired")
    close_request(run.ports, tx, environment.request, "retired before it became ready")

"""``suspend`` and ``resume``: a system with a high risk is cut off and stopped, its data stays (Art. 37)."""

from __future__ import annotations

from typing import Any

from orchestrator.domain.lifecycle import ENVIRONMENT, EnvironmentEvent
from orchestrator.domain.records import Outputs, Role
from orchestrator.ports import Transaction
from orchestrator.workflows.filing import close_request
from orchestrator.workflows.moves import move_environment
from orchestrator.workflows.notices import tell
from orchestrator.workflows.outcomes import Outcome, Succeeded
from orchestrator.workflows.run import Run
from orchestrator.workflows.verification import wait_for_hosts

TOLD = (Role.UNIT, Role.OFFICE, Role.PROVIDER)


def suspend(run: Run) -> Outcome:
    """Close the groups first, since that is what stops the harm, then stop the servers; :func:`resume` is its undo."""
    run.step("isolate", lambda: _isolate(run))
    return Succeeded(run.step("stop", lambda: _stop(run)))


def _isolate(run: Run) -> dict[str, Any]:
    run.ports.power.isolate(run.environment.name, run.job)
    return {}


def _stop(run: Run) -> dict[str, Any]:
    run.ports.power.stop(run.environment.name, run.job)
    return {"hosts": len(run.environment.outputs.hosts)}


def settle_suspend(run: Run, tx: Transaction, outcome: Outcome) -> None:
    """Record the suspension; anything less stays open and is retried."""
    if not isinstance(outcome, Succeeded):
        return
    now = run.ports.clock.now()
    environment = tx.environments.get(run.environment.name)
    if EnvironmentEvent.SUSPEND in ENVIRONMENT.events(environment.state):
        move_environment(tx, environment, EnvironmentEvent.SUSPEND, suspended_at=now)
    _finish(run, tx, "suspended", "environment-suspended")


def resume(run: Run) -> Outcome:
    """Open the groups as the specification says, start the servers, and wait until they answer."""
    run.step("reconnect", lambda: _reconnect(run))
    run.step("start", lambda: _start(run))
    return Succeeded(run.step("hosts", lambda: _hosts(run, run.environment.outputs)))


def _reconnect(run: Run) -> dict[str, Any]:
    run.ports.power.reconnect(run.environment.name, run.job)
    return {}


def _start(run: Run) -> dict[str, Any]:
    run.ports.power.start(run.environment.name, run.job)
    return {}


def _hosts(run: Run, outputs: Outputs) -> dict[str, Any]:
    return wait_for_hosts(run, run.environment.spec, outputs)


def settle_resume(run: Run, tx: Transaction, outcome: Outcome) -> None:
    """Record the end of the suspension."""
    if not isinstance(outcome, Succeeded):
        return
    environment = tx.environments.get(run.environment.name)
    move_environment(tx, environment, EnvironmentEvent.RESUME, suspended_at=None)
    _finish(run, tx, "resumed", "environment-resumed")


def _finish(run: Run, tx: Transaction, result: str, notice: str) -> None:
    if run.operation.request is not None:
        close_request(run.ports, tx, run.operation.request, result)
    facts = {"request": run.operation.request or ""}
    tell(tx, notice, run.operation.id, run.environment.name, TOLD, facts, run.ports.clock.now())

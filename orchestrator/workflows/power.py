"""``stop`` and ``start``: servers off at the end of a test period (Art. 13), and on again; data stays."""

from __future__ import annotations

from typing import Any

from orchestrator.domain.records import OperationKind, Role
from orchestrator.ports import Transaction
from orchestrator.workflows.notices import tell
from orchestrator.workflows.outcomes import Outcome, Succeeded
from orchestrator.workflows.run import Run

NOTICES = {OperationKind.STOP: "environment-stopped", OperationKind.START: "environment-started"}


def stop(run: Run) -> Outcome:
    """Stop every server of the environment; :func:`start` is its undo."""
    return Succeeded(run.step("stop", lambda: _stop(run)))


def _stop(run: Run) -> dict[str, Any]:
    run.ports.power.stop(run.environment.name, run.job)
    return {"hosts": len(run.environment.outputs.hosts)}


def start(run: Run) -> Outcome:
    """Start every server of the environment; :func:`stop` is its undo."""
    return Succeeded(run.step("start", lambda: _start(run)))


def _start(run: Run) -> dict[str, Any]:
    run.ports.power.start(run.environment.name, run.job)
    return {"hosts": len(run.environment.outputs.hosts)}


def settle(run: Run, tx: Transaction, outcome: Outcome) -> None:
    """Tell unit and office when it is done."""
    if isinstance(outcome, Succeeded):
        key, now = NOTICES[run.operation.kind], run.ports.clock.now()
        tell(tx, key, run.operation.id, run.environment.name, (Role.UNIT, Role.OFFICE), {}, now)

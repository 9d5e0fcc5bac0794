"""``bootstrap``: somebody asks that every host of an environment is brought to its baseline, or what that would change.

It has no undo: what it does may be repeated, and takes nothing away that a unit brought.
"""

from __future__ import annotations

from typing import Any

from orchestrator.domain.records import Operation, OperationKind, StepEvent, StepStatus
from orchestrator.domain.records.people import Actor
from orchestrator.ports import HostOutcome, Transaction
from orchestrator.workflows import baseline
from orchestrator.workflows.context import Ports
from orchestrator.workflows.manner import Manner
from orchestrator.workflows.moves import queue_operation
from orchestrator.workflows.outcomes import Outcome, Succeeded
from orchestrator.workflows.permissions import Command, permit
from orchestrator.workflows.readiness import refuse_unfit
from orchestrator.workflows.run import Run

MANNER = "manner"
"""The operation's parameter."""


def ask(ports: Ports, name: str, manner: Manner, actor: Actor) -> Operation:
    """Have every host of an environment brought to its baseline, or have it said what that would change.

    Raises:
        RefusedError: The actor may not.
        ConflictError: The environment is in no state for it.
    """
    permit(Command.BOOTSTRAP, actor)
    with ports.records.transaction() as tx:
        environment = tx.environments.get(name)
        refuse_unfit(environment, OperationKind.BOOTSTRAP)
        parameters = {MANNER: str(manner)}
        operation = queue_operation(ports, tx, OperationKind.BOOTSTRAP, name, None, actor, parameters)
        facts = {"operation": operation.id, MANNER: str(manner)}
        tx.audit.append(ports.clock.now(), actor, "bootstrap.asked", name, facts)
        return operation


def work(run: Run) -> Outcome:
    """Run the play, and tell every change on every host."""
    return Succeeded(run.step(baseline.PHASE, lambda: _bring(run)))


def _bring(run: Run) -> dict[str, Any]:
    environment = run.environment
    manner = Manner(run.operation.parameters.get(MANNER, Manner.FOR_GOOD))
    wanted = baseline.rehearsal(environment) if manner is Manner.REHEARSAL else baseline.for_good(environment)
    outcome = baseline.play(run, environment, wanted)
    for host in outcome.hosts:
        _tell(run, host, manner)
    baseline.refuse_failed(environment, outcome)
    changed = sum(1 for host in outcome.hosts if host.changed)
    return {"hosts": len(outcome.hosts), "would_change" if manner is Manner.REHEARSAL else "changed": changed}


def _tell(run: Run, host: HostOutcome, manner: Manner) -> None:
    for line in host.told.get("changes", ()):
        detail = f"would be: {line}" if manner is Manner.REHEARSAL else line
        run.watch(StepEvent(phase=baseline.PHASE, status=StepStatus.NOTE, resource=host.host, detail=detail))


def settle(run: Run, tx: Transaction, outcome: Outcome) -> None:
    """A baseline changes nothing on record beyond the facts that it kept."""
    del run, tx, outcome

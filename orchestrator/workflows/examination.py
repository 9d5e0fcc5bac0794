"""``check``: every byte of the stored backups is read, and what has a fault does not count any more (Art. 30)."""

from __future__ import annotations

from typing import Any

from orchestrator.domain.deadlines import recovery_point, subject_of
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.names import Stage
from orchestrator.domain.records import Actor, Backup, Operation, OperationKind, Role
from orchestrator.ports import Examination, Transaction
from orchestrator.workflows.context import Ports
from orchestrator.workflows.filing import set_deadline
from orchestrator.workflows.moves import queue_operation
from orchestrator.workflows.notices import tell
from orchestrator.workflows.outcomes import Outcome, Succeeded
from orchestrator.workflows.permissions import Command, permit
from orchestrator.workflows.readiness import refuse_unfit
from orchestrator.workflows.rulebooks import rulebook_of
from orchestrator.workflows.run import Run

ENGINE = Actor(name="engine", role=Role.SYSTEM, door="worker")
TOLD_FAULTS = 20


def ask(ports: Ports, name: str, kind: OperationKind, actor: Actor) -> Operation:
    """Have an environment backed up or its stored backups checked now, beyond their rhythm.

    Raises:
        RefusedError: The actor may not.
        ConflictError: The environment is in no state for it.
    """
    permit(Command.BACK_UP if kind is OperationKind.BACKUP else Command.CHECK, actor)
    with ports.records.transaction() as tx:
        refuse_unfit(tx.environments.get(name), kind)
        operation = queue_operation(ports, tx, kind, name, None, actor)
        tx.audit.append(ports.clock.now(), actor, f"{kind}.asked", name, {"operation": operation.id})
        return operation


def work(run: Run) -> Outcome:
    """Read the store; a fault fails the operation, after it is on record which backups are in doubt."""
    return Succeeded(run.step("check", lambda: _examined(run)))


def _examined(run: Run) -> dict[str, Any]:
    found = run.ports.backups.examine(run.environment, run.job)
    if found.faults:
        doubted = run.change(lambda tx: _doubt(run, tx, found))
        raise OperationFailedError(
            f"the stored backups of {run.environment.name} have faults",
            detail="; ".join(found.faults[:TOLD_FAULTS]),
            rule="Art. 30",
            hint=f"{doubted} backups do not count any more, and none was removed; make a new one: "
            f"tenure backup {run.environment.name}",
        )
    return {"backups": found.snapshots, "bytes": found.bytes}


def _doubt(run: Run, tx: Transaction, found: Examination) -> int:
    """Let the backups of a place not count any more; without a sound one the environment has none, and is told so."""
    now, environment = run.ports.clock.now(), run.environment
    known = [one for one in tx.backups.of(subject_of(environment)) if not one.final]
    doubted = [one for one in known if one.sound and one.place == found.place]
    for one in doubted:
        tx.backups.put(one.model_copy(update={"doubted_at": now}))
    facts = {"backups": [one.id for one in doubted], "faults": list(found.faults[:TOLD_FAULTS])}
    tx.audit.append(now, ENGINE, "backups.doubted", environment.name, facts)
    to = (Role.UNIT, Role.OFFICE, Role.PROVIDER)
    tell(tx, "backups-damaged", f"{run.operation.id}/{run.operation.attempt}", environment.name, to, facts, now)
    if environment.stage is not Stage.TEST:
        _set_recovery_point(run, tx, [one for one in known if one.sound and one not in doubted])
    return len(doubted)


def _set_recovery_point(run: Run, tx: Transaction, sound: list[Backup]) -> None:
    """Let the time run from the newest backup that still counts, or from the first day."""
    environment = run.environment
    since = sound[0].taken_at if sound else environment.ready_at or environment.created_at
    rulebook = rulebook_of(run.ports, tx, tx.requests.get(environment.request))
    set_deadline(tx, recovery_point(since, environment, rulebook))


def settle(run: Run, tx: Transaction, outcome: Outcome) -> None:
    """A check changes nothing beyond what it put on record; a failed one is told by the operation's end."""
    del run, tx, outcome

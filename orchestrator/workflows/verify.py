"""``verify``: the newest backup and an older one are restored on throw-away hosts and compared (Art. 30).

Where backups are snapshots, which cannot leave their project, they are restored beside the originals instead.
"""

from __future__ import annotations

from typing import Any

from orchestrator.domain.drill import ThrowAway, Trial
from orchestrator.domain.errors import ConflictError, OperationFailedError
from orchestrator.domain.model import Model
from orchestrator.domain.records import Actor, Backup, Environment, Operation, OperationKind, ReportKind, Role
from orchestrator.ports import Transaction
from orchestrator.workflows import trials
from orchestrator.workflows.context import Ports
from orchestrator.workflows.moves import queue_operation
from orchestrator.workflows.notices import tell
from orchestrator.workflows.outcomes import Outcome, Succeeded
from orchestrator.workflows.permissions import Command, permit
from orchestrator.workflows.readiness import refuse_unfit
from orchestrator.workflows.run import Run
from orchestrator.workflows.throwaway import Tried, left_standing, tried

TOLD = (Role.UNIT, Role.OFFICE, Role.PROVIDER)


class Verification(Model):
    """The evidence of one verification, as its report keeps it.

    Attributes:
        throwaway: Where it was done; ``None`` where backups were restored beside their originals.
    """

    trials: tuple[Trial, ...]
    throwaway: ThrowAway | None = None


class NotAsItWasError(OperationFailedError):
    """A restored backup is not what was backed up."""

    code = "not-as-it-was"


def ask(ports: Ports, name: str, actor: Actor) -> Operation:
    """Have the newest backup and an older one restored and compared.

    Raises:
        RefusedError: The actor may not.
        ConflictError: There is no backup, or the environment is in no state for it.
    """
    permit(Command.VERIFY, actor)
    with ports.records.transaction() as tx:
        environment = tx.environments.get(name)
        chosen(tx, environment, "")
        refuse_unfit(environment, OperationKind.VERIFY)
        operation = queue_operation(ports, tx, OperationKind.VERIFY, name, None, actor)
        tx.audit.append(ports.clock.now(), actor, "verify.asked", name, {"operation": operation.id})
        return operation


def chosen(tx: Transaction, environment: Environment, chance: str) -> tuple[Backup, ...]:
    """Choose what is verified; ConflictError when there is no backup at all."""
    trials.refuse_throwaway(environment)
    known = tuple(one for one in trials.backups_of(tx, environment) if not one.final)
    if not known:
        raise ConflictError(
            f"{environment.name} has no backup that could be verified",
            rule="Art. 30",
            hint=f"tenure backup {environment.name}",
        )
    return trials.newest_and_another(tuple(one for one in known if one.sound) or known, chance)


def work(run: Run) -> Outcome:
    """Choose, restore, compare, keep the evidence, and fail when anything is not as it was."""
    known = trials.filed(run, ReportKind.VERIFICATION)
    found = _verified(run) if known is None else Verification.model_validate(known.body)
    different = [one for one in found.trials if not one.equal]
    if different:
        raise NotAsItWasError(
            f"backup {different[0].backup} of {run.environment.name} did not come back as it was",
            detail="; ".join(f"{one.backup}: {'; '.join(one.differences[:20])}" for one in different),
            rule="Art. 30",
            hint=f"it no longer counts as a backup; tenure backup {run.environment.name} makes another",
        )
    if found.throwaway is not None and found.throwaway.left:
        raise left_standing(found.throwaway.name, found.throwaway.left)
    return Succeeded(result_of(found))


def result_of(found: Verification) -> dict[str, Any]:
    """Give the small facts for people and pipelines."""
    return {
        "backups": ", ".join(one.backup for one in found.trials),
        "files": sum(one.files for one in found.trials),
        "restore_seconds": round(sum(one.seconds for one in found.trials), 3),
    }


def _verified(run: Run) -> Verification:
    with run.ports.records.read() as tx:
        backups = chosen(tx, run.environment, run.operation.id)
    if not all(run.ports.ground.restorable(one) for one in backups):
        done = Verification(trials=tuple(_beside(run, one) for one in backups))
    else:
        done = _elsewhere(run, backups)
    run.change(lambda tx: _keep(run, tx, done))
    return done


def _beside(run: Run, backup: Backup) -> Trial:
    kept = run.each_time("compare", lambda: trials.compared(run, backup).model_dump(mode="json"))
    return Trial.model_validate(kept)


def _elsewhere(run: Run, backups: tuple[Backup, ...]) -> Verification:
    outcome: Tried[tuple[Trial, ...]] = tried(
        run, trials.roles_in(run.environment, backups), lambda copy: _try_each(run, backups, copy)
    )
    if outcome.fault is not None:
        raise outcome.fault
    return Verification(trials=outcome.result or (), throwaway=outcome.throwaway)


def _try_each(run: Run, backups: tuple[Backup, ...], copy: Environment) -> tuple[Trial, ...]:
    """Restore one after the other, each onto empty volumes."""
    done: list[Trial] = []
    for backup in backups:
        if done:
            run.each_time("clear", lambda: _clear(run, copy))
        done.append(_restored(run, backup, copy))
    return tuple(done)


def _clear(run: Run, copy: Environment) -> dict[str, Any]:
    run.ports.ground.clear(copy, run.job_for(copy.spec))
    return {}


def _restored(run: Run, backup: Backup, copy: Environment) -> Trial:
    kept = run.each_time("restore", lambda: trials.restored(run, backup, copy).model_dump(mode="json"))
    return Trial.model_validate(kept)


def _keep(run: Run, tx: Transaction, done: Verification) -> None:
    now = run.ports.clock.now()
    for trial in done.trials:
        trials.judge(tx, trial, now)
    report = trials.file_report(run, tx, ReportKind.VERIFICATION, done.model_dump(mode="json"))
    different = [one.backup for one in done.trials if not one.equal]
    facts = {"report": report.id, "operation": run.operation.id, "backups": [one.backup for one in done.trials]}
    tx.audit.append(now, run.operation.asked_by, "backups.verified", run.environment.name, facts | {"no": different})
    if different:
        told = {**facts, "different": different}
        tell(tx, "backup-not-as-it-was", report.id, run.environment.name, TOLD, told, now)


def settle(run: Run, tx: Transaction, outcome: Outcome) -> None:
    """Nothing beyond the report, which is on record already."""
    del run, tx, outcome

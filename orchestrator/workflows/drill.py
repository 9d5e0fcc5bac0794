"""``drill``: a live environment is rebuilt from its backup where nobody depends on it, against the clock (Art. 44).

The copy is isolated, the restore is compared with the manifest of its backup, and negative controls have to fail: a
store that opens with any key, or a flipped bit that nobody notices, would make every good end worthless. The copy is
removed and the report is written, whatever came of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from orchestrator.domain.drill import Attempt, Control, DrillReport, ThrowAway, Trial, Verdict
from orchestrator.domain.errors import ConflictError, OperationFailedError, RefusedError
from orchestrator.domain.names import Stage
from orchestrator.domain.records import Actor, Backup, Environment, Operation, OperationKind, ReportKind, Role
from orchestrator.domain.rulebook import Rulebook
from orchestrator.ports import Transaction
from orchestrator.workflows import trials
from orchestrator.workflows.context import Ports
from orchestrator.workflows.drill_dates import meet_date, next_in_turn
from orchestrator.workflows.moves import queue_operation
from orchestrator.workflows.notices import tell
from orchestrator.workflows.outcomes import Outcome, Succeeded
from orchestrator.workflows.permissions import Command, permit
from orchestrator.workflows.readiness import refuse_unfit
from orchestrator.workflows.rulebooks import rulebook_of
from orchestrator.workflows.run import Run
from orchestrator.workflows.throwaway import tried

ARTICLE = "Art. 44"
TOLD = (Role.UNIT, Role.OFFICE, Role.PROVIDER)
AT = "at"
"""Parameter: the instant by which the backup was taken; the newest without it."""


class DrillFailedError(OperationFailedError):
    """A drill did not show what it has to show."""

    code = "drill-failed"


@dataclass(frozen=True)
class Exercise:
    """What was done in the copy.

    Attributes:
        recovered: Seconds from the drill's start until everything was restored and compared.
    """

    trial: Trial
    recovered: float
    controls: tuple[Attempt, ...]


@dataclass(frozen=True)
class Intent:
    """What a drill would do."""

    environment: Environment
    backup: Backup


def intend(ports: Ports, tx: Transaction, name: str, at: datetime | None) -> Intent:
    """Choose environment and backup, and refuse what cannot be drilled.

    Args:
        ports: For the clock and the ground.
        tx: The records.
        name: The environment; empty for the one whose turn it is.
        at: The newest backup that was taken by then; the newest of all without it.

    Raises:
        ConflictError: There is no environment, or no backup.
        RefusedError: It is a test, or its backups cannot leave their project.
    """
    environment = _in_turn(tx) if not name else tx.environments.get(name)
    trials.refuse_throwaway(environment)
    if environment.stage is Stage.TEST:
        raise RefusedError(
            f"{environment.name} is a test environment: its data is not kept by backups",
            rule=ARTICLE,
            hint="name a trial or production environment; tenure env list",
        )
    refuse_unfit(environment, OperationKind.DRILL)
    backup = trials.newest_before(tx, environment, at or ports.clock.now())
    if not ports.ground.restorable(backup):
        raise RefusedError(
            f"backup {backup.id} of {environment.name} cannot be restored elsewhere",
            detail="it is a set of snapshots inside the environment's own project",
            rule=ARTICLE,
            hint="set TENURE_BACKUP_STORE, then tenure backup; a drill needs a backup outside of what was lost",
        )
    return Intent(environment, backup)


def _in_turn(tx: Transaction) -> Environment:
    found = next_in_turn(tx)
    if found is None:
        raise ConflictError("there is no live environment to hold a drill of", rule=ARTICLE, hint="tenure env list")
    return found


def ask(ports: Ports, name: str, actor: Actor, at: datetime | None = None) -> Operation:
    """Have a drill held; see :func:`intend` for what is refused."""
    permit(Command.DRILL, actor)
    with ports.records.transaction() as tx:
        intent = intend(ports, tx, name, at)
        parameters = {} if at is None else {AT: at.isoformat()}
        operation = queue_operation(
            ports, tx, OperationKind.DRILL, intent.environment.name, None, actor, parameters=parameters
        )
        facts = {"operation": operation.id, "backup": intent.backup.id}
        tx.audit.append(ports.clock.now(), actor, "drill.asked", intent.environment.name, facts)
        return operation


def work(run: Run) -> Outcome:
    """Hold the drill, write its report, and fail when it did not show what it has to."""
    known = trials.filed(run, ReportKind.DRILL)
    report = _hold(run) if known is None else DrillReport.model_validate(known.body)
    if report.verdict is Verdict.FAILED:
        reasons = report.shortcomings or ("nothing was restored",)
        raise DrillFailedError(
            f"the drill of {run.environment.name} failed: {reasons[0]}",
            detail="; ".join(reasons[1:]),
            rule=ARTICLE,
            hint=f"tenure drill report {run.operation.id}; tenure operation retry {run.operation.id} holds it anew",
        )
    return Succeeded(result_of(report))


def result_of(report: DrillReport) -> dict[str, Any]:
    """Give the small facts for people and pipelines."""
    trial = report.trial
    return {
        "verdict": str(report.verdict),
        "backup": "" if trial is None else trial.backup,
        "files": 0 if trial is None else trial.files,
        "recovery_seconds": report.recovery_seconds,
        "point_seconds": report.point_seconds,
        "controls": len(report.controls),
    }


def _hold(run: Run) -> DrillReport:
    began_at = run.ports.clock.now()
    at = run.operation.parameters.get(AT)
    with run.ports.records.read() as tx:
        by = began_at if at is None else datetime.fromisoformat(str(at))
        backup = intend(run.ports, tx, run.environment.name, by).backup
        rulebook = rulebook_of(run.ports, tx, tx.requests.get(run.environment.request))
    run.note("drill", f"backup {backup.id} of {backup.taken_at.isoformat()}")
    done = tried(run, None, lambda copy: _exercise(run, backup, copy))
    report = _report(run, rulebook, began_at, backup, done.throwaway, done.result)
    if done.fault is not None:
        fault = done.fault.diagnostic
        why = " ".join(filter(None, (fault.summary, fault.detail)))
        report = report.model_copy(update={"faults": (why,)})
    run.change(lambda tx: _keep(run, tx, report))
    return report


def _exercise(run: Run, backup: Backup, copy: Environment) -> Exercise:
    kept = run.each_time("restore", lambda: trials.restored(run, backup, copy).model_dump(mode="json"))
    recovered = round(run.execution.elapsed_seconds(), 3)
    controls = tuple(_attempt(run, control, backup, copy) for control in Control)
    return Exercise(Trial.model_validate(kept), recovered, controls)


def _attempt(run: Run, control: Control, backup: Backup, copy: Environment) -> Attempt:
    """Run one negative control; one that could not be run is no proof."""
    began = run.execution.elapsed_seconds()

    def attempt() -> dict[str, Any]:
        try:
            found = run.ports.ground.attempt(control, backup, run.environment, copy, run.job_for(copy.spec))
        except OperationFailedError as error:
            if run.execution.cancelled():
                raise
            found = Attempt(control=control, refused=False, said=f"it did not run: {error.diagnostic.summary}")
        seconds = round(run.execution.elapsed_seconds() - began, 3)
        return found.model_copy(update={"seconds": seconds}).model_dump(mode="json")

    found = Attempt.model_validate(run.each_time(f"control-{control}", attempt))
    run.note("control", f"{control}: {'failed as it has to' if found.refused else 'DID NOT FAIL'}: {found.said}")
    return found


def _report(
    run: Run, rulebook: Rulebook, began_at: datetime, backup: Backup, copy: ThrowAway, exercise: Exercise | None
) -> DrillReport:
    spec, care = run.environment.spec, rulebook.care
    return DrillReport(
        environment=run.environment.name,
        stage=run.environment.stage,
        unit=spec.unit_name or spec.unit,
        system=spec.system_name or spec.system,
        operation=run.operation.id,
        asked_by=run.operation.asked_by,
        began_at=began_at,
        ended_at=run.ports.clock.now(),
        trial=None if exercise is None else exercise.trial,
        recovery_seconds=0.0 if exercise is None else exercise.recovered,
        recovery_target_seconds=timedelta(minutes=care.recovery_time.value).total_seconds(),
        point_seconds=(began_at - backup.taken_at).total_seconds(),
        point_target_seconds=timedelta(hours=care.recovery_point.value).total_seconds(),
        controls=() if exercise is None else exercise.controls,
        throwaway=copy,
    )


def _keep(run: Run, tx: Transaction, report: DrillReport) -> None:
    now = run.ports.clock.now()
    if report.trial is not None:
        trials.judge(tx, report.trial, now)
    filed = trials.file_report(run, tx, ReportKind.DRILL, report.model_dump(mode="json"))
    facts = {"report": filed.id, "operation": run.operation.id, **result_of(report)}
    tx.audit.append(now, run.operation.asked_by, "drill.held", run.environment.name, facts)
    shortcomings = list(report.shortcomings)
    tell(tx, f"drill-{report.verdict}", filed.id, run.environment.name, TOLD, facts | {"why": shortcomings}, now)


def settle(run: Run, tx: Transaction, outcome: Outcome) -> None:
    """Meet the quarter's date when the drill was held to the end; a failed one leaves it open."""
    if isinstance(outcome, Succeeded):
        meet_date(run.ports, tx, run.ports.clock.now())

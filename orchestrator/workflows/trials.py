"""Restores that are tried: which backups, onto which hosts, and the report that proves it (Art. 30, 44)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.drill import Trial
from orchestrator.domain.errors import ConflictError, OperationFailedError
from orchestrator.domain.names import Stage
from orchestrator.domain.records import Backup, Comparison, Environment, Report, ReportKind
from orchestrator.ports import Job, RestoreOrder, Transaction
from orchestrator.workflows.run import Run

REPORTS_LOOKED_AT = 100
REPORT = "report"
"""In the operation's result: its report."""

type Comparing = Callable[[], Comparison]


def backups_of(tx: Transaction, environment: Environment) -> tuple[Backup, ...]:
    """Give the backups of an environment's life that are still there, newest first, the one in escrow too."""
    return tuple(one for one in tx.backups.of(subject_of(environment)) if one.removed_at is None)


def newest_before(tx: Transaction, environment: Environment, instant: datetime) -> Backup:
    """Give the newest backup that was taken by an instant; one in doubt only when there is no other.

    Raises:
        ConflictError: There is none; it says which ones there are.
    """
    known = backups_of(tx, environment)
    fitting = [one for one in known if one.taken_at <= instant]
    found = next((one for one in fitting if one.sound), fitting[0] if fitting else None)
    if found is None:
        there = ", ".join(one.taken_at.isoformat() for one in known[:10]) or "none"
        raise ConflictError(
            f"{environment.name} has no backup of {instant.isoformat()} or earlier",
            detail=f"backups were taken at: {there}",
            field="at",
            rule="Art. 30",
            hint=f"tenure backup list {environment.name}",
        )
    return found


def newest_and_another(known: tuple[Backup, ...], chance: str) -> tuple[Backup, ...]:
    """Give the newest backup, and an older one that chance chose; ``chance`` is any text, and the same gives the same.

    The older one comes first: what the newest brings must not make up for what the older one lacks.
    """
    older = known[1:]
    if not older:
        return known
    number = int.from_bytes(hashlib.sha256(chance.encode()).digest()[:8])
    return (older[number % len(older)], known[0])


def roles_in(environment: Environment, backups: Iterable[Backup]) -> frozenset[str]:
    """Give the roles whose hosts have something in the backups."""
    hosts = {item.host for one in backups for item in one.items}
    return frozenset(role.name for role in environment.spec.roles if hosts & set(role.host_names()))


def restored(run: Run, backup: Backup, copy: Environment) -> Trial:
    """Bring a backup onto the hosts of a throw-away copy, and say whether everything came back as it was."""
    job = Job(operation=run.operation.id, spec=copy.spec, control=run.execution, watch=run.watch)
    return _timed(run, backup, lambda: run.ports.backups.restore(backup, copy, RestoreOrder(), job))


def compared(run: Run, backup: Backup) -> Trial:
    """Restore a backup beside the original, as snapshots want it, and say whether it is as it was."""
    return _timed(run, backup, lambda: run.ports.backups.compare(run.environment, backup, run.job))


def _timed(run: Run, backup: Backup, work: Comparing) -> Trial:
    """Try one backup; one that cannot be restored at all is a difference, and the others get their turn."""
    run.stop_if_asked()
    began = run.execution.elapsed_seconds()
    try:
        found = work()
    except OperationFailedError as error:
        if run.execution.cancelled():
            raise
        why = " ".join(filter(None, (error.diagnostic.summary, error.diagnostic.detail)))
        found = Comparison(backup=backup.id, files=0, differences=(f"it could not be restored: {why}",))
    return Trial(
        backup=backup.id,
        taken_at=backup.taken_at,
        files=found.files,
        differences=found.differences,
        seconds=round(run.execution.elapsed_seconds() - began, 3),
    )


def judge(tx: Transaction, trial: Trial, now: datetime) -> None:
    """Write down what a trial says of its backup: it counts from then on, or does not count any more."""
    known = tx.backups.get(trial.backup)
    verdict = {"compared_at": now, "doubted_at": None} if trial.equal else {"compared_at": None, "doubted_at": now}
    tx.backups.put(known.model_copy(update=verdict))


def file_report(run: Run, tx: Transaction, kind: ReportKind, body: dict[str, Any]) -> Report:
    """Keep what was found out; the operation says which report is its own, until somebody asks for a retry."""
    report = Report(
        id=run.ports.ids.new("rep"),
        environment=run.environment.name,
        subject=subject_of(run.environment),
        kind=kind,
        operation=run.operation.id,
        at=run.ports.clock.now(),
        body=body,
    )
    tx.reports.add(report)
    operation = tx.operations.get(run.operation.id)
    tx.operations.put(operation.model_copy(update={"result": {REPORT: report.id}}), expected=operation)
    return report


def filed(run: Run, kind: ReportKind) -> Report | None:
    """Give the report that an earlier attempt of this operation filed before it died, if it did."""
    with run.ports.records.read() as tx:
        wanted = tx.operations.get(run.operation.id).result.get(REPORT)
        known = tx.reports.list(environment=run.environment.name, kind=kind, limit=REPORTS_LOOKED_AT)
    return next((one for one in known if one.id == wanted), None)


def refuse_throwaway(environment: Environment) -> None:
    """Raise ConflictError for a throw-away copy: it belongs to the operation that made it."""
    if environment.stage is Stage.DRILL:
        raise ConflictError(
            f"{environment.name} is a throw-away environment",
            detail="it belongs to the verification or drill that made it, and goes away with it",
            rule="Art. 44",
            hint="name the live environment",
        )

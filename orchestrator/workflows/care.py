"""``backup`` and ``final-backup``: copies of the data, and the evidence that the last one can be restored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from orchestrator.domain.calendar import local_date
from orchestrator.domain.deadlines import escrow_end, recovery_point, subject_of
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.names import Stage
from orchestrator.domain.records import Actor, Backup, Evidence, EvidenceKind, Role
from orchestrator.domain.rulebook import Rulebook
from orchestrator.ports import Transaction
from orchestrator.workflows.filing import set_deadline
from orchestrator.workflows.notices import tell
from orchestrator.workflows.outcomes import Outcome, Succeeded
from orchestrator.workflows.rulebooks import rulebook_of
from orchestrator.workflows.run import Run

ENGINE = Actor(name="engine", role=Role.SYSTEM, door="worker")


def take(run: Run, why: str) -> dict[str, Any]:
    """Copy the data inside the project and drop the oldest copies beyond what the rulebook keeps (Art. 30)."""
    made = copy_now(run, why)
    _drop_old(run)
    return made


def copy_now(run: Run, why: str) -> dict[str, Any]:
    """Copy the data and drop nothing: before a restore the oldest copy may be the one that is wanted."""
    as_of = run.ports.clock.now()
    made = run.ports.backups.take(run.environment, _backup_id(run), run.job)
    run.change(lambda tx: _record(run, tx, made, why, as_of))
    return {"backup": made.id, "volumes": len(made.items), "files": sum(item.files for item in made.items)}


def _backup_id(run: Run) -> str:
    """Give one id to every attempt until somebody asks for a retry: a repeated one finds what the first one made."""
    asked = run.operation.queued_at.strftime("%d%H%M%S")
    return f"bak-{run.operation.id.removeprefix('op-')}-{asked}"


def _record(run: Run, tx: Transaction, backup: Backup, why: str, as_of: datetime) -> None:
    """Put a backup on record; the time in which the next has to follow runs from what its data show."""
    if run.environment.stage is not Stage.TEST:
        set_deadline(tx, recovery_point(as_of, run.environment, _rulebook(run, tx)))
    tx.backups.put(backup.model_copy(update={"taken_at": run.ports.clock.now()}))
    facts = {"backup": backup.id, "volumes": len(backup.items), "why": why, "operation": run.operation.id}
    tx.audit.append(run.ports.clock.now(), ENGINE, "backup.taken", backup.environment, facts)


def _drop_old(run: Run) -> None:
    """Drop what is beyond the number that is kept; a backup that nobody can trust is none of that number.

    So a fault never makes room: those in doubt go last, when enough sound ones have been made since.
    """
    with run.ports.records.read() as tx:
        kept = _kept(run, tx)
        there = [each for each in tx.backups.of(subject_of(run.environment)) if not each.final and not each.removed_at]
    sound = [each for each in there if each.sound]
    in_doubt = [each for each in there if not each.sound] if len(sound) >= kept else []
    for old in sound[kept:] + in_doubt:
        drop(run, old)


def _kept(run: Run, tx: Transaction) -> int:
    if run.environment.stage is Stage.TEST:
        return 1
    wished = run.ports.library.blueprint(run.environment.spec.blueprint).care.backups_kept
    return wished or int(_rulebook(run, tx).care.backups_kept.value)


def drop(run: Run, old: Backup) -> None:
    """Remove a backup and write down when."""
    run.ports.backups.remove(old, run.job)
    gone = old.model_copy(update={"removed_at": run.ports.clock.now()})
    run.change(lambda tx: tx.backups.put(gone))


def backup(run: Run) -> Outcome:
    """Copy the data, as the rulebook's schedule wants it from the first day (Art. 30)."""
    return Succeeded(run.step("copy", lambda: take(run, "schedule")))


def settle_backup(run: Run, tx: Transaction, outcome: Outcome) -> None:
    """A backup changes nothing beyond the copy that it made; a failed one is told by the operation's end."""
    del run, tx, outcome


def escrow(run: Run) -> dict[str, Any]:
    """Copy the last state into the office's escrow (Art. 16)."""
    made = run.ports.backups.escrow(run.environment, _backup_id(run), run.job)
    run.change(lambda tx: _keep_escrow(run, tx, made))
    return made.model_dump(mode="json")


def _keep_escrow(run: Run, tx: Transaction, made: Backup) -> None:
    """Put it on record with its end date the moment that it exists: nothing is kept that nobody knows of."""
    rulebook = _rulebook(run, tx)
    now = run.ports.clock.now()
    until = rulebook.care.escrow.after(local_date(now), run.ports.library.calendar()).day
    kept = made.model_copy(update={"until": until, "taken_at": now})
    tx.backups.put(kept)
    set_deadline(tx, escrow_end(until, kept, rulebook))
    facts = {"backup": kept.id, "volumes": len(kept.items), "until": until.isoformat(), "place": kept.place}
    tx.audit.append(now, ENGINE, "backup.escrowed", kept.environment, facts)


def _rulebook(run: Run, tx: Transaction) -> Rulebook:
    request_id = run.operation.request or run.environment.request
    return rulebook_of(run.ports, tx, tx.requests.get(request_id))


def compare(run: Run, made: Backup) -> dict[str, Any]:
    """Restore a final backup beside its original and compare every file; one that differs is dropped (Art. 16)."""
    compared = run.ports.backups.compare(run.environment, made, run.job)
    if not compared.equal:
        drop(run, made)
        raise OperationFailedError(
            f"the restored backup of {made.environment} is not what was backed up",
            detail="; ".join(compared.differences[:20]),
            rule="Art. 16, 30",
            hint="nothing was removed; tenure operation retry makes the final backup anew",
        )
    return {"backup": made.id, "files": compared.files}


def settle_final_backup(run: Run, tx: Transaction, outcome: Outcome) -> None:
    """Give the request its evidence; without success it has none."""
    request_id = run.operation.request
    if not isinstance(outcome, Succeeded) or request_id is None:
        return
    now, request = run.ports.clock.now(), tx.requests.get(request_id)
    made = tx.backups.get(str(outcome.result["backup"]))
    tx.backups.put(made.model_copy(update={"compared_at": now}))
    facts = {**outcome.result, "operation": run.operation.id}
    shown = tuple(
        Evidence(kind=kind, by=ENGINE, at=now, facts=facts)
        for kind in (EvidenceKind.FINAL_BACKUP, EvidenceKind.RESTORE_COMPARED)
    )
    kept = tuple(each for each in request.evidence if each.kind not in {one.kind for one in shown})
    tx.requests.put(request.model_copy(update={"evidence": (*kept, *shown)}), expected=request)
    tell(tx, "final-backup-compared", run.operation.id, made.environment, (Role.UNIT, Role.OFFICE), facts, now)

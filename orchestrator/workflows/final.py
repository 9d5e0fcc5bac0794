"""``final-backup``: the last state goes into the office's escrow, and is rebuilt elsewhere before anything is removed.

A backup in the object store is restored onto throw-away hosts: that shows that it comes back without anything of the
environment that is about to go (Art. 16). A set of snapshots cannot leave the cloud's block storage, and is compared
there.
"""

from __future__ import annotations

from typing import Any

from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.records import Backup
from orchestrator.domain.throwaway import throwaway_spec
from orchestrator.workflows import care, trials
from orchestrator.workflows.outcomes import Outcome, Succeeded
from orchestrator.workflows.run import Run
from orchestrator.workflows.throwaway import tried


def work(run: Run) -> Outcome:
    """Copy the last state into the office's escrow, restore it, and compare every file (Art. 16)."""
    made = Backup.model_validate(run.step("escrow", lambda: care.escrow(run)))
    show = _rebuild if _has_room_elsewhere(run, made) else care.compare
    return Succeeded(run.step("compare", lambda: show(run, made)))


def _has_room_elsewhere(run: Run, made: Backup) -> bool:
    """Whether it can be rebuilt elsewhere; a full cloud does not hold up an end, and the comparison is the same."""
    if not made.items or not run.ports.ground.restorable(made):
        return False
    spec = throwaway_spec(run.environment.spec, run.ports.ground.reaches(), trials.roles_in(run.environment, (made,)))
    faults = run.ports.inventory.check(spec).faults
    for fault in faults:
        run.note("compare", f"no throw-away hosts, so it is read where it was made: {fault.summary}")
    return not faults


def _rebuild(run: Run, made: Backup) -> dict[str, Any]:
    roles = trials.roles_in(run.environment, (made,))
    trial = tried(run, roles, lambda copy: trials.restored(run, made, copy)).must
    if not trial.equal:
        care.drop(run, made)
        raise OperationFailedError(
            f"the restored backup of {made.environment} is not what was backed up",
            detail="; ".join(trial.differences[:20]),
            rule="Art. 16, 30",
            hint="nothing was removed; tenure operation retry makes the final backup anew",
        )
    return {"backup": made.id, "files": trial.files, "rebuilt": True}

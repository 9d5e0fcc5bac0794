"""Everything of an environment is removed, and the project's emptiness is shown, not believed (Art. 16).

Removal has no undo; that is why evidence stands before it and between its strokes (DESIGN.md decision 9).
"""

from __future__ import annotations

from typing import Any

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import OperationFailedError, PartlyDoneError, TenureError
from orchestrator.domain.names import Stage
from orchestrator.domain.records import StepEvent, StepStatus
from orchestrator.domain.rulebook import Treatment
from orchestrator.ports import FoundResource, leftovers
from orchestrator.workflows import care
from orchestrator.workflows.rulebooks import rulebook_of
from orchestrator.workflows.run import Doing, Run

ROUNDS = 5
"""How often leftovers are listed and removed before a person has to look: things that hang together go in turns."""


def take_away(run: Run, do: Doing) -> dict[str, Any]:
    """Remove everything of an environment, and show that its project is gone; gives the evidence.

    Args:
        run: The attempt, with the environment that goes.
        do: Does one step: :meth:`Run.step` for what is kept over attempts, :meth:`Run.each_time` for what is not.

    Raises:
        PartlyDoneError: Something is left, and it is named.
    """
    existed = do("existing", lambda: _existing(run))
    if run.recovering:
        run.each_time("recover", lambda: _recover(run))
    do("copies", lambda: _remove_copies(run))
    do("destroy", lambda: _destroy_resources(run))
    swept = do("inventory", lambda: _sweep(run))
    do("tenant", lambda: _destroy_tenant(run))
    return existed | swept | do("proof", lambda: _find_nothing(run))


def _existing(run: Run) -> dict[str, Any]:
    """List what there is, before anything is removed: what the certificate says existed."""
    found = run.ports.inventory.list_project(run.environment.name)
    return {"existed": [one.model_dump() for one in found], "begun_at": run.ports.clock.now().isoformat()}


def _recover(run: Run) -> dict[str, Any]:
    run.ports.provisioner.recover(run.job)
    return {}


def _remove_copies(run: Run) -> dict[str, Any]:
    """Remove backups and copies in the project: a volume with a snapshot cannot go; the escrowed one stays."""
    run.ports.rewind.forget(run.environment.name, "", run.job)
    with run.ports.records.read() as tx:
        known = tx.backups.of(subject_of(run.environment))
    for copy in [one for one in known if not one.final and one.removed_at is None]:
        run.stop_if_asked()
        care.drop(run, copy)
    return {}


def _destroy_resources(run: Run) -> dict[str, Any]:
    """Have the stack removed; what it does not know and is in its way goes first, if the rulebook says so."""
    try:
        run.ports.provisioner.destroy_resources(run.job)
    except OperationFailedError as error:
        if _treatment(run) is not Treatment.REMOVE:
            raise
        run.note("destroy", f"{error.diagnostic.summary}; what no state knows may be in the way and is removed first")
        removed = _remove_leftovers(run)
        run.ports.provisioner.destroy_resources(run.job)
        return {"in_the_way": removed}
    return {}


def _destroy_tenant(run: Run) -> dict[str, Any]:
    run.ports.provisioner.destroy_tenant(run.job)
    return {}


def _sweep(run: Run) -> dict[str, Any]:
    """Find nothing but the tenancy; what nobody's state knows is removed or reported, as the rulebook says."""
    swept = _remove_leftovers(run) if _treatment(run) is Treatment.REMOVE else []
    _refuse_leftovers(run, "inventory", _left(run))
    return {"swept": swept, "inventory_at": run.ports.clock.now().isoformat()}


def _remove_leftovers(run: Run) -> list[str]:
    """Remove everything but the tenancy, in turns, since things hang together; gives the ids of what was removed."""
    gone: set[str] = set()
    found = _left(run)
    for _ in range(ROUNDS):
        if not found:
            break
        run.stop_if_asked()
        for one in found:
            _remove(run, one)
        left = _left(run)
        gone |= {one.id for one in found} - {one.id for one in left}
        found = left
    return sorted(gone)


def _left(run: Run) -> tuple[FoundResource, ...]:
    return leftovers(run.ports.inventory.list_project(run.environment.name))


def _treatment(run: Run) -> Treatment:
    """Give what becomes of leftovers; in a throw-away environment nothing is anybody's."""
    if run.environment.stage is Stage.DRILL:
        return Treatment.REMOVE
    with run.ports.records.read() as tx:
        rulebook = rulebook_of(run.ports, tx, tx.requests.get(run.environment.request))
    return rulebook.care.leftovers(run.environment.stage).treatment


def _remove(run: Run, resource: FoundResource) -> None:
    """Remove one leftover; what cannot go yet is found again by the next round."""
    try:
        run.ports.inventory.remove_leftover(run.environment.name, resource)
    except TenureError as error:
        _tell(run, "inventory", StepStatus.NOTE, resource, f"not removed: {error.diagnostic.summary}")
        return
    _tell(run, "inventory", StepStatus.DONE, resource, "a leftover that no state knew, removed")


def _find_nothing(run: Run) -> dict[str, Any]:
    _refuse_leftovers(run, "proof", run.ports.inventory.list_project(run.environment.name))
    now = run.ports.clock.now().isoformat()
    return {"left": 0, "looked_at": now, "gone_at": now}


def _refuse_leftovers(run: Run, phase: str, found: tuple[FoundResource, ...]) -> None:
    for resource in found:
        _tell(run, phase, StepStatus.FAILED, resource, f"still there: {resource.id}")
    if found:
        names = ", ".join(f"{resource.service} {resource.type} {resource.name or resource.id}" for resource in found)
        raise PartlyDoneError(
            f"{len(found)} resources are left in {run.environment.name}",
            detail=names,
            rule="Art. 16",
            hint="nothing is recorded as retired; remove them, then tenure operation retry",
        )


def _tell(run: Run, phase: str, status: StepStatus, resource: FoundResource, detail: str) -> None:
    run.watch(
        StepEvent(
            phase=phase,
            status=status,
            resource=resource.name or resource.id,
            type=f"{resource.service}/{resource.type}",
            action="delete" if status is StepStatus.DONE else "",
            detail=detail,
        )
    )

"""Care of the repository itself: made, read whole, its unused room given back, a dead job's lock removed."""

from __future__ import annotations

from typing import Any

from orchestrator.adapters.restic.onhost.faults import HostFaultError, kind_of
from orchestrator.adapters.restic.onhost.restic import Child, Restic

TOLD_FAULTS = 20


def ready(request: dict[str, Any], restic: Restic) -> dict[str, Any]:
    """Say that this host has what its backups need: it would not have come here otherwise."""
    del request, restic
    return {}


def initialise(request: dict[str, Any], restic: Restic) -> dict[str, Any]:
    """Make an empty repository; restic refuses where one is."""
    del request
    restic.run("init")
    return {}


def check(request: dict[str, Any], restic: Restic) -> dict[str, Any]:
    """Read every byte; then, and only when all of it is whole, give back the room of snapshots that were dropped.

    Gives ``faults``. HostFaultError: it could not be read, which says nothing about it.
    """
    del request
    child = _checked(restic)
    try:
        child.wait()
    except HostFaultError as found:
        if found.kind != "damaged":
            raise
        return {"faults": _faults(child), "notes": restic.notes}
    restic.run("prune", "--quiet")
    return {"faults": [], "notes": restic.notes}


def _checked(restic: Restic) -> Child:
    """Give a check that has ended; begun anew when the lock of a dead job was in its way."""
    child = Child(restic, ["check", "--read-data"])
    child.process.wait()
    if child.process.returncode != 0 and kind_of(child.said()) == "locked":
        restic.unlock()
        child = Child(restic, ["check", "--read-data"])
    return child


def _faults(child: Child) -> list[str]:
    lines = [line.strip() for line in child.said().splitlines() if line.strip() and "retrying after" not in line]
    return lines[:TOLD_FAULTS] or ["restic says that the repository is damaged"]

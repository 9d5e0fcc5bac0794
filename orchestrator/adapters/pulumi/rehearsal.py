"""A copy of a stack's state without protections, to plan with.

Pulumi refuses to plan the removal of what is protected, and tells only the first such resource of some chains. A plan
has to say all that would go; so it is made with a copy, in files of its own, and the state itself stays protected.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestrator.adapters.pulumi.messages import Order
from orchestrator.adapters.pulumi.state import StackState
from orchestrator.adapters.pulumi.workspace import PROJECT, StackFile, write_project


@contextmanager
def rehearsal(
    order: Order, file: StackFile, state: StackState, version: int | None
) -> Iterator[tuple[Path, dict[str, str]]]:
    """Give a work folder with the copy, and the environment that points Pulumi at it; secrets in it stay encrypted.

    One operation works for an environment at a time, so what a killed one left is overwritten.
    """
    folder = Path(order.workshop.folder) / "rehearsals" / order.spec.name
    shutil.rmtree(folder, ignore_errors=True)
    try:
        backend = _write_state(folder / "state", order.spec.name, state.unprotected(), version)
        write_project(folder, backend)
        file.copy_to(folder)
        yield folder, order.workshop.environment | {"PULUMI_BACKEND_URL": backend}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_state(folder: Path, stack: str, state: StackState, version: int | None) -> str:
    """Write the state as Pulumi's own file backend keeps it; gives the backend's address."""
    own = folder / ".pulumi"
    place = own / "stacks" / PROJECT / f"{stack}.json"
    place.parent.mkdir(parents=True, mode=0o700)
    (own / "meta.yaml").write_text("version: 1\n", encoding="utf-8")
    checkpoint = {"stack": f"organization/{PROJECT}/{stack}", "latest": state.deployment}
    place.write_text(json.dumps({"version": version, "checkpoint": checkpoint}), encoding="utf-8")
    return f"{folder.as_uri()}?metadata=skip"

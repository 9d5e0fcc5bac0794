"""What a change took away comes back from the copy that was taken before it (Art. 15, 22).

The way back of a change brings the specification back, and with it volumes that are new and empty. Their files and the
databases of their hosts are restored, where the copy is in an object store.
"""

from __future__ import annotations

from typing import Any

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.records import Backup, Environment
from orchestrator.ports import RestoreOrder, Transaction
from orchestrator.workflows.run import Run

HOSTS = "brought_back"
"""In the operation's result: onto which hosts the copy goes; decided once, before anything is restored."""


def bring_back(run: Run, environment: Environment) -> dict[str, Any]:
    """Restore the copy onto hosts whose volumes came back empty.

    Args:
        run: The change, on its way back.
        environment: The environment with the hosts that it has now.

    Raises:
        OperationFailedError: What came back is not what was copied.
    """
    copy = _copy_of(run)
    if copy is None or not run.ports.ground.restorable(copy):
        return {}
    hosts = _decided(run, copy, environment)
    if not hosts:
        return {}
    run.note("way-back", f"{', '.join(hosts)} lost data; it comes back from {copy.id}")
    found = run.ports.backups.restore(copy, environment, RestoreOrder(hosts=hosts), run.job)
    if not found.equal:
        raise OperationFailedError(
            f"what came back onto {', '.join(hosts)} is not what was copied before the change",
            detail="; ".join(found.differences[:20]),
            rule="Art. 15",
            hint=f"the copy is {copy.id}; tenure operation retry {run.operation.id} restores it again",
        )
    return {"files": found.files}


def _copy_of(run: Run) -> Backup | None:
    """Give the first copy that this operation took: a later attempt may have found less than there was."""
    with run.ports.records.read() as tx:
        known = tx.backups.of(subject_of(run.environment))
    mark = f"bak-{run.operation.id.removeprefix('op-')}-"
    return next((one for one in reversed(known) if one.id.startswith(mark) and one.removed_at is None), None)


def _decided(run: Run, copy: Backup, environment: Environment) -> tuple[str, ...]:
    """Give the hosts that lost data; once it is restored in part their volumes are not empty any more."""
    with run.ports.records.read() as tx:
        known = tx.operations.get(run.operation.id).result.get(HOSTS)
    if known is not None:
        return tuple(str(host) for host in known)
    hosts = run.ports.ground.emptied(copy, environment, run.job)
    run.change(lambda tx: _keep(run, tx, hosts))
    return hosts


def _keep(run: Run, tx: Transaction, hosts: tuple[str, ...]) -> None:
    operation = tx.operations.get(run.operation.id)
    result = {**operation.result, HOSTS: list(hosts)}
    tx.operations.put(operation.model_copy(update={"result": result}), expected=operation)

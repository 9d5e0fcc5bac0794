"""``restore``: files and databases of a backup come back, in place or into another environment of the unit (Art. 30).

What stands where the restore goes is copied first; that copy is the way back from a restore that was a mistake.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from orchestrator.domain.errors import BadInputError, ConflictError, NotFoundError, OperationFailedError, RefusedError
from orchestrator.domain.model import Model
from orchestrator.domain.records import Actor, Backup, Environment, Operation, OperationKind, Role
from orchestrator.ports import RestoreOrder, Transaction
from orchestrator.workflows import care, trials
from orchestrator.workflows.context import Ports
from orchestrator.workflows.moves import queue_operation
from orchestrator.workflows.notices import tell
from orchestrator.workflows.outcomes import Outcome, Succeeded
from orchestrator.workflows.permissions import Command, permit
from orchestrator.workflows.readiness import refuse_unfit
from orchestrator.workflows.run import Run

ARTICLE = "Art. 30"
TOLD = (Role.UNIT, Role.OFFICE, Role.PROVIDER)


class Before(StrEnum):
    """What happens to the data that a restore replaces."""

    COPIED = "copied"
    LOST = "lost"
    """Nothing: the hosts are so broken that they cannot be backed up."""


@dataclass(frozen=True)
class Wish:
    """What somebody wants to be restored.

    Attributes:
        source: The environment whose backup it is; it may have ended, when its final backup is still there.
        at: The newest backup that was taken by then.
        into: Onto whose hosts; empty for the source itself.
        path: Only this file or folder; empty for everything.
        hosts: Only these hosts; empty for all.
    """

    source: str
    at: datetime
    into: str = ""
    path: str = ""
    hosts: tuple[str, ...] = ()
    before: Before = Before.COPIED


class Order(Model):
    """What a restore does, as its operation keeps it."""

    source: str
    backup: str
    path: str = ""
    hosts: tuple[str, ...] = ()
    before: Before = Before.COPIED


@dataclass(frozen=True)
class Intent:
    """What a restore would do: this backup, onto the hosts of this environment."""

    backup: Backup
    into: Environment
    order: Order


def intend(ports: Ports, tx: Transaction, wish: Wish) -> Intent:
    """Choose the backup and look that it fits onto the hosts; changes nothing.

    Raises:
        NotFoundError: No such environment.
        ConflictError: There is no backup of that time, or the environment is in no state for it.
        RefusedError: The data would go to another unit, or the backup cannot be brought onto hosts.
        BadInputError: A host or path that the backup does not have.
    """
    source = tx.environments.get(wish.source)
    into = tx.environments.get(wish.into) if wish.into else source
    for environment in (source, into):
        trials.refuse_throwaway(environment)
    _refuse_other_unit(source, into)
    refuse_unfit(into, OperationKind.RESTORE)
    backup = trials.newest_before(tx, source, wish.at)
    if not ports.ground.restorable(backup):
        raise RefusedError(
            f"backup {backup.id} is a set of snapshots and is not restored onto the hosts of {into.name}",
            rule=ARTICLE,
            hint="set TENURE_BACKUP_STORE; the backups that are taken from then on can be restored",
        )
    _refuse_misfit(backup, into, wish)
    order = Order(source=source.name, backup=backup.id, path=wish.path, hosts=wish.hosts, before=wish.before)
    return Intent(backup, into, order)


def _refuse_other_unit(source: Environment, into: Environment) -> None:
    if source.spec.unit != into.spec.unit:
        raise RefusedError(
            f"data of {source.spec.unit} does not go to an environment of {into.spec.unit}",
            field="into",
            rule="Art. 36",
            hint="name an environment of the same unit",
        )


def _refuse_misfit(backup: Backup, into: Environment, wish: Wish) -> None:
    held = {item.host for item in backup.items}
    unknown = sorted(set(wish.hosts) - held)
    if unknown:
        raise BadInputError(
            f"backup {backup.id} has nothing of host {unknown[0]}",
            field="host",
            detail=f"it has: {', '.join(sorted(held)) or 'nothing'}",
        )
    if wish.path and not wish.path.startswith("/"):
        raise BadInputError(f"{wish.path!r} is no absolute path", field="path", hint="write it as on the host: /srv/…")
    missing = sorted((set(wish.hosts) or held) - {host.name for host in into.outputs.hosts})
    if missing:
        raise RefusedError(
            f"{into.name} has no host {missing[0]}",
            detail=f"the backup has something of {', '.join(missing)}, and nowhere to put it",
            field="into",
            rule=ARTICLE,
            hint="name hosts that both have with --host, or make the other environment of the same blueprint and size",
        )


def ask(ports: Ports, wish: Wish, actor: Actor) -> Operation:
    """Have a backup restored; the operation is one of the environment that it goes into.

    Raises what :func:`intend` raises, and RefusedError when the actor may not.
    """
    permit(Command.RESTORE, actor)
    with ports.records.transaction() as tx:
        intent = intend(ports, tx, wish)
        operation = queue_operation(
            ports,
            tx,
            OperationKind.RESTORE,
            intent.into.name,
            None,
            actor,
            parameters=intent.order.model_dump(mode="json"),
        )
        facts = {"operation": operation.id, **intent.order.model_dump(mode="json")}
        tx.audit.append(ports.clock.now(), actor, "restore.asked", intent.into.name, facts)
        return operation


def work(run: Run) -> Outcome:
    """Copy what is there, restore, and compare what arrived with the backup's manifest."""
    order = Order.model_validate(run.operation.parameters)
    backup = _still_there(run, order)
    if order.before is Before.COPIED:
        run.step("copy", lambda: _copy(run))
    return Succeeded(run.step("restore", lambda: _restore(run, backup, order)))


def _still_there(run: Run, order: Order) -> Backup:
    with run.ports.records.read() as tx:
        backup = tx.backups.get(order.backup)
    if backup.removed_at is not None:
        raise ConflictError(
            f"backup {backup.id} was removed on {backup.removed_at.isoformat()}, before it could be restored",
            rule=ARTICLE,
            hint=f"tenure backup list {order.source}",
        )
    return backup


def _copy(run: Run) -> dict[str, Any]:
    """Copy what is there; nothing old goes for it, which might be the very backup that is wanted."""
    return care.copy_now(run, "before a restore")


def _restore(run: Run, backup: Backup, order: Order) -> dict[str, Any]:
    began = run.execution.elapsed_seconds()
    wanted = RestoreOrder(path=order.path, hosts=order.hosts)
    found = run.ports.backups.restore(backup, run.environment, wanted, run.job)
    if not found.equal:
        raise OperationFailedError(
            f"what was restored onto the hosts of {run.environment.name} is not what was backed up",
            detail="; ".join(found.differences[:20]),
            rule=ARTICLE,
            hint="tenure operation retry restores it again; the state before the restore is a backup of its own",
        )
    if order.path and found.files == 0:
        raise NotFoundError(
            f"backup {backup.id} has nothing at {order.path}",
            field="path",
            hint=f"tenure restore {order.source} without --path brings everything",
        )
    seconds = round(run.execution.elapsed_seconds() - began, 3)
    return {"backup": backup.id, "files": found.files, "restore_seconds": seconds}


def settle(run: Run, tx: Transaction, outcome: Outcome) -> None:
    """Tell whose data came back, and what from."""
    if not isinstance(outcome, Succeeded):
        return
    now = run.ports.clock.now()
    facts = {"operation": run.operation.id, **run.operation.parameters, **outcome.result}
    tx.audit.append(now, run.operation.asked_by, "environment.restored", run.environment.name, facts)
    tell(tx, "environment-restored", run.operation.id, run.environment.name, TOLD, facts, now)

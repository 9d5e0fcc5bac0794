"""What opens an environment's backups, and the locks that dead jobs leave on them (Art. 36)."""

from __future__ import annotations

from orchestrator.domain.errors import BadInputError, ConflictError, NotFoundError
from orchestrator.domain.records import Actor
from orchestrator.ports import BackupKey
from orchestrator.workflows.context import Ports
from orchestrator.workflows.moves import under_way
from orchestrator.workflows.permissions import Command, permit


def read_keys(ports: Ports, name: str, actor: Actor, reason: str) -> tuple[BackupKey, ...]:
    """Give the office what opens an environment's backups without Tenure; each reading is an audit entry before.

    Raises:
        RefusedError: The actor is not of the office.
        NotFoundError: No backup of the environment needs a key.
    """
    permit(Command.READ_BACKUP_KEY, actor)
    _refuse_without_reason(reason)
    with ports.records.read() as tx:
        environment = tx.environments.get(name)
    found = ports.backups.keys(environment)
    if not found:
        raise NotFoundError(
            f"no backup of {name} has a key",
            detail="it has none yet, or only snapshots of volumes, which need no key",
            hint=f"tenure backup list {name}",
        )
    with ports.records.transaction() as tx:
        facts = {"places": [key.place for key in found], "reason": reason}
        tx.audit.append(ports.clock.now(), actor, "backup.key-read", name, facts)
    return found


def unlock(ports: Ports, name: str, actor: Actor, reason: str) -> int:
    """Remove the locks that dead jobs left on an environment's backups; gives how many there were.

    Raises:
        RefusedError: The actor may not.
        ConflictError: A job of the environment is under way: its lock may be a living one.
    """
    permit(Command.CHECK, actor)
    _refuse_without_reason(reason)
    with ports.records.read() as tx:
        environment, busy = tx.environments.get(name), under_way(tx, name)
    if busy:
        raise ConflictError(
            f"{name} is busy: {busy[0].kind} is {busy[0].state}, and a lock may be its own",
            hint=f"tenure operation watch {busy[0].id}",
        )
    removed = ports.backups.unlock(environment)
    with ports.records.transaction() as tx:
        facts = {"locks": removed, "reason": reason}
        tx.audit.append(ports.clock.now(), actor, "backup.unlocked", name, facts)
    return removed


def _refuse_without_reason(reason: str) -> None:
    if not reason.strip():
        raise BadInputError("this is done for a reason that stays in the audit log", field="reason", rule="Art. 36")

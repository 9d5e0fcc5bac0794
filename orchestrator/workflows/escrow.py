"""The end of a final backup: the office releases it after its last day, and never before (Art. 16, policy)."""

from __future__ import annotations

from orchestrator.domain.calendar import end_of_day
from orchestrator.domain.errors import BadInputError, ConflictError, RefusedError
from orchestrator.domain.records import Actor, Backup
from orchestrator.workflows.context import Ports
from orchestrator.workflows.permissions import Command, permit


def release(ports: Ports, backup_id: str, actor: Actor, reason: str) -> Backup:
    """Remove a final backup whose time in the escrow is over.

    The cloud is asked before the record is changed: a repeated call finishes what a crash left.

    Raises:
        RefusedError: Its last day is not over, or it is no final backup.
        ConflictError: It is gone already.
    """
    permit(Command.RELEASE, actor)
    if not reason.strip():
        raise BadInputError("a release says why", field="reason", rule="Art. 16")
    with ports.records.read() as tx:
        found = tx.backups.get(backup_id)
    _refuse_what_stays(found, ports)
    ports.backups.remove(found)
    with ports.records.transaction() as tx:
        now = ports.clock.now()
        gone = tx.backups.get(backup_id).model_copy(update={"removed_at": now})
        tx.backups.put(gone)
        tx.deadlines.close(backup_id, now)
        tx.audit.append(now, actor, "backup.released", gone.environment, {"backup": backup_id, "reason": reason})
    return gone


def _refuse_what_stays(found: Backup, ports: Ports) -> None:
    if found.removed_at is not None:
        raise ConflictError(f"{found.id} was removed on {found.removed_at.date()}")
    if not found.final or found.until is None:
        raise RefusedError(f"{found.id} is no final backup; the rulebook's rotation removes it", rule="Art. 30")
    if ports.clock.now() < end_of_day(found.until):
        raise RefusedError(
            f"{found.id} is kept until the end of {found.until}",
            rule="Art. 16",
            hint="tenure deadlines --for office tells when its time is over",
        )

"""Checkpoints: signatures over the audit log (DESIGN.md decision 10), so that nobody can rewrite what they cover."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from orchestrator.domain.chain import checkpoint_text
from orchestrator.domain.records import AuditEntry, Checkpoint
from orchestrator.ports import Signer, Transaction
from orchestrator.workflows.context import Ports

EVERY_ENTRIES: Final = 1000
EVERY: Final = timedelta(hours=1)
"""Of business time."""


def checkpoint(ports: Ports, every_entries: int = EVERY_ENTRIES, every: timedelta = EVERY) -> Checkpoint | None:
    """Sign the audit log's newest entry when enough was added, or enough time went by; gives the new checkpoint.

    Idempotent: nothing happens while the newest entry is signed, and two that do it at once make one checkpoint.
    """
    now = ports.clock.now()
    with ports.records.read() as tx:
        if _unsigned(tx, now, every_entries, every) is None:
            return None
    with ports.records.transaction() as tx:
        entry = _unsigned(tx, now, every_entries, every)
        return None if entry is None else _sign(tx, ports.signer, entry, now)


def checkpoint_now(ports: Ports) -> Checkpoint | None:
    """Sign the newest entry whatever the time, for a copy; gives its checkpoint, None when the log is empty."""
    checkpoint(ports, every_entries=1)
    with ports.records.read() as tx:
        return tx.checkpoints.newest()


def _unsigned(tx: Transaction, now: datetime, every_entries: int, every: timedelta) -> AuditEntry | None:
    """Give the newest entry if it is due to be signed."""
    entry, newest = tx.audit.newest(), tx.checkpoints.newest()
    if entry is None or newest is None:
        return entry
    added = entry.sequence - newest.sequence
    fresh = newest.at <= now < newest.at + every  # a clock that was set back makes no checkpoint late
    return entry if added >= every_entries or (added > 0 and not fresh) else None


def _sign(tx: Transaction, signer: Signer, entry: AuditEntry, now: datetime) -> Checkpoint:
    signature = signer.sign(checkpoint_text(entry.sequence, entry.hash, now))
    made = Checkpoint(sequence=entry.sequence, hash=entry.hash, at=now, key=signer.key_id(), signature=signature)
    tx.checkpoints.add(made)
    return made

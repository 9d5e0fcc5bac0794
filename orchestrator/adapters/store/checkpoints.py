"""Signatures over the audit log, in order; triggers keep the table from being changed."""

from __future__ import annotations

from sqlalchemy import Connection, select

from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.tables import checkpoints
from orchestrator.domain.records import Checkpoint

CHECKPOINTS = RecordMapping(Checkpoint, checkpoints)


class SqlCheckpoints:
    """Implements :class:`orchestrator.ports.Checkpoints`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, checkpoint: Checkpoint) -> None:
        """Store one; a second one for the same entry is ignored."""
        same = select(checkpoints.c.sequence).where(checkpoints.c.sequence == checkpoint.sequence)
        if self._connection.execute(same).first() is None:
            CHECKPOINTS.insert(self._connection, checkpoint)

    def newest(self) -> Checkpoint | None:
        """Give the newest, or None."""
        statement = select(checkpoints).order_by(checkpoints.c.sequence.desc()).limit(1)
        return CHECKPOINTS.one(self._connection, statement)

    def list(self, *, after: int = 0, limit: int = 1000) -> tuple[Checkpoint, ...]:
        """Give those that sign an entry above ``after``, in order."""
        statement = select(checkpoints).where(checkpoints.c.sequence > after).limit(limit)
        return CHECKPOINTS.all(self._connection, statement.order_by(checkpoints.c.sequence))

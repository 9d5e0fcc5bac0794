"""Registered callers of the hook, and what they delivered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from orchestrator.adapters.store.mapping import RecordMapping
from orchestrator.adapters.store.refusals import Refusals
from orchestrator.adapters.store.tables import deliveries, senders
from orchestrator.domain.records import Delivery, Sender
from orchestrator.ports import Audit

SENDERS = RecordMapping(Sender, senders)
DELIVERIES = RecordMapping(Delivery, deliveries)


class SqlSenders:
    """Implements :class:`orchestrator.ports.Senders`."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._refusals = Refusals(connection, audit)

    def put(self, sender: Sender) -> None:
        """Store or replace."""
        SENDERS.put(self._connection, sender, "name")

    def find(self, name: str) -> Sender | None:
        """Give one, revoked or not."""
        return SENDERS.one(self._connection, select(senders).where(senders.c.name == name))

    def list(self) -> tuple[Sender, ...]:
        """List by name."""
        return SENDERS.all(self._connection, select(senders).order_by(senders.c.name))

    def claim(self, delivery: Delivery) -> Delivery:
        """Store a delivery if (sender, id) is new; give the one that is on record now (atomic)."""
        same = select(deliveries).where(deliveries.c.sender == delivery.sender, deliveries.c.id == delivery.id)
        found = DELIVERIES.one(self._connection, same)
        if found is not None:
            return found
        DELIVERIES.insert(self._connection, delivery)
        return delivery

    def count_refusal(self, source: str, reason: str, at: datetime, count: int = 1) -> None:
        """Count refused calls: one audit line per source and minute (of real time)."""
        self._refusals.count(source, reason, at, count)

    def flush_refusals(self, now: datetime) -> int:
        """Write the audit line of every source and minute that is over; gives how many lines."""
        return self._refusals.flush(now)

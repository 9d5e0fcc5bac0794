"""What is due by the business clock: told, stopped, reclaimed or recorded as missed; each exactly once.

Deadlines are rows (DESIGN.md decision 4). Each is marked as fired in the transaction that acts on it.
"""

from __future__ import annotations

from datetime import datetime

from orchestrator.domain.duties import fired
from orchestrator.domain.errors import BusyError, TenureError
from orchestrator.domain.records import Deadline, Role
from orchestrator.ports import Transaction
from orchestrator.workflows import clocks
from orchestrator.workflows.checkpoints import checkpoint
from orchestrator.workflows.context import Ports
from orchestrator.workflows.due import ACTIONS, Firing
from orchestrator.workflows.notices import tell

PAGE = 100
"""Dates that one sweep acts on."""


def sweep(ports: Ports) -> int:
    """Act on everything that is due now, settle provisional dates, sign the audit log; gives how many deadlines fired.

    What was moved by a newly published calendar is moved before it can be missed.
    """
    clocks.recompute(ports)
    acted = _act(ports)
    checkpoint(ports)
    return acted


def _act(ports: Ports) -> int:
    """Act on the dates that came first; when all of these wait, look further, so that they stand in nobody's way."""
    now, limit = ports.clock.now(), PAGE
    while True:
        with ports.records.read() as tx:
            due = tx.deadlines.due(now, limit)
        acted = sum(1 for deadline in due if _try(ports, deadline, now) is Firing.FIRED)
        if acted or len(due) < limit:
            return acted
        limit *= 2


def _try(ports: Ports, deadline: Deadline, now: datetime) -> Firing:
    """Act on one date; what cannot be acted on is told once and waits, and the others get their turn."""
    try:
        return _fire(ports, deadline.subject, deadline.id, now)
    except BusyError:
        raise
    except TenureError as error:
        facts = {"deadline": deadline.id, "article": deadline.article, "error": error.diagnostic.summary}
        with ports.records.transaction() as tx:
            tell(tx, "deadline-stuck", deadline.id, deadline.environment, (Role.OFFICE, Role.PROVIDER), facts, now)
        return Firing.WAITS


def _fire(ports: Ports, subject: str, deadline_id: str, now: datetime) -> Firing:
    with ports.records.transaction() as tx:
        deadline = _still_open(tx, subject, deadline_id, now)
        if deadline is None:
            return Firing.WAITS
        firing = ACTIONS[deadline.kind](ports, tx, deadline, now)
        if firing is Firing.FIRED:
            tx.deadlines.put(fired(deadline, now))
        return firing


def _still_open(tx: Transaction, subject: str, deadline_id: str, now: datetime) -> Deadline | None:
    """Give the deadline as it is now, or None when another worker was faster, or it was met, moved or paused."""
    for deadline in tx.deadlines.of(subject):
        if deadline.id == deadline_id and (deadline.met_at or deadline.fired_at or deadline.paused_at) is None:
            return deadline if deadline.due_at <= now else None
    return None

"""Refused calls of the hook: counted as they come, one audit line per source and minute once the minute is over."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from orchestrator.adapters.store.tables import refusal_reports, refusals
from orchestrator.domain.records import Actor, Role
from orchestrator.ports import Audit

MINUTE: Final = timedelta(minutes=1)
DOORKEEPER: Final = Actor(name="hook", role=Role.SYSTEM, door="hook")
ACTION: Final = "hook.refused"


class Refusals:
    """Counts in a table of their own, so that a flood costs one row per source, minute and reason."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def count(self, source: str, reason: str, at: datetime, calls: int) -> None:
        """Count calls; those that come after its minute's line was written count in the next minute."""
        key = {"minute": self._open_minute(source, at), "source": source, "reason": reason}
        same = (getattr(refusals.c, name) == value for name, value in key.items())
        counted = self._connection.execute(
            update(refusals).where(*same).values(calls=refusals.c.calls + calls)
        ).rowcount
        if not counted:
            self._connection.execute(insert(refusals), key | {"calls": calls})

    def flush(self, now: datetime) -> int:
        """Write the line of every source and minute that is over; gives how many lines."""
        over = refusals.c.minute <= _minute(now) - MINUTE
        statement = select(refusals).where(over).order_by(refusals.c.minute, refusals.c.source, refusals.c.reason)
        lines: defaultdict[tuple[datetime, str], dict[str, int]] = defaultdict(dict)
        for row in self._connection.execute(statement):
            lines[row.minute, row.source][row.reason] = row.calls
        for (minute, source), reasons in lines.items():
            self._report(minute, source, reasons)
        self._connection.execute(delete(refusals).where(over))
        return len(lines)

    def _open_minute(self, source: str, at: datetime) -> datetime:
        reported = self._connection.execute(
            select(refusal_reports.c.minute).where(refusal_reports.c.source == source)
        ).scalar()
        return _minute(at) if reported is None else max(_minute(at), reported + MINUTE)

    def _report(self, minute: datetime, source: str, reasons: dict[str, int]) -> None:
        facts = {"minute": minute.isoformat(), "calls": sum(reasons.values()), "reasons": reasons}
        self._audit.append(minute + MINUTE, DOORKEEPER, ACTION, source, facts)
        known = update(refusal_reports).where(refusal_reports.c.source == source).values(minute=minute)
        if self._connection.execute(known).rowcount == 0:
            self._connection.execute(insert(refusal_reports), {"source": source, "minute": minute})


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)

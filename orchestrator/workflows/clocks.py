"""Clocks that stand still while nobody here can act, and dates that are computed again when a calendar comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

from orchestrator.domain.calendar import Calendar
from orchestrator.domain.duties import responsible
from orchestrator.domain.reckoning import paused, recomputed, resumed
from orchestrator.domain.records import Actor, Deadline, Role
from orchestrator.ports import Records, Transaction
from orchestrator.workflows.context import Ports
from orchestrator.workflows.notices import tell

CALENDAR = Actor(name="calendar", role=Role.SYSTEM, door="clock")
BATCH = 500
"""Dates that are computed again at one call; about a tenth of a second."""


@dataclass(frozen=True)
class Progress:
    """How far an installation's dates were computed again by a calendar.

    Attributes:
        last: The date up to which that was done; ``None`` when it was done for all.
    """

    calendar: Calendar
    last: Deadline | None


_progress: WeakKeyDictionary[Records, Progress] = WeakKeyDictionary()
"""In this process."""


def pause(tx: Transaction, subject: str, now: datetime, calendar: Calendar) -> None:
    """Let every open clock of a subject stand still (rejected, or waiting for the unit); harmless when they do."""
    _turn(tx, subject, lambda deadline: paused(deadline, now, calendar))


def resume(tx: Transaction, subject: str, now: datetime, calendar: Calendar) -> None:
    """Let every clock of a subject that stands still go on with the rest of its time; harmless when none does."""
    _turn(tx, subject, lambda deadline: resumed(deadline, now, calendar))


def _turn(tx: Transaction, subject: str, turned: Callable[[Deadline], Deadline]) -> None:
    for deadline in tx.deadlines.of(subject):
        after = turned(deadline)
        if deadline.met_at is None and after != deadline:
            tx.deadlines.put(after)


def recompute(ports: Ports) -> int:
    """Compute open provisional dates again by the calendar that is known now; gives how many moved or settled.

    Each of them is audited and told once. The dates are gone through soonest first, so many at a call, from the first
    call of a process on and whenever the library gives another calendar; once all are, a call costs nothing. The end
    of a test period is no such date: it counts calendar days, so an environment's ``ends_at`` never moves.
    """
    calendar = ports.library.calendar()
    progress = _progress.get(ports.records)
    if progress is None or progress.calendar is not calendar:
        progress = Progress(calendar, last=None)
    elif progress.last is None:
        return 0
    with ports.records.read() as tx:
        found = tx.deadlines.provisional(BATCH, after=progress.last)
    changed = _recompute_some(ports, found, calendar)
    _progress[ports.records] = Progress(calendar, found[-1] if len(found) == BATCH else None)
    return changed


def _recompute_some(ports: Ports, found: tuple[Deadline, ...], calendar: Calendar) -> int:
    moving = {deadline.subject for deadline in found if recomputed(deadline, calendar) != deadline}
    if not moving:
        return 0
    with ports.records.transaction() as tx:
        now = ports.clock.now()
        return sum(_recompute_subject(tx, subject, now, calendar) for subject in sorted(moving))


def _recompute_subject(tx: Transaction, subject: str, now: datetime, calendar: Calendar) -> int:
    """Compute what is provisional as it is now, in the transaction: it may have been met or moved meanwhile."""
    changed = 0
    for deadline in tx.deadlines.of(subject):
        after = recomputed(deadline, calendar) if deadline.provisional else deadline
        if after != deadline:
            tx.deadlines.put(after)
            _tell_of_it(tx, deadline, after, now)
            changed += 1
    return changed


def _tell_of_it(tx: Transaction, before: Deadline, after: Deadline, now: datetime) -> None:
    """Audit and tell; the notice's cause names the new date, so that another move is told again."""
    facts = {
        "deadline": after.id,
        "article": after.article,
        "old": before.due_at.isoformat(),
        "new": after.due_at.isoformat(),
        "provisional": after.provisional,
    }
    what = "deadline-settled" if after.due_at == before.due_at else "deadline-moved"
    to = tuple({Role.OFFICE: None, Role.UNIT: None, responsible(after.kind): None})
    tx.audit.append(now, CALENDAR, what.replace("-", "."), after.environment, facts)
    tell(tx, what, f"{after.id}/{after.due_at.isoformat()}", after.environment, to, facts, now)

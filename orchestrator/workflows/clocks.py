"""Clocks that stand still while nobody here can act, and dates that are computed again when a calendar comes out."""

from __future__ import annotations

from collections.abc import Callable
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
BATCH = 1000
MAXIMUM_BATCH = 128_000
_reckoned_by: WeakKeyDictionary[Records, Calendar] = WeakKeyDictionary()
"""By which calendar each installation's open dates were computed last in this process."""


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
    """Compute every open provisional date again by the calendar that is known now; gives how many moved or settled.

    Each of them is audited and told once. The work is done at the first call of a process and whenever the library
    gives another calendar; any other call costs nothing. The end of a test period is no such date: it counts calendar
    days, so an environment's ``ends_at`` never moves.
    """
    calendar = ports.library.calendar()
    if _reckoned_by.get(ports.records) is calendar:
        return 0
    changed = _recompute_all(ports, calendar)
    _reckoned_by[ports.records] = calendar
    return changed


def _recompute_all(ports: Ports, calendar: Calendar) -> int:
    """Go through the provisional dates, soonest first: the years that come out first are the first ones.

    What stays provisional stays in the way of the query, so it is asked for more until nothing is behind it.
    """
    total, limit = 0, BATCH
    while True:
        with ports.records.read() as tx:
            found = tx.deadlines.provisional(limit)
        changed = sum(_recompute_some(ports, found[at : at + BATCH], calendar) for at in range(0, len(found), BATCH))
        total += changed
        if len(found) < limit or limit >= MAXIMUM_BATCH:
            return total
        limit = limit if changed else limit * 2


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

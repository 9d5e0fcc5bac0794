"""Dates that are computed again: clocks that stand still and go on, and years whose arrangement came out meanwhile.

A period keeps its event (``since``), its length (``value`` and ``unit``) and what of it was used before the last pause,
so that its last day is at any time the day after the event on which what is left of it ends.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from orchestrator.domain.calendar import Calendar, Due, last_day, local_date
from orchestrator.domain.records import Deadline
from orchestrator.domain.rulebook import Unit

ENDS: dict[Unit, Callable[[Calendar, date, int], Due]] = {
    Unit.WORKING_DAYS: Calendar.add_working_days,
    Unit.CALENDAR_DAYS: Calendar.add_calendar_days,
    Unit.MONTHS: Calendar.add_months,
}


def paused(deadline: Deadline, at: datetime, calendar: Calendar) -> Deadline:
    """Let a clock stand still (rejected, or waiting for the unit, Art. 12).

    Days that passed entirely since the event, or since the clock went on last, are used; the day of the pause is not.
    A period of months goes on as the calendar days that it has. Harmless for what is met, stands still already, or was
    set as a date; what was missed before stays missed.
    """
    if deadline.met_at is not None or deadline.paused_at is not None or at >= deadline.due_at:
        return deadline
    since = _event(deadline)
    if since is None:
        return deadline
    counted = _in_days(deadline, since)
    used = counted.used + _days_passed(counted, since, at, calendar)
    return counted.model_copy(update={"used": used, "paused_at": at})


def resumed(deadline: Deadline, at: datetime, calendar: Calendar) -> Deadline:
    """Let a clock go on: the rest of the period, one day at least, runs from the day after; harmless for a running one.

    When the clock of this machine went back meanwhile, the rest runs from the pause.
    """
    if deadline.paused_at is None:
        return deadline
    goes_on = max(at, deadline.paused_at)
    return _ending(deadline.model_copy(update={"since": goes_on, "paused_at": None}), goes_on, calendar)


def recomputed(deadline: Deadline, calendar: Calendar) -> Deadline:
    """Give the date as the calendar has it that is known now.

    What is met, has fired, stands still or was set as a date stays what it is.
    """
    if deadline.met_at is not None or deadline.fired_at is not None or deadline.paused_at is not None:
        return deadline
    since = _event(deadline)
    return deadline if since is None else _ending(deadline, since, calendar)


def _event(deadline: Deadline) -> datetime | None:
    """Give the event that a period runs from; None for a date that was set as such."""
    return deadline.since if deadline.value and deadline.unit else None


def _ending(deadline: Deadline, since: datetime, calendar: Calendar) -> Deadline:
    left = max(1, deadline.value - deadline.used)
    due = ENDS[Unit(deadline.unit)](calendar, local_date(since), left)
    return deadline.model_copy(update={"due_at": due.instant, "provisional": due.provisional})


def _in_days(deadline: Deadline, since: datetime) -> Deadline:
    if deadline.unit != Unit.MONTHS:
        return deadline
    days = (last_day(deadline.due_at) - local_date(since)).days
    return deadline.model_copy(update={"value": days, "unit": str(Unit.CALENDAR_DAYS)})


def _days_passed(deadline: Deadline, since: datetime, at: datetime, calendar: Calendar) -> int:
    first, last = local_date(since), local_date(at)
    if deadline.unit == Unit.WORKING_DAYS:
        return calendar.working_days_between(first, last)
    return max(0, (last - first).days - 1)

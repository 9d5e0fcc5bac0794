"""The working days of the Chinese calendar, as values: nothing here reads a file or asks for today.

A year's *arrangement* is what the State Council publishes for it: which days are off and which days of a weekend are
worked instead. An arrangement may reach back into the last days of the year before (2019's made 29 December 2018 a
working Saturday), so these days count as published only when the following year is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from types import MappingProxyType
from typing import Self

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""All dates of the rules; China has had one offset and no summer time since 1991."""

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
"""The smallest step of an instant."""

SATURDAY = 5
NEW_YEAR_REACH = (12, 26)
"""From this month and day on, the following year's arrangement may move a day."""

MONTHS = 12


@dataclass(frozen=True)
class Arrangement:
    """One year's days off and working weekend days.

    Attributes:
        year: The year that it was published for.
        days_off: Days that are no working days, weekends need not be listed.
        working_weekend_days: Saturdays and Sundays that are working days.
        published: False when the days are only derived from the law on statutory holidays.
    """

    year: int
    days_off: frozenset[date]
    working_weekend_days: frozenset[date] = frozenset()
    published: bool = True


@dataclass(frozen=True)
class Due:
    """The last day of a period, and whether it can still move when a year's arrangement is published."""

    day: date
    provisional: bool

    @property
    def instant(self) -> datetime:
        """The exclusive instant at which the time is over: 00:00+08:00 after the day, in UTC."""
        return end_of_day(self.day)


@dataclass(frozen=True)
class Calendar:
    """Working days by published or derived arrangements; plain weekends for years that nothing is known of."""

    arrangements: Mapping[int, Arrangement]

    @classmethod
    def of(cls, arrangements: Iterable[Arrangement]) -> Self:
        """Build a calendar; of two arrangements of one year the later one in the sequence counts."""
        return cls(MappingProxyType({arrangement.year: arrangement for arrangement in arrangements}))

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on that day."""
        found = [self.arrangements[year] for year in _years_that_arrange(day) if year in self.arrangements]
        if any(day in arrangement.working_weekend_days for arrangement in found):
            return True
        return day.weekday() < SATURDAY and not any(day in arrangement.days_off for arrangement in found)

    def is_settled(self, day: date) -> bool:
        """Whether every arrangement that may move the day has been published."""
        found = [self.arrangements.get(year) for year in _years_that_arrange(day)]
        return all(arrangement is not None and arrangement.published for arrangement in found)

    def add_working_days(self, start: date, count: int) -> Due:
        """Give the last day of a period of working days that runs from the day after ``start``; count is at least 1."""
        if count < 1:
            raise ValueError(f"a period has at least one working day, not {count}")
        day, settled = start, True
        while count:
            day += DAY
            settled = settled and self.is_settled(day)
            count -= self.is_working_day(day)
        return Due(day, provisional=not settled)

    def working_days_between(self, first: date, last: date) -> int:
        """Count the working days that lie wholly between two days, neither of them included."""
        days = (first + number * DAY for number in range(1, (last - first).days))
        return sum(self.is_working_day(day) for day in days)

    def working_day_before(self, day: date) -> date:
        """Give the last working day before a day."""
        day -= DAY
        while not self.is_working_day(day):
            day -= DAY
        return day

    def add_calendar_days(self, start: date, count: int) -> Due:
        """Give the last day of a period of calendar days; it never moves for holidays."""
        return Due(start + count * DAY, provisional=False)

    def add_months(self, start: date, count: int) -> Due:
        """Give the last day of a period of months: the same day of the month, or the last of a shorter month."""
        months = start.year * MONTHS + start.month - 1 + count
        first = date(months // MONTHS, months % MONTHS + 1, 1)
        last = last_of_month(first)
        return Due(min(first.replace(day=min(start.day, last.day)), last), provisional=False)


def _years_that_arrange(day: date) -> tuple[int, ...]:
    near_new_year = (day.month, day.day) >= NEW_YEAR_REACH
    return (day.year, day.year + 1) if near_new_year else (day.year,)


def last_of_month(day: date) -> date:
    """Give the last day of the day's month."""
    return (day.replace(day=28) + 4 * DAY).replace(day=1) - DAY


def local_date(instant: datetime) -> date:
    """Give the date of an aware instant in Asia/Shanghai."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(SHANGHAI).date()


def end_of_day(day: date) -> datetime:
    """Give the exclusive end of a day in Asia/Shanghai, as UTC."""
    return datetime.combine(day + DAY, time(), SHANGHAI).astimezone(UTC)


def last_day(ends_at: datetime) -> date:
    """Give the last day of a period that ends at an exclusive instant."""
    return local_date(ends_at - MOMENT)


def last_moment(day: date) -> datetime:
    """Give the last instant that belongs to a day in Asia/Shanghai, as UTC: what a period that follows it runs from."""
    return end_of_day(day) - MOMENT

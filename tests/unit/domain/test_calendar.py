"""The calendar: working days as the State Council arranges them, and what is still provisional."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.calendar import DAY, Arrangement, Calendar, Due, end_of_day, last_of_month, local_date
from tests.unit.domain.samples import LIBRARY

CALENDAR = LIBRARY.calendar()
KNOWN_DAYS = st.dates(date(2005, 1, 1), date(2026, 11, 30))
ANY_DAYS = st.dates(date(2004, 1, 1), date(2035, 12, 31))
COUNTS = st.integers(1, 40)


def days_between(start: date, last: date) -> list[date]:
    """Give the days after ``start`` up to ``last``."""
    return [start + number * DAY for number in range(1, (last - start).days + 1)]


class TestWorkingDays:
    """Which days count, and where a period ends."""

    @pytest.mark.parametrize(
        ("day", "works"),
        [
            (date(2026, 2, 13), True),  # the Friday before Spring Festival
            (date(2026, 2, 14), True),  # a make-up Saturday
            (date(2026, 2, 15), False),  # the holiday begins on a Sunday
            (date(2026, 2, 23), False),  # its last day, a Monday
            (date(2026, 2, 24), True),
            (date(2026, 2, 28), True),  # a make-up Saturday
            (date(2026, 3, 1), False),  # an ordinary Sunday
            (date(2026, 9, 20), True),  # a make-up Sunday
            (date(2018, 12, 29), True),  # a Saturday in December, by the arrangement of 2019
            (date(2018, 12, 31), False),  # a Monday in December, by the arrangement of 2019
        ],
    )
    def test_days_are_as_published(self, day: date, *, works: bool) -> None:
        """Holidays, make-up weekends and the days around New Year follow the notices."""
        assert CALENDAR.is_working_day(day) is works

    def test_spring_festival_and_its_make_up_saturdays_count_as_published(self) -> None:
        """Five days from 12 February 2026 are the 13th, the Saturday 14th, and three after the holiday."""
        assert CALENDAR.add_working_days(date(2026, 2, 12), 5) == Due(date(2026, 2, 26), provisional=False)

    def test_a_period_runs_from_the_day_after(self) -> None:
        """One working day from a Monday ends on Tuesday, from a Friday on Monday."""
        assert CALENDAR.add_working_days(date(2026, 11, 2), 1).day == date(2026, 11, 3)
        assert CALENDAR.add_working_days(date(2026, 11, 6), 1).day == date(2026, 11, 9)

    @pytest.mark.parametrize("count", [0, -1])
    def test_a_period_of_no_days_is_an_error(self, count: int) -> None:
        """A period has at least one day."""
        with pytest.raises(ValueError, match="at least one working day"):
            CALENDAR.add_working_days(date(2026, 3, 2), count)

    @given(start=ANY_DAYS, count=COUNTS)
    def test_a_period_never_ends_on_a_day_off(self, start: date, count: int) -> None:
        """The last day is a working day."""
        assert CALENDAR.is_working_day(CALENDAR.add_working_days(start, count).day)

    @given(start=ANY_DAYS, count=COUNTS)
    def test_a_period_holds_exactly_its_working_days(self, start: date, count: int) -> None:
        """Between the event and the last day there are as many working days as the rule says."""
        last = CALENDAR.add_working_days(start, count).day
        assert sum(CALENDAR.is_working_day(day) for day in days_between(start, last)) == count

    @given(start=ANY_DAYS, later=st.integers(0, 60), count=COUNTS, more=st.integers(0, 10))
    def test_later_events_and_longer_periods_never_end_earlier(
        self, start: date, later: int, count: int, more: int
    ) -> None:
        """Ends are monotone in the event's day and in the length."""
        end = CALENDAR.add_working_days(start, count).day
        assert CALENDAR.add_working_days(start + later * DAY, count).day >= end
        assert CALENDAR.add_working_days(start, count + more).day >= end

    @given(start=KNOWN_DAYS, first=COUNTS, second=COUNTS)
    def test_periods_add_up(self, start: date, first: int, second: int) -> None:
        """Two periods one after the other are one of their sum."""
        halfway = CALENDAR.add_working_days(start, first).day
        assert CALENDAR.add_working_days(halfway, second).day == CALENDAR.add_working_days(start, first + second).day


class TestProvisional:
    """A date is provisional as long as a notice may still move it."""

    @given(start=ANY_DAYS, count=COUNTS)
    def test_exactly_the_periods_that_touch_an_unpublished_year_are_provisional(self, start: date, count: int) -> None:
        """The last days of December belong to the arrangement of the next year too."""
        due = CALENDAR.add_working_days(start, count)
        touched = days_between(start, due.day)
        last_settled = date(2026, 12, 25)
        assert due.provisional is any(day > last_settled for day in touched)

    def test_a_derived_year_knows_the_statutory_holidays(self) -> None:
        """1 October 2027 is a holiday by law, although no notice has come."""
        assert not CALENDAR.is_working_day(date(2027, 10, 1))
        assert CALENDAR.add_working_days(date(2027, 9, 30), 1).provisional

    def test_a_year_that_nothing_is_known_of_has_plain_weekends(self) -> None:
        """Without any arrangement Monday to Friday count, provisionally."""
        bare = Calendar.of([])
        assert bare.add_working_days(date(2050, 7, 1), 1) == Due(date(2050, 7, 4), provisional=True)

    def test_a_publication_settles_its_year(self) -> None:
        """Once both years are published nothing is provisional, and the make-up day counts."""
        saturday, friday = date(2030, 1, 5), date(2030, 1, 4)
        before = [Arrangement(2029, frozenset()), Arrangement(2030, frozenset(), published=False)]
        after = [*before, Arrangement(2030, frozenset({friday}), frozenset({saturday}))]
        assert Calendar.of(before).add_working_days(date(2029, 12, 24), 1) == Due(date(2029, 12, 25), provisional=False)
        assert Calendar.of(before).add_working_days(date(2030, 1, 3), 1) == Due(friday, provisional=True)
        assert Calendar.of(after).add_working_days(date(2030, 1, 3), 1) == Due(saturday, provisional=False)

    @given(start=ANY_DAYS, count=st.integers(0, 400))
    def test_calendar_days_never_move_and_are_never_provisional(self, start: date, count: int) -> None:
        """15 days are 15 days, whatever the holidays."""
        assert CALENDAR.add_calendar_days(start, count) == Due(start + timedelta(days=count), provisional=False)


class TestMonths:
    """Periods of months end on the same day of the month, or on the last one of a shorter month."""

    @pytest.mark.parametrize(
        ("start", "count", "last"),
        [
            (date(2026, 3, 15), 2, date(2026, 5, 15)),
            (date(2026, 12, 31), 2, date(2027, 2, 28)),
            (date(2027, 12, 31), 2, date(2028, 2, 29)),  # a leap year
            (date(2028, 2, 29), 12, date(2029, 2, 28)),
            (date(2026, 11, 30), 1, date(2026, 12, 30)),
            (date(2026, 12, 1), 1, date(2027, 1, 1)),
        ],
    )
    def test_months_clamp(self, start: date, count: int, last: date) -> None:
        """A month that is too short ends the period on its last day."""
        assert CALENDAR.add_months(start, count) == Due(last, provisional=False)

    @given(start=ANY_DAYS, counts=st.lists(st.integers(0, 60), min_size=2, unique=True).map(sorted))
    def test_more_months_end_later(self, start: date, counts: list[int]) -> None:
        """Ends grow with the number of months, and stay within the month that is meant."""
        ends = [CALENDAR.add_months(start, count).day for count in counts]
        assert all(earlier < later for earlier, later in pairwise(ends))

    def test_last_of_month_knows_leap_years(self) -> None:
        """February has 29 days in 2028."""
        assert [last_of_month(date(year, 2, 10)).day for year in (2026, 2028, 2100)] == [28, 29, 28]


class TestInstants:
    """Dates are Shanghai's, instants are UTC."""

    def test_a_day_ends_at_midnight_in_shanghai(self) -> None:
        """The exclusive end of 2 March is 16:00 UTC of that day."""
        assert end_of_day(date(2026, 3, 2)) == datetime(2026, 3, 2, 16, tzinfo=UTC)
        assert Due(date(2026, 3, 2), provisional=False).instant == datetime(2026, 3, 2, 16, tzinfo=UTC)

    @given(day=ANY_DAYS)
    def test_the_end_of_a_day_is_the_first_instant_of_the_next(self, day: date) -> None:
        """One microsecond decides."""
        assert local_date(end_of_day(day)) == day + DAY
        assert local_date(end_of_day(day) - timedelta(microseconds=1)) == day

    def test_an_instant_without_a_time_zone_is_an_error(self) -> None:
        """The server's own time zone is never asked."""
        with pytest.raises(ValueError, match="time zone"):
            local_date(datetime(2026, 3, 2))  # noqa: DTZ001  that is what is refused

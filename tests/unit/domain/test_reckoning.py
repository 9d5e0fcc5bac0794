"""Dates that are computed again: pauses and what is left of a time, and years that are published late."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.calendar import DAY, SHANGHAI, Arrangement, Calendar, last_day, local_date
from orchestrator.domain.duties import Forecast, forecast
from orchestrator.domain.reckoning import ENDS, paused, recomputed, resumed
from orchestrator.domain.records import Deadline, DeadlineKind
from orchestrator.domain.rulebook import Unit
from tests.samples import a_deadline
from tests.unit.domain.samples import LIBRARY

CALENDAR = LIBRARY.calendar()
INSTANTS = st.datetimes(datetime(2005, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  hypothesis adds the zone
LENGTHS = st.integers(1, 40)
DAYS = st.integers(0, 60)
UNITS = st.sampled_from([Unit.WORKING_DAYS, Unit.CALENDAR_DAYS])
ALL_UNITS = st.sampled_from(list(ENDS))


def shanghai(*parts: int) -> datetime:
    """Give an instant by Shanghai's clock."""
    return datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[misc,arg-type]  # the numbers of a date and time


def a_period(since: datetime, value: int, unit: Unit = Unit.WORKING_DAYS, calendar: Calendar = CALENDAR) -> Deadline:
    """Give the date of a review that runs from an event."""
    due = ENDS[unit](calendar, local_date(since), value)
    changes = {"since": since, "value": value, "unit": str(unit), "due_at": due.instant, "provisional": due.provisional}
    return a_deadline("req-1/review", kind=DeadlineKind.REVIEW, **changes)


def days_counted(first: date, last: date, unit: Unit) -> int:
    """Count the days after ``first`` up to ``last`` that count in a unit."""
    days = (first + number * DAY for number in range(1, (last - first).days + 1))
    return sum(unit is Unit.CALENDAR_DAYS or CALENDAR.is_working_day(day) for day in days)


class TestPauses:
    """A clock stands still while the request is rejected or waits for the unit (Art. 12)."""

    def test_what_is_left_runs_from_the_day_after(self) -> None:
        """Of five days from Monday one, Tuesday, passed before Wednesday: four are left, from the day after Friday."""
        review = a_period(shanghai(2026, 11, 2, 9), 5)
        stands = paused(review, shanghai(2026, 11, 4, 10), CALENDAR)
        goes = resumed(stands, shanghai(2026, 11, 6, 16), CALENDAR)
        assert (stands.used, stands.paused_at) == (1, shanghai(2026, 11, 4, 10))
        assert (goes.paused_at, goes.due_at) == (None, shanghai(2026, 11, 13))

    def test_a_pause_on_the_day_of_the_event_uses_nothing(self) -> None:
        """The whole time is left."""
        review = a_period(shanghai(2026, 11, 2, 9), 5)
        goes = resumed(paused(review, shanghai(2026, 11, 2, 23), CALENDAR), shanghai(2026, 11, 9, 9), CALENDAR)
        assert (goes.used, goes.due_at) == (0, shanghai(2026, 11, 17))

    def test_a_pause_on_the_last_day_leaves_one(self) -> None:
        """That day was not over."""
        review = a_period(shanghai(2026, 11, 2, 9), 5)
        goes = resumed(paused(review, shanghai(2026, 11, 9, 23, 59, 59), CALENDAR), shanghai(2026, 12, 1, 9), CALENDAR)
        assert (goes.used, goes.due_at) == (4, shanghai(2026, 12, 3))

    def test_a_pause_over_spring_festival_and_its_make_up_saturdays(self) -> None:
        """From Thursday 12 February 2026 Friday and the working Saturday pass; three days are left."""
        review = a_period(shanghai(2026, 2, 12, 9), 5)
        stands = paused(review, shanghai(2026, 2, 16, 9), CALENDAR)
        assert stands.used == 2
        assert resumed(stands, shanghai(2026, 2, 23, 9), CALENDAR).due_at == shanghai(2026, 2, 27)

    def test_a_period_of_months_goes_on_as_its_days(self) -> None:
        """From 31 December 2027 two months end on 29 February 2028: sixty days, of which nine passed."""
        review = a_period(shanghai(2027, 12, 31, 9), 2, Unit.MONTHS)
        assert review.due_at == shanghai(2028, 3, 1)
        stands = paused(review, shanghai(2028, 1, 10, 9), CALENDAR)
        goes = resumed(stands, shanghai(2028, 3, 1, 9), CALENDAR)
        assert (stands.value, stands.unit, stands.used) == (60, "cd", 9)
        assert goes.due_at == shanghai(2028, 3, 2) + 51 * DAY

    def test_what_was_missed_stays_missed(self) -> None:
        """A pause after the end mends nothing."""
        review = a_period(shanghai(2026, 11, 2, 9), 5)
        assert paused(review, review.due_at, CALENDAR) == review
        assert paused(review, review.due_at - timedelta(microseconds=1), CALENDAR) != review

    def test_a_date_that_was_set_as_such_does_not_wait(self) -> None:
        """The office's day for a fix (Art. 37) is that day."""
        fix = a_deadline(kind=DeadlineKind.FIX, since=shanghai(2026, 3, 1))
        assert paused(fix, shanghai(2026, 3, 5), CALENDAR) == fix == recomputed(fix, CALENDAR)

    def test_what_was_met_is_over(self) -> None:
        """Neither a pause nor a calendar moves it."""
        met = a_period(shanghai(2026, 11, 2, 9), 5).model_copy(update={"met_at": shanghai(2026, 11, 3)})
        assert paused(met, shanghai(2026, 11, 4), CALENDAR) == met == recomputed(met, Calendar.of([]))

    @given(since=INSTANTS, value=LENGTHS, unit=UNITS, first=DAYS, second=DAYS)
    def test_no_day_is_lost_or_gained(self, since: datetime, value: int, unit: Unit, first: int, second: int) -> None:
        """The days before the pause and those after it are together as many as the rule says."""
        at = min(since + first * DAY, a_period(since, value, unit).due_at - timedelta(microseconds=1))
        again = at + second * DAY
        goes = resumed(paused(a_period(since, value, unit), at, CALENDAR), again, CALENDAR)
        before = days_counted(local_date(since), max(local_date(since), local_date(at) - DAY), unit)
        after = days_counted(local_date(again), last_day(goes.due_at), unit)
        assert before + after == value
        assert goes.due_at > again

    @given(since=INSTANTS, value=LENGTHS, unit=UNITS, steps=st.lists(st.tuples(DAYS, DAYS), max_size=5))
    def test_pauses_never_make_a_date_earlier(
        self, since: datetime, value: int, unit: Unit, steps: list[tuple[int, int]]
    ) -> None:
        """However often the clock stands still, its end moves on or stays, and the time that is used only grows."""
        deadline, now = a_period(since, value, unit), since
        for stands, goes in steps:
            now += stands * DAY
            stood = paused(deadline, now, CALENDAR)
            now += goes * DAY
            after = resumed(stood, now, CALENDAR)
            assert after.due_at >= deadline.due_at
            assert 0 <= deadline.used <= stood.used == after.used < value
            deadline = after

    @given(since=INSTANTS, value=LENGTHS, unit=ALL_UNITS, first=DAYS, later=DAYS)
    def test_pausing_and_resuming_twice_is_once(
        self, since: datetime, value: int, unit: Unit, first: int, later: int
    ) -> None:
        """The first pause and the first resumption count."""
        running = a_period(since, value, unit)
        stands = paused(running, since + first * DAY, CALENDAR)
        assert resumed(running, since + first * DAY, CALENDAR) == running
        assert paused(stands, since + (first + later) * DAY, CALENDAR) == stands or stands == running
        goes = resumed(stands, since + (first + later) * DAY, CALENDAR)
        assert resumed(goes, since + (first + 2 * later) * DAY, CALENDAR) == goes

    @given(since=INSTANTS, value=LENGTHS, unit=ALL_UNITS, share=st.floats(0, 1), later=st.integers(0, 10_000))
    def test_a_clock_that_stands_still_misses_nothing(
        self, since: datetime, value: int, unit: Unit, share: float, later: int
    ) -> None:
        """However long it takes."""
        running = a_period(since, value, unit)
        at = min(since + share * (running.due_at - since), running.due_at - timedelta(microseconds=1))
        stands = paused(running, at, CALENDAR)
        assert forecast(stands, at + later * DAY) is Forecast.PAUSED

    @given(since=INSTANTS, value=LENGTHS, unit=UNITS, first=DAYS, back=DAYS)
    def test_a_clock_of_the_machine_that_goes_back_gives_no_time_back(
        self, since: datetime, value: int, unit: Unit, first: int, back: int
    ) -> None:
        """A resumption before the pause counts as one at the pause, and a pause before the event uses nothing."""
        running = a_period(since, value, unit)
        at = since + first * DAY
        stands = paused(running, at, CALENDAR)
        goes = resumed(stands, at - back * DAY, CALENDAR)
        assert goes == resumed(stands, at, CALENDAR)
        assert paused(running, since - back * DAY, CALENDAR).used == 0


class TestComputedAgain:
    """A year without a published arrangement gives provisional dates, which are computed again (DESIGN.md 11)."""

    @given(since=INSTANTS, value=LENGTHS, unit=ALL_UNITS)
    def test_the_same_calendar_gives_the_same_date(self, since: datetime, value: int, unit: Unit) -> None:
        """Computing again changes nothing, and twice is once."""
        deadline = a_period(since, value, unit)
        assert recomputed(deadline, CALENDAR) == deadline
        bare = recomputed(deadline, Calendar.of([]))
        assert recomputed(bare, Calendar.of([])) == bare
        assert recomputed(bare, CALENDAR) == deadline

    @given(since=INSTANTS, value=LENGTHS, first=DAYS, later=DAYS)
    def test_a_clock_that_went_on_is_computed_from_there(
        self, since: datetime, value: int, first: int, later: int
    ) -> None:
        """What is left of it, by the calendar that is known now."""
        goes = resumed(
            paused(a_period(since, value), since + first * DAY, CALENDAR), since + (first + later) * DAY, CALENDAR
        )
        assert recomputed(recomputed(goes, Calendar.of([])), CALENDAR) == goes

    @given(since=INSTANTS, value=LENGTHS, unit=ALL_UNITS)
    def test_a_date_is_never_before_its_event(self, since: datetime, value: int, unit: Unit) -> None:
        """By no calendar."""
        for calendar in (CALENDAR, Calendar.of([])):
            deadline = recomputed(a_period(since, value, unit), calendar)
            assert deadline.since is not None
            assert deadline.since < deadline.due_at

    @given(since=INSTANTS, later=st.timedeltas(timedelta(0), timedelta(days=60)), value=LENGTHS, unit=ALL_UNITS)
    def test_later_events_never_end_earlier(self, since: datetime, later: timedelta, value: int, unit: Unit) -> None:
        """Ends are monotone in the event."""
        assert a_period(since + later, value, unit).due_at >= a_period(since, value, unit).due_at

    def test_a_published_year_settles_and_moves_its_dates(self) -> None:
        """The notice makes Friday a day off and Saturday a working day."""
        friday, saturday = date(2030, 1, 4), date(2030, 1, 5)
        unknown = Calendar.of([Arrangement(2030, frozenset(), published=False)])
        known = Calendar.of([Arrangement(2030, frozenset({friday}), frozenset({saturday}))])
        before = a_period(shanghai(2030, 1, 3, 9), 1, calendar=unknown)
        after = recomputed(before, known)
        assert (last_day(before.due_at), before.provisional) == (friday, True)
        assert (last_day(after.due_at), after.provisional) == (saturday, False)

    @pytest.mark.parametrize("change", [{"paused_at": shanghai(2026, 11, 4)}, {"fired_at": shanghai(2026, 11, 10)}])
    def test_a_clock_that_stands_still_and_a_breach_on_record_stay(self, change: dict[str, datetime]) -> None:
        """The one is computed when it goes on, the other was recorded once and for all."""
        deadline = a_period(shanghai(2026, 11, 2, 9), 5).model_copy(update=change)
        assert recomputed(deadline, Calendar.of([])) == deadline

    def test_months_and_calendar_days_never_move(self) -> None:
        """They are the same by any calendar."""
        for unit in (Unit.CALENDAR_DAYS, Unit.MONTHS):
            deadline = a_period(shanghai(2027, 1, 30, 9), 1, unit)
            assert recomputed(deadline, Calendar.of([])) == deadline
            assert not deadline.provisional

"""The days on which dates go wrong: holidays, make-up days, year ends, leap days, midnight, other time zones.

Every date is that of a request for a test environment: acceptance 3 working days, review and provision 2 (Art. 12, 13).
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from orchestrator.domain.calendar import SHANGHAI, last_day
from orchestrator.domain.deadlines import (
    change_start,
    escrow_end,
    fix_by,
    next_care,
    old_resources,
    on_reviewed,
    on_submitted,
    trial_minimum,
)
from orchestrator.domain.duties import Forecast, forecast
from orchestrator.domain.records import Backup, Deadline, DeadlineKind, Kind
from tests.samples import START, a_request, an_environment
from tests.unit.domain.samples import LIBRARY, the_rulebook

CALENDAR, RULES = LIBRARY.calendar(), the_rulebook()
ROOT = Path(__file__).parents[3]
CHILD = """
from datetime import datetime
from tests.unit.domain.test_days_of_the_year import EVENTS, acceptance_of
print(datetime.now().astimezone().utcoffset().total_seconds())
for event in EVENTS:
    found = acceptance_of(event.astimezone())
    print(found.due_at.isoformat(), found.since.isoformat(), found.provisional)
"""


def shanghai(*parts: int) -> datetime:
    """Give an instant by Shanghai's clock."""
    return datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[misc,arg-type]  # the numbers of a date and time


EVENTS = (shanghai(2026, 3, 2, 23, 59, 59), shanghai(2026, 3, 3), shanghai(2026, 12, 31, 23, 59, 59))


def acceptance_of(submitted_at: datetime) -> Deadline:
    """Give the date of acceptance of a request: three working days (Art. 12)."""
    (deadline,) = on_submitted(submitted_at, a_request(kind=Kind.TEST), RULES, CALENDAR)
    return deadline


@pytest.mark.parametrize(
    ("submitted_at", "last"),
    [
        # New Year 2026: 1 to 3 January are off, Sunday the 4th is worked.
        (shanghai(2025, 12, 30, 9), date(2026, 1, 5)),
        (shanghai(2025, 12, 31, 9), date(2026, 1, 6)),
        (shanghai(2026, 1, 1, 9), date(2026, 1, 6)),
        # Spring Festival 2026: 15 to 23 February are off; Saturdays 14 and 28 February are worked.
        (shanghai(2026, 2, 11, 9), date(2026, 2, 14)),
        (shanghai(2026, 2, 12, 9), date(2026, 2, 24)),
        (shanghai(2026, 2, 14, 9), date(2026, 2, 26)),
        (shanghai(2026, 2, 18, 9), date(2026, 2, 26)),
        (shanghai(2026, 2, 25, 9), date(2026, 2, 28)),
        # A make-up Sunday: 20 September 2026.
        (shanghai(2026, 9, 17, 9), date(2026, 9, 21)),
        (shanghai(2026, 9, 20, 9), date(2026, 9, 23)),
        # National Day 2026: 1 to 7 October are off, Saturday the 10th is worked.
        (shanghai(2026, 9, 30, 9), date(2026, 10, 10)),
        # Year end 2018: Saturday 29 December was worked by the arrangement of 2019, Monday the 31st was off.
        (shanghai(2018, 12, 27, 9), date(2019, 1, 2)),
        # Leap day 2024, a Thursday.
        (shanghai(2024, 2, 27, 9), date(2024, 3, 1)),
        (shanghai(2024, 2, 29, 9), date(2024, 3, 5)),
    ],
)
def test_three_working_days_end_on_the_published_day(submitted_at: datetime, last: date) -> None:
    """Holidays and make-up days are those of the State Council's notices."""
    deadline = acceptance_of(submitted_at)
    assert (last_day(deadline.due_at), deadline.provisional) == (last, False)


@pytest.mark.parametrize(
    ("submitted_at", "last"),
    [
        (shanghai(2026, 3, 2, 23, 59, 59), date(2026, 3, 5)),
        (shanghai(2026, 3, 2, 23, 59, 59, 999_999), date(2026, 3, 5)),
        (shanghai(2026, 3, 3, 0, 0, 0), date(2026, 3, 6)),
        (shanghai(2026, 2, 14, 23, 59, 59), date(2026, 2, 26)),  # still the working Saturday
        (shanghai(2026, 2, 15, 0, 0, 0), date(2026, 2, 26)),  # the holiday has begun
    ],
)
def test_midnight_in_shanghai_decides_the_day_of_a_submission(submitted_at: datetime, last: date) -> None:
    """23:59:59 belongs to the day, 00:00:00 to the next one."""
    assert last_day(acceptance_of(submitted_at).due_at) == last


def test_the_last_second_of_the_last_day_is_in_time() -> None:
    """The time is over at 00:00:00 and no earlier (Art. 12)."""
    deadline = acceptance_of(shanghai(2026, 3, 2, 9))
    assert forecast(deadline, shanghai(2026, 3, 5, 23, 59, 59)) is Forecast.AT_RISK
    assert forecast(deadline, shanghai(2026, 3, 6, 0, 0, 0)) is Forecast.MISSED


@pytest.mark.parametrize(
    ("reviewed_at", "provisional"),
    [
        (shanghai(2026, 12, 22, 9), False),
        (shanghai(2026, 12, 23, 9), False),
        (shanghai(2026, 12, 25, 9), True),  # the notice of 2027 may still move 28 December
        (shanghai(2027, 3, 1, 9), True),
    ],
)
def test_dates_near_an_unpublished_year_are_provisional(reviewed_at: datetime, *, provisional: bool) -> None:
    """From 26 December on the following year's arrangement may reach into the old one."""
    (deadline,) = on_reviewed(reviewed_at, a_request(kind=Kind.TEST), RULES, CALENDAR)
    assert deadline.provisional is provisional


@pytest.mark.parametrize(("zone", "offset_hours"), [("Pacific/Kiritimati", 14), ("Pacific/Marquesas", -9.5)])
def test_a_server_in_another_time_zone_gives_the_same_dates(zone: str, offset_hours: float) -> None:
    """A process whose zone is another one computes the same instants, to the letter."""
    environment = os.environ | {"TZ": zone}
    told = subprocess.run(
        [sys.executable, "-c", CHILD], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    offset, *dates = told.stdout.splitlines()
    here = [acceptance_of(event) for event in EVENTS]
    assert float(offset) == offset_hours * 3600
    expected = [
        f"{each.due_at.isoformat()} {each.since and each.since.isoformat()} {each.provisional}" for each in here
    ]
    assert dates == expected


class TestSingleDates:
    """What else has a date: trial, old system, fix, change, backup, escrow."""

    def test_a_trial_lasts_thirty_days_at_least(self) -> None:
        """Ready on 30 January 2028, a leap year: 29 February is the last of the thirty days (Art. 14)."""
        found = trial_minimum(shanghai(2028, 1, 30, 9), an_environment(), RULES, CALENDAR)
        assert (found.kind, found.article, found.acts) == (DeadlineKind.TRIAL_MINIMUM, "Art. 14", True)
        assert (found.due_at, found.provisional) == (shanghai(2028, 3, 1), False)

    @pytest.mark.parametrize(
        ("promoted_at", "last"),
        [
            (shanghai(2026, 12, 31, 9), date(2027, 2, 28)),
            (shanghai(2027, 12, 30, 9), date(2028, 2, 29)),  # a leap year
            (shanghai(2026, 3, 15, 9), date(2026, 5, 15)),
        ],
    )
    def test_the_old_system_is_listed_two_months_after_going_live(self, promoted_at: datetime, last: date) -> None:
        """The same day of the month, or the last of a shorter one (Art. 22)."""
        found = old_resources(promoted_at, an_environment(), RULES, CALENDAR)
        assert (found.kind, found.article, last_day(found.due_at)) == (DeadlineKind.OLD_RESOURCES, "Art. 22", last)
        assert (found.value, found.unit, found.acts) == (2, "months", True)

    def test_a_fix_has_the_offices_day(self) -> None:
        """Each request that sets one has its own; it is at risk when two thirds of the time are over (Art. 37)."""
        decided_at, day = shanghai(2026, 3, 2), date(2026, 3, 10)
        found = fix_by(day, decided_at, an_environment(), "req-9", RULES, CALENDAR)
        assert found.id == "water-gauge-test@req-1/fix/req-9"
        assert (found.article, found.due_at, found.value) == ("Art. 37", shanghai(2026, 3, 11), 0)
        assert forecast(found, shanghai(2026, 3, 8)) is Forecast.AT_RISK

    def test_a_fix_without_a_day_has_the_rulebooks_time(self) -> None:
        """Ten working days by policy, over which the calendar decides."""
        found = fix_by(None, shanghai(2026, 2, 12, 9), an_environment(), "req-9", RULES, CALENDAR)
        assert (found.value, found.unit, last_day(found.due_at)) == (10, "wd", date(2026, 3, 4))

    def test_a_change_starts_at_its_instant(self) -> None:
        """The workflow chose it inside a window."""
        instant = shanghai(2026, 3, 7, 22, 30)
        found = change_start(instant, a_request(kind=Kind.CHANGE), RULES)
        assert (found.id, found.due_at, found.acts) == ("req-1/change-start", instant, True)
        assert (found.since, found.value) == (None, 0)

    def test_each_backup_has_a_date_of_its_own(self) -> None:
        """The next one is stored beside the last one, however often."""
        first, second = (
            next_care(DeadlineKind.BACKUP, "Art. 30", START + timedelta(days=days), an_environment()) for days in (0, 1)
        )
        assert first.id == "water-gauge-test@req-1/backup/20260302T0130Z"
        assert first.id != second.id
        assert (first.article, first.acts) == ("Art. 30", True)

    def test_an_escrow_ends_with_its_last_day_and_outlives_the_environment(self) -> None:
        """Its subject is the backup, so that closing the environment's dates leaves it open (Art. 16)."""
        backup = Backup(
            id="bak-1",
            subject="water-gauge-live@req-1",
            environment="water-gauge-live",
            final=True,
            taken_at=START,
            place="escrow",
            items=(),
        )
        found = escrow_end(date(2026, 9, 2), backup, RULES)
        assert (found.id, found.subject, found.due_at) == ("bak-1/escrow-end", "bak-1", shanghai(2026, 9, 3))
        assert (found.article, found.acts, found.environment) == ("Art. 16", True, "water-gauge-live")

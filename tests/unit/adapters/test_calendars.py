"""The calendar from packages and file: published years, derived years, and years that a city adds."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import chinese_calendar as package  # type: ignore[import-untyped]  # the package ships no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.adapters.calendars import YEARS_AHEAD, PublishedYears, chinese_calendar
from orchestrator.adapters.library import TemplateLibrary, installed_templates
from orchestrator.domain.calendar import Due

CALENDAR = chinese_calendar(PublishedYears())


def test_every_year_is_there_once() -> None:
    """Published from 2004 to 2026, then a few that follow from the law."""
    years = CALENDAR.arrangements
    assert list(years) == list(range(2004, 2027 + YEARS_AHEAD))
    assert len(years) == len(list(years))
    assert [year for year in years if years[year].published] == list(range(2004, 2027))


@given(day=st.dates(date(2004, 1, 1), date(2026, 12, 31)))
def test_published_days_are_those_of_the_package(day: date) -> None:
    """Every single day agrees with the State Council's notices as the package holds them."""
    assert CALENDAR.is_working_day(day) is package.is_workday(day)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2027, 1, 1), False),  # New Year
        (date(2027, 2, 6), False),  # Spring Festival
        (date(2027, 2, 10), False),  # a statutory day that fell on a weekend, made up for
        (date(2027, 4, 5), False),  # Tomb-sweeping Day
        (date(2027, 9, 15), False),  # Mid-autumn Festival
        (date(2027, 2, 20), False),  # a Saturday that a notice may still make a working day
        (date(2027, 3, 3), True),
    ],
)
def test_unpublished_years_have_the_statutory_holidays(day: date, *, works: bool) -> None:
    """What the law says without any notice, provisionally."""
    assert CALENDAR.is_working_day(day) is works
    assert not CALENDAR.is_settled(day)


def test_a_year_in_the_file_counts_as_published(tmp_path: Path) -> None:
    """A notice is entered before the package knows it, and its dates are settled."""
    templates = Path(shutil.copytree(installed_templates(), tmp_path / "templates"))
    (templates / "rulebooks" / "calendar.yaml").write_text(
        "years:\n"
        "  - year: 2027\n"
        "    source: a notice of this test\n"
        "    days_off: [2027-03-01]\n"
        "    working_weekend_days: [2027-02-27]\n",
        encoding="utf-8",
    )
    calendar = TemplateLibrary(templates).calendar()
    assert calendar.add_working_days(date(2027, 2, 25), 3) == Due(date(2027, 3, 2), provisional=False)
    assert calendar.arrangements[2028].published is False


def test_a_city_without_the_file_has_the_packages_alone(tmp_path: Path) -> None:
    """The file is not needed."""
    rulebook = Path(shutil.copy(installed_templates() / "rulebooks" / "default.yaml", tmp_path / "city.yaml"))
    library = TemplateLibrary(installed_templates(), str(rulebook))
    assert not library.calendar().is_settled(date(2027, 3, 1))

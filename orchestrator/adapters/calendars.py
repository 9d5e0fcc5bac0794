"""The calendar of working days from packages and a file (DESIGN.md decision 11).

Published years come from ``chinesecalendar``, which holds the State Council's notices. For years after its last one,
``holidays`` gives the statutory holidays, without the working weekends that only a notice can set: such years are
provisional. A file of the rulebook's folder adds years as soon as they are published.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Annotated

from chinese_calendar import constants  # type: ignore[import-untyped]  # the package ships no types
from pydantic import Field

from orchestrator.domain.calendar import Arrangement, Calendar
from orchestrator.domain.model import Model

YEARS_AHEAD = 5
"""How many years after the last published one are derived from the law; later ones have plain weekends."""


class PublishedYear(Model):
    """One year's arrangement as a notice gives it."""

    year: Annotated[int, Field(strict=True, ge=2000, le=2200)]
    source: Annotated[str, Field(min_length=1, max_length=200)]
    days_off: Annotated[tuple[date, ...], Field(min_length=1)]
    working_weekend_days: tuple[date, ...] = ()

    @property
    def arrangement(self) -> Arrangement:
        """The year as the domain knows it."""
        return Arrangement(self.year, frozenset(self.days_off), frozenset(self.working_weekend_days))


class PublishedYears(Model):
    """The file of arrangements that the package does not have yet."""

    years: tuple[PublishedYear, ...] = ()


def chinese_calendar(added: PublishedYears) -> Calendar:
    """Build the calendar; years of ``added`` win over the packages."""
    published = {arrangement.year: arrangement for arrangement in _packaged()}
    published |= {year.year: year.arrangement for year in added.years}
    return Calendar(_Years(published))


def _packaged() -> tuple[Arrangement, ...]:
    days_off: frozenset[date] = frozenset(constants.holidays)
    worked: frozenset[date] = frozenset(constants.workdays)
    return tuple(
        Arrangement(
            year,
            frozenset(day for day in days_off if day.year == year),
            frozenset(day for day in worked if day.year == year),
        )
        for year in sorted({day.year for day in days_off})
    )


class _Years(Mapping[int, Arrangement]):
    """Published years, and the years after them, which are derived when somebody asks for the first of them."""

    def __init__(self, published: dict[int, Arrangement]) -> None:
        self._published = published
        last = max(published)
        self._ahead = [year for year in range(last + 1, last + 1 + YEARS_AHEAD) if year not in published]

    def __getitem__(self, year: int) -> Arrangement:
        if year in self._ahead:
            return self._derived[year]
        return self._published[year]

    def __iter__(self) -> Iterator[int]:
        return iter((*self._published, *self._ahead))

    def __len__(self) -> int:
        return len(self._published) + len(self._ahead)

    @cached_property
    def _derived(self) -> dict[int, Arrangement]:
        import holidays  # noqa: PLC0415  most dates need no year ahead, and the package takes half a second to load

        found = holidays.country_holidays("CN", years=self._ahead)
        by_year = {year: frozenset(day for day in found if day.year == year) for year in self._ahead}
        return {year: Arrangement(year, days_off, published=False) for year, days_off in by_year.items()}

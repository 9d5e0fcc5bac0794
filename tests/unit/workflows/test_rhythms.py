"""Work that comes back: due from the first day on, never twice at once, and never made up for (Art. 30, 39, 44)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.blueprint import Blueprint
from orchestrator.domain.blueprint_care import BlueprintCare
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.records import DeadlineKind, Environment, OperationKind
from orchestrator.workflows.rhythms import RHYTHMS, next_date
from orchestrator.workflows.sweep import sweep
from tests.fakes.installation import LIBRARY, Installation
from tests.tenancy_steps import DAY, in_trial, pass_days

RULES, CALENDAR = LIBRARY.rulebook(), LIBRARY.calendar()
BACKUPS = RHYTHMS[DeadlineKind.BACKUP]
INSTANTS = st.integers(1_770_000_000, 1_790_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
"""February to September 2026: the calendar of the year is published."""


def with_hours(hours: int | None) -> Blueprint:
    """Give a blueprint that says itself how often its environments are backed up."""
    return LIBRARY.blueprint("single-host").model_copy(update={"care": BlueprintCare(backup_every_hours=hours)})


def open_dates(installation: Installation, environment: Environment) -> list[DeadlineKind]:
    """Give the kinds of the recurring dates of an environment that are not met."""
    with installation.records.read() as tx:
        dates = tx.deadlines.of(subject_of(environment))
    return [one.kind for one in dates if one.kind in RHYTHMS and one.met_at is None]


def operations(installation: Installation, environment: Environment, kind: OperationKind) -> int:
    """Count the operations of a kind."""
    with installation.records.read() as tx:
        return sum(one.kind is kind for one in tx.operations.list(environment=environment.name))


def test_a_live_environment_has_one_date_of_every_rhythm(installation: Installation) -> None:
    """From its first day, and again after each time."""
    environment = in_trial(installation)
    assert sorted(open_dates(installation, environment)) == sorted(RHYTHMS)
    pass_days(installation, 3)
    assert sorted(open_dates(installation, environment)) == sorted(RHYTHMS)


@pytest.mark.parametrize("kind", list(RHYTHMS))
def test_the_next_time_is_later_and_names_its_article(installation: Installation, kind: DeadlineKind) -> None:
    """A rhythm that gave the present instant again would run for ever."""
    environment = in_trial(installation)
    with installation.records.read() as tx:
        now = installation.clock.now()
        first = next_date(installation.ports, tx, kind, environment, now)
        second = next_date(installation.ports, tx, kind, environment, first.due_at)
    assert now < first.due_at < second.due_at
    assert first.id != second.id
    assert first.article.startswith("Art. ")


def test_what_was_missed_is_not_made_up_for(installation: Installation) -> None:
    """Art. 30: after ten days without a sweep there is one backup, not ten."""
    environment = in_trial(installation)
    pass_days(installation, 0)
    pass_days(installation, 10)
    assert operations(installation, environment, OperationKind.BACKUP) == 2


def test_work_that_still_waits_is_not_asked_for_again(installation: Installation) -> None:
    """A worker that is down for days finds one backup to be made."""
    environment = in_trial(installation)
    pass_days(installation, 0)
    for _ in range(3):
        installation.clock.advance(DAY)
        sweep(installation.ports)
    assert operations(installation, environment, OperationKind.BACKUP) == 2


def test_an_environment_of_an_older_tenure_gets_the_rhythms_that_came_later(installation: Installation) -> None:
    """With the next backup at the latest; it has the date of that from its first day (Art. 30)."""
    environment = in_trial(installation)
    with installation.records.transaction() as tx:
        for one in tx.deadlines.of(subject_of(environment)):
            if one.kind in RHYTHMS and one.kind is not DeadlineKind.BACKUP:
                tx.deadlines.put(one.model_copy(update={"met_at": installation.clock.now()}))
    pass_days(installation, 1)
    assert sorted(open_dates(installation, environment)) == sorted(RHYTHMS)


@given(INSTANTS)
def test_a_daily_backup_is_due_on_every_day(now: datetime) -> None:
    """Counted from the day after, every second day would be left out."""
    following = BACKUPS.following(now, RULES, with_hours(None), CALENDAR)
    assert now < following <= now + DAY


@given(INSTANTS, st.integers(1, 48))
def test_a_blueprint_may_say_it_in_hours(now: datetime, hours: int) -> None:
    """Where a day between two backups is too long."""
    assert BACKUPS.following(now, RULES, with_hours(hours), CALENDAR) == now + timedelta(hours=hours)

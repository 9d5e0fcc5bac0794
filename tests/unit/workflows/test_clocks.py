"""Clocks that stand still and go on, a year that is published late, and a breach that is recorded once."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from orchestrator.adapters.library import TemplateLibrary, installed_templates
from orchestrator.domain.calendar import SHANGHAI, last_day
from orchestrator.domain.deadlines import change_start, on_reviewed, on_submitted
from orchestrator.domain.deadlines import test_period as period_of_test
from orchestrator.domain.duties import Forecast, forecast
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.records import Deadline, DeadlineKind, Kind
from orchestrator.ports import Records
from orchestrator.workflows.clocks import BATCH, pause, recompute, resume
from orchestrator.workflows.context import Ports
from orchestrator.workflows.sweep import PAGE, sweep
from tests.fakes.installation import LIBRARY, Installation
from tests.samples import a_request, an_environment

CALENDAR, RULES = LIBRARY.calendar(), LIBRARY.rulebook()
MONDAY = datetime(2026, 11, 2, 9, tzinfo=SHANGHAI)
DAY = timedelta(days=1)
NOTICE_OF_2027 = """
years:
  - year: 2027
    source: a notice of this test
    days_off: [2027-01-01, 2027-01-04, 2027-01-05]
    working_weekend_days: [2027-01-02]
"""


def store(records: Records, *deadlines: Deadline) -> None:
    """Put dates on record."""
    with records.transaction() as tx:
        for deadline in deadlines:
            tx.deadlines.add(deadline)


def dates_of(records: Records, subject: str) -> dict[str, Deadline]:
    """Give the dates of a subject by what is behind it in their ids."""
    with records.read() as tx:
        return {deadline.id.removeprefix(f"{subject}/"): deadline for deadline in tx.deadlines.of(subject)}


def an_acceptance(submitted_at: datetime = MONDAY, request_id: str = "req-1") -> Deadline:
    """Give the date of an acceptance: three working days (Art. 12)."""
    (deadline,) = on_submitted(submitted_at, a_request(request_id, kind=Kind.TEST), RULES, CALENDAR)
    return deadline


class TestPauses:
    """Every open clock of a subject, and only those."""

    def test_a_request_that_waits_for_the_unit_takes_no_time_of_the_office(self, installation: Installation) -> None:
        """Asked on Wednesday, answered a week later: two of three days are left (Art. 12)."""
        store(installation.records, an_acceptance())
        with installation.records.transaction() as tx:
            pause(tx, "req-1", MONDAY + 2 * DAY, CALENDAR)
            pause(tx, "req-1", MONDAY + 3 * DAY, CALENDAR)
        stands = dates_of(installation.records, "req-1")["acceptance"]
        assert (stands.paused_at, stands.used) == (MONDAY + 2 * DAY, 1)
        with installation.records.transaction() as tx:
            resume(tx, "req-1", MONDAY + 9 * DAY, CALENDAR)
            resume(tx, "req-1", MONDAY + 10 * DAY, CALENDAR)
        goes = dates_of(installation.records, "req-1")["acceptance"]
        assert goes.paused_at is None
        assert last_day(goes.due_at) == (MONDAY + 11 * DAY).date()

    def test_what_is_met_and_what_is_anothers_goes_its_way(self, installation: Installation) -> None:
        """A pause touches neither."""
        met = an_acceptance().model_copy(update={"met_at": MONDAY})
        store(installation.records, met, an_acceptance(request_id="req-2"))
        with installation.records.transaction() as tx:
            pause(tx, "req-1", MONDAY + DAY, CALENDAR)
        assert dates_of(installation.records, "req-1")["acceptance"] == met
        assert dates_of(installation.records, "req-2")["acceptance"].paused_at is None

    def test_a_clock_that_stands_still_never_breaches(self, installation: Installation) -> None:
        """However long the unit takes."""
        store(installation.records, an_acceptance())
        with installation.records.transaction() as tx:
            pause(tx, "req-1", MONDAY + DAY, CALENDAR)
        installation.clock.set(MONDAY + 400 * DAY)
        sweep(installation.ports)
        stands = dates_of(installation.records, "req-1")["acceptance"]
        assert (stands.fired_at, forecast(stands, installation.clock.now())) == (None, Forecast.PAUSED)
        assert installation.notices("water-gauge-test") == []


class TestBreaches:
    """A breach is recorded once, told once, and blocks nothing."""

    def test_a_breach_is_recorded_once(self, installation: Installation) -> None:
        """However often the sweep comes by, also after a clock that went back and on again."""
        deadline = an_acceptance()
        store(installation.records, deadline)
        for moment in (deadline.due_at - timedelta(seconds=1), deadline.due_at, MONDAY, deadline.due_at + DAY):
            installation.clock.set(moment)
            sweep(installation.ports)
        assert installation.actions("water-gauge-test") == ["deadline.missed"]
        assert installation.notices("water-gauge-test") == ["deadline-missed-acceptance"]
        missed = dates_of(installation.records, "req-1")["acceptance"]
        assert (missed.fired_at, missed.met_at) == (deadline.due_at, None)

    def test_a_clock_that_began_anew_can_be_missed_anew(self, installation: Installation) -> None:
        """A plan that has to be signed again is due again under the same id, and told again (Art. 12)."""
        for submitted_at in (MONDAY, MONDAY + 14 * DAY):
            deadline = an_acceptance(submitted_at)
            store(installation.records, deadline)
            with installation.records.transaction() as tx:
                tx.deadlines.put(deadline)
            installation.clock.set(deadline.due_at)
            sweep(installation.ports)
        assert installation.notices("water-gauge-test") == ["deadline-missed-acceptance"] * 2

    def test_dates_that_wait_stand_in_nobodys_way(self, installation: Installation) -> None:
        """A hundred ends wait for an environment at work; the breach behind them is recorded all the same."""
        environment = an_environment(state=EnvironmentState.PROVISIONING)
        (end,) = (
            each
            for each in period_of_test(MONDAY, environment.name, environment.request, RULES, CALENDAR)
            if each.kind is DeadlineKind.PERIOD_END
        )
        with installation.records.transaction() as tx:
            tx.environments.add(environment)
        store(
            installation.records,
            *(end.model_copy(update={"id": f"{end.id}/{number}", "due_at": MONDAY}) for number in range(PAGE)),
            an_acceptance(),
        )
        installation.clock.set(MONDAY + 30 * DAY)
        assert sweep(installation.ports) == 1
        assert installation.actions("water-gauge-test") == ["deadline.missed"]

    def test_a_date_that_cannot_be_acted_on_stops_no_other(self, installation: Installation) -> None:
        """It is told once and waits for whoever mends it."""
        lost = change_start(MONDAY, a_request("req-lost", kind=Kind.CHANGE), RULES)
        store(installation.records, lost, an_acceptance())
        installation.clock.set(MONDAY + 30 * DAY)
        assert [sweep(installation.ports), sweep(installation.ports)] == [1, 0]
        assert installation.actions("water-gauge-test") == ["deadline.missed"]
        assert installation.notices("water-gauge-test") == ["deadline-stuck", "deadline-missed-acceptance"]
        assert dates_of(installation.records, "req-lost")["change-start"] == lost

    def test_a_clock_that_goes_back_does_not_undo_a_breach(self, installation: Installation) -> None:
        """It stays missed on every list."""
        deadline = an_acceptance()
        store(installation.records, deadline)
        installation.clock.set(deadline.due_at)
        sweep(installation.ports)
        installation.clock.set(MONDAY)
        sweep(installation.ports)
        missed = dates_of(installation.records, "req-1")["acceptance"]
        assert forecast(missed, installation.clock.now()) is Forecast.MISSED


class Published:
    """An installation to which the notice of 2027 comes while it works.

    Attributes:
        before: Ports by the calendar that is known first.
        after: The same by a calendar file beside the rulebook that holds the notice.
    """

    def __init__(self, installation: Installation, folder: Path) -> None:
        templates = Path(shutil.copytree(installed_templates(), folder / "templates"))
        (templates / "rulebooks" / "calendar.yaml").write_text(NOTICE_OF_2027, encoding="utf-8")
        self.records = installation.records
        self.before: Ports = installation.ports
        self.after: Ports = replace(installation.ports, library=TemplateLibrary(templates))


@pytest.fixture
def published(installation: Installation, tmp_path: Path) -> Published:
    """Give an installation at the end of 2026."""
    installation.clock.set(datetime(2026, 12, 31, 10, tzinfo=SHANGHAI))
    return Published(installation, tmp_path)


class TestYearsThatAreNotPublished:
    """Dates into 2027 are provisional until its arrangement comes out; then they are computed again (decision 11)."""

    def test_a_notice_moves_and_settles_dates(self, published: Published) -> None:
        """Reviewed on 30 December; by law the 1st alone is off, by the notice the 4th and 5th too."""
        (provision,) = on_reviewed(datetime(2026, 12, 30, 9, tzinfo=SHANGHAI), a_request(), RULES, CALENDAR)
        store(published.records, an_acceptance(datetime(2026, 12, 30, 9, tzinfo=SHANGHAI)), provision)
        assert recompute(published.before) == 0
        assert recompute(published.after) == 2
        dates = dates_of(published.records, "req-1")
        days = {name: (last_day(each.due_at).isoformat(), each.provisional) for name, each in dates.items()}
        assert days == {"provision": ("2027-01-02", False), "acceptance": ("2027-01-06", False)}

    def test_what_moved_is_audited_and_told_once(self, published: Published, installation: Installation) -> None:
        """With the old and the new date; what only became certain says so."""
        moves = an_acceptance(datetime(2026, 12, 31, 9, tzinfo=SHANGHAI))
        settles = an_acceptance(datetime(2027, 3, 1, 9, tzinfo=SHANGHAI), "req-2")
        store(published.records, moves, settles)
        for _ in range(3):
            recompute(published.after)
        with published.records.read() as tx:
            entries = tx.audit.list(subject="water-gauge-test")
        assert [entry.action for entry in entries] == ["deadline.moved", "deadline.settled"]
        assert entries[0].facts["old"] == moves.due_at.isoformat()
        assert entries[0].facts["new"] == dates_of(published.records, "req-1")["acceptance"].due_at.isoformat()
        assert installation.notices("water-gauge-test") == ["deadline-moved", "deadline-settled"]

    def test_the_end_of_a_test_never_moves(self, published: Published) -> None:
        """It counts calendar days (Art. 13); only reclaiming follows the working days after it."""
        ready_at = datetime(2026, 12, 17, 9, tzinfo=SHANGHAI)
        environment = an_environment()
        dates = period_of_test(ready_at, environment.name, environment.request, RULES, CALENDAR)
        store(published.records, *dates)
        recompute(published.after)
        found = dates_of(published.records, dates[0].subject)
        moved = {name for name, each in found.items() if each not in dates}
        assert moved == {"reclaim-start", "reclaim"}
        assert last_day(found["period-end"].due_at).isoformat() == "2027-01-01"
        assert last_day(found["reclaim-start"].due_at).isoformat() == "2027-01-06"

    def test_what_is_over_or_stands_still_is_left_alone(self, published: Published) -> None:
        """A breach on record, a date that was met, a clock that waits: it is computed when it goes on."""
        at = datetime(2026, 12, 31, 9, tzinfo=SHANGHAI)
        changes = ({"fired_at": at}, {"met_at": at}, {"paused_at": at})
        dates = [
            an_acceptance(at, f"req-{number}").model_copy(update=change) for number, change in enumerate(changes, 1)
        ]
        store(published.records, *dates)
        assert recompute(published.after) == 0
        with published.records.transaction() as tx:
            resume(tx, "req-3", at + DAY, published.after.library.calendar())
        assert not dates_of(published.records, "req-3")["acceptance"].provisional

    def test_nothing_is_computed_twice_by_one_calendar(self, published: Published) -> None:
        """A date that is made by it needs none, so later calls only compare the calendar."""
        assert recompute(published.after) == 0
        store(published.records, an_acceptance(datetime(2027, 3, 1, 9, tzinfo=SHANGHAI)))
        assert recompute(published.after) == 0
        assert recompute(published.before) == 0
        assert recompute(published.after) == 1

    def test_many_dates_that_stay_provisional_hide_none(self, published: Published) -> None:
        """They are gone through soonest first, a batch at a call, up to one that can be computed again."""
        stuck = an_acceptance(datetime(2026, 12, 31, 9, tzinfo=SHANGHAI)).model_copy(update={"since": None, "value": 0})
        store(
            published.records,
            *(stuck.model_copy(update={"id": f"old/{number}", "subject": "old"}) for number in range(2 * BATCH)),
            an_acceptance(datetime(2027, 3, 1, 9, tzinfo=SHANGHAI)),
        )
        assert [recompute(published.after) for _ in range(4)] == [0, 0, 1, 0]

    def test_a_moved_date_is_missed_at_its_new_end(self, published: Published, installation: Installation) -> None:
        """The sweep computes again before it looks for breaches."""
        (provision,) = on_reviewed(datetime(2026, 12, 31, 9, tzinfo=SHANGHAI), a_request(), RULES, CALENDAR)
        store(published.records, provision)
        assert provision.kind is DeadlineKind.PROVISION
        installation.clock.set(provision.due_at)
        sweep(published.after)
        assert dates_of(published.records, "req-1")["provision"].fired_at is None
        installation.clock.advance(DAY)
        sweep(published.after)
        assert dates_of(published.records, "req-1")["provision"].fired_at is not None

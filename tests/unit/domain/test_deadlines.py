"""The dates that follow from an event: Art. 12 to 16, and the end of a test period."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.calendar import SHANGHAI, last_day
from orchestrator.domain.deadlines import (
    environment_subject,
    extended_period,
    on_accepted,
    on_reviewed,
    on_submitted,
    subject_of,
)
from orchestrator.domain.deadlines import (
    test_period as period_of_test,
)
from orchestrator.domain.records import Deadline, DeadlineKind, Kind, Request
from tests.samples import a_request, an_environment
from tests.unit.domain.samples import LIBRARY, the_rulebook

CALENDAR, RULES = LIBRARY.calendar(), the_rulebook()
NAME, REQUEST_ID = "civil-eldercare-test", "req-7"
INSTANTS = st.datetimes(datetime(2005, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  hypothesis adds the zone


def shanghai(*parts: int) -> datetime:
    """Give an instant by Shanghai's clock."""
    return datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[misc,arg-type]  # the numbers of a date and time


def a_request_of(kind: Kind) -> Request:
    """Give a request of one kind."""
    return a_request(kind=kind)


def only(deadlines: tuple[Deadline, ...]) -> Deadline:
    """Give the one deadline that there is."""
    (deadline,) = deadlines
    return deadline


def in_test_period(ready_at: datetime) -> dict[str, Deadline]:
    """Give the dates of a test environment by the part of their id behind the subject."""
    found = period_of_test(ready_at, NAME, REQUEST_ID, RULES, CALENDAR)
    return {deadline.id.split("/", 1)[1]: deadline for deadline in found}


class TestRequests:
    """What runs from submission, acceptance and review."""

    def test_acceptance_has_three_working_days(self) -> None:
        """Submitted on a Friday, due at the close of Wednesday (Art. 12)."""
        deadline = only(on_submitted(shanghai(2026, 11, 6, 15), a_request_of(Kind.TEST), RULES, CALENDAR))
        assert (deadline.kind, deadline.article) == (DeadlineKind.ACCEPTANCE, "Art. 12")
        assert deadline.due_at == shanghai(2026, 11, 12)
        assert deadline.id == f"{deadline.subject}/acceptance" == "req-1/acceptance"

    def test_review_has_two_working_days_from_acceptance(self) -> None:
        """Accepted on Wednesday, due at the close of Friday (Art. 12)."""
        deadline = only(on_accepted(shanghai(2026, 11, 11, 9), a_request_of(Kind.TRIAL), RULES, CALENDAR))
        assert (deadline.kind, deadline.due_at) == (DeadlineKind.REVIEW, shanghai(2026, 11, 14))

    def test_provision_has_two_working_days_from_review(self) -> None:
        """Reviewed on Friday, due at the close of Tuesday (Art. 13)."""
        deadline = only(on_reviewed(shanghai(2026, 11, 13, 17), a_request_of(Kind.TEST), RULES, CALENDAR))
        assert (deadline.kind, deadline.article) == (DeadlineKind.PROVISION, "Art. 13")
        assert deadline.due_at == shanghai(2026, 11, 18)

    @pytest.mark.parametrize(
        ("kind", "article", "then"),
        [(Kind.CHANGE, "Art. 15", DeadlineKind.EXECUTION), (Kind.TERMINATE, "Art. 16", DeadlineKind.RECLAIM)],
    )
    def test_changes_and_terminations_are_reviewed_in_five_days_and_done_in_three(
        self, kind: Kind, article: str, then: DeadlineKind
    ) -> None:
        """Their review runs from the submission, so acceptance starts nothing."""
        request = a_request_of(kind)
        review = only(on_submitted(shanghai(2026, 11, 2, 9), request, RULES, CALENDAR))
        done = only(on_reviewed(shanghai(2026, 11, 9, 9), request, RULES, CALENDAR))
        assert (review.kind, review.article, review.due_at) == (DeadlineKind.REVIEW, article, shanghai(2026, 11, 10))
        assert (done.kind, done.article, done.due_at) == (then, article, shanghai(2026, 11, 13))
        assert on_accepted(shanghai(2026, 11, 3, 9), request, RULES, CALENDAR) == ()

    @pytest.mark.parametrize("kind", [Kind.EXTEND, Kind.SUSPEND, Kind.RESUME])
    def test_what_is_done_at_once_has_no_date_for_it(self, kind: Kind) -> None:
        """The regulation sets no time for these."""
        assert on_reviewed(shanghai(2026, 11, 9, 9), a_request_of(kind), RULES, CALENDAR) == ()

    @pytest.mark.parametrize("kind", [Kind.TEST, Kind.EXTEND, Kind.TRIAL, Kind.PRODUCTION])
    def test_what_is_applied_for_is_accepted_and_then_reviewed(self, kind: Kind) -> None:
        """Three working days and two more (Art. 12)."""
        request = a_request_of(kind)
        acceptance = only(on_submitted(shanghai(2026, 11, 2, 9), request, RULES, CALENDAR))
        review = only(on_accepted(shanghai(2026, 11, 5, 9), request, RULES, CALENDAR))
        assert (acceptance.kind, acceptance.article) == (DeadlineKind.ACCEPTANCE, "Art. 12")
        assert acceptance.due_at == shanghai(2026, 11, 6)
        assert (review.kind, review.article, review.due_at) == (DeadlineKind.REVIEW, "Art. 12", shanghai(2026, 11, 10))

    @pytest.mark.parametrize("kind", [Kind.TRIAL, Kind.PRODUCTION])
    def test_a_trial_and_production_are_provided_as_fast_as_a_test(self, kind: Kind) -> None:
        """Art. 13 speaks of the test environment alone, so the time of the others is policy."""
        provision = only(on_reviewed(shanghai(2026, 11, 13, 17), a_request_of(kind), RULES, CALENDAR))
        assert (provision.kind, provision.article) == (DeadlineKind.PROVISION, "policy")
        assert provision.due_at == shanghai(2026, 11, 18)

    @pytest.mark.parametrize("kind", [Kind.SUSPEND, Kind.RESUME])
    def test_a_suspension_and_its_end_are_only_reviewed(self, kind: Kind) -> None:
        """Art. 37 sets no time: the review has that of Art. 12, from the submission, by policy."""
        review = only(on_submitted(shanghai(2026, 11, 2, 9), a_request_of(kind), RULES, CALENDAR))
        assert (review.kind, review.article, review.due_at) == (DeadlineKind.REVIEW, "policy", shanghai(2026, 11, 5))
        assert on_accepted(shanghai(2026, 11, 3, 9), a_request_of(kind), RULES, CALENDAR) == ()

    @pytest.mark.parametrize("kind", list(Kind))
    def test_every_date_tells_what_it_was_computed_from(self, kind: Kind) -> None:
        """Event, length and unit are kept, so that it can be computed again."""
        at, request = shanghai(2026, 11, 2, 9), a_request_of(kind)
        found = [
            *on_submitted(at, request, RULES, CALENDAR),
            *on_accepted(at, request, RULES, CALENDAR),
            *on_reviewed(at, request, RULES, CALENDAR),
        ]
        assert found
        assert {(deadline.since, deadline.unit) for deadline in found} == {(at, "wd")}
        assert all(deadline.value > 0 for deadline in found)

    def test_a_breach_is_only_recorded(self) -> None:
        """Dates of requests bind people; the sweep does nothing by itself."""
        assert not only(on_submitted(shanghai(2026, 11, 2, 9), a_request_of(Kind.TEST), RULES, CALENDAR)).acts

    def test_a_date_into_an_unpublished_year_is_marked(self) -> None:
        """The end of December 2026 waits for the arrangement of 2027."""
        deadline = only(on_submitted(shanghai(2026, 12, 24, 9), a_request_of(Kind.TEST), RULES, CALENDAR))
        assert deadline.provisional


class TestTestPeriod:
    """15 calendar days, told 3 and 1 days before, stopped at the end, reclaimed within 3 working days."""

    def test_every_date_of_a_test_environment(self) -> None:
        """Ready on 2 March 2026, a Monday: the 17th is the last day."""
        due = {name: deadline.due_at for name, deadline in in_test_period(shanghai(2026, 3, 2, 10)).items()}
        assert due == {
            "end-notice/3": shanghai(2026, 3, 15),
            "end-notice/1": shanghai(2026, 3, 17),
            "period-end": shanghai(2026, 3, 18),
            "reclaim-start": shanghai(2026, 3, 20),
            "reclaim": shanghai(2026, 3, 21),
        }

    def test_the_end_does_not_move_for_holidays_but_reclaiming_does(self) -> None:
        """Ready on 1 February 2026: the end is in the Spring Festival, reclaiming comes after it."""
        found = in_test_period(shanghai(2026, 2, 1, 10))
        assert found["period-end"].due_at == shanghai(2026, 2, 17)
        assert found["reclaim-start"].due_at == shanghai(2026, 2, 26)
        assert found["reclaim"].due_at == shanghai(2026, 2, 27)

    def test_a_leap_day_is_a_day(self) -> None:
        """15 days from 20 February 2028 end on 6 March, from 20 February 2027 on 7 March."""
        assert in_test_period(shanghai(2028, 2, 20, 10))["period-end"].due_at == shanghai(2028, 3, 7)
        assert in_test_period(shanghai(2027, 2, 20, 10))["period-end"].due_at == shanghai(2027, 3, 8)

    def test_midnight_in_shanghai_decides_the_day_of_the_event(self) -> None:
        """One second before midnight and midnight itself are different days."""
        before = in_test_period(shanghai(2026, 3, 2, 23, 59, 59))["period-end"].due_at
        after = in_test_period(shanghai(2026, 3, 3, 0, 0, 0))["period-end"].due_at
        assert (before, after) == (shanghai(2026, 3, 18), shanghai(2026, 3, 19))

    def test_the_sweep_acts_on_notices_the_end_and_the_start_of_reclaiming(self) -> None:
        """The limit of reclaiming only records a breach."""
        acting = {name for name, deadline in in_test_period(shanghai(2026, 3, 2, 10)).items() if deadline.acts}
        assert acting == {"end-notice/3", "end-notice/1", "period-end", "reclaim-start"}

    def test_only_dates_of_working_days_are_provisional(self) -> None:
        """The end itself is certain even in a year without a notice."""
        found = in_test_period(shanghai(2026, 12, 20, 10))
        assert {name for name, deadline in found.items() if deadline.provisional} == {"reclaim-start", "reclaim"}

    def test_each_life_of_a_name_has_its_own_dates(self) -> None:
        """A retired name may come back under another request."""
        environment = an_environment()
        assert subject_of(environment) == environment_subject(environment.name, environment.request)
        first = period_of_test(shanghai(2026, 3, 2, 10), NAME, "req-1", RULES, CALENDAR)
        second = period_of_test(shanghai(2026, 3, 2, 10), NAME, "req-2", RULES, CALENDAR)
        assert {deadline.subject for deadline in first} == {f"{NAME}@req-1"}
        assert not {deadline.id for deadline in first} & {deadline.id for deadline in second}

    def test_an_extension_replaces_every_date_under_its_id(self) -> None:
        """Seven more days by the office's consent (Art. 13)."""
        before = in_test_period(shanghai(2026, 3, 2, 10))
        ends_at = before["period-end"].due_at
        after = extended_period(ends_at, 7, NAME, REQUEST_ID, RULES, CALENDAR)
        assert [deadline.id for deadline in after] == [deadline.id for deadline in before.values()]
        moved = {deadline.kind: deadline.due_at for deadline in after}
        assert moved[DeadlineKind.PERIOD_END] == ends_at + timedelta(days=7)

    @given(ready_at=INSTANTS)
    def test_dates_come_in_order_and_in_utc(self, ready_at: datetime) -> None:
        """Notices, end, start and limit of reclaiming follow each other, each at midnight of Shanghai."""
        due = [deadline.due_at for deadline in in_test_period(ready_at).values()]
        assert due == sorted(due)
        assert due[0] > ready_at
        assert all(each.tzinfo is UTC and each.astimezone(SHANGHAI).hour == 0 for each in due)

    @given(ready_at=INSTANTS)
    def test_a_test_lasts_fifteen_whole_days_at_least(self, ready_at: datetime) -> None:
        """The day of the event is a gift, of less than a day."""
        ends_at = in_test_period(ready_at)["period-end"].due_at
        assert timedelta(days=15) < ends_at - ready_at <= timedelta(days=16)
        assert last_day(ends_at) == (ready_at.astimezone(SHANGHAI) + timedelta(days=15)).date()

    @given(ready_at=INSTANTS, offset=st.integers(-12, 14))
    def test_an_instant_means_the_same_in_every_zone(self, ready_at: datetime, offset: int) -> None:
        """Only the instant counts, not the zone that it is written in."""
        elsewhere = ready_at.astimezone(timezone(timedelta(hours=offset)))
        assert in_test_period(elsewhere) == in_test_period(ready_at)


@pytest.fixture(params=["America/Los_Angeles", "Pacific/Kiritimati"])
def server_zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """Put this process into another time zone for one test."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield str(request.param)
    os.environ.pop("TZ")
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


def test_a_server_in_another_time_zone_gives_the_same_dates(server_zone: str) -> None:
    """The process's zone has no part in any date."""
    local = shanghai(2026, 3, 2, 23, 59, 59).astimezone(ZoneInfo(server_zone))
    assert in_test_period(local)["period-end"].due_at == shanghai(2026, 3, 18)

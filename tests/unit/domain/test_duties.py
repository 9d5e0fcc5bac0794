"""What a date means for people: who acts, what happens otherwise, and how it stands."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.duties import (
    ACTING,
    DUTIES,
    FORECASTS,
    ROLES,
    TEXTS,
    AtDue,
    Forecast,
    consequence,
    forecast,
    pending,
    responsible,
    title,
)
from orchestrator.domain.records import Deadline, DeadlineKind, Role
from tests.samples import START, a_deadline

KINDS = st.sampled_from(list(DeadlineKind))


def a_review(**changes: object) -> Deadline:
    """Give a review that has nine days."""
    fields = {"kind": DeadlineKind.REVIEW, "since": START, "due_at": START + timedelta(days=9), "value": 9}
    return a_deadline("req-1/review", **(fields | changes))


class TestDuties:
    """The table knows every kind."""

    @pytest.mark.parametrize("kind", list(DeadlineKind))
    def test_every_kind_says_who_acts_and_what_happens_otherwise(self, kind: DeadlineKind) -> None:
        """In both languages."""
        assert responsible(kind) is DUTIES[kind].responsible
        for key in (title(kind), consequence(kind)):
            words = TEXTS[key]
            assert words.en
            assert any("一" <= character <= "鿿" for character in words.zh)

    def test_every_role_and_every_forecast_has_its_words(self) -> None:
        """No page is left without one."""
        assert set(ROLES) == set(Role)
        assert set(FORECASTS) == set(Forecast)

    @pytest.mark.parametrize(
        ("kind", "role"),
        [
            (DeadlineKind.ACCEPTANCE, Role.OFFICE),  # Art. 12
            (DeadlineKind.REVIEW, Role.OFFICE),  # Art. 12, 15, 16
            (DeadlineKind.PROVISION, Role.PROVIDER),  # Art. 13
            (DeadlineKind.EXECUTION, Role.PROVIDER),  # Art. 15
            (DeadlineKind.RECLAIM, Role.PROVIDER),  # Art. 16
            (DeadlineKind.OLD_RESOURCES, Role.UNIT),  # Art. 22
            (DeadlineKind.FIX, Role.UNIT),  # Art. 37
            (DeadlineKind.PATCH, Role.PROVIDER),  # Art. 30, 32
            (DeadlineKind.RECOVERY_POINT, Role.PROVIDER),  # Art. 30
            (DeadlineKind.DRILL, Role.PROVIDER),  # Art. 44
        ],
    )
    def test_who_has_to_act_by_article(self, kind: DeadlineKind, role: Role) -> None:
        """The office decides, the provider works, the unit hands in and mends."""
        assert responsible(kind) is role

    def test_the_sweep_acts_on_what_is_no_mere_breach(self) -> None:
        """Dates that bind office and provider are only recorded when they are missed."""
        recorded = {DeadlineKind.ACCEPTANCE, DeadlineKind.REVIEW, DeadlineKind.PROVISION}
        recorded |= {DeadlineKind.EXECUTION, DeadlineKind.RECLAIM, DeadlineKind.DRILL}
        assert set(DeadlineKind) - ACTING == recorded


class TestForecasts:
    """On time, at risk from two thirds of the time, missed; or standing still, or met."""

    @pytest.mark.parametrize(
        ("after", "stands"),
        [
            (timedelta(days=-1), Forecast.ON_TIME),  # a clock that went back
            (timedelta(0), Forecast.ON_TIME),
            (timedelta(days=6) - timedelta(microseconds=1), Forecast.ON_TIME),
            (timedelta(days=6), Forecast.AT_RISK),
            (timedelta(days=9) - timedelta(microseconds=1), Forecast.AT_RISK),
            (timedelta(days=9), Forecast.MISSED),
            (timedelta(days=900), Forecast.MISSED),
        ],
    )
    def test_a_date_is_at_risk_from_two_thirds_and_missed_at_its_end(self, after: timedelta, stands: Forecast) -> None:
        """Each boundary belongs to what comes."""
        assert forecast(a_review(), START + after) is stands

    def test_a_breach_on_record_stays_one(self) -> None:
        """Also when the clock goes back behind it."""
        assert forecast(a_review(fired_at=START + timedelta(days=9)), START) is Forecast.MISSED

    def test_what_is_met_is_met_however_late(self) -> None:
        """The breach is in the audit log."""
        met = a_review(met_at=START + timedelta(days=20), fired_at=START + timedelta(days=9))
        assert forecast(met, START + timedelta(days=30)) is Forecast.MET

    def test_where_tenure_acts_nobody_can_be_late(self) -> None:
        """The end of a test period is never at risk, and over once Tenure stopped the environment (Art. 13)."""
        end = a_deadline(since=START, due_at=START + timedelta(days=15))
        assert forecast(end, START + timedelta(days=14)) is Forecast.ON_TIME
        fired = end.model_copy(update={"fired_at": end.due_at})
        assert forecast(fired, end.due_at) is Forecast.MET

    @pytest.mark.parametrize("kind", [DeadlineKind.OLD_RESOURCES, DeadlineKind.FIX, DeadlineKind.ESCROW_END])
    def test_a_reminder_does_not_settle_what_is_owed(self, kind: DeadlineKind) -> None:
        """The list, the fix or the decision is still missing (Art. 22, 37)."""
        assert DUTIES[kind].at_due is AtDue.STILL_OWED
        assert forecast(a_review(kind=kind, fired_at=START), START + timedelta(days=10)) is Forecast.MISSED

    def test_a_day_without_an_event_is_on_time_until_it_is_missed(self) -> None:
        """There is nothing to take two thirds of."""
        alone = a_deadline(kind=DeadlineKind.ESCROW_END)
        assert forecast(alone, alone.due_at - timedelta(microseconds=1)) is Forecast.ON_TIME
        assert forecast(alone, alone.due_at) is Forecast.MISSED

    @given(kind=KINDS, first=st.timedeltas(timedelta(0), timedelta(days=20)), then=st.timedeltas(timedelta(0)))
    def test_things_only_get_worse(self, kind: DeadlineKind, first: timedelta, then: timedelta) -> None:
        """Of two looks at one open date the later one never looks better."""
        order = [Forecast.ON_TIME, Forecast.AT_RISK, Forecast.MISSED]
        deadline, now = a_review(kind=kind), START + first
        later = min(datetime(9000, 1, 1, tzinfo=START.tzinfo), now + min(then, timedelta(days=1_000_000)))
        assert order.index(forecast(deadline, now)) <= order.index(forecast(deadline, later))

    def test_a_pending_date_tells_all_of_it(self) -> None:
        """Who, what, and what otherwise."""
        item = pending(a_review(), START)
        assert (item.responsible, item.forecast) == (Role.OFFICE, Forecast.ON_TIME)
        assert (item.title.en, item.consequence) == ("review opinion", TEXTS[consequence(DeadlineKind.REVIEW)])

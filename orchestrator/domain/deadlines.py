"""The dates that follow from an event, as :class:`Deadline` records; no clock, no storage.

Subjects: a request's deadlines belong to its id. An environment's deadlines belong to ``<name>@<request>``, the
request being the one that made it, because a retired name may be used again and its old dates must not return.
Ids are ``<subject>/<kind>`` with a number behind it where there are several, so storing one twice stores it once.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from orchestrator.domain.calendar import Calendar, Due, local_date
from orchestrator.domain.records import Deadline, DeadlineKind, Environment, Kind, Request
from orchestrator.domain.rulebook import Period, Rulebook

ACTING = frozenset({DeadlineKind.END_NOTICE, DeadlineKind.PERIOD_END, DeadlineKind.RECLAIM_START})
"""Kinds on which the sweep acts; the others only record a breach."""

REVIEWED_FROM_SUBMISSION = frozenset({Kind.CHANGE, Kind.TERMINATE})
"""Kinds whose review time runs from the submission; the others are accepted first (Art. 12)."""


def environment_subject(name: str, request: str) -> str:
    """Give the subject of the deadlines of one life of an environment."""
    return f"{name}@{request}"


def subject_of(environment: Environment) -> str:
    """Give the subject of an environment's deadlines."""
    return environment_subject(environment.name, environment.request)


def on_submitted(
    submitted_at: datetime, request: Request, rulebook: Rulebook, calendar: Calendar
) -> tuple[Deadline, ...]:
    """Give what runs from a submission: acceptance (Art. 12); for changes (15) and terminations (16) the review."""
    kind, periods = request.kind, rulebook.periods
    if kind in REVIEWED_FROM_SUBMISSION:
        period = periods.change_review if kind is Kind.CHANGE else periods.termination_review
        return (_of_request(DeadlineKind.REVIEW, request, submitted_at, period, calendar),)
    return (_of_request(DeadlineKind.ACCEPTANCE, request, submitted_at, periods.acceptance, calendar),)


def on_accepted(
    accepted_at: datetime, request: Request, rulebook: Rulebook, calendar: Calendar
) -> tuple[Deadline, ...]:
    """Give what runs from acceptance: the review opinion (Art. 12), unless it runs from the submission already."""
    if request.kind in REVIEWED_FROM_SUBMISSION:
        return ()
    return (_of_request(DeadlineKind.REVIEW, request, accepted_at, rulebook.periods.review, calendar),)


def on_reviewed(
    reviewed_at: datetime, request: Request, rulebook: Rulebook, calendar: Calendar
) -> tuple[Deadline, ...]:
    """Give what runs from the review opinion: provision (Art. 13), a change (15), reclaiming (16); else nothing."""
    kind, periods = request.kind, rulebook.periods
    if kind is Kind.TERMINATE:
        return (_of_request(DeadlineKind.RECLAIM, request, reviewed_at, periods.termination_reclaim, calendar),)
    if kind in {Kind.TEST, Kind.TRIAL, Kind.CHANGE}:
        period = periods.change_execution if kind is Kind.CHANGE else periods.provision
        return (_of_request(DeadlineKind.PROVISION, request, reviewed_at, period, calendar),)
    return ()


def test_period(
    ready_at: datetime, name: str, request: str, rulebook: Rulebook, calendar: Calendar
) -> tuple[Deadline, ...]:
    """Give all dates of a test environment from the moment it became ready (Art. 13), soonest first.

    They are the notices before the end, the end, the start of reclaiming and its limit; the environment's
    ``ends_at`` is the end's ``due_at``.
    """
    end = rulebook.periods.test.after(local_date(ready_at), calendar)
    return _around_end(end, name, request, rulebook, calendar)


def extended_period(
    ends_at: datetime, days: int, name: str, request: str, rulebook: Rulebook, calendar: Calendar
) -> tuple[Deadline, ...]:
    """Give all dates of a test environment whose end moves by calendar days (Art. 13); they replace those of old id."""
    end = calendar.add_calendar_days(last_day(ends_at), days)
    return _around_end(end, name, request, rulebook, calendar)


def last_day(ends_at: datetime) -> date:
    """Give the last day of a period that ends at an exclusive instant."""
    return local_date(ends_at - timedelta(microseconds=1))


def _around_end(end: Due, name: str, request: str, rulebook: Rulebook, calendar: Calendar) -> tuple[Deadline, ...]:
    subject, periods, notices = environment_subject(name, request), rulebook.periods, rulebook.figures.end_notices

    def make(kind: DeadlineKind, article: str, due: Due, number: int | None = None) -> Deadline:
        return _deadline(kind, subject, name, article, due, number)

    told = [
        make(DeadlineKind.END_NOTICE, notices.article, Due(end.day - timedelta(days=days), end.provisional), days)
        for days in sorted(notices.values, reverse=True)
    ]
    start = periods.test_reclaim_start.after(end.day, calendar)
    limit = periods.test_reclaim.after(end.day, calendar)
    return (
        *told,
        make(DeadlineKind.PERIOD_END, periods.test.article, end),
        make(DeadlineKind.RECLAIM_START, periods.test_reclaim_start.article, start),
        make(DeadlineKind.RECLAIM, periods.test_reclaim.article, limit),
    )


def _of_request(
    kind: DeadlineKind, request: Request, event_at: datetime, period: Period, calendar: Calendar
) -> Deadline:
    due = period.after(local_date(event_at), calendar)
    return _deadline(kind, request.id, request.environment, period.article, due)


def _deadline(
    kind: DeadlineKind, subject: str, environment: str, article: str, due: Due, number: int | None = None
) -> Deadline:
    return Deadline(
        id="/".join([subject, str(kind), *([] if number is None else [str(number)])]),
        subject=subject,
        environment=environment,
        kind=kind,
        article=article,
        due_at=due.instant,
        acts=kind in ACTING,
        provisional=due.provisional,
    )

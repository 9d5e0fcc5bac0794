"""The dates that follow from an event, as :class:`Deadline` records; no clock, no storage.

Subjects: a request's deadlines belong to its id. An environment's deadlines belong to ``<name>@<request>``, the
request being the one that made it, because a retired name may be used again and its old dates must not return. An
escrow's date belongs to the backup's id, since it outlives the environment.
Ids are ``<subject>/<kind>`` with a mark behind it where there are several, so storing one twice stores it once.
How a stored date is computed again stands in :mod:`orchestrator.domain.reckoning`, what it means for people in
:mod:`orchestrator.domain.duties`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from orchestrator.domain.calendar import Calendar, Due, end_of_day, last_day, last_moment, local_date
from orchestrator.domain.duties import ACTING
from orchestrator.domain.records import Backup, Deadline, DeadlineKind, Environment, Kind, Request
from orchestrator.domain.rulebook import Period, Periods, Rulebook, Unit

POLICY = "policy"
"""Article of a time that the regulation does not set; the value is that of a similar one."""

REVIEWED_FROM_SUBMISSION = frozenset({Kind.CHANGE, Kind.TERMINATE, Kind.SUSPEND, Kind.RESUME})
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
    """Give what runs from a submission: acceptance (Art. 12), or the review of what is not accepted first.

    That is the review of changes (Art. 15) and terminations (Art. 16); of suspensions and their end (Art. 37 sets no
    time) it is as long as that of Art. 12, by policy.
    """
    if request.kind not in REVIEWED_FROM_SUBMISSION:
        acceptance = rulebook.periods.acceptance
        return (_of_request(DeadlineKind.ACCEPTANCE, request, submitted_at, acceptance, calendar),)
    period = _review_from_submission(request.kind, rulebook.periods)
    return (_of_request(DeadlineKind.REVIEW, request, submitted_at, period, calendar),)


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
    """Give what runs from the review opinion, if anything does.

    The test environment is provided (Art. 13); a trial and production are within the same time, by policy. A change
    is carried out (Art. 15), and what is terminated is reclaimed (Art. 16). Extending, suspending and resuming are
    done at once.
    """
    found = _execution(request.kind, rulebook.periods)
    return () if found is None else (_of_request(found[0], request, reviewed_at, found[1], calendar),)


def _review_from_submission(kind: Kind, periods: Periods) -> Period:
    if kind is Kind.CHANGE:
        return periods.change_review
    return periods.termination_review if kind is Kind.TERMINATE else _by_policy(periods.review)


def _execution(kind: Kind, periods: Periods) -> tuple[DeadlineKind, Period] | None:
    return {
        Kind.TEST: (DeadlineKind.PROVISION, periods.provision),
        Kind.TRIAL: (DeadlineKind.PROVISION, _by_policy(periods.provision)),
        Kind.PRODUCTION: (DeadlineKind.PROVISION, _by_policy(periods.provision)),
        Kind.CHANGE: (DeadlineKind.EXECUTION, periods.change_execution),
        Kind.TERMINATE: (DeadlineKind.RECLAIM, periods.termination_reclaim),
    }.get(kind)


def _by_policy(period: Period) -> Period:
    return period.model_copy(update={"article": POLICY})


def test_period(
    ready_at: datetime, name: str, request: str, rulebook: Rulebook, calendar: Calendar
) -> tuple[Deadline, ...]:
    """Give all dates of a test environment from the moment it became ready (Art. 13), soonest first.

    They are the notices before the end, the end, the start of reclaiming and its limit; the environment's
    ``ends_at`` is the end's ``due_at``. The end and its notices are told to the unit and never computed again;
    reclaiming follows the working days after it.
    """
    period = rulebook.periods.test
    end = _of_period(DeadlineKind.PERIOD_END, environment_subject(name, request), name, ready_at, period, calendar)
    return _around_end(end, rulebook, calendar)


def extended_period(
    ends_at: datetime, days: int, name: str, request: str, rulebook: Rulebook, calendar: Calendar
) -> tuple[Deadline, ...]:
    """Give all dates of a test environment whose end moves by calendar days (Art. 13); they replace those of old id."""
    period = rulebook.periods.test.model_copy(update={"value": days, "unit": Unit.CALENDAR_DAYS})
    since, subject = last_moment(last_day(ends_at)), environment_subject(name, request)
    end = _of_period(DeadlineKind.PERIOD_END, subject, name, since, period, calendar)
    return _around_end(end, rulebook, calendar)


def trial_minimum(ready_at: datetime, environment: Environment, rulebook: Rulebook, calendar: Calendar) -> Deadline:
    """Give the end of the shortest trial (Art. 14): from then on the unit may apply for production."""
    period, subject = rulebook.periods.trial, subject_of(environment)
    return _of_period(DeadlineKind.TRIAL_MINIMUM, subject, environment.name, ready_at, period, calendar)


def old_resources(promoted_at: datetime, environment: Environment, rulebook: Rulebook, calendar: Calendar) -> Deadline:
    """Give the date by which the unit hands in its list of the old system's resources (Art. 22)."""
    period, subject = rulebook.periods.old_resources, subject_of(environment)
    return _of_period(DeadlineKind.OLD_RESOURCES, subject, environment.name, promoted_at, period, calendar)


def fix_by(
    day: date | None,
    decided_at: datetime,
    environment: Environment,
    request: str,
    rulebook: Rulebook,
    calendar: Calendar,
) -> Deadline:
    """Give the date by which a low risk is fixed (Art. 37): the office's day, or the rulebook's time when it set none.

    It belongs to the environment, because it goes on when the request that set it is closed.
    """
    period, subject = rulebook.care.fix, subject_of(environment)
    if day is None:
        return _of_period(DeadlineKind.FIX, subject, environment.name, decided_at, period, calendar, request)
    made = _at(DeadlineKind.FIX, subject, environment.name, period.article, end_of_day(day), request)
    return made.model_copy(update={"since": decided_at.astimezone(UTC)})


def change_start(instant: datetime, request: Request, rulebook: Rulebook) -> Deadline:
    """Give the instant at which an approved change begins, which the workflow chose inside a window (policy)."""
    article = rulebook.changes.window.article
    return _at(DeadlineKind.CHANGE_START, request.id, request.environment, article, instant)


def next_care(kind: DeadlineKind, article: str, instant: datetime, environment: Environment) -> Deadline:
    """Give the instant at which recurring work on an environment is due next (Art. 30, 32, 39, 44)."""
    mark = instant.astimezone(UTC).strftime("%Y%m%dT%H%MZ")
    return _at(kind, subject_of(environment), environment.name, article, instant, mark)


def recovery_point(since: datetime, environment: Environment, rulebook: Rulebook) -> Deadline:
    """Give the instant at which the newest backup is too old: so many hours after its data were as they are in it."""
    allowed = rulebook.care.recovery_point
    due_at = since + timedelta(hours=allowed.value)
    return _at(DeadlineKind.RECOVERY_POINT, subject_of(environment), environment.name, allowed.article, due_at)


def escrow_end(day: date, backup: Backup, rulebook: Rulebook) -> Deadline:
    """Give the end of a final backup's last day in the office's escrow; its subject is the backup (policy)."""
    article = rulebook.care.escrow.article
    return _at(DeadlineKind.ESCROW_END, backup.id, backup.environment, article, end_of_day(day))


def reclaim_retry(instant: datetime, environment: Environment, operation: str) -> Deadline:
    """Give the instant at which a reclaim that could not finish is tried again (Art. 16, policy)."""
    return _at(DeadlineKind.RECLAIM_RETRY, subject_of(environment), environment.name, POLICY, instant, operation)


def _around_end(end: Deadline, rulebook: Rulebook, calendar: Calendar) -> tuple[Deadline, ...]:
    subject, name, day = end.subject, end.environment, last_day(end.due_at)
    periods, notices = rulebook.periods, rulebook.figures.end_notices

    def told(days: int) -> Deadline:
        due_at = Due(day - timedelta(days=days), provisional=False).instant
        return _at(DeadlineKind.END_NOTICE, subject, name, notices.article, due_at, str(days))

    def after(kind: DeadlineKind, period: Period) -> Deadline:
        return _of_period(kind, subject, name, last_moment(day), period, calendar)

    return (
        *(told(days) for days in sorted(notices.values, reverse=True)),
        end.model_copy(update={"provisional": False}),
        after(DeadlineKind.RECLAIM_START, periods.test_reclaim_start),
        after(DeadlineKind.RECLAIM, periods.test_reclaim),
    )


def _of_request(
    kind: DeadlineKind, request: Request, event_at: datetime, period: Period, calendar: Calendar
) -> Deadline:
    return _of_period(kind, request.id, request.environment, event_at, period, calendar)


def _of_period(
    kind: DeadlineKind,
    subject: str,
    environment: str,
    since: datetime,
    period: Period,
    calendar: Calendar,
    mark: str = "",
) -> Deadline:
    due = period.after(local_date(since), calendar)
    facts = {
        "provisional": due.provisional,
        "since": since.astimezone(UTC),
        "value": period.value,
        "unit": str(period.unit),
    }
    return _at(kind, subject, environment, period.article, due.instant, mark).model_copy(update=facts)


def _at(kind: DeadlineKind, subject: str, environment: str, article: str, due_at: datetime, mark: str = "") -> Deadline:
    return Deadline(
        id="/".join([subject, str(kind), *([mark] if mark else [])]),
        subject=subject,
        environment=environment,
        kind=kind,
        article=article,
        due_at=due_at,
        acts=kind in ACTING,
    )

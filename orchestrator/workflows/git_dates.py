"""The dates that follow from a merge, when everybody takes all the time that the rulebook gives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from orchestrator.domain.calendar import Calendar, last_day, last_moment
from orchestrator.domain.deadlines import on_accepted, on_reviewed, on_submitted, test_period
from orchestrator.domain.git_plan import FollowingDate
from orchestrator.domain.lifecycle import REQUEST
from orchestrator.domain.records import Actor, Deadline, DeadlineKind, Kind, Request, Role
from orchestrator.domain.rulebook import Rulebook
from orchestrator.domain.submission import Submission

PROPOSER = Actor(name="git", role=Role.SYSTEM, door="git")
TOLD = frozenset({DeadlineKind.PERIOD_END, DeadlineKind.RECLAIM})

Stage = Callable[[datetime, Request, Rulebook, Calendar], tuple[Deadline, ...]]


def following_dates(
    submission: Submission, now: datetime, rulebook: Rulebook, calendar: Calendar
) -> tuple[FollowingDate, ...]:
    """Give the latest dates of acceptance, review and work of a request submitted now, and a test period's end."""
    request = _as_request(submission, now, rulebook)
    found: list[Deadline] = []
    since = now
    stages: tuple[Stage, ...] = (on_submitted, on_accepted, on_reviewed)
    for stage in stages:
        dates = stage(since, request, rulebook, calendar)
        found += dates
        since = last_moment(last_day(dates[-1].due_at)) if dates else since
    if submission.kind is Kind.TEST:
        period = test_period(since, request.environment, request.id, rulebook, calendar)
        found += [one for one in period if one.kind in TOLD]
    return tuple(
        FollowingDate(kind=one.kind, due_at=one.due_at, article=one.article, provisional=one.provisional)
        for one in found
    )


def _as_request(submission: Submission, now: datetime, rulebook: Rulebook) -> Request:
    return Request(
        id="proposal",
        kind=submission.kind,
        environment=submission.environment_name,
        stage=submission.stage,
        state=REQUEST.first,
        submitted_by=PROPOSER,
        submitted_at=now,
        reason=submission.reason,
        content=submission.content,
        content_digest=submission.digest,
        rulebook=rulebook.label,
    )

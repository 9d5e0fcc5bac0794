"""Dates that count, and what people are told."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from orchestrator.domain.model import Model
from orchestrator.domain.names import EnvironmentName
from orchestrator.domain.records.people import Role


class DeadlineKind(StrEnum):
    """What is due."""

    ACCEPTANCE = "acceptance"
    REVIEW = "review"
    PROVISION = "provision"
    END_NOTICE = "end-notice"
    PERIOD_END = "period-end"
    RECLAIM_START = "reclaim-start"
    RECLAIM = "reclaim"
    RECLAIM_RETRY = "reclaim-retry"
    """A reclaim that could not finish is tried again then."""
    EXECUTION = "execution"
    CHANGE_START = "change-start"
    TRIAL_MINIMUM = "trial-minimum"
    OLD_RESOURCES = "old-resources"
    FIX = "fix"
    BACKUP = "backup"
    PATCH = "patch"
    """A patch window begins."""
    CHECK = "check"
    """Every byte of the backups is read."""
    VERIFY = "verify"
    """A backup is restored beside the system and compared."""
    SURVEY = "survey"
    DRILL_NOTICE = "drill-notice"
    DRILL = "drill"
    RECOVERY_POINT = "recovery-point"
    """The newest backup that counts becomes older than the target."""
    ESCROW_END = "escrow-end"


class Deadline(Model):
    """A date that counts: computed once by the calendar, stored as a row, found by an indexed sweep.

    Attributes:
        id: Subject, kind and number; the same date is never stored twice.
        subject: Id of a request, or name of an environment.
        article: Where the rulebook takes it from.
        due_at: The exclusive instant at which the time is over.
        acts: Whether the sweep does something when it is due (otherwise it only records a breach).
        provisional: Computed without a published calendar; computed again when it comes.
        since: The event that it runs from; ``None`` for a date that was set as such.
        value: Length of the period, in ``unit``; 0 for a date that was set as such.
        unit: ``wd``, ``cd`` or ``months``.
        used: Working days that had passed before the last pause.
        paused_at: Since when the clock stands still (rejected, waiting for the unit); ``None`` while it runs.
        met_at: When it was met; ``None`` while it is open.
        fired_at: When the sweep acted on it.
    """

    id: str
    subject: str
    environment: EnvironmentName
    kind: DeadlineKind
    article: str
    due_at: datetime
    acts: bool = False
    provisional: bool = False
    since: datetime | None = None
    value: int = 0
    unit: str = ""
    used: int = 0
    paused_at: datetime | None = None
    met_at: datetime | None = None
    fired_at: datetime | None = None


class Notice(Model):
    """Something that people are told: a key of :mod:`orchestrator.domain.notice_words`, its facts, and to whom."""

    id: str
    key: str
    environment: str
    to: tuple[Role, ...]
    facts: dict[str, Any]
    at: datetime


class Post(Model):
    """A notice on its way to people; one that arrived everywhere has none.

    Attributes:
        notice: Id of the notice.
        missing: Names of the channels that do not have it yet; ``None`` until somebody looked which ones want it.
        attempts: How often it was tried.
        next_at: Not before this instant, of real time, is it tried again.
        error: What the last attempt said.
    """

    notice: str
    missing: tuple[str, ...] | None = None
    attempts: int = 0
    next_at: datetime
    error: str = ""

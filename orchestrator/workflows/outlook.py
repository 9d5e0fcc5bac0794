"""What is due, for whom, and how it stands: the question behind the list and the calendar feed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice

from orchestrator.domain.calendar import MOMENT
from orchestrator.domain.duties import Forecast, Pending, pending
from orchestrator.domain.records import Deadline, Role
from orchestrator.ports import Transaction

FIRST_LOOK = 500
MAXIMUM_LOOK = 256_000


class Wanted(StrEnum):
    """Which dates are asked for."""

    OPEN = "open"
    AT_RISK = "at-risk"
    MISSED = "missed"


@dataclass(frozen=True)
class Question:
    """What somebody wants to know.

    Attributes:
        role: Only what this role has to act on.
        environment: Only dates of this environment.
        unit: Only dates of this unit's environments.
        wanted: Only dates that stand so; ``open`` is every one that is not met, paused ones included.
        before: Only dates whose time is over by this instant.
        limit: So many at most.
    """

    role: Role | None = None
    environment: str | None = None
    unit: str | None = None
    wanted: Wanted = Wanted.OPEN
    before: datetime | None = None
    limit: int = 50

    def fits(self, found: Pending) -> bool:
        """Whether a date is one that is asked for."""
        return (
            found.forecast is not Forecast.MET
            and (self.wanted is Wanted.OPEN or str(found.forecast) == str(self.wanted))
            and (self.role is None or found.responsible is self.role)
            and (self.unit is None or found.deadline.environment.partition("-")[0] == self.unit)
        )


def what_is_due(tx: Transaction, question: Question, now: datetime) -> tuple[Pending, ...]:
    """Give the dates that fit, soonest first; missed ones come first by that."""
    dates = _soonest_first(tx, question, _horizon(question, now))
    fitting = (item for item in (pending(deadline, now) for deadline in dates) if question.fits(item))
    return tuple(islice(fitting, question.limit))


def _horizon(question: Question, now: datetime) -> datetime | None:
    """Give the instant before which a date must be over; the records look for what is strictly before it."""
    ends = [end + MOMENT for end in (question.before, now if question.wanted is Wanted.MISSED else None) if end]
    return min(ends, default=None)


def _soonest_first(tx: Transaction, question: Question, before: datetime | None) -> Iterator[Deadline]:
    """Give open dates, looking further only as long as somebody asks for more."""
    seen, look = 0, max(FIRST_LOOK, question.limit)
    while True:
        found = tx.deadlines.open(environment=question.environment, before=before, limit=look)
        yield from found[seen:]
        if len(found) < look or look >= MAXIMUM_LOOK:
            return
        seen, look = len(found), look * 4

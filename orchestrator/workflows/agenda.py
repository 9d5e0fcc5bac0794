"""What is due, for whom, and how it stands: the question behind the list and the calendar feed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from heapq import merge
from itertools import islice

from orchestrator.domain.calendar import MOMENT
from orchestrator.domain.duties import DUTIES, AtDue, Forecast, Pending, pending, responsible
from orchestrator.domain.records import Deadline, DeadlineKind, Role
from orchestrator.ports import Transaction

FIRST_LOOK = 500
MAXIMUM_LOOK = 256_000
MAXIMUM_ENVIRONMENTS = 1000
"""Of one unit."""


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

    @property
    def kinds(self) -> frozenset[DeadlineKind] | None:
        """The kinds that can fit, for a narrower look into the records; ``None`` for any."""
        if self.role is None and self.wanted is not Wanted.AT_RISK:
            return None
        duties = DUTIES.items()
        owed = {kind for kind, duty in duties if self.wanted is not Wanted.AT_RISK or duty.at_due is not AtDue.DONE}
        return frozenset(kind for kind in owed if self.role in {None, responsible(kind)})

    def fits(self, found: Pending) -> bool:
        """Whether a date that was found is one that is asked for."""
        return found.forecast is not Forecast.MET and (
            self.wanted is Wanted.OPEN or str(found.forecast) == str(self.wanted)
        )


def what_is_due(tx: Transaction, question: Question, now: datetime) -> tuple[Pending, ...]:
    """Give the dates that fit, soonest first; missed ones come first by that."""
    before = _horizon(question, now)
    dates = merge(
        *(_soonest_first(tx, question, name, before) for name in _environments(tx, question)),
        key=lambda deadline: (deadline.due_at, deadline.id),
    )
    fitting = (item for item in (pending(deadline, now) for deadline in dates) if question.fits(item))
    return tuple(islice(fitting, question.limit))


def _environments(tx: Transaction, question: Question) -> Sequence[str | None]:
    """Give the environments to look at, each by itself; ``None`` is all of them at once."""
    if question.unit is None:
        return [question.environment]
    found = {environment.name for environment in tx.environments.list(unit=question.unit, limit=MAXIMUM_ENVIRONMENTS)}
    return sorted(found if question.environment is None else found & {question.environment})


def _horizon(question: Question, now: datetime) -> datetime | None:
    """Give the instant before which a date must be over; the records look for what is strictly before it."""
    ends = [end + MOMENT for end in (question.before, now if question.wanted is Wanted.MISSED else None) if end]
    return min(ends, default=None)


def _soonest_first(
    tx: Transaction, question: Question, environment: str | None, before: datetime | None
) -> Iterator[Deadline]:
    """Give open dates, looking further only as long as somebody asks for more."""
    seen, look = 0, min(FIRST_LOOK, 2 * question.limit)
    while True:
        found = tx.deadlines.open(environment=environment, kinds=question.kinds, before=before, limit=look)
        yield from found[seen:]
        if len(found) < look or look >= MAXIMUM_LOOK:
            return
        seen, look = len(found), look * 4

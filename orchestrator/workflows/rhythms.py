"""Work that comes back for every live environment: when it is due first, and when again (Art. 30, 32, 39, 44).

Another kind of recurring work is one more line of :data:`RHYTHMS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from orchestrator.domain.blueprint import Blueprint
from orchestrator.domain.calendar import DAY, Calendar, local_date
from orchestrator.domain.deadlines import next_care, recovery_point, subject_of
from orchestrator.domain.records import Deadline, DeadlineKind, Environment, OperationKind
from orchestrator.domain.rulebook import Period, Rulebook
from orchestrator.ports import Transaction
from orchestrator.workflows.context import Ports
from orchestrator.workflows.rulebooks import rulebook_of
from orchestrator.workflows.windows import next_window


class First(Enum):
    """When recurring work is due for the first time."""

    AT_ONCE = auto()
    AFTER_ONE_PERIOD = auto()


@dataclass(frozen=True)
class Rhythm:
    """One kind of recurring work.

    Attributes:
        operation: What is queued when its date comes.
        every: The rulebook's period.
        hours: What the blueprint says instead, in hours; ``None`` keeps the rulebook's.
    """

    operation: OperationKind
    every: Callable[[Rulebook], Period]
    first: First
    hours: Callable[[Blueprint], int | None] = lambda _: None

    def following(self, now: datetime, rulebook: Rulebook, blueprint: Blueprint, calendar: Calendar) -> datetime:
        """Give the instant after one period.

        It counts from the beginning of this day: counted from the day after, every second time would be left out.
        """
        hours = self.hours(blueprint)
        if hours is not None:
            return now + timedelta(hours=hours)
        return self.every(rulebook).after(local_date(now) - DAY, calendar).instant


RHYTHMS: dict[DeadlineKind, Rhythm] = {
    DeadlineKind.BACKUP: Rhythm(
        OperationKind.BACKUP,
        lambda rulebook: rulebook.care.backup_every,
        First.AT_ONCE,
        lambda blueprint: blueprint.care.backup_every_hours,
    ),
    DeadlineKind.CHECK: Rhythm(
        OperationKind.CHECK,
        lambda rulebook: rulebook.care.check_every,
        First.AFTER_ONE_PERIOD,
    ),
    DeadlineKind.VERIFY: Rhythm(
        OperationKind.VERIFY,
        lambda rulebook: rulebook.care.verify_every,
        First.AFTER_ONE_PERIOD,
    ),
    DeadlineKind.SURVEY: Rhythm(
        OperationKind.SURVEY,
        lambda rulebook: rulebook.care.survey_every,
        First.AFTER_ONE_PERIOD,
    ),
}


def first_dates(ports: Ports, tx: Transaction, environment: Environment, now: datetime) -> tuple[Deadline, ...]:
    """Give the first date of every rhythm of which a live environment has no open date.

    A new one has none at all; one that an older Tenure made lacks those of the rhythms that came later.
    """
    rulebook = rulebook_of(ports, tx, tx.requests.get(environment.request))
    there = {one.kind for one in tx.deadlines.of(subject_of(environment)) if one.met_at is None}
    rhythms = (
        next_care(
            kind,
            rhythm.every(rulebook).article,
            now if rhythm.first is First.AT_ONCE else _following(ports, rhythm, rulebook, environment, now),
            environment,
        )
        for kind, rhythm in RHYTHMS.items()
        if kind not in there
    )
    patches = () if DeadlineKind.PATCH in there else (next_window(ports, tx, environment, now),)
    point = () if DeadlineKind.RECOVERY_POINT in there else (recovery_point(now, environment, rulebook),)
    return (*rhythms, *patches, *point)


def next_date(ports: Ports, tx: Transaction, kind: DeadlineKind, environment: Environment, now: datetime) -> Deadline:
    """Give the date of a rhythm that follows an instant; what was missed is not made up for."""
    rulebook = rulebook_of(ports, tx, tx.requests.get(environment.request))
    rhythm = RHYTHMS[kind]
    following = _following(ports, rhythm, rulebook, environment, now)
    return next_care(kind, rhythm.every(rulebook).article, following, environment)


def _following(ports: Ports, rhythm: Rhythm, rulebook: Rulebook, environment: Environment, now: datetime) -> datetime:
    blueprint = ports.library.blueprint(environment.spec.blueprint)
    return rhythm.following(now, rulebook, blueprint, ports.library.calendar())

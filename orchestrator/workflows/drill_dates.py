"""When the next drill is due: one date for the installation, on the environment that was drilled longest ago (Art. 44).

The provider owes a drill every quarter, not one of every environment. So one live environment at a time has the date,
with a reminder before it. A drill of any environment meets it, and the next quarter is another environment's turn.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from orchestrator.domain.calendar import local_date
from orchestrator.domain.deadlines import next_care
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.names import Stage
from orchestrator.domain.records import DeadlineKind, Environment, ReportKind
from orchestrator.ports import Transaction
from orchestrator.workflows.context import Ports

KINDS = (DeadlineKind.DRILL_NOTICE, DeadlineKind.DRILL)
LIVE = frozenset({Stage.TRIAL, Stage.PRODUCTION})
STANDING = (EnvironmentState.READY, EnvironmentState.SUSPENDED)
MOST = 10_000
"""More environments or drills than an installation ever looks at."""
NEVER = datetime(1, 1, 1, tzinfo=UTC)


def keep_date(ports: Ports, tx: Transaction, now: datetime) -> None:
    """See that a drill is due at some date, as long as there is a live environment; harmless when one is."""
    if tx.deadlines.open(kinds=(DeadlineKind.DRILL,), limit=1):
        return
    environment = next_in_turn(tx)
    if environment is None:
        return
    rulebook, calendar = ports.library.rulebook(), ports.library.calendar()
    due = rulebook.rhythms.drill.after(local_date(now), calendar)
    told_at = max(now, due.instant - timedelta(days=rulebook.care.drill_notice.value))
    tx.deadlines.add(next_care(DeadlineKind.DRILL, rulebook.rhythms.drill.article, due.instant, environment))
    tx.deadlines.add(next_care(DeadlineKind.DRILL_NOTICE, rulebook.care.drill_notice.article, told_at, environment))


def meet_date(ports: Ports, tx: Transaction, now: datetime) -> None:
    """Close the date, since a drill was held, and set the next one."""
    for deadline in tx.deadlines.open(kinds=KINDS, limit=MOST):
        tx.deadlines.put(deadline.model_copy(update={"met_at": now}))
    keep_date(ports, tx, now)


def next_in_turn(tx: Transaction) -> Environment | None:
    """Give the live environment that was drilled longest ago, or never; None when there is no live one."""
    live = [
        environment
        for state in STANDING
        for environment in tx.environments.list(state=state, limit=MOST)
        if environment.stage in LIVE
    ]
    drilled = {report.environment: report.at for report in reversed(tx.reports.list(kind=ReportKind.DRILL, limit=MOST))}
    return min(live, key=lambda one: (drilled.get(one.name, NEVER), one.ready_at or NEVER, one.name), default=None)

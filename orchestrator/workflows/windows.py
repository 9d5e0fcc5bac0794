"""Patch windows: when one opens the patches are begun, and one that was missed is told, never made up for (Art. 32)."""

from __future__ import annotations

from datetime import datetime

from orchestrator.domain.deadlines import next_care, subject_of
from orchestrator.domain.patching import closes_at, next_opening, window_of
from orchestrator.domain.records import Actor, Deadline, DeadlineKind, Environment, OperationKind, Role
from orchestrator.domain.rulebook import Window
from orchestrator.ports import Transaction
from orchestrator.workflows.context import Ports
from orchestrator.workflows.fitting import FITTING
from orchestrator.workflows.moves import queue_operation, under_way
from orchestrator.workflows.notices import tell
from orchestrator.workflows.rulebooks import rulebook_of

WINDOW_ENDS = "window_ends"
"""Parameter of an operation: from then on it does not run any more."""

TOLD = (Role.PROVIDER, Role.UNIT, Role.OFFICE)


def window(ports: Ports, tx: Transaction, environment: Environment) -> Window:
    """Give the hours in which an environment is patched."""
    rulebook = rulebook_of(ports, tx, tx.requests.get(environment.request))
    decided = next(iter(tx.patch_windows.of(subject_of(environment))), None)
    care = ports.library.blueprint(environment.spec.blueprint).care
    return window_of(rulebook, care, None if decided is None else decided.hours)


def next_window(ports: Ports, tx: Transaction, environment: Environment, after: datetime) -> Deadline:
    """Give the date at which the environment's next window opens."""
    hours = window(ports, tx, environment)
    opens = next_opening(hours, ports.library.calendar(), after)
    return next_care(DeadlineKind.PATCH, hours.article, opens, environment)


def closing(ports: Ports, tx: Transaction, environment: Environment, now: datetime) -> datetime | None:
    """Give the end of the window that is open now, or None when none is."""
    return closes_at(window(ports, tx, environment), ports.library.calendar(), now)


def open_window(ports: Ports, tx: Transaction, environment: Environment, now: datetime, clock: Actor) -> None:
    """Begin the patches of a window that has opened, and set the next date; a missed one expires and is told."""
    following = next_window(ports, tx, environment, now)
    tx.deadlines.add(following)
    ends = closing(ports, tx, environment, now)
    if ends is None:
        _tell_missed(tx, environment, "it was over before anybody could begin", following, now, clock)
    elif environment.state not in FITTING[OperationKind.PATCH]:
        _tell_missed(tx, environment, f"the environment is {environment.state}", following, now, clock)
    elif not any(each.kind is OperationKind.PATCH for each in under_way(tx, environment.name)):
        parameters = {WINDOW_ENDS: ends.isoformat()}
        queue_operation(ports, tx, OperationKind.PATCH, environment.name, None, clock, parameters)


def _tell_missed(
    tx: Transaction, environment: Environment, why: str, following: Deadline, now: datetime, clock: Actor
) -> None:
    facts = {"reason": why, "next": following.due_at.isoformat(), "article": following.article}
    tx.audit.append(now, clock, "patch.window-missed", environment.name, facts)
    tell(tx, "patch-window-missed", following.id, environment.name, TOLD, facts, now)

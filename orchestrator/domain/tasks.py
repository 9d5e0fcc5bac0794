"""Every task of an operation's plays by host, read back from the operation's events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum

from orchestrator.domain.model import Model
from orchestrator.domain.records import StepStatus, StoredEvent

PREFIX = "ansible:"
RECAP = f"{PREFIX}host"
"""Type of the event that says what came of one host."""


class TaskState(StrEnum):
    """What came of a task on one host."""

    RUNNING = "running"
    OK = "ok"
    CHANGED = "changed"
    SKIPPED = "skipped"
    IGNORED = "ignored"
    """It failed, and its playbook says that this does not matter."""
    FAILED = "failed"
    UNREACHABLE = "unreachable"

    @property
    def token(self) -> str:
        """The type of such an event."""
        return f"{PREFIX}{self}"

    @property
    def status(self) -> StepStatus:
        """The status of such an event."""
        return STATUSES.get(self, StepStatus.DONE)

    @property
    def quiet(self) -> bool:
        """Whether people who follow an operation need not see it."""
        return self in {TaskState.OK, TaskState.SKIPPED}


STATUSES = {
    TaskState.RUNNING: StepStatus.STARTED,
    TaskState.IGNORED: StepStatus.NOTE,
    TaskState.FAILED: StepStatus.FAILED,
    TaskState.UNREACHABLE: StepStatus.FAILED,
}


class TaskResult(Model):
    """One task on one host.

    Attributes:
        playbook: Which play it belongs to.
        detail: What a failed task said.
        lines: What it changed.
    """

    sequence: int
    at: datetime
    host: str
    playbook: str
    task: str
    state: TaskState
    seconds: float | None
    detail: str
    lines: tuple[str, ...]


def state_of(type_token: str) -> TaskState | None:
    """Give the state that an event's type says, or None when it is of no task."""
    name = type_token.removeprefix(PREFIX)
    return TaskState(name) if type_token.startswith(PREFIX) and name in set(TaskState) else None


def task_results(events: Iterable[StoredEvent]) -> Iterator[TaskResult]:
    """Give what came of every task, in the order in which they ended."""
    for stored in events:
        event, state = stored.event, state_of(stored.event.type)
        if state is None or state is TaskState.RUNNING:
            continue
        yield TaskResult(
            sequence=stored.sequence,
            at=stored.at,
            host=event.resource,
            playbook=event.phase,
            task=event.action,
            state=state,
            seconds=event.seconds,
            detail=event.detail,
            lines=event.lines,
        )

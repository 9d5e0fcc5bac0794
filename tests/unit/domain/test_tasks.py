"""Tasks by host, read back from an operation's events."""

from __future__ import annotations

import pytest

from orchestrator.domain.records import StepEvent, StepStatus, StoredEvent
from orchestrator.domain.tasks import RECAP, TaskState, state_of, task_results
from tests.samples import START


def stored(sequence: int, event_type: str, status: StepStatus = StepStatus.DONE) -> StoredEvent:
    """Give an event of the stream."""
    event = StepEvent(phase="patch", status=status, resource="web-1", type=event_type, action="Upgrade", lines=("+x",))
    return StoredEvent(sequence=sequence, operation="op-1", environment="water-gauge-test", at=START, event=event)


def test_tasks_are_those_that_ended() -> None:
    """What merely runs, what came of the host, and events of other work are none."""
    events = [
        stored(1, TaskState.RUNNING.token, StepStatus.STARTED),
        stored(2, TaskState.CHANGED.token),
        stored(3, RECAP),
        stored(4, "openstack:compute/instance:Instance"),
    ]
    (task,) = task_results(events)
    assert (task.sequence, task.host, task.playbook, task.task) == (2, "web-1", "patch", "Upgrade")
    assert (task.state, task.lines) == (TaskState.CHANGED, ("+x",))


@pytest.mark.parametrize("state", TaskState)
def test_every_state_is_known_again_by_its_type(state: TaskState) -> None:
    """And says what status its events have."""
    assert state_of(state.token) is state
    failed = {TaskState.FAILED, TaskState.UNREACHABLE}
    assert (state.status is StepStatus.FAILED) == (state in failed)


def test_quiet_ones_are_those_that_did_nothing() -> None:
    """Whoever follows an operation sees what changed and what failed."""
    assert {state for state in TaskState if state.quiet} == {TaskState.OK, TaskState.SKIPPED}

"""``tenure operation tasks``: every task by host, for people and pipelines."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.cli.follow import LineView
from orchestrator.cli.operation import app
from orchestrator.domain.records import StepEvent, StoredEvent
from orchestrator.domain.tasks import TaskState
from tests.samples import START, an_operation
from tests.store import database_template
from tests.unit.cli.shell import Shell

__all__ = ["database_template"]


def a_task(host: str, state: TaskState, detail: str = "", lines: tuple[str, ...] = ()) -> StepEvent:
    """Give the event of one task."""
    return StepEvent(
        phase="patch",
        status=state.status,
        resource=host,
        type=state.token,
        action="Upgrade [all]",
        detail=detail,
        lines=lines,
        seconds=1.5,
    )


EVENTS = (
    a_task("web-1", TaskState.CHANGED, lines=("+[repo]",)),
    a_task("web-2", TaskState.OK),
    a_task("web-2", TaskState.FAILED, "no space left"),
)


@pytest.fixture
def shell(tmp_path: Path, database_template: Path) -> Shell:
    """Give a shell over an installation with one operation that played on two hosts."""
    shell = Shell(app, tmp_path / "home", database_template)
    with shell.installation.records.transaction() as tx:
        operation = an_operation("op-1")
        tx.operations.add(operation)
        for event in EVENTS:
            tx.operations.add_event(operation, event, START)
    return shell


def test_tasks_by_host_and_state(shell: Shell) -> None:
    """All of them, those of one host, and those that ended in one way."""
    assert [(one["type"], one["host"], one["state"]) for one in shell.json("tasks", "op-1")] == [
        ("task", "web-1", "changed"),
        ("task", "web-2", "ok"),
        ("task", "web-2", "failed"),
    ]
    assert [one["detail"] for one in shell.json("tasks", "op-1", "--host", "web-2", "--state", "failed")] == [
        "no space left"
    ]
    assert shell.json("tasks", "op-1", "--host", "web-9") == []


def test_people_see_a_table(shell: Shell) -> None:
    """With what was changed and what was said, brackets and all."""
    text = shell.text("tasks", "op-1")
    assert "patch: Upgrade [all]" in text
    assert "+[repo]" in text
    assert "no space left" in text
    assert "tenure operation retry op-1" in shell.told("tasks", "op-1")


def test_who_follows_sees_changes_and_failures(capsys: pytest.CaptureFixture[str]) -> None:
    """A task that changed nothing is not shown; the lines of one that did stand below it."""
    view = LineView()
    for number, event in enumerate(EVENTS, start=1):
        view.take(StoredEvent(sequence=number, operation="op-1", environment="e-e-test", at=START, event=event))
    told = capsys.readouterr().err
    assert "web-1: Upgrade [all] (changed)" in told
    assert "+[repo]" in told
    assert "web-2: Upgrade [all] (failed) no space left" in told
    assert "(ok)" not in told

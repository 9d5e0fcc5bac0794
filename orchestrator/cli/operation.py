"""``tenure operation``: what runs, what ran, and how to go on."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrator.cli.follow import JsonView, LineView, follow_operation
from orchestrator.cli.identity import RoleOption, actor
from orchestrator.cli.installation import open_installation
from orchestrator.cli.output import JsonFlag, emit, is_json, local, report, say, suggest, table, use_json
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.lifecycle import OperationState
from orchestrator.domain.records import Operation, Role
from orchestrator.domain.tasks import TaskResult, TaskState, task_results

app = typer.Typer(no_args_is_help=True, help="Operations: list, show, tasks, watch, retry, cancel.")

OperationId = Annotated[str, typer.Argument(help="Id of the operation, op-…")]
Watch = Annotated[bool, typer.Option("--wait", help="Stay and show what happens.")]


@app.command("list")
def list_operations(
    environment: Annotated[str | None, typer.Option(help="Only operations on this environment.")] = None,
    state: Annotated[str | None, typer.Option(help="Only operations in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    json: JsonFlag = False,
) -> None:
    """List operations, newest first."""
    use_json(json)

    with open_installation().records.read() as tx:
        found = tx.operations.list(environment=environment, state=state, limit=limit)
    if is_json():
        for item in found:
            emit("operation", item)
        return
    rows = [
        (o.id, str(o.kind), o.environment, str(o.state), str(o.attempt), local(o.queued_at), local(o.finished_at))
        for o in found
    ]
    table(("id", "kind", "environment", "state", "attempt", "queued", "finished"), rows, empty="no operations")


@app.command("show")
def show(operation_id: OperationId, json: JsonFlag = False) -> None:
    """Show one operation and everything that happened in it."""
    use_json(json)

    with open_installation().records.read() as tx:
        found = tx.operations.get(operation_id)
        events = tx.operations.events(operation_id)
    view = JsonView() if is_json() else LineView()
    _show(found)
    for event in events:
        view.take(event)
    if found.error and not is_json():
        report(OperationFailedError(found.error.summary, diagnostics=(found.error,)))


@app.command("tasks")
def tasks(
    operation_id: OperationId,
    host: Annotated[str | None, typer.Option(help="Only tasks on this host.")] = None,
    state: Annotated[list[TaskState] | None, typer.Option(help="Only tasks that ended so; may be repeated.")] = None,
    json: JsonFlag = False,
) -> None:
    """Show every task of an operation's plays by host: what came of it, how long it took, and what it changed."""
    use_json(json)

    with open_installation().records.read() as tx:
        found = tx.operations.get(operation_id)
        events = tx.operations.events(operation_id)
    wanted = [
        task for task in task_results(events) if (not host or task.host == host) and (not state or task.state in state)
    ]
    if is_json():
        for task in wanted:
            emit("task", task)
        return
    table(("host", "task", "state", "seconds", "what it said or changed"), map(_task_row, wanted), empty="no tasks")
    if any(task.state is TaskState.FAILED for task in wanted) and found.state is not OperationState.RUNNING:
        suggest(f"tenure operation retry {operation_id}")


def _task_row(task: TaskResult) -> tuple[str, ...]:
    from rich.markup import escape

    seconds = "" if task.seconds is None else f"{task.seconds:.2f}"
    told = task.detail or "\n".join(task.lines)
    return (task.host, escape(f"{task.playbook}: {task.task}"), str(task.state), seconds, escape(told))


@app.command("watch")
def watch(
    operation_id: OperationId,
    after: Annotated[int, typer.Option(help="Begin behind this sequence number (to go on after a break).")] = 0,
    json: JsonFlag = False,
) -> None:
    """Follow an operation until it is over; the exit code is its outcome."""
    use_json(json)

    follow_operation(open_installation().records, operation_id, after)


@app.command("retry")
def retry(
    operation_id: OperationId, role: RoleOption = Role.PROVIDER, wait: Watch = False, json: JsonFlag = False
) -> None:
    """Go on with an operation that failed, was cancelled or is partly done; never makes a second copy."""
    use_json(json)
    from orchestrator.workflows.operations import retry as retry_operation

    installation = open_installation()
    with installation.records.read() as tx:
        past = tx.operations.events(operation_id)
    again = retry_operation(installation.ports, operation_id, actor(role))
    _show(again)
    _stay_or_suggest(operation_id, wait=wait, after=past[-1].sequence if past else 0)


@app.command("cancel")
def cancel(
    operation_id: OperationId, role: RoleOption = Role.PROVIDER, wait: Watch = False, json: JsonFlag = False
) -> None:
    """Ask an operation to stop; its children are stopped first, then the lock is released."""
    use_json(json)
    from orchestrator.workflows.operations import cancel as cancel_operation

    _show(cancel_operation(open_installation().ports, operation_id, actor(role)))
    _stay_or_suggest(operation_id, wait=wait, after=0)


def _stay_or_suggest(operation_id: str, *, wait: bool, after: int) -> None:
    if wait:
        follow_operation(open_installation().records, operation_id, after)
    else:
        suggest(f"tenure operation watch {operation_id}")


def _show(found: Operation) -> None:
    if is_json():
        emit("operation", found)
        return
    asked = ", stop asked for" if found.cancel_asked else ""
    say(f"[bold]{found.id}[/bold]  {found.kind} of {found.environment}: [bold]{found.state}[/bold]{asked}")
    say(f"  queued     {local(found.queued_at)} by {found.asked_by.name} ({found.asked_by.role})")
    if found.started_at:
        say(f"  started    {local(found.started_at)}, attempt {found.attempt}")
    if found.finished_at:
        say(f"  finished   {local(found.finished_at)}")
    for name, value in found.result.items():
        say(f"  {name:<10} {value}")

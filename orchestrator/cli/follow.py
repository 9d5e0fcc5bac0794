"""Watch operations: a tree while a terminal looks on, plain lines elsewhere, JSON lines for pipelines."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from orchestrator.cli.output import emit, error_console, is_json, say, suggest, tell
from orchestrator.domain.errors import CancelledError, Diagnostic, OperationFailedError, PartlyDoneError
from orchestrator.domain.lifecycle import OperationState
from orchestrator.domain.records import Operation, OperationKind, StepEvent, StepStatus, StoredEvent
from orchestrator.domain.tasks import TaskState, state_of

if TYPE_CHECKING:
    from orchestrator.ports import Records

JSON_TYPES = {
    StepStatus.STARTED: "apply_start",
    StepStatus.DONE: "apply_complete",
    StepStatus.FAILED: "apply_errored",
    StepStatus.NOTE: "note",
}
OVER = frozenset(
    {OperationState.SUCCEEDED, OperationState.FAILED, OperationState.PARTLY_DONE, OperationState.CANCELLED}
)
POLL_SECONDS = 0.2


def follow_request(records: Records, request_id: str) -> None:
    """Follow every operation of a request, one after the other, until the request's work is over."""
    seen: set[str] = set()
    while True:
        with records.read() as tx:
            request = tx.requests.get(request_id)
            operations = tuple(reversed(tx.operations.list(request=request_id)))
        waiting = [item for item in operations if item.id not in seen]
        for item in waiting:
            follow_operation(records, item.id)
            seen.add(item.id)
        if not waiting and (request.closed_at is not None or _only_planned(operations)):
            return
        time.sleep(POLL_SECONDS)


def _only_planned(operations: tuple[Operation, ...]) -> bool:
    return bool(operations) and all(item.kind is OperationKind.PREVIEW and item.state in OVER for item in operations)


def follow_operation(records: Records, operation_id: str, after: int = 0) -> Operation:
    """Show an operation until it is over; raises the error that fits its end."""
    view = _view(operation_id)
    with view:
        for item in records.follow(operation_id, after=after):
            if isinstance(item, Operation):
                finished = item
                break
            view.take(item)
        else:
            raise OperationFailedError(f"the stream of {operation_id} ended without a result")
    _conclude(finished)
    return finished


def _conclude(operation: Operation) -> None:
    if is_json():
        emit("operation", operation)
    else:
        colour = "green" if operation.state is OperationState.SUCCEEDED else "red"
        say(f"{operation.kind} of {operation.environment}: [{colour}]{operation.state}[/{colour}]{_seconds(operation)}")
    fault = operation.error or Diagnostic(summary=f"{operation.id} is {operation.state}")
    if operation.state is OperationState.FAILED:
        raise OperationFailedError(fault.summary, diagnostics=(fault,))
    if operation.state is OperationState.PARTLY_DONE:
        raise PartlyDoneError(fault.summary, diagnostics=(fault,))
    if operation.state is OperationState.CANCELLED:
        suggest(f"tenure operation retry {operation.id}")
        raise CancelledError(f"{operation.id} was cancelled")


def _seconds(operation: Operation) -> str:
    if operation.started_at is None or operation.finished_at is None:
        return ""
    return f" after {(operation.finished_at - operation.started_at).total_seconds():.1f} s"


class LineView:
    """One line an event: for logs and pipelines that read text."""

    def __enter__(self) -> Self:
        """Begin; nothing to set up."""
        return self

    def __exit__(self, *_: object) -> None:
        """End; nothing to tear down."""

    def take(self, stored: StoredEvent) -> None:
        """Show one event."""
        from rich.markup import escape

        event, state = stored.event, state_of(stored.event.type)
        if (event.status is StepStatus.STARTED and event.resource) or (state is not None and state.quiet):
            return
        took = f" ({event.seconds:.1f} s)" if event.seconds is not None else ""
        tell(f"  {event.phase:<9} {mark(event)} {escape(_words(event, state))}{took}")
        for line in event.lines:
            tell(f"            [dim]{escape(line)}[/dim]")


def _words(event: StepEvent, state: TaskState | None) -> str:
    """Say what happened: of a task first the host, as in a table."""
    if state is None:
        parts: tuple[str, ...] = (event.action, event.resource, event.detail)
    else:
        parts = (f"{event.resource}: {event.action}", f"({state})", event.detail)
    return " ".join(part for part in parts if part) or event.status


class JsonView(LineView):
    """One JSON object an event."""

    def take(self, stored: StoredEvent) -> None:
        """Write one event."""
        event = stored.event
        emit(
            JSON_TYPES[event.status],
            {
                "sequence": stored.sequence,
                "operation": stored.operation,
                "environment": stored.environment,
                "at": stored.at.isoformat(),
                **event.model_dump(mode="json", exclude_defaults=True),
            },
        )


def mark(event: StepEvent) -> str:
    """Give the sign of a step's status, as rich markup."""
    marks = {
        StepStatus.STARTED: "[yellow]…[/yellow]",
        StepStatus.DONE: "[green]✓[/green]",
        StepStatus.FAILED: "[red]✗[/red]",
        StepStatus.NOTE: "[dim]·[/dim]",
    }
    return marks[event.status]


def _view(title: str) -> LineView:
    if is_json():
        return JsonView()
    if error_console().is_terminal:
        from orchestrator.cli.tree import TreeView

        return TreeView(title)
    return LineView()

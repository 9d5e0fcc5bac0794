"""What every command has that begins an operation: stay and show it, or go and say how it is watched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.cli.follow import follow_operation
from orchestrator.cli.output import emit, is_json, suggest

if TYPE_CHECKING:
    from orchestrator.domain.records import Operation
    from orchestrator.ports import Records

NoWait = Annotated[bool, typer.Option("--no-wait", help="Do not stay until it is over.")]


def stayed(records: Records, operation: Operation, no_wait: bool) -> bool:
    """Show an operation until it is over, or leave it to itself; gives whether it was stayed for.

    Raises the error that fits an end that is not good, as :func:`follow_operation` does.
    """
    if not no_wait:
        follow_operation(records, operation.id)
        return True
    if is_json():
        emit("operation", operation)
    suggest(f"tenure operation watch {operation.id}")
    return False

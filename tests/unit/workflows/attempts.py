"""Attempts after each death and retries after each failure, as the engine and people start them."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from enum import Enum

import pytest

from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.lifecycle import OperationState
from orchestrator.domain.records import Operation
from orchestrator.workflows import operations
from tests.fakes.installation import PROVIDER, Installation
from tests.fakes.points import KilledError, die

BOUND = 400
"""More attempts than any operation has points."""


class Rows(Enum):
    """What becomes of the results of steps that the engine keeps, when an attempt is over before its end."""

    SURVIVE = "rows survive"
    LOST = "rows are lost"


def run_to_the_end(installation: Installation, operation: Operation, rows: Rows) -> int:
    """Start attempts until the operation has succeeded; gives how many it took."""
    for attempts in range(BOUND):
        present = installation.operation(operation.id)
        if present.state is OperationState.SUCCEEDED:
            return attempts
        if present.state not in {OperationState.QUEUED, OperationState.RUNNING}:
            installation.clock.advance(timedelta(minutes=1))
            operations.retry(installation.ports, operation.id, PROVIDER)
        if rows is Rows.LOST:
            installation.kept.clear()
        # A failed commit comes out of the attempt; the engine starts another, as after a death.
        with suppress(KilledError, OperationFailedError):
            installation.run(installation.operation(operation.id))
    pytest.fail(f"{operation.id} does not come to an end")


def die_at_each_point(installation: Installation, operation: Operation) -> None:
    """Let every attempt die one point later than the one before, without what the engine kept, until one ends well."""
    for number in range(1, BOUND):
        if installation.operation(operation.id).state is OperationState.SUCCEEDED:
            return
        installation.points.at_number(number, die)
        installation.kept.clear()
        with suppress(KilledError):
            installation.run(installation.operation(operation.id))
        installation.points.calm()
    pytest.fail(f"{operation.id} does not come to an end")

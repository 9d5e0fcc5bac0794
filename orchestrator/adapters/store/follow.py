"""Following an operation while it runs, at the price of one cheap question a few times a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from orchestrator.domain.lifecycle import OperationState
from orchestrator.domain.records import Operation, StoredEvent
from orchestrator.ports import Records

UNDER_WAY = frozenset({OperationState.QUEUED, OperationState.RUNNING})


def follow(
    records: Records, engine: Engine, operation_id: str, after: int, interval_seconds: float
) -> Iterator[StoredEvent | Operation]:
    """Give the events above ``after`` as they come, and the operation's record when it is over."""
    with _changes(engine) as changed:
        while True:
            if changed():
                with records.read() as look:
                    events, operation = (
                        look.operations.events(operation_id, after=after),
                        look.operations.get(operation_id),
                    )
                yield from events
                after = events[-1].sequence if events else after
                if operation.state not in UNDER_WAY:
                    yield operation
                    return
            time.sleep(interval_seconds)


@contextmanager
def _changes(engine: Engine) -> Iterator[Callable[[], bool]]:
    """Give a function that says whether anybody may have committed something since it was asked last."""
    if engine.dialect.name != "sqlite":
        yield lambda: True
        return
    connection = engine.raw_connection()
    cursor = connection.cursor()
    seen: list[object] = []

    def changed() -> bool:
        cursor.execute("PRAGMA data_version")
        version = cursor.fetchone()
        unchanged = seen == [version]
        seen[:] = [version]
        return not unchanged

    try:
        yield changed
    finally:
        connection.close()

"""Points that a fake passes, in order: what a test may let fail, hang or be killed, one after the other."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.records import Operation, StoredEvent
from orchestrator.ports import Records, Transaction

type Trouble = Callable[[str], None]
"""What happens at a point; gets the point's name."""


class KilledError(BaseException):
    """The process is dead: nothing after this point is done, as with ``kill -9``."""


def refuse(point: str) -> None:
    """Fail as a cloud does that answers with an error."""
    raise OperationFailedError(f"the cloud refuses: {point}", detail="HTTP 500")


def die(point: str) -> None:
    """End the attempt as a kill of the process would, inside one test process."""
    raise KilledError(point)


def kill_process(point: str) -> None:
    """Kill this process, really."""
    del point
    os.kill(os.getpid(), signal.SIGKILL)


class Points:
    """Counts the points that are passed and lets trouble happen at chosen ones.

    Attributes:
        passed: Names, in order.
    """

    def __init__(self) -> None:
        self.passed: list[str] = []
        self._by_number: dict[int, Trouble] = {}
        self._by_name: dict[str, Trouble] = {}
        self._turn = threading.Lock()

    def at_number(self, number: int, trouble: Trouble) -> None:
        """Let trouble happen at the point of that number (from 1, counted from now on), once."""
        self._by_number[len(self.passed) + number] = trouble

    def at(self, name: str, trouble: Trouble) -> None:
        """Let trouble happen whenever a point of that name is passed."""
        self._by_name[name] = trouble

    def once(self, name: str, trouble: Trouble) -> None:
        """Let trouble happen when a point of that name is passed next, and never again."""

        def first_time(point: str) -> None:
            del self._by_name[name]
            trouble(point)

        self._by_name[name] = first_time

    def calm(self) -> None:
        """Let no more trouble happen."""
        self._by_name.clear()
        self._by_number.clear()

    def reach(self, name: str) -> None:
        """Pass a point."""
        with self._turn:
            self.passed.append(name)
            trouble = self._by_number.pop(len(self.passed), None) or self._by_name.get(name)
        if trouble is not None:
            trouble(name)


class PointedRecords:
    """Records whose every transaction has two points: before it is committed, and after."""

    def __init__(self, records: Records, points: Points) -> None:
        self._records = records
        self._points = points

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Begin; a death at the first point rolls back, at the second everything is stored."""
        with self._records.transaction() as tx:
            yield tx
            self._points.reach("commit")
        self._points.reach("committed")

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Begin a read-only look."""
        with self._records.read() as tx:
            yield tx

    def follow(self, operation_id: str, *, after: int = 0) -> Iterator[StoredEvent | Operation]:
        """Stream an operation's events."""
        return self._records.follow(operation_id, after=after)

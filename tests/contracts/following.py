"""The contract of :meth:`orchestrator.ports.Records.follow`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import pytest

from orchestrator.domain.errors import NotFoundError
from orchestrator.domain.records import Operation, StoredEvent
from orchestrator.ports import Records
from tests.samples import START, an_event, an_operation


def note(records: Records, detail: str) -> None:
    """Add an event to op-1 in a transaction of its own."""
    with records.transaction() as transaction:
        transaction.operations.add_event(an_operation(), an_event(detail), START)


def details(stream: list[StoredEvent | Operation]) -> list[str]:
    """Give the details of events, and the state of the operation that ends them."""
    return [item.event.detail if isinstance(item, StoredEvent) else item.state for item in stream]


class FollowContract:
    """An operation's stream is complete, ordered, and ends with its record."""

    def test_an_operation_that_is_over_is_told_at_once(self, records: Records) -> None:
        """All events, then the record; or only those after a place."""
        with records.transaction() as transaction:
            transaction.operations.add(an_operation(state="failed"))
        note(records, "one")
        note(records, "two")
        stream = list(records.follow("op-1"))
        assert details(stream) == ["one", "two", "failed"]
        first = stream[0]
        assert isinstance(first, StoredEvent)
        assert details(list(records.follow("op-1", after=first.sequence))) == ["two", "failed"]

    def test_events_come_as_they_happen(self, records: Records) -> None:
        """A follower gets what is added while it waits, misses nothing, and ends when the operation does."""
        with records.transaction() as transaction:
            transaction.operations.add(an_operation())
        with ThreadPoolExecutor(1) as pool:
            following = pool.submit(lambda: list(records.follow("op-1")))
            for number in range(30):
                note(records, str(number))
            with records.transaction() as transaction:
                transaction.operations.put(an_operation(state="succeeded"), expected=an_operation())
            stream = following.result(timeout=10)
        assert details(stream) == [*map(str, range(30)), "succeeded"]

    def test_a_follower_may_leave(self, records: Records) -> None:
        """Closing the stream early leaves nothing behind that keeps writers out."""
        with records.transaction() as transaction:
            transaction.operations.add(an_operation())
        note(records, "one")
        assert len(list(islice(records.follow("op-1"), 1))) == 1
        note(records, "two")

    def test_an_unknown_operation_is_not_found(self, records: Records) -> None:
        """Nobody waits for an operation that does not exist."""
        with pytest.raises(NotFoundError):
            next(iter(records.follow("op-9")))

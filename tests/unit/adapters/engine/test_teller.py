"""Events while the database has trouble: tried again in order, none lost, none twice."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from orchestrator.adapters.engine.teller import Teller
from orchestrator.adapters.store.records import SqlRecords
from orchestrator.domain.errors import ConflictError, MissingPartError
from orchestrator.domain.lifecycle import OperationState
from orchestrator.domain.records import Operation
from tests.fakes.points import PointedRecords, Points
from tests.samples import START, an_event, an_operation


@dataclass
class Desk:
    """A teller over records whose transactions have points.

    Attributes:
        points: ``commit`` is passed before a commit, ``committed`` after it.
    """

    records: SqlRecords
    operation: Operation
    points: Points = field(default_factory=Points)

    def open(self, **seconds: float) -> Teller:
        """Give a teller that has begun."""
        teller = Teller(PointedRecords(self.records, self.points), **seconds)
        teller.start()
        return teller

    @contextmanager
    def teller(self) -> Iterator[Teller]:
        """Give a teller around a block."""
        teller = self.open()
        yield teller
        teller.stop()

    def stored(self) -> list[str]:
        """Give the details of the events on record, in order."""
        with self.records.read() as tx:
            return [stored.event.detail for stored in tx.operations.events(self.operation.id)]


@pytest.fixture
def desk(records: SqlRecords) -> Desk:
    """Give a desk with a running operation on record."""
    running = an_operation(state=OperationState.RUNNING, attempt=1)
    with records.transaction() as tx:
        tx.operations.add(running)
    return Desk(records, running)


def away(point: str) -> None:
    """Fail as a database does that cannot be reached."""
    raise MissingPartError("the database cannot be used", detail=point)


def busy(point: str) -> None:
    """Fail as a database does that somebody else holds."""
    raise ConflictError("another writer holds the database for too long", detail=point)


def tell(teller: Teller, operation: Operation, numbers: range) -> None:
    """Tell numbered events."""
    for number in numbers:
        teller.tell(operation, an_event(str(number)), START)


def numbers(count: int) -> list[str]:
    """Give the details of the first events."""
    return [str(number) for number in range(count)]


@pytest.mark.parametrize("trouble", [away, busy])
def test_events_are_stored_when_the_database_is_there_again(desk: Desk, trouble: Callable[[str], None]) -> None:
    """Three writes fail; the events of before and of meanwhile are on record afterwards, once and in order."""
    for number in range(1, 4):
        desk.points.at_number(number, trouble)
    with desk.teller() as teller:
        tell(teller, desk.operation, range(20))
        teller.flush()
        tell(teller, desk.operation, range(20, 30))
        teller.flush()
    assert desk.stored() == numbers(30)


def test_a_commit_whose_answer_was_lost_is_not_repeated(desk: Desk) -> None:
    """The database stored the batch and the connection broke before it said so: nothing is on record twice."""
    desk.points.at_number(2, away)
    with desk.teller() as teller:
        tell(teller, desk.operation, range(5))
        teller.flush()
        tell(teller, desk.operation, range(5, 8))
        teller.flush()
    assert desk.points.passed[1] == "committed"
    assert desk.stored() == numbers(8)


def test_nothing_counts_as_told_while_it_is_not_stored(desk: Desk) -> None:
    """A flush raises when its time is over; the events wait on and are stored when the database is back."""
    desk.points.at("commit", away)
    teller = desk.open(flush_seconds=0.2)
    tell(teller, desk.operation, range(3))
    with pytest.raises(MissingPartError, match="cannot be stored"):
        teller.flush()
    assert desk.stored() == []
    desk.points.calm()
    teller.stop()
    assert desk.stored() == numbers(3)


def test_a_stop_gives_up_in_time_and_says_what_is_lost(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """With the database away for good a worker ends all the same; the log has the number."""
    desk.points.at("commit", away)
    teller = desk.open(stop_seconds=0.2)
    tell(teller, desk.operation, range(3))
    with caplog.at_level(logging.ERROR):
        teller.stop()
    assert "3 events were never stored" in caplog.text
    assert desk.stored() == []


def test_an_event_that_can_never_be_stored_holds_up_no_other(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """An event of an operation that is not on record is refused by the database; it is logged, the others are kept."""
    with caplog.at_level(logging.ERROR), desk.teller() as teller:
        tell(teller, desk.operation, range(2))
        teller.tell(an_operation("op-unknown"), an_event("refused"), START)
        tell(teller, desk.operation, range(2, 4))
        teller.flush()
    assert "an event of op-unknown cannot be stored" in caplog.text
    assert desk.stored() == numbers(4)


def test_events_of_several_threads_keep_each_ones_order(desk: Desk) -> None:
    """Attempts tell side by side, the first writes fail, and each one's events still stand in its order."""
    desk.points.at_number(1, busy)
    with desk.teller() as teller:
        threads = [
            threading.Thread(target=tell, args=(teller, desk.operation, range(start, start + 50)))
            for start in (0, 100, 200)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        teller.flush()
    found = [int(detail) for detail in desk.stored()]
    assert sorted(found) == [*range(50), *range(100, 150), *range(200, 250)]
    for start in (0, 100, 200):
        assert [number for number in found if start <= number < start + 50] == list(range(start, start + 50))


def test_the_transaction_is_given_back_after_a_failure(desk: Desk) -> None:
    """A failed write leaves the database free for others between two tries."""
    desk.points.at("commit", away)
    teller = desk.open()
    tell(teller, desk.operation, range(1))

    with desk.records.transaction() as tx:
        tx.operations.add_event(desk.operation, an_event("of another"), START)
    desk.points.calm()
    teller.stop()
    assert desk.stored() == ["of another", "0"]

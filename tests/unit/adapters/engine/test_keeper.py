"""Leases in hands: renewed while the worker lives, lost when it was too slow, given back once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from orchestrator.adapters.engine.keeper import Held, LeaseKeeper, worker_lease_name
from orchestrator.adapters.engine.numbers import EngineNumbers
from orchestrator.adapters.engine.teller import Teller
from orchestrator.adapters.store.records import SqlRecords
from orchestrator.domain.errors import LeaseLostError
from orchestrator.domain.lifecycle import OperationState
from orchestrator.domain.records import Lease, Operation, OperationKind
from tests.samples import START, an_event, an_operation

QUICK = EngineNumbers(lease_seconds=1.0, heartbeat_seconds=0.1, cancel_look_seconds=0.05)


@pytest.fixture
def operation(records: SqlRecords) -> Operation:
    """Give a running operation on record."""
    running = an_operation(state=OperationState.RUNNING, attempt=1)
    with records.transaction() as tx:
        tx.operations.add(running)
    return running


@pytest.fixture
def keeper(records: SqlRecords) -> Iterator[LeaseKeeper]:
    """Give a keeper that renews quickly."""
    made = LeaseKeeper(records, "here-0", QUICK)
    made.start()
    yield made
    made.stop()


def taken(keeper: LeaseKeeper, operation: Operation) -> Held:
    """Take a lease that is free."""
    held = keeper.take(operation)
    assert held is not None
    return held


def wait(fact: Callable[[], object]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + 20
    while not fact():
        assert time.monotonic() < end, "it does not come about"
        time.sleep(0.01)


def on_record(records: SqlRecords, name: str) -> Lease | None:
    """Give a lease as it is on record."""
    with records.read() as tx:
        return tx.leases.holder(name)


def test_a_lease_outlives_its_seconds_while_the_worker_lives(
    records: SqlRecords, keeper: LeaseKeeper, operation: Operation
) -> None:
    """The heartbeat moves the end on, and adapters see it move."""
    held = taken(keeper, operation)
    first = held.valid_until
    wait(lambda: held.valid_until > first)
    assert not held.gone()
    present = on_record(records, operation.environment)
    assert present is not None
    assert present.token == held.lease.token


def test_a_worker_shows_that_it_lives_until_it_stops(records: SqlRecords, operation: Operation) -> None:
    """The sign of life is a lease of its own, given back at a clean stop."""
    del operation
    keeper = LeaseKeeper(records, "here-0", QUICK)
    keeper.start()
    sign = on_record(records, worker_lease_name("here-0"))
    assert sign is not None
    assert sign.until > datetime.now(UTC)
    keeper.stop()
    assert on_record(records, worker_lease_name("here-0")) is None


def test_an_environment_that_another_holds_is_not_given(
    records: SqlRecords, keeper: LeaseKeeper, operation: Operation
) -> None:
    """One operation at a time per environment, over all workers."""
    taken(keeper, operation)
    other = LeaseKeeper(records, "there-0", QUICK)
    assert other.take(an_operation("op-2")) is None
    keeper.give_back(operation.id)
    assert other.take(an_operation("op-2")) is not None


def test_doors_are_leased_beside_the_resources(records: SqlRecords, keeper: LeaseKeeper, operation: Operation) -> None:
    """A revocation does not wait for what else is done to its environment; a second one waits for the first."""
    taken(keeper, operation)
    doors = an_operation("op-2", kind=OperationKind.ACCESS)
    assert keeper.take(doors) is not None
    assert LeaseKeeper(records, "there-0", QUICK).take(an_operation("op-3", kind=OperationKind.ACCESS)) is None


def test_a_wish_to_cancel_is_learnt(records: SqlRecords, keeper: LeaseKeeper, operation: Operation) -> None:
    """Somebody asks on record; the attempt's control tells it within a moment."""
    held = taken(keeper, operation)
    with records.transaction() as tx:
        tx.operations.put(operation.model_copy(update={"cancel_asked": True}), expected=operation)
    wait(lambda: held.cancel_asked)


def test_a_lease_with_another_token_is_lost(records: SqlRecords, keeper: LeaseKeeper, operation: Operation) -> None:
    """Whoever was taken over learns it at the next heartbeat, and stores nothing before."""
    held = taken(keeper, operation)
    with records.transaction() as tx:
        tx.leases.release(held.lease)
        tx.leases.acquire(operation.environment, "op-2", "there-0", datetime.now(UTC), 30)
        with pytest.raises(LeaseLostError):
            held.confirm(tx)
    wait(lambda: held.lost)
    keeper.give_back(operation.id)
    present = on_record(records, operation.environment)
    assert present is not None
    assert present.operation == "op-2"


def test_a_lease_that_ended_before_its_renewal_is_lost(records: SqlRecords, operation: Operation) -> None:
    """The children have ended themselves by then, so a late renewal would lie."""
    slow = LeaseKeeper(records, "here-0", EngineNumbers(lease_seconds=0.05, heartbeat_seconds=0.3))
    slow.start()
    held = taken(slow, operation)
    wait(lambda: held.lost)
    slow.stop()


def test_events_are_stored_in_order_and_flushed_on_demand(records: SqlRecords, operation: Operation) -> None:
    """Many events cost few commits; after a flush all of them are on record, and after a stop too."""
    teller = Teller(records)
    teller.start()
    for number in range(50):
        teller.tell(operation, an_event(str(number)), START)
    teller.flush()
    with records.read() as tx:
        assert [stored.event.detail for stored in tx.operations.events(operation.id)] == [str(n) for n in range(50)]
    teller.tell(operation, an_event("last"), START)
    teller.stop()
    with records.read() as tx:
        assert tx.operations.events(operation.id)[-1].event.detail == "last"

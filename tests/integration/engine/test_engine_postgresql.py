"""The same engine beyond one machine: workers that share a PostgreSQL."""

from __future__ import annotations

import signal

from orchestrator.domain.lifecycle import OperationState
from tests.integration.engine.conftest import Workshop
from tests.integration.engine.test_engine_kills import NAME, is_well
from tests.integration.engine.test_engine_runs import one_at_a_time


def test_two_workers_share_the_work(postgresql_workshop: Workshop) -> None:
    """Two environments, two workers: every operation once, one at a time in an environment."""
    for system in ("one", "two"):
        postgresql_workshop.approve(postgresql_workshop.submit(system=system))
    postgresql_workshop.start(at={"created:network": "slow"})
    assert postgresql_workshop.work(at={"created:network": "slow"}) == 0
    for name in ("archives-one-test", "archives-two-test"):
        assert [operation.attempt for operation in postgresql_workshop.operations(name)] == [1, 1]
        assert one_at_a_time(postgresql_workshop.journal(name))
        is_well(postgresql_workshop, name)


def test_a_killed_worker_is_followed_by_the_next(postgresql_workshop: Workshop) -> None:
    """The same executor goes on from the kept steps."""
    postgresql_workshop.approve(postgresql_workshop.submit())
    assert postgresql_workshop.work(at={"created:router": "kill"}) == -signal.SIGKILL
    assert postgresql_workshop.work() == 0
    is_well(postgresql_workshop, NAME)


def test_a_dead_worker_is_taken_over(postgresql_workshop: Workshop) -> None:
    """A living worker on another place discards the dead one's run and completes the operation."""
    postgresql_workshop.approve(postgresql_workshop.submit())
    first = postgresql_workshop.start(at={"created:router": "child"})
    postgresql_workshop.wait(lambda: "router" in postgresql_workshop.cloud.of(NAME).named())
    postgresql_workshop.start()
    postgresql_workshop.wait(lambda: len(list((postgresql_workshop.home / "workers").glob("*.lock"))) == 2)
    postgresql_workshop.end(first)
    postgresql_workshop.wait(lambda: postgresql_workshop.operations(NAME)[-1].state is OperationState.SUCCEEDED)
    is_well(postgresql_workshop, NAME)

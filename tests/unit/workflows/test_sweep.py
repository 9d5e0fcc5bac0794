"""What the business clock brings: told, stopped, reclaimed, each once (Art. 13)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from orchestrator.domain.lifecycle import EnvironmentState, OperationState
from orchestrator.domain.records import Operation, OperationKind
from orchestrator.workflows import requests
from orchestrator.workflows.sweep import sweep
from tests.fakes.installation import OFFICE, Installation

NAME = "archives-catalogue-test"
DAY = timedelta(days=1)


def days_pass(installation: Installation, days: int) -> None:
    """Let days pass, sweeping twice on each and running what that brings."""
    for _ in range(days):
        installation.clock.advance(DAY)
        sweep(installation.ports)
        sweep(installation.ports)
        installation.run_all()


def test_a_test_environment_is_told_stopped_and_reclaimed(installation: Installation) -> None:
    """Notices 3 and 1 days before the end, power off at the end, reclaimed after the grace; each exactly once."""
    installation.make_ready()
    days_pass(installation, 14)
    assert installation.notices(NAME).count("environment-ends-soon") == 1
    assert installation.environment(NAME).state is EnvironmentState.READY
    days_pass(installation, 1)
    assert installation.notices(NAME).count("environment-ends-soon") == 2
    days_pass(installation, 1)
    assert installation.environment(NAME).state is EnvironmentState.EXPIRING
    assert installation.cloud.of(NAME).named()["host-1"].running is False
    days_pass(installation, 10)
    assert installation.environment(NAME).state is EnvironmentState.RETIRED
    assert installation.cloud.found(NAME) == ()
    assert installation.notices(NAME) == [
        "environment-ready",
        "environment-ends-soon",
        "environment-ends-soon",
        "environment-ended",
        "environment-stopped",
        "environment-retired",
    ]
    kinds = [operation.kind for operation in _operations(installation)]
    assert kinds == [OperationKind.PREVIEW, OperationKind.PROVISION, OperationKind.STOP, OperationKind.RETIRE]


def test_a_jump_over_everything_brings_everything_once(installation: Installation) -> None:
    """A clock that jumps a month fires all dates in order: two notices, one stop, one reclaim."""
    installation.make_ready()
    installation.clock.advance(30 * DAY)
    sweep(installation.ports)
    installation.run_all()
    assert installation.environment(NAME).state is EnvironmentState.RETIRED
    assert [operation.kind for operation in _operations(installation)][2:] == [
        OperationKind.STOP,
        OperationKind.RETIRE,
    ]
    assert sweep(installation.ports) == 0


def test_many_sweepers_fire_once(installation: Installation) -> None:
    """Eight sweeps at once make one notice a date and one operation a kind."""
    installation.make_ready()
    installation.clock.advance(30 * DAY)
    with ThreadPoolExecutor(max_workers=8) as threads:
        fired = list(threads.map(lambda _: sweep(installation.ports), range(8)))
    assert sum(fired) == 5
    assert len(installation.under_way()) == 2


def test_a_missed_deadline_is_recorded_once_and_told(installation: Installation) -> None:
    """Nobody accepts in time (Art. 12): one audit entry, one notice, and the request goes on living."""
    request = installation.submit()
    installation.run_all()
    days_pass(installation, 10)
    assert installation.actions(NAME).count("deadline.missed") == 1
    assert installation.notices(NAME) == ["deadline-missed-acceptance"]
    requests.accept(installation.ports, request.id, OFFICE)


def test_a_period_that_ends_while_the_environment_is_being_changed_waits(installation: Installation) -> None:
    """An environment under change expires when the change is over, not in the middle."""
    environment = installation.make_ready()
    with installation.records.transaction() as tx:
        tx.environments.put(environment.model_copy(update={"state": EnvironmentState.PROVISIONING}))
    installation.clock.advance(17 * DAY)
    sweep(installation.ports)
    assert "environment.expired" not in installation.actions(NAME)
    with installation.records.transaction() as tx:
        changed = tx.environments.get(NAME)
        tx.environments.put(changed.model_copy(update={"state": EnvironmentState.READY}))
    sweep(installation.ports)
    assert installation.environment(NAME).state is EnvironmentState.EXPIRING


def test_dates_of_an_earlier_life_do_not_touch_the_next(installation: Installation) -> None:
    """An environment that ended early and came again under the same name has only its own dates."""
    installation.make_ready()
    installation.clock.advance(DAY)
    requests.terminate(installation.ports, NAME, OFFICE, "tested")
    installation.run_all()
    installation.clock.advance(10 * DAY)
    installation.make_ready()
    days_pass(installation, 8)
    assert installation.environment(NAME).state is EnvironmentState.READY


def test_a_reclaim_waits_for_nobody_but_is_not_doubled(installation: Installation) -> None:
    """When the unit ends the environment on the day of the reclaim, it is retired once."""
    installation.make_ready()
    days_pass(installation, 16)
    requests.terminate(installation.ports, NAME, OFFICE, "tested")
    installation.clock.advance(5 * DAY)
    sweep(installation.ports)
    installation.run_all()
    retires = [operation for operation in _operations(installation) if operation.kind is OperationKind.RETIRE]
    assert [operation.state for operation in retires] == [OperationState.SUCCEEDED]


def _operations(installation: Installation) -> list[Operation]:
    with installation.records.read() as tx:
        return list(reversed(tx.operations.list(environment=NAME)))

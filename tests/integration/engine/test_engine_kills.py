"""kill -9 at every step in turn: the next start goes on, effects happen once, nothing is left locked."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from orchestrator.adapters.store import DATABASE_FILE
from orchestrator.domain.lifecycle import EnvironmentState, OperationState
from orchestrator.workflows import requests
from tests.fakes.installation import OFFICE
from tests.integration.engine.conftest import Workshop

NAME = "archives-catalogue-test"
KILLED = -signal.SIGKILL
MORE_THAN_THERE_ARE = 200


def is_well(workshop: Workshop, name: str) -> None:
    """Check what must hold for a ready environment however often its workers died."""
    with workshop.records.read() as tx:
        environment = tx.environments.get(name)
        actions = [entry.action for entry in tx.audit.list(subject=name, limit=1000)]
        notices = [notice.key for notice in tx.notices.list(environment=name)]
    project = workshop.cloud.of(name)
    assert environment.state is EnvironmentState.READY
    assert (len(project.things), project.most, project.lock) == (8, 1, "")
    assert actions.count("provision.succeeded") == 1
    assert notices.count("environment-ready") == 1
    assert workshop.operations(name)[-1].state is OperationState.SUCCEEDED


@pytest.mark.slow
def test_a_kill_at_every_point_of_provisioning_in_turn(workshop: Workshop) -> None:
    """For each point a worker of its own is killed there; the next worker completes the environment, once."""
    for number in range(1, MORE_THAN_THERE_ARE):
        request = workshop.approve(workshop.submit(system=f"turn{number}"))
        end = workshop.work(kill_at=number)
        if end == 0:
            break
        assert end == KILLED
        assert workshop.work() == 0
        is_well(workshop, request.environment)
    assert 30 < number < MORE_THAN_THERE_ARE - 1


@pytest.mark.slow
def test_a_life_whose_every_worker_is_killed_a_little_later(workshop: Workshop) -> None:
    """One environment, from submission to the empty project, by workers that all die, each one point later."""
    request = workshop.approve(workshop.submit())
    ended = _work_through_kills(workshop)
    assert ended > 5
    is_well(workshop, NAME)
    termination = requests.terminate(workshop.ports, NAME, OFFICE, "tested")
    _work_through_kills(workshop)
    assert workshop.cloud.of(NAME).things == []
    with workshop.records.read() as tx:
        assert tx.environments.get(NAME).state is EnvironmentState.RETIRED
        assert tx.requests.get(request.id).outcome == "ready"
        assert tx.requests.get(termination.id).outcome == "retired"
        assert [entry.action for entry in tx.audit.list(subject=NAME)].count("environment.retired") == 1


def _work_through_kills(workshop: Workshop) -> int:
    for number in range(1, MORE_THAN_THERE_ARE):
        if workshop.work(kill_at=number) == 0:
            return number
    return pytest.fail("it does not come to an end")


def test_losing_every_row_of_dbos_loses_nothing(workshop: Workshop) -> None:
    """After a kill in the middle and with DBOS's tables emptied, the next start completes the operation."""
    workshop.approve(workshop.submit())
    assert workshop.work(at={"created:router": "kill"}) == KILLED
    with workshop.records.engine.begin() as connection:
        for table in ("operation_outputs", "workflow_input", "workflow_status"):
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608  names of DBOS's tables
    assert workshop.work() == 0
    is_well(workshop, NAME)
    assert workshop.operations(NAME)[-1].attempt == 2


def test_the_same_executor_goes_on_at_once(workshop: Workshop) -> None:
    """The lock in the home proves that the dead worker was the only one of its id; nobody waits for the lease."""
    workshop.approve(workshop.submit())
    long = {"lease_seconds": 600.0}
    assert workshop.work(at={"created:router": "kill"}, numbers=long) == KILLED
    began = time.monotonic()
    assert workshop.work(numbers=long) == 0
    assert time.monotonic() - began < 60
    is_well(workshop, NAME)


def test_another_worker_takes_over_from_a_dead_one(workshop: Workshop) -> None:
    """When the dead worker's sign of life has ended, a living worker discards its run and completes the operation."""
    workshop.approve(workshop.submit())
    first = workshop.start(at={"created:router": "child"})
    workshop.wait(lambda: "router" in workshop.cloud.of(NAME).named())
    second = workshop.start()
    workshop.wait(lambda: len(list((workshop.home / "workers").glob("*.lock"))) == 2)
    workshop.end(first)
    workshop.wait(lambda: workshop.operations(NAME)[-1].state is OperationState.SUCCEEDED)
    is_well(workshop, NAME)
    assert workshop.operations(NAME)[-1].attempt == 2
    assert Path(f"/proc/{second}").exists()


def test_what_a_frozen_worker_does_after_a_takeover_does_not_count(workshop: Workshop) -> None:
    """A worker that sleeps past its lease wakes up fenced: it stores no second outcome."""
    workshop.approve(workshop.submit())
    frozen = workshop.start(at={"hosts": "child"})
    workshop.wait(lambda: workshop.journal(NAME)[-1:] == [f"end {workshop.operations(NAME)[-1].id}"])
    workshop.wait(lambda: _freeze(workshop, frozen))
    workshop.start()
    workshop.wait(lambda: workshop.operations(NAME)[-1].state is OperationState.SUCCEEDED)
    os.kill(frozen, signal.SIGCONT)
    time.sleep(3)
    is_well(workshop, NAME)
    assert workshop.operations(NAME)[-1].attempt == 2


def _freeze(workshop: Workshop, process: int) -> bool:
    """Freeze a worker; not in the middle of a commit, where SQLite would make everybody wait for it."""
    os.kill(process, signal.SIGSTOP)
    with closing(sqlite3.connect(workshop.home / DATABASE_FILE, timeout=1.0)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            os.kill(process, signal.SIGCONT)
            return False
    return True

"""A running worker looks at the fleet by itself, in a thread that holds up nothing else."""

from __future__ import annotations

import signal

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.records import Drift
from tests.integration.engine.conftest import Workshop

NAME = "archives-catalogue-test"
OTHER = "archives-readers-test"
SOON = {"fleet_seconds": 0.05, "stop_seconds": 0.5}


def standing(workshop: Workshop) -> tuple[Drift, ...]:
    """Give what differs in the environment, by the records."""
    with workshop.records.read() as tx:
        return tx.drifts.of(subject_of(tx.environments.get(NAME)))


def test_a_worker_finds_drift_by_itself(workshop: Workshop) -> None:
    """Nobody asks for the look; what was taken away by hand is on record and told."""
    workshop.approve(workshop.submit())
    assert workshop.work() == 0
    workshop.cloud.remove(NAME, "router")
    process = workshop.start(watch="fleet", numbers=SOON)
    workshop.wait(lambda: [(drift.drift, drift.name) for drift in standing(workshop)] == [("missing", "router")])
    workshop.end(process, signal.SIGTERM)


def test_a_cloud_that_does_not_answer_a_look_holds_up_no_operation(workshop: Workshop) -> None:
    """Another environment is made meanwhile, and the worker stops although its look never ends."""
    workshop.approve(workshop.submit())
    assert workshop.work() == 0
    process = workshop.start(watch="fleet", numbers=SOON, at={"look": "deaf"})
    workshop.wait(lambda: _begun(workshop))
    workshop.approve(workshop.submit(system="readers"))
    workshop.wait(lambda: _state(workshop, OTHER) is EnvironmentState.READY)
    workshop.end(process, signal.SIGTERM)
    assert standing(workshop) == ()


def _begun(workshop: Workshop) -> bool:
    """Whether a look was begun that has not ended."""
    with workshop.records.read() as tx:
        newest = tx.drift_scans.newest()
    return newest is not None and newest.finished_at is None


def _state(workshop: Workshop, name: str) -> EnvironmentState | None:
    with workshop.records.read() as tx:
        found = tx.environments.find(name)
    return None if found is None else found.state

"""DBOS keeps a row of every run for ever; the worker deletes those that were over long ago, and no others."""

from __future__ import annotations

import signal

from orchestrator.domain.lifecycle import EnvironmentState, OperationState
from tests.integration.engine.conftest import Workshop

NAME = "archives-catalogue-test"
TABLES = ("workflow_status", "workflow_input", "operation_outputs")


def rows(workshop: Workshop) -> dict[str, int]:
    """Count the rows of DBOS's tables."""
    with workshop.records.engine.begin() as connection:
        return {
            table: int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())  # noqa: S608  names of DBOS's tables
            for table in TABLES
        }


def test_rows_of_what_is_over_stay_for_a_day(workshop: Workshop) -> None:
    """With the ordinary numbers nothing of a fresh run is deleted."""
    workshop.approve(workshop.submit())
    assert workshop.work(numbers={"clean_seconds": 0.1}) == 0
    assert rows(workshop)["workflow_status"] == len(workshop.operations(NAME))
    assert rows(workshop)["operation_outputs"] > 0


def test_rows_of_what_was_over_long_ago_are_deleted(workshop: Workshop) -> None:
    """After their time the rows go, one look at most so many, while what is on record stays and the work goes on."""
    workshop.approve(workshop.submit())
    assert workshop.work() == 0
    done = workshop.operations(NAME)
    process = workshop.start(numbers={"keep_seconds": 0.0, "clean_seconds": 0.2, "clean_count": 1})
    workshop.wait(lambda: not any(rows(workshop).values()))
    assert workshop.operations(NAME) == done
    workshop.end(process, signal.SIGTERM)


def test_rows_of_what_runs_are_left_alone(workshop: Workshop) -> None:
    """A run that is cleaned around keeps its steps: it is killed, and its next start goes on."""
    request = workshop.approve(workshop.submit())
    always = {"keep_seconds": 0.0, "clean_seconds": 0.05}
    assert workshop.work(at={"created:router": "kill"}, numbers=always) == -signal.SIGKILL
    assert rows(workshop)["workflow_status"] >= 1
    assert workshop.work(numbers=always) == 0
    with workshop.records.read() as tx:
        assert tx.environments.get(request.environment).state is EnvironmentState.READY
    assert {operation.state for operation in workshop.operations(NAME)} == {OperationState.SUCCEEDED}
    assert workshop.cloud.of(NAME).most == 1

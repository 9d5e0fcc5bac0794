"""SIGINT and SIGTERM end a worker in order, with one line, whatever it is doing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orchestrator.adapters.store import sqlite_url
from orchestrator.domain.lifecycle import EnvironmentState, OperationState
from tests.integration.engine.conftest import Workshop, forking_program, open_workshop

NAME = "archives-catalogue-test"
STOP_SECONDS = 60


@pytest.mark.timeout(120)
@pytest.mark.parametrize("command", ["worker", "server"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_command_with_one_line(tmp_path: Path, command: str, number: signal.Signals) -> None:
    """`tenure worker` and `tenure server` say that they stopped, end with 0 and leave no trace of a fault."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("TENURE_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "orchestrator.cli.main", command],
        stderr=subprocess.PIPE,
        text=True,
        env=variables | {"TENURE_HOME": str(tmp_path / "home"), "TENURE_LISTEN": "127.0.0.1:0"},
    )
    with process:
        assert process.stderr is not None
        lines = [process.stderr.readline()]
        process.send_signal(number)
        lines += process.stderr.readlines()
        assert process.wait(STOP_SECONDS) == 0
    assert lines[0].startswith("worker started")
    assert lines[-1] == "stopped\n"
    assert "Traceback" not in "".join(lines)


def test_what_does_not_let_go_is_left_without_a_fault(tmp_path: Path) -> None:
    """An operation deaf to the stop goes on at the next start; DBOS is not taken from under it meanwhile."""
    home = tmp_path / "home"
    said = tmp_path / "said"
    with (
        said.open("w") as errors,
        forking_program(errors) as program,
        open_workshop(home, sqlite_url(home), program) as workshop,
    ):
        _leave_a_deaf_one(workshop)
        assert workshop.work() == 0
        with workshop.records.read() as tx:
            assert tx.environments.get(NAME).state is EnvironmentState.READY
        assert workshop.cloud.of(NAME).most == 1
    assert "Traceback" not in said.read_text()


def _leave_a_deaf_one(workshop: Workshop) -> None:
    workshop.approve(workshop.submit())
    process = workshop.start(at={"created:router": "deaf"}, numbers={"stop_seconds": 0.2})
    workshop.wait(lambda: "router" in workshop.cloud.of(NAME).named())
    began = time.monotonic()
    workshop.end(process, signal.SIGTERM)
    assert time.monotonic() - began < STOP_SECONDS
    assert workshop.operations(NAME)[-1].state is OperationState.RUNNING

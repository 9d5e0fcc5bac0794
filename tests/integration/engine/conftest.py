"""A home with a database, a fake cloud in a folder, and a program that forks workers over both."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pytest

from orchestrator.adapters.clock import SystemClock
from orchestrator.adapters.engine import row_queue
from orchestrator.adapters.ids import SortableIds
from orchestrator.adapters.store import open_records, sqlite_url
from orchestrator.adapters.store.records import SqlRecords
from orchestrator.domain.records import Operation, Request
from orchestrator.workflows import requests
from tests.fakes.cloud import FakeCloud
from tests.fakes.installation import OFFICE, UNIT, a_submission, fake_ports
from tests.fakes.points import Points
from tests.postgresql import Cluster, postgresql_server

__all__ = ["postgresql_server"]

QUICK = {"sweep_seconds": 0.2, "reconcile_seconds": 0.3, "heartbeat_seconds": 0.5, "lease_seconds": 3.0}
"""Numbers of a worker whose death is noticed within seconds."""


@dataclass
class Workshop:
    """An installation whose workers are processes.

    Attributes:
        home: Locks, cloud, and the database unless it is elsewhere.
        url: Of the database.
    """

    home: Path
    url: str
    program: subprocess.Popen[str]
    records: SqlRecords
    processes: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Put the ports together as a door does, which runs nothing itself."""
        self.cloud = FakeCloud(Points(), self.home / "cloud")
        self.ports = fake_ports(self.records, self.cloud, SystemClock(), SortableIds())

    def work(self, **order: Any) -> int:  # noqa: ANN401  the order is JSON
        """Run a worker until nothing is under way; gives its exit code, negative for the signal that killed it."""
        end: int = self._order({"until": "idle", **order})["end"]
        return end

    def start(self, **order: Any) -> int:  # noqa: ANN401  the order is JSON
        """Start a worker and leave it running; gives its process id."""
        process: int = self._order({"until": "told", **order})["process"]
        self.processes.append(process)
        return process

    def end(self, process: int, number: int = signal.SIGKILL) -> None:
        """Send a signal to a worker and wait until it is gone."""
        os.kill(process, number)
        self.wait(lambda: not Path(f"/proc/{process}").exists())
        self.processes.remove(process)

    def _order(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self.program.stdin is not None
        assert self.program.stdout is not None
        whole = {"home": str(self.home), "url": self.url, **order, "numbers": QUICK | order.get("numbers", {})}
        self.program.stdin.write(json.dumps(whole) + "\n")
        self.program.stdin.flush()
        answer: dict[str, Any] = json.loads(self.program.stdout.readline())
        return answer

    def wait(self, fact: Callable[[], object], seconds: float = 60.0) -> None:
        """Wait until something is so."""
        end = time.monotonic() + seconds
        while not fact():
            assert time.monotonic() < end, "it does not come about"
            time.sleep(0.02)

    def submit(self, **changes: object) -> Request:
        """Submit a request for a test environment."""
        return requests.submit(self.ports, a_submission(**changes), UNIT)

    def approve(self, request: Request) -> Request:
        """Accept and review a request."""
        requests.accept(self.ports, request.id, OFFICE)
        return requests.review(self.ports, request.id, OFFICE)

    def operation(self, operation_id: str) -> Operation:
        """Give an operation as it is on record."""
        with self.records.read() as tx:
            return tx.operations.get(operation_id)

    def operations(self, environment: str) -> tuple[Operation, ...]:
        """Give the operations of an environment, oldest first."""
        with self.records.read() as tx:
            return tuple(reversed(tx.operations.list(environment=environment)))

    def journal(self, environment: str) -> list[str]:
        """Give when work on an environment began and ended."""
        file = self.home / "cloud" / f"{environment}.log"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


@pytest.fixture(scope="module")
def program() -> Iterator[subprocess.Popen[str]]:
    """Give the program that forks workers."""
    with forking_program() as running:
        yield running


@contextmanager
def forking_program(errors: IO[str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """Run the program that forks workers; ``errors`` takes what they say on standard error."""
    command = [sys.executable, "-m", "tests.integration.engine.program"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True) as running:
        yield running
        assert running.stdin is not None
        running.stdin.close()


@contextmanager
def open_workshop(home: Path, url: str, program: subprocess.Popen[str]) -> Iterator[Workshop]:
    """Give an installation with nothing in it; workers that a test left running are killed."""
    (home / "cloud").mkdir(parents=True)
    made = Workshop(home, url, program, open_records(url, row_queue))
    yield made
    for process in list(made.processes):
        made.end(process)
    made.records.close()


@pytest.fixture
def workshop(program: subprocess.Popen[str], tmp_path: Path) -> Iterator[Workshop]:
    """Give an installation on SQLite."""
    home = tmp_path / "home"
    with open_workshop(home, sqlite_url(home), program) as made:
        yield made


@pytest.fixture
def postgresql_workshop(
    program: subprocess.Popen[str], tmp_path: Path, postgresql_server: Cluster
) -> Iterator[Workshop]:
    """Give an installation on PostgreSQL."""
    with open_workshop(tmp_path / "home", postgresql_server.create(tmp_path.name.replace("-", "_")), program) as made:
        yield made

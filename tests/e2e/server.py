"""A real ``tenure server`` that tests start, kill and start again, and what its installation says."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from orchestrator.adapters.documents import read_request_file
from orchestrator.adapters.library import installed_templates
from orchestrator.bootstrap import Installation
from orchestrator.domain.lifecycle import OperationState, RequestState
from orchestrator.domain.records import (
    Actor,
    Environment,
    Kind,
    Operation,
    OperationKind,
    Request,
    Role,
    StoredEvent,
)
from orchestrator.settings import HostEntry, Settings
from orchestrator.workflows import requests
from tests.cloud import CloudAccess
from tests.warm import Running, WarmTenure, warm_tenure

OFFICE = Actor(name="duty officer", role=Role.OFFICE, door="test")
UNIT = Actor(name="unit engineer", role=Role.UNIT, door="test")
PROVIDER = Actor(name="provider engineer", role=Role.PROVIDER, door="test")
START_SECONDS = 180.0
WORK_SECONDS = 420.0
LOCAL_RANGES = ("10.0.0.0/8", "198.18.0.0/15", "198.51.100.0/24")
"""Where tests come from: ranges for private use, benchmarks and documentation, which local clouds use outside."""
OVER = frozenset(
    {OperationState.SUCCEEDED, OperationState.FAILED, OperationState.PARTLY_DONE, OperationState.CANCELLED}
)


def wait_for[T](what: str, look: Callable[[], T | None], seconds: float = WORK_SECONDS, pause: float = 0.05) -> T:
    """Look until something is there; pauses are seconds, too."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(pause)
    raise AssertionError(f"waited {seconds:.0f} s in vain for: {what}")


@dataclass
class Server:
    """One installation in a folder of its own, and its server process while there is one.

    Attributes:
        home: The installation's folder.
        cloud: The cloud that it works on.
        tenure: What starts its processes.
        variables: Further variables of the server process.
    """

    home: Path
    cloud: CloudAccess
    tenure: WarmTenure
    variables: dict[str, str] = field(default_factory=dict)
    process: Running | None = None
    url: str = ""

    def __post_init__(self) -> None:
        """Make the installation."""
        entry = HostEntry.SSH if self.cloud.hosts else HostEntry.NONE
        settings = Settings(home=self.home, clock_file=self.home / "clock.json", host_entry=entry)
        settings = settings.model_copy(update={"cloud": self.cloud.cloud})
        self.installation = Installation(settings)

    @property
    def log(self) -> Path:
        """Where the server process writes."""
        return self.home / "server.log"

    def start(self) -> None:
        """Start the server process and wait until it answers."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{probe.getsockname()[1]}"
        self.url = f"http://{address}"
        self.home.mkdir(exist_ok=True, mode=0o700)
        with self.log.open("ab") as log:
            self.process = self.tenure.start(("server", "--listen", address), os.environ | self.environment(), log, log)
        wait_for(f"the server (see {self.log})", self._answers, START_SECONDS)

    def environment(self) -> dict[str, str]:
        """Give the variables that point any Tenure process at this installation."""
        return {
            **self.cloud.environment(),
            "TENURE_HOME": str(self.home),
            "TENURE_CLOCK_FILE": str(self.home / "clock.json"),
            "TENURE_HOST_ENTRY": str(self.installation.settings.host_entry),
            **self.variables,
        }

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"the server ended: {self.log.read_text()[-2000:]}"
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).is_success
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """Kill the server process as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self) -> None:
        """Stop it politely."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
            self.process = None
        self.installation.close()

    def approved(self, example: str, **changes: object) -> Request:
        """Have an example request submitted, accepted and reviewed at once; its content is what was signed."""
        ports = self.installation.ports
        submission = read_request_file(installed_templates() / "examples" / example, ports.library)
        content = submission.content | changes
        content["environment"]["access_from"] = list(LOCAL_RANGES)
        submission = type(submission).model_validate(content)
        request = requests.submit(ports, submission, UNIT)
        requests.accept(ports, request.id, OFFICE)
        return requests.review(ports, request.id, OFFICE, request.content_digest)

    def operation(self, request: Request, kind: OperationKind) -> Operation:
        """Give the request's operation of a kind."""
        with self.installation.records.read() as tx:
            return next(each for each in tx.operations.list(request=request.id) if each.kind is kind)

    def finished(self, operation: Operation) -> Operation:
        """Wait until an operation is over."""

        def look() -> Operation | None:
            with self.installation.records.read() as tx:
                now = tx.operations.get(operation.id)
            return now if now.state in OVER else None

        return wait_for(f"the end of {operation.kind} {operation.id}", look)

    def events(self, operation: Operation, after: int = 0) -> tuple[StoredEvent, ...]:
        """Give what happened in an operation."""
        with self.installation.records.read() as tx:
            return tx.operations.events(operation.id, after=after)

    def environment_record(self, name: str) -> Environment:
        """Give an environment's record."""
        with self.installation.records.read() as tx:
            return tx.environments.get(name)


@contextmanager
def clean_server(home: Path, cloud: CloudAccess) -> Iterator[Server]:
    """Give a server; whatever its environments still hold in the cloud is retired at the end."""
    with warm_tenure() as tenure:
        server = Server(home, cloud, tenure)
        try:
            yield server
        finally:
            _retire_all(server)
            server.stop()


def _retire_all(server: Server) -> None:
    inventory = server.installation.ports.inventory
    with server.installation.records.read() as tx:
        names = [each.name for each in tx.environments.list(limit=1000)]
    left = [name for name in names if inventory.project_id(name)]
    if not left:
        return
    if server.process is None:
        server.start()
    for name in left:
        _have_nothing_under_way(server, name)
        retired = server.finished(server.operation(_end(server, name), OperationKind.RETIRE))
        assert retired.state is OperationState.SUCCEEDED, retired.error


def _have_nothing_under_way(server: Server, name: str) -> None:
    """Wait for the work that a test which failed has left unfinished."""
    with server.installation.records.read() as tx:
        begun = [each for each in tx.operations.list(environment=name) if each.state is OperationState.RUNNING]
    for operation in begun:
        server.finished(operation)


def _end(server: Server, name: str) -> Request:
    """Ask for an environment's end; of a live one a test that failed passes the gates by the office's decision."""
    ports = server.installation.ports
    with server.installation.records.read() as tx:
        known = tx.requests.list(environment=name)
    asked = [one for one in known if one.kind is Kind.TERMINATE and one.state is not RequestState.CLOSED]
    request = asked[0] if asked else requests.terminate(ports, name, UNIT, "the test is over")
    if request.state is RequestState.SUBMITTED:
        request = requests.accept(ports, request.id, OFFICE)
    if request.state is RequestState.ACCEPTED:
        for gate in requests.outlook(ports, request.id).gates:
            if not gate.open:
                requests.waive(ports, request.id, gate.name, OFFICE, "the test is over")
        request = requests.review(ports, request.id, OFFICE)
    return request

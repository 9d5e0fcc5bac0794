"""Tenure's side: the ordinary worker, records and workflows, from the decision's row to the state on record."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from orchestrator.adapters.engine import EngineNumbers
from orchestrator.adapters.engine.worker import Worker
from orchestrator.bootstrap import Installation
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.lifecycle import EnvironmentState, OperationState
from orchestrator.domain.records import Actor, Operation, OperationKind, Role, StepStatus
from orchestrator.ports import Execution
from orchestrator.settings import HostEntry, Settings
from orchestrator.workflows import requests
from orchestrator.workflows.execution import execute
from orchestrator.workflows.sweep import sweep
from tests.bench.provision.subject import bench_library, name_of, submission

UNIT: Final = Actor(name="applicant", role=Role.UNIT, door="bench")
OFFICE: Final = Actor(name="bench", role=Role.OFFICE, door="bench")
LIMIT_SECONDS: Final = 600.0
STOP_SECONDS: Final = 45.0
"""Longer than a Pulumi child takes to end the steps that are under way: then everything that was made is known."""
UNDER_WAY: Final = frozenset({OperationState.QUEUED, OperationState.RUNNING})


@dataclass(frozen=True)
class Removal:
    """How long a removal took.

    Attributes:
        seconds: Until everything is gone, the project too.
        proven_seconds: Until the project's emptiness is on record.
    """

    seconds: float
    proven_seconds: float


class TenureSide:
    """An installation of its own, with a worker in this process and its Pulumi children beside it.

    Args:
        home: Its folder.
        external_network: Where floating addresses come from.
        workers: How many operations may run at once.
    """

    def __init__(self, home: Path, external_network: str, workers: int) -> None:
        self._external_network = external_network
        settings = Settings(home=home, host_entry=HostEntry.NONE, database_url="", state_backend="", clock_file=None)
        self._installation = Installation(settings, warm_children=1)
        self.ports = replace(self._installation.ports, library=bench_library())
        self._ended = threading.Condition()
        self._worker = Worker(
            self._installation.records,
            self._installation.database_url,
            settings.home,
            execute=self._execute,
            sweep=partial(sweep, self.ports),
            numbers=EngineNumbers(workers=workers, stop_seconds=STOP_SECONDS),
        )

    def start(self) -> None:
        """Begin to take operations up."""
        self._worker.start()

    def close(self) -> None:
        """End worker and children."""
        self._worker.stop()
        self._installation.close()

    def password(self, system: str) -> str:
        """Give the service user's password, so that OpenTofu's project can be looked into like ours."""
        return self._installation.vault.derive(f"service-user/{name_of(system)}")

    def plan(self, systems: Iterable[str]) -> None:
        """Submit, wait for the preview, accept: what comes before the decision."""
        made = [requests.submit(self.ports, submission(each, self._external_network), UNIT) for each in systems]
        for request in made:
            self._wait(partial(self._is_over, request.environment, OperationKind.PREVIEW))
            requests.accept(self.ports, request.id, OFFICE, "a benchmark carries no material")

    def create(self, systems: Iterable[str]) -> float:
        """Decide, and wait until all are ready; gives the seconds in between."""
        names = [name_of(system) for system in systems]
        wanted = [self._environment_request(name) for name in names]
        began = time.monotonic()
        for request in wanted:
            requests.review(self.ports, request, OFFICE)
        for name in names:
            self._wait(partial(self._reached, name, EnvironmentState.READY, OperationKind.PROVISION))
        return time.monotonic() - began

    def remove(self, systems: Iterable[str]) -> Removal:
        """Terminate, and wait until all are retired."""
        names = [name_of(system) for system in systems]
        began = time.monotonic()
        for name in names:
            requests.terminate(self.ports, name, OFFICE, "measured")
        for name in names:
            self._wait(partial(self._reached, name, EnvironmentState.RETIRED, OperationKind.RETIRE))
        proven = time.monotonic() - began
        return Removal(seconds=max(self._gone_after(name) for name in names), proven_seconds=proven)

    def phases(self, system: str, kind: OperationKind) -> dict[str, float]:
        """Give the seconds of every phase of the newest operation of a kind."""
        operation = self._newest(name_of(system), kind)
        with self.ports.records.read() as tx:
            events = tx.operations.events(operation.id)
        return {
            f"{kind}_{each.event.phase}_seconds": each.event.seconds
            for each in events
            if each.event.status is StepStatus.DONE and not each.event.resource and each.event.seconds is not None
        }

    def steps(self, system: str, kind: OperationKind) -> list[tuple[float, str, str, str, float | None]]:
        """Give what happened to every resource: seconds since the decision, phase, status, resource, its seconds."""
        operation = self._newest(name_of(system), kind)
        with self.ports.records.read() as tx:
            events = tx.operations.events(operation.id)
        return [
            (
                (each.at - operation.queued_at).total_seconds(),
                each.event.phase,
                str(each.event.status),
                each.event.resource,
                each.event.seconds,
            )
            for each in events
        ]

    def _gone_after(self, name: str) -> float:
        """Give the seconds from the termination's row to the end of the second stroke."""
        operation = self._newest(name, OperationKind.RETIRE)
        with self.ports.records.read() as tx:
            events = tx.operations.events(operation.id)
        gone = next(each for each in events if each.event.phase == "tenant" and _is_end(each.event.status))
        return (gone.at - operation.queued_at).total_seconds()

    def _execute(self, operation_id: str, execution: Execution) -> object:
        """Carry out one attempt as ever, and wake whoever waits for it: looking again and again would cost its time."""
        try:
            return execute(self.ports, operation_id, execution)
        finally:
            with self._ended:
                self._ended.notify_all()

    def _environment_request(self, name: str) -> str:
        with self.ports.records.read() as tx:
            return tx.environments.get(name).request

    def _reached(self, name: str, state: EnvironmentState, kind: OperationKind) -> bool:
        with self.ports.records.read() as tx:
            if tx.environments.get(name).state is state:
                return True
        operation = self._newest(name, kind)
        if operation.state not in UNDER_WAY and operation.state is not OperationState.SUCCEEDED:
            raise OperationFailedError(f"{name}: {kind} is {operation.state}", detail=str(operation.error))
        return False

    def _is_over(self, name: str, kind: OperationKind) -> bool:
        operation = self._newest(name, kind)
        if operation.state is OperationState.SUCCEEDED:
            return True
        if operation.state not in UNDER_WAY:
            raise OperationFailedError(f"{name}: {kind} is {operation.state}", detail=str(operation.error))
        return False

    def _newest(self, name: str, kind: OperationKind) -> Operation:
        with self.ports.records.read() as tx:
            return next(each for each in tx.operations.list(environment=name) if each.kind is kind)

    def _wait(self, done: Callable[[], bool]) -> None:
        with self._ended:
            if not self._ended.wait_for(done, LIMIT_SECONDS):
                raise TimeoutError(f"nothing came of it within {LIMIT_SECONDS:.0f} s")


def _is_end(status: StepStatus) -> bool:
    return status is StepStatus.DONE

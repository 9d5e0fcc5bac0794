"""One attempt of one operation, as the bodies of operations see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import CancelledError, TenureError
from orchestrator.domain.lanes import lane_of
from orchestrator.domain.records import Environment, Made, Operation, Request, StepEvent, StepStatus, Thing
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.ports import Execution, Job, Transaction
from orchestrator.workflows.context import Ports

type Doing = Callable[[str, Callable[[], dict[str, Any]]], dict[str, Any]]
"""Does a step of a name: :meth:`Run.step` or :meth:`Run.each_time`."""


@dataclass(frozen=True)
class Run:
    """The operation, the environment as it was when the attempt began, and the engine's execution.

    Attributes:
        recovering: Whether an earlier attempt, or an earlier operation, may have left something half done.
        request: The request that wants it, as it was then, if one does.
    """

    ports: Ports
    operation: Operation
    environment: Environment
    execution: Execution
    recovering: bool
    request: Request | None = None

    @property
    def job(self) -> Job:
        """The work on the environment as it is, as adapters take it."""
        return self.job_for(self.environment.spec)

    @property
    def wanted_job(self) -> Job:
        """The work on the environment as the request wants it."""
        return self.job_for(self.wanted)

    @property
    def wanted(self) -> EnvironmentSpec:
        """What the request wants the environment to be; as it is when the request wants nothing else."""
        spec = None if self.request is None else self.request.spec
        return spec or self.environment.spec

    def job_for(self, spec: EnvironmentSpec) -> Job:
        """Give the work on the environment by one specification."""
        return Job(
            operation=self.operation.id,
            spec=spec,
            control=self.execution,
            watch=self.watch,
            lane=lane_of(self.operation.kind),
            made=self._keep_made,
        )

    def _keep_made(self, things: tuple[Thing, ...]) -> None:
        """Put on record what stands now: what the cloud shows later is compared with it."""
        made = Made(
            subject=subject_of(self.environment),
            environment=self.environment.name,
            operation=self.operation.id,
            at=self.ports.clock.now(),
            things=things,
        )
        self.change(lambda tx: tx.made.put(made))

    def watch(self, event: StepEvent) -> None:
        """Store an event of the work; whoever follows the operation sees it as it happens."""
        self.execution.tell(self.operation, event, self.ports.clock.now())

    def note(self, phase: str, detail: str) -> None:
        """Store a remark."""
        self.watch(StepEvent(phase=phase, status=StepStatus.NOTE, detail=detail))

    def step(self, phase: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Do a step once over all attempts of the engine, with events for its begin and its end.

        Raises:
            CancelledError: Somebody asked for the operation to stop; the step was not begun.
        """
        self.stop_if_asked()
        return self.execution.once(phase, lambda: self._told(phase, work))

    def each_time(self, phase: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Do a step in every attempt anew, with events for its begin and its end."""
        self.stop_if_asked()
        return self._told(phase, work)

    def stop_if_asked(self) -> None:
        """Raise CancelledError when the work is to stop, for whatever reason."""
        if self.execution.cancelled():
            raise CancelledError(f"{self.operation.id} was asked to stop")

    def _told(self, phase: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        self.watch(StepEvent(phase=phase, status=StepStatus.STARTED))
        began = self.execution.elapsed_seconds()
        try:
            result = work()
        except TenureError as error:
            self.watch(StepEvent(phase=phase, status=StepStatus.FAILED, detail=error.diagnostic.summary))
            raise
        seconds = round(self.execution.elapsed_seconds() - began, 3)
        self.watch(StepEvent(phase=phase, status=StepStatus.DONE, seconds=seconds))
        return result

    def change[T](self, work: Callable[[Transaction], T]) -> T:
        """Change records in one transaction, behind the fence of the lease.

        Raises:
            LeaseLostError: Another worker holds the environment now; nothing was stored.
        """
        with self.ports.records.transaction() as tx:
            self.execution.confirm(tx)
            return work(tx)

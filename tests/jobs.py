"""Jobs for tests of adapters: they collect the events, and may be cancelled or lose their lease."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field

from orchestrator.domain.records import StepEvent
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.ports import Job
from tests.samples import a_spec

OPERATION = f"op-test-{os.getpid()}"
"""Operation of tests' jobs: processes are ended by their operation's mark, and another test run has its own."""


@dataclass
class Control:
    """Implements :class:`orchestrator.ports.RunControl` with what a test says."""

    asked_to_stop: bool = False
    lease_ends: float = math.inf

    def cancelled(self) -> bool:
        """Whether the test asked for a stop."""
        return self.asked_to_stop

    def valid_until(self) -> float:
        """Give the end that the test set."""
        return self.lease_ends


@dataclass
class Recorder:
    """Keeps the events of a job; its control may be changed while the job runs."""

    control: Control = field(default_factory=Control)
    events: list[StepEvent] = field(default_factory=list)

    def job(self, spec: EnvironmentSpec | None = None, operation: str = OPERATION) -> Job:
        """Give a job that reports here."""
        return Job(operation=operation, spec=spec or a_spec(), control=self.control, watch=self.events.append)

    def told(self) -> list[tuple[str, str]]:
        """Give resource and status of every event, in order."""
        return [(event.resource, str(event.status)) for event in self.events]

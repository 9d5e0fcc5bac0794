"""Telling what happens to several things at once; a job's watcher is called by one thread at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

from orchestrator.domain.errors import TenureError
from orchestrator.domain.records import StepEvent, StepStatus
from orchestrator.ports import Job


class Telling:
    """Events of one action in one phase of a job.

    Args:
        job: Whose watcher is told.
        phase: Phase of the events.
        action: What is done, for instance ``snapshot``.
        kind: Provider token of the things that it is done to.
    """

    def __init__(self, job: Job, phase: str, action: str, kind: str) -> None:
        self._job = job
        self._phase = phase
        self._action = action
        self._kind = kind
        self._turn = Lock()

    def note(self, resource: str, detail: str) -> None:
        """Tell people something about a thing."""
        self._tell(StepStatus.NOTE, resource, detail)

    def timed[Answer](self, resource: str, work: Callable[[], Answer]) -> Answer:
        """Do something to a thing; tell its beginning, and its end with the seconds that it took."""
        begun = time.monotonic()
        self._tell(StepStatus.STARTED, resource)
        try:
            answer = work()
        except TenureError as error:
            self._tell(StepStatus.FAILED, resource, error.diagnostic.summary, time.monotonic() - begun)
            raise
        self._tell(StepStatus.DONE, resource, "", time.monotonic() - begun)
        return answer

    def _tell(self, status: StepStatus, resource: str, detail: str = "", seconds: float | None = None) -> None:
        event = StepEvent(
            phase=self._phase,
            status=status,
            resource=resource,
            type=self._kind,
            action=self._action,
            detail=detail,
            seconds=None if seconds is None else round(seconds, 2),
        )
        with self._turn:
            self._job.watch(event)

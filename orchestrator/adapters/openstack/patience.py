"""Waiting for the cloud inside a job: with a bound, and no longer than the job may go on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from orchestrator.domain.errors import CancelledError, ConflictError, OperationFailedError
from orchestrator.ports import Job

POLL_SECONDS = 0.3


@dataclass(frozen=True)
class Patience:
    """How long somebody waits.

    Attributes:
        job: Says whether to go on; ``None`` for what is waited for to its end, such as tidying up.
        what: What the work is, for people.
        seconds: The bound of one wait.
    """

    job: Job | None
    what: str
    seconds: float

    def may_go_on(self) -> None:
        """Raise CancelledError when somebody asked to stop, ConflictError when the lease has ended."""
        if self.job is None:
            return
        if self.job.control.cancelled():
            raise CancelledError(f"{self.what} has stopped: somebody asked for it")
        if time.monotonic() >= self.job.control.valid_until():
            raise ConflictError(f"the lease has ended: {self.what}", hint="`tenure operation retry` goes on")

    def until[Answer](self, look: Callable[[], Answer | None], thing: str) -> Answer:
        """Look until there is an answer; OperationFailedError names what was waited for."""
        ends = time.monotonic() + self.seconds
        while True:
            self.may_go_on()
            answer = look()
            if answer is not None:
                return answer
            if time.monotonic() > ends:
                raise OperationFailedError(
                    f"{thing} took more than {self.seconds:g} seconds", hint="`tenure operation retry` goes on"
                )
            time.sleep(POLL_SECONDS)

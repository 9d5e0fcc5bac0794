"""Children that wait with their imports done, so that an operation need not wait for them."""

from __future__ import annotations

import itertools
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from orchestrator.adapters.pulumi.confinement import Confinement
from orchestrator.adapters.pulumi.process import ChildProcess

LINGER_SECONDS = 20.0


@dataclass(frozen=True)
class Waiting:
    """A child without work, and since when on ``time.monotonic``'s scale."""

    child: ChildProcess
    since: float


class ChildPool:
    """Gives out children, warm ones first.

    Args:
        logs: Folder of the children's stderr.
        environment: Their environment.
        warm: How many wait; 0 starts each child when it is needed.
        linger_seconds: How long others wait after an order: the operation's next one mostly follows at once.
        confinement: What they do not see.
    """

    def __init__(
        self,
        logs: Path,
        environment: dict[str, str],
        warm: int,
        linger_seconds: float = LINGER_SECONDS,
        confinement: Confinement | None = None,
    ) -> None:
        self._logs = logs
        self._environment = environment
        self._warm = warm
        self._linger_seconds = linger_seconds
        self._confinement = confinement
        self._idle: list[Waiting] = []
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)

    def fill(self) -> None:
        """Start children until enough wait."""
        with self._lock:
            self._idle = [waiting for waiting in self._idle if waiting.child.alive]
            self._idle += [self._new() for _ in range(self._warm - len(self._idle))]

    def take(self) -> ChildProcess:
        """Give a child: the one that worked last when there is one."""
        with self._lock:
            while self._idle:
                child = self._idle.pop().child
                if child.alive:
                    return child
                child.end()
            return self._new().child

    def give_back(self, child: ChildProcess) -> None:
        """Take back a child whose order ended well; one too many waits a little, then it is ended."""
        with self._lock:
            self._idle.append(Waiting(child, time.monotonic()))
            crowded = len(self._idle) > self._warm
        if crowded:
            timer = threading.Timer(self._linger_seconds, self._thin_out)
            timer.daemon = True
            timer.start()

    def close(self) -> None:
        """End all that wait."""
        with self._lock:
            for waiting in self._idle:
                waiting.child.end()
            self._idle = []

    def _thin_out(self) -> None:
        """End those that have waited long enough, the longest first, until only the warm ones are left."""
        latest = time.monotonic() - self._linger_seconds
        with self._lock:
            spare = self._idle[: max(0, len(self._idle) - self._warm)]
            over = [waiting for waiting in spare if waiting.since <= latest]
            self._idle = [waiting for waiting in self._idle if waiting not in over]
        for waiting in over:
            waiting.child.end()

    def _new(self) -> Waiting:
        log = self._logs / f"pulumi-{os.getpid()}-{next(self._numbers)}.log"
        return Waiting(ChildProcess(log, self._environment, self._confinement), time.monotonic())

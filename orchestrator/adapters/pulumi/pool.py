"""Children that wait with their imports done, so that an operation need not wait for them."""

from __future__ import annotations

import itertools
import os
import threading
from pathlib import Path

from orchestrator.adapters.pulumi.process import ChildProcess


class ChildPool:
    """Gives out children, warm ones first.

    Args:
        logs: Folder of the children's stderr.
        environment: Their environment.
        warm: How many wait; 0 starts each child when it is needed.
    """

    def __init__(self, logs: Path, environment: dict[str, str], warm: int) -> None:
        self._logs = logs
        self._environment = environment
        self._warm = warm
        self._idle: list[ChildProcess] = []
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)

    def fill(self) -> None:
        """Start children until enough wait."""
        with self._lock:
            self._idle = [child for child in self._idle if child.alive]
            self._idle += [self._start() for _ in range(self._warm - len(self._idle))]

    def take(self) -> ChildProcess:
        """Give a child: a waiting one when there is one."""
        with self._lock:
            while self._idle:
                child = self._idle.pop()
                if child.alive:
                    return child
                child.end()
            return self._start()

    def give_back(self, child: ChildProcess) -> None:
        """Take back a child whose order changed nothing and ended well; one too many is ended."""
        with self._lock:
            if len(self._idle) < self._warm and child.alive:
                self._idle.append(child)
                return
        child.end()

    def close(self) -> None:
        """End all that wait."""
        with self._lock:
            for child in self._idle:
                child.end()
            self._idle = []

    def _start(self) -> ChildProcess:
        return ChildProcess(self._logs / f"pulumi-{os.getpid()}-{next(self._numbers)}.log", self._environment)

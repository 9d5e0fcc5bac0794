"""Children that wait with their imports done, so that a play need not wait for them."""

from __future__ import annotations

import threading

from orchestrator.adapters.ansible.process import PlayProcess


class Spares:
    """Gives out children, waiting ones first; each serves one play, since its namespaces are of one use.

    Args:
        environment: Their environment variables.
        wanted: How many wait; 0 starts each child when it is needed.
    """

    def __init__(self, environment: dict[str, str], wanted: int) -> None:
        self._environment = environment
        self._wanted = wanted
        self._waiting: list[PlayProcess] = []
        self._lock = threading.Lock()

    def fill(self) -> None:
        """Start children until enough wait."""
        with self._lock:
            self._waiting = [process for process in self._waiting if process.alive]
            self._waiting += [PlayProcess(self._environment) for _ in range(self._wanted - len(self._waiting))]

    def take(self) -> PlayProcess:
        """Give a child that lives."""
        with self._lock:
            while self._waiting:
                process = self._waiting.pop()
                if process.alive:
                    return process
                process.end()
        return PlayProcess(self._environment)

    def close(self) -> None:
        """End those that wait."""
        with self._lock:
            while self._waiting:
                self._waiting.pop().end()

"""A stop event whose waits can be cut short: it lets DBOS's queue thread sleep long and start at once."""

from __future__ import annotations

import threading


class Bell(threading.Event):
    """An event that means "stop" when it is set, and that wakes its waiter when it is rung."""

    def __init__(self) -> None:
        super().__init__()
        self._rung = threading.Event()

    def ring(self) -> None:
        """Wake the waiter."""
        self._rung.set()

    def set(self) -> None:
        """Say "stop" and wake the waiter."""
        super().set()
        self._rung.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is rung or set, or the time is over; gives whether it is set."""
        if not self.is_set():
            self._rung.wait(timeout)
            self._rung.clear()
        return self.is_set()

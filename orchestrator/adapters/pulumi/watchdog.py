"""Ends a child that nobody holds any more: its parent is gone, or its lease is running out.

OpenStack knows no fencing tokens, so whoever loses the lease must not be able to act (DESIGN.md decision 5).
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

from orchestrator.adapters.pulumi.marks import MARK, end_marked

MARGIN_SECONDS = 2.0
"""The child is dead this long before its lease ends."""

TICK_SECONDS = 0.2


class Watchdog:
    """Knows until when the child may work, and ends it then.

    Args:
        hold: Keeps the child from starting anything more; called before the end.
    """

    def __init__(self, hold: Callable[[], None]) -> None:
        self._hold = hold
        self._ending = threading.Lock()
        self._deadline: float | None = None
        self._operation = ""
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def begin(self, operation: str, seconds: float) -> None:
        """An order begins."""
        self._operation = operation
        self.extend(seconds)

    def extend(self, seconds: float) -> None:
        """The lease is good for so long from now on."""
        self._deadline = time.monotonic() + seconds - MARGIN_SECONDS

    def end(self) -> None:
        """The order is over; an idle child needs no lease."""
        self._deadline = None

    def kill(self) -> None:
        """End everything that works for the operation: the CLI and its plugins first, then this process group.

        One that cannot be killed now is no reason to go on: whoever takes over looks for it again. Without the hold a
        CLI that was killed would be followed by the next one, and plugins begun meanwhile would outlive this group.
        Whoever calls this second waits for the first: it would end this group while the first still looks.
        """
        self._hold()
        with self._ending:
            try:
                if self._operation:
                    end_marked(MARK, self._operation)
            finally:
                os.killpg(os.getpgid(0), signal.SIGKILL)

    def _watch(self) -> None:
        while True:
            time.sleep(TICK_SECONDS)
            deadline = self._deadline
            if deadline is not None and time.monotonic() > deadline:
                self.kill()

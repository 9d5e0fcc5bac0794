"""Fakes of time and of ids: both move only when a test moves them."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


class FakeClock:
    """Implements :class:`orchestrator.ports.Clock`; moves only when a test moves it."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def now(self) -> datetime:
        """Give the present instant."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move on."""
        self._now += by

    def set(self, now: datetime) -> None:
        """Be at an instant."""
        self._now = now


class FakeIds:
    """Implements :class:`orchestrator.ports.Ids` by counting."""

    def __init__(self) -> None:
        self._count = 0
        self._turn = threading.Lock()

    def new(self, prefix: str) -> str:
        """Give the next."""
        with self._turn:
            self._count += 1
            return f"{prefix}-{self._count:06}"

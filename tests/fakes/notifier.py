"""Channels that keep what they are given, or fail."""

from __future__ import annotations

from orchestrator.domain.errors import NotFoundError, OperationFailedError
from orchestrator.domain.records import Notice


class FakeNotifier:
    """Implements :class:`orchestrator.ports.Notifier`.

    Attributes:
        channels: Those that want every notice.
        silent: Those of them that do not answer.
        sent: What arrived, as (channel, id of the notice).
    """

    def __init__(self, *channels: str) -> None:
        self.channels = channels
        self.silent: set[str] = set()
        self.sent: list[tuple[str, str]] = []

    def wanted(self, notice: Notice) -> tuple[str, ...]:
        """Give all of them."""
        del notice
        return self.channels

    def send(self, channel: str, notice: Notice) -> None:
        """Keep it, or fail."""
        if channel not in self.channels:
            raise NotFoundError(f"there is no channel {channel}")
        if channel in self.silent:
            raise OperationFailedError(f"the channel {channel} did not take the notice", detail="no answer")
        self.sent.append((channel, notice.id))

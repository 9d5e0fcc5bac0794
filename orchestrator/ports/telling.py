"""How people are told: notices on their way, and the channels that bring them."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from orchestrator.domain.records import Notice, Post


class Posts(Protocol):
    """Notices that are still to be sent; times are real time, never the driven clock."""

    def due(self, now: datetime, limit: int = 100) -> tuple[Post, ...]:
        """Give those that may be tried, those that wait longest first."""
        ...

    def list(self, limit: int = 100) -> tuple[Post, ...]:
        """Give those that are on their way, those that are tried next first."""
        ...

    def put(self, post: Post) -> None:
        """Replace by the notice."""
        ...

    def remove(self, notice_id: str) -> None:
        """Take a notice off its way; harmless when it is on none."""
        ...


class Notifier(Protocol):
    """Brings notices to people."""

    def wanted(self, notice: Notice) -> tuple[str, ...]:
        """Give the names of the channels that a notice goes to."""
        ...

    def send(self, channel: str, notice: Notice) -> None:
        """Bring one notice to one channel.

        Raises:
            OperationFailedError: It did not get there; the error says what the channel said, without its secrets.
            NotFoundError: There is no such channel any more.
        """
        ...

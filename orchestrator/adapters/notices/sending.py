"""Sending by Apprise, which knows mail, DingTalk, WeCom, Feishu, webhooks and a hundred others."""

from __future__ import annotations

import logging
from typing import Any, Self

from orchestrator.adapters.notices.channels import SETTING, Channel, Channels
from orchestrator.domain.errors import BadInputError, MissingPartError, NotFoundError, OperationFailedError
from orchestrator.domain.notice_words import message
from orchestrator.domain.records import Notice

LONGEST_COMPLAINT = 400
LOG = logging.getLogger("apprise")


class AppriseNotifier:
    """Implements :class:`orchestrator.ports.Notifier`.

    Args:
        channels: Who is told by which.

    Raises:
        MissingPartError: Apprise is not installed.
        BadInputError: An address means nothing to it.
    """

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self._ways = {one.name: _way(one) for one in channels.channels}

    def wanted(self, notice: Notice) -> tuple[str, ...]:
        """Give the names of the channels that a notice goes to."""
        return tuple(one.name for one in self._channels.wanting(notice))

    def send(self, channel: str, notice: Notice) -> None:
        """Bring one notice to one channel; what the channel complains of becomes the error."""
        way = self._ways.get(channel)
        if way is None:
            raise NotFoundError(f"there is no channel {channel}")
        text = message(notice)
        with _Complaints() as complaints:
            arrived = way.notify(title=text.subject, body=text.body, body_format="text")
        if not arrived:
            raise OperationFailedError(f"the channel {channel} did not take the notice", detail=complaints.text)


def _way(channel: Channel) -> Any:  # noqa: ANN401  Apprise says nothing of types
    try:
        import apprise  # noqa: PLC0415  loading it takes a while, and most commands send nothing
    except ImportError as error:
        raise MissingPartError(
            "notices are sent by Apprise, which is not installed", hint="pip install 'tenure[notices]'"
        ) from error
    way = apprise.Apprise()
    with _Complaints():  # of an address that it does not understand it says the whole, so nobody is told of it
        understood = way.add(channel.url.get_secret_value())
    if not understood:
        raise BadInputError(
            f"the address of the channel {channel.name} means nothing to Apprise",
            field=SETTING,
            hint="docs/notices.md has examples",
        )
    return way


class _Complaints(logging.Handler):
    """Takes what Apprise complains of and keeps it from the log; of what it sends it leaves passwords out itself."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._said: list[str] = []

    def __enter__(self) -> Self:
        LOG.addHandler(self)
        LOG.propagate = False
        return self

    def __exit__(self, *_: object) -> None:
        LOG.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one complaint."""
        self._said.append(record.getMessage())

    @property
    def text(self) -> str:
        """All of it, cut."""
        return " ".join(" ".join(self._said).split())[:LONGEST_COMPLAINT]

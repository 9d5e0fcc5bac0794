"""Builds what brings notices to people, on top of :mod:`orchestrator.bootstrap`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.adapters.clock import real_now
from orchestrator.adapters.notices import AppriseNotifier, Channels, Postman, read_channels
from orchestrator.settings import Settings
from orchestrator.workflows.posting import post_due

if TYPE_CHECKING:
    from orchestrator.bootstrap import Installation


def channels_of(settings: Settings) -> Channels:
    """Give who is told by which channel; nobody where nothing is set."""
    return Channels() if settings.notice_channels is None else read_channels(settings.notice_channels)


def postman(installation: Installation) -> Postman:
    """Give what keeps sending notices; without channels it only takes them off their way."""
    notifier = AppriseNotifier(channels_of(installation.settings))
    return Postman(lambda: post_due(installation.records, notifier, real_now()))

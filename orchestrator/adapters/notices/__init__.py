"""Notices on their way to people: by mail, DingTalk, WeCom, Feishu, webhooks and whatever else Apprise knows."""

from orchestrator.adapters.notices.channels import Channels, read_channels
from orchestrator.adapters.notices.postman import Postman
from orchestrator.adapters.notices.sending import AppriseNotifier

__all__ = ["AppriseNotifier", "Channels", "Postman", "read_channels"]

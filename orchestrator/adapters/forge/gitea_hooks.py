"""Deliveries of Gitea and Forgejo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from orchestrator.adapters.forge.secrets import HookSecrets, Payload, branch_of, header_of, payload
from orchestrator.domain.forge import EventKind, ForgeEvent

SIGNATURE: Final = "x-gitea-signature"
KINDS: Final = {
    "pull_request": EventKind.PULL_REQUEST,
    "pull_request_approved": EventKind.REVIEW,
    "pull_request_rejected": EventKind.REVIEW,
    "pull_request_comment": EventKind.REVIEW,
    "issue_comment": EventKind.COMMENT,
    "push": EventKind.PUSH,
}


class Named(Payload):
    """A repository."""

    full_name: str


class Numbered(Payload):
    """A pull request."""

    number: int


class Issue(Payload):
    """What a comment stands under; ``pull_request`` is there when it is one."""

    number: int
    pull_request: Payload | None = None


class Delivered(Payload):
    """A delivery; GitHub's has the same form in what is read here."""

    repository: Named | None = None
    pull_request: Numbered | None = None
    issue: Issue | None = None
    ref: str = ""

    def event(self, delivery: str, kind: EventKind, repository: str) -> ForgeEvent:
        """Give what it says; of another repository, or of an issue, it says nothing."""
        ours = self.repository is not None and self.repository.full_name.lower() == repository.lower()
        plain_issue = self.issue is not None and self.issue.pull_request is None
        if not ours or plain_issue:
            return ForgeEvent(delivery=delivery, kind=EventKind.OTHER)
        if kind is EventKind.PUSH:
            return ForgeEvent(delivery=delivery, kind=kind, branch=branch_of(self.ref))
        about = self.pull_request or self.issue
        if about is None:
            return ForgeEvent(delivery=delivery, kind=EventKind.OTHER)
        return ForgeEvent(delivery=delivery, kind=kind, number=about.number)


class GiteaHooks:
    """Implements :class:`orchestrator.ports.forge.ForgeHooks`.

    Args:
        repository: ``owner/name``; deliveries about another one say nothing.
        secrets: What Gitea signs with.
    """

    def __init__(self, repository: str, secrets: HookSecrets) -> None:
        self._repository = repository
        self._secrets = secrets

    def read(self, headers: Mapping[str, str], body: bytes) -> ForgeEvent:
        """Give what a delivery says."""
        self._secrets.check_hex(header_of(headers, SIGNATURE), body, SIGNATURE)
        kind = KINDS.get(header_of(headers, "x-gitea-event"), EventKind.OTHER)
        delivery = header_of(headers, "x-gitea-delivery")
        return payload(Delivered, body).event(delivery, kind, self._repository)

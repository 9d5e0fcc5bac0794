"""Deliveries of GitHub; in what is read of them they have the form of Gitea's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from orchestrator.adapters.forge.gitea_hooks import Delivered
from orchestrator.adapters.forge.secrets import HookSecrets, header_of, not_authentic, payload
from orchestrator.domain.forge import EventKind, ForgeEvent

SIGNATURE: Final = "x-hub-signature-256"
ALGORITHM: Final = "sha256="
KINDS: Final = {
    "pull_request": EventKind.PULL_REQUEST,
    "pull_request_review": EventKind.REVIEW,
    "issue_comment": EventKind.COMMENT,
    "push": EventKind.PUSH,
}


class GithubHooks:
    """Implements :class:`orchestrator.ports.forge.ForgeHooks`.

    Args:
        repository: ``owner/name``; deliveries about another one say nothing.
        secrets: What GitHub signs with.
    """

    def __init__(self, repository: str, secrets: HookSecrets) -> None:
        self._repository = repository
        self._secrets = secrets

    def read(self, headers: Mapping[str, str], body: bytes) -> ForgeEvent:
        """Give what a delivery says."""
        signature = header_of(headers, SIGNATURE)
        if not signature.startswith(ALGORITHM):
            raise not_authentic(SIGNATURE)
        self._secrets.check_hex(signature.removeprefix(ALGORITHM), body, SIGNATURE)
        kind = KINDS.get(header_of(headers, "x-github-event"), EventKind.OTHER)
        delivery = header_of(headers, "x-github-delivery")
        return payload(Delivered, body).event(delivery, kind, self._repository)

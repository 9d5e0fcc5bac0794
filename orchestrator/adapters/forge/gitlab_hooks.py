"""Deliveries of GitLab, signed by a signing token (Standard Webhooks), or with the secret itself in a header.

The second way is the one of older GitLabs: nothing covers the body then, so that it wants TLS.
A secret that begins with ``whsec_`` is a signing token, and nothing but a signature counts then.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from typing import Final

from orchestrator.adapters.forge.secrets import HookSecrets, Payload, branch_of, header_of, not_authentic, payload
from orchestrator.adapters.webhooks.keys import SHARED_PREFIX, read_shared
from orchestrator.adapters.webhooks.signing import mac, signed_content
from orchestrator.domain.forge import EventKind, ForgeEvent

TOKEN: Final = "x-gitlab-token"  # noqa: S105  the name of a header
SIGNATURE: Final = "webhook-signature"
MAXIMUM_SIGNATURES: Final = 8
IDS: Final = ("webhook-id", "idempotency-key", "x-gitlab-event-uuid")
"""Newer ones first: they are the same when a delivery is tried again."""
KINDS: Final = {
    "Merge Request Hook": EventKind.PULL_REQUEST,
    "Note Hook": EventKind.COMMENT,
    "Push Hook": EventKind.PUSH,
}


class Project(Payload):
    """A project."""

    path_with_namespace: str


class MergeRequest(Payload):
    """A merge request, or, of a note, the note itself without a number."""

    iid: int | None = None


class Delivered(Payload):
    """A delivery."""

    project: Project | None = None
    object_attributes: MergeRequest | None = None
    merge_request: MergeRequest | None = None
    ref: str = ""

    def number(self, kind: EventKind) -> int | None:
        """Give the number of the merge request that it is about."""
        about = self.merge_request if kind is EventKind.COMMENT else self.object_attributes
        return None if about is None else about.iid


class GitlabHooks:
    """Implements :class:`orchestrator.ports.forge.ForgeHooks`.

    Args:
        repository: The project's path with its groups; deliveries about another one say nothing.
        secrets: Signing tokens, or secret tokens.
    """

    def __init__(self, repository: str, secrets: HookSecrets) -> None:
        self._repository = repository
        self._signing = tuple(read_shared(each) for each in secrets.values if each.startswith(SHARED_PREFIX))
        self._secrets = secrets

    def read(self, headers: Mapping[str, str], body: bytes) -> ForgeEvent:
        """Give what a delivery says."""
        self._check(headers, body)
        delivery = next((headers[name] for name in IDS if headers.get(name)), "") or header_of(headers, IDS[-1])
        kind = KINDS.get(header_of(headers, "x-gitlab-event"), EventKind.OTHER)
        read = payload(Delivered, body)
        ours = read.project is not None and read.project.path_with_namespace.lower() == self._repository.lower()
        if ours and kind is EventKind.PUSH:
            return ForgeEvent(delivery=delivery, kind=kind, branch=branch_of(read.ref))
        number = read.number(kind)
        if not ours or kind is EventKind.OTHER or number is None:
            return ForgeEvent(delivery=delivery, kind=EventKind.OTHER)
        return ForgeEvent(delivery=delivery, kind=kind, number=number)

    def _check(self, headers: Mapping[str, str], body: bytes) -> None:
        if not self._signing:
            self._secrets.check_same(header_of(headers, TOKEN), TOKEN)
            return
        # How old it is, is not asked: somebody who sends it again makes Tenure look again, and nothing else.
        content = signed_content(header_of(headers, "webhook-id"), header_of(headers, "webhook-timestamp"), body)
        expected = [f"v1,{base64.b64encode(mac(each, content)).decode()}" for each in self._signing]
        given = header_of(headers, SIGNATURE).split(" ")[:MAXIMUM_SIGNATURES]
        if not any(hmac.compare_digest(one.encode(), other.encode()) for one in expected for other in given):
            raise not_authentic(SIGNATURE)

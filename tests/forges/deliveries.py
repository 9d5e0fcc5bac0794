"""Deliveries as the three forges sign and write them."""

from __future__ import annotations

import base64
import hashlib
import hmac

from tests.forges.world import REPOSITORY

SECRET = "a secret that nobody guesses"
SIGNING = "whsec_" + base64.b64encode(b"twenty-four bytes or more").decode()
OWNER = {"full_name": REPOSITORY}
PROJECT = {"path_with_namespace": REPOSITORY}
PULL = {"repository": OWNER, "pull_request": {"number": 7}}
REQUEST = {"project": PROJECT, "object_attributes": {"iid": 7}}


def hexadecimal(body: bytes, secret: str = SECRET) -> str:
    """Sign as Gitea and GitHub do."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def gitea(body: bytes, event: str = "pull_request") -> dict[str, str]:
    """Give the headers of a delivery of Gitea."""
    return {"x-gitea-event": event, "x-gitea-delivery": "d-1", "x-gitea-signature": hexadecimal(body)}


def github(body: bytes, event: str = "pull_request") -> dict[str, str]:
    """Give the headers of a delivery of GitHub."""
    return {
        "x-github-event": event,
        "x-github-delivery": "d-1",
        "x-hub-signature-256": f"sha256={hexadecimal(body)}",
    }


def gitlab(body: bytes, event: str = "Merge Request Hook") -> dict[str, str]:
    """Give the headers of a delivery of GitLab with a secret token."""
    del body
    return {"x-gitlab-event": event, "idempotency-key": "d-1", "x-gitlab-token": SECRET}


def gitlab_signed(body: bytes, event: str = "Merge Request Hook") -> dict[str, str]:
    """Give the headers of a delivery of GitLab with a signing token."""
    key = base64.b64decode(SIGNING.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.new(key, b"d-1.1700000000." + body, hashlib.sha256).digest()).decode()
    stamps = {"webhook-id": "d-1", "webhook-timestamp": "1700000000", "webhook-signature": f"v1,{signature}"}
    return {"x-gitlab-event": event, **stamps}

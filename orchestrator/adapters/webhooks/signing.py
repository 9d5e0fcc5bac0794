"""The sender's side of Standard Webhooks 1.0.0, for the demo, the tests and senders written in Python."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime
from functools import partial

from orchestrator.adapters.webhooks.keys import SHARED_PREFIX, read_private, read_shared
from orchestrator.domain.records import Scheme


def signed_content(message_id: str, timestamp: str, body: bytes) -> bytes:
    """Give what a signature covers: ``id.timestamp.body``."""
    return f"{message_id}.{timestamp}.".encode() + body


def mac(shared: bytes, content: bytes) -> bytes:
    """Give the ``v1`` signature: HMAC-SHA256."""
    return hmac.new(shared, content, hashlib.sha256).digest()


class Signer:
    """Signs messages with one secret (``whsk_…`` or ``whsec_…``); BadInputError when it is neither."""

    def __init__(self, secret: str) -> None:
        self.scheme = Scheme.V1 if secret.strip().startswith(SHARED_PREFIX) else Scheme.V1A
        self._sign = _sign_shared(secret) if self.scheme is Scheme.V1 else read_private(secret).sign

    def sign(self, message_id: str, timestamp: int, body: bytes) -> str:
        """Give one entry of the header ``webhook-signature``; the timestamp is in seconds since 1970."""
        signature = self._sign(signed_content(message_id, str(timestamp), body))
        return f"{self.scheme},{base64.b64encode(signature).decode()}"

    def headers(self, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
        """Give the three headers of a message that is sent at an instant."""
        timestamp = int(at.timestamp())
        return {
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": self.sign(message_id, timestamp, body),
        }


def _sign_shared(secret: str) -> Callable[[bytes], bytes]:
    return partial(mac, read_shared(secret))

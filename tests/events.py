"""Signed events of the office's approval system, for tests."""

from __future__ import annotations

import hashlib
import json

from orchestrator.domain.approval import APPROVAL_EVENT, SignedEvent
from tests.fakes.installation import a_submission


def an_event(what: str, event_id: str = "msg-1", **data: object) -> SignedEvent:
    """Give a signed event of the office's approval system."""
    body = {
        "specversion": "1.0",
        "id": event_id,
        "source": "/approvals",
        "type": f"tenure.request.{what}.v1",
        "data": {"by": "li" if what == "submitted" else "wang", **data},
    }
    text = json.dumps(body, sort_keys=True).encode()
    return SignedEvent(event=APPROVAL_EVENT.validate_python(body), body_sha256=hashlib.sha256(text).hexdigest())


def a_submitted(event_id: str = "msg-1", **changes: object) -> SignedEvent:
    """Give the event of a submission."""
    return an_event("submitted", event_id, submission=a_submission(**changes).content)

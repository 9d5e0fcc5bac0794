"""What people are told, once each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from orchestrator.domain.records import Notice, Role
from orchestrator.ports import Transaction


def tell(
    tx: Transaction,
    key: str,
    cause: str,
    environment: str,
    to: tuple[Role, ...],
    facts: dict[str, Any],
    at: datetime,
) -> None:
    """Store a notice; the same key for the same cause (an id) is stored once."""
    tx.notices.add(Notice(id=f"{cause}/{key}", key=key, environment=environment, to=to, facts=facts, at=at))

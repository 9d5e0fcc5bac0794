"""Registered callers of the hook, and what they delivered."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from orchestrator.domain.model import Model
from orchestrator.domain.records.people import Role

MESSAGE_ID_PATTERN = r"^[A-Za-z0-9_:/+=@~-]{1,128}$"
"""No full stop: it separates id, timestamp and body in what a signature covers (Standard Webhooks 1.0.0)."""


class Scheme(StrEnum):
    """Signature schemes of Standard Webhooks 1.0.0: Ed25519 (preferred: others can verify it) and HMAC-SHA256."""

    V1A = "v1a"
    V1 = "v1"


class SenderKey(Model):
    """One verification key of a hook sender; its times are real time, never the driven clock.

    Attributes:
        id: ``key-`` and a sortable unique part.
        scheme: How it signs.
        public: Of ``v1a``: the Ed25519 public key as ``whpk_…``.
        sealed: Of ``v1``: the shared secret ``whsec_…``, sealed by the vault for :attr:`Sender.purpose`.
        valid_until: End of the overlap after a rotation; ``None`` while no end is set.
        revoked_at: When somebody withdrew it.
    """

    id: str
    scheme: Scheme
    public: str = ""
    sealed: str = ""
    added_at: datetime
    valid_until: datetime | None = None
    revoked_at: datetime | None = None

    def usable(self, now: datetime) -> bool:
        """Whether a signature by this key counts at a (real) instant."""
        return self.revoked_at is None and (self.valid_until is None or now < self.valid_until)


class Sender(Model):
    """A registered caller of the hook; its name stands in the URL or is found by key; several keys for rotation."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,39}$")]
    role: Role
    keys: tuple[SenderKey, ...]
    added_at: datetime
    revoked_at: datetime | None = None

    @property
    def door(self) -> str:
        """The door of everything that this sender does."""
        return f"hook:{self.name}"

    @property
    def purpose(self) -> str:
        """What the vault seals this sender's shared secrets for."""
        return self.purpose_of(self.name)

    @staticmethod
    def purpose_of(name: str) -> str:
        """What the vault seals the shared secrets of a sender of that name for."""
        return f"sender/{name}"


class Delivery(Model):
    """One accepted call of the hook: the idempotency key (sender, id) with the body's hash and the answer."""

    sender: str
    id: str
    body_sha256: str
    request: str
    at: datetime

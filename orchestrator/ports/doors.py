"""Who calls: signed messages, senders' keys, and the vault that keeps secrets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from orchestrator.domain.records import (
    Scheme,
    Sender,
)


class Vault(Protocol):
    """Keeps the installation's secrets (DESIGN.md decision 2: the office holds the keys)."""

    def derive(self, purpose: str) -> str:
        """Give a secret that is always the same for one purpose, for instance a service user's password."""
        ...

    def seal(self, plain: bytes, purpose: str) -> str:
        """Encrypt for storage."""
        ...

    def open(self, sealed: str, purpose: str) -> bytes:
        """Decrypt; BadInputError when the text was sealed for another purpose or changed."""
        ...


@dataclass(frozen=True)
class SignedMessage:
    """A call as it came over the wire, before anything of it is believed.

    Attributes:
        id: Header ``webhook-id``; empty when it is missing or came more than once. The same holds for the others.
        timestamp: Header ``webhook-timestamp``.
        signature: Header ``webhook-signature``.
        body: The raw body, not parsed.
    """

    id: str
    timestamp: str
    signature: str
    body: bytes


class SignatureVerifier(Protocol):
    """Finds out who signed a message (Standard Webhooks 1.0.0), by real time, never the driven clock."""

    def verify(self, message: SignedMessage, senders: tuple[Sender, ...]) -> Sender:
        """Give the one of ``senders`` whose usable key signed the message within the tolerance.

        Raises NotAuthenticError when nobody did, RevokedError when a revoked sender did.
        """
        ...


@dataclass(frozen=True, repr=False)
class NewKey:
    """A fresh key of a sender: what we keep, and what is shown once.

    Attributes:
        public: ``whpk_…`` of ``v1a``, empty for ``v1``.
        secret: ``whsk_…`` or ``whsec_…``; never stored in the clear, never logged.
    """

    public: str
    secret: str


class SenderKeys(Protocol):
    """Makes and reads keys of hook senders."""

    def make(self, scheme: Scheme) -> NewKey:
        """Make a fresh key."""
        ...

    def read_public(self, text: str) -> str:
        """Give a public key in its one form ``whpk_…``; BadInputError when the text is none."""
        ...

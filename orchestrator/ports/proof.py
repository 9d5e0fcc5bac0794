"""What proves: files by digest, signatures, the audit log, checkpoints and certificates."""

from __future__ import annotations

from datetime import datetime
from typing import Any, BinaryIO, Protocol

from orchestrator.domain.certificate import SignedCertificate
from orchestrator.domain.model import Model
from orchestrator.domain.records import (
    Actor,
    AuditEntry,
    Checkpoint,
)


class Blob(Model):
    """A stored file: SHA-256 (hex) of its content, and its size in bytes."""

    sha256: str
    size: int


class Blobs(Protocol):
    """Files by the SHA-256 of their content; the same file twice is one."""

    def put(self, stream: BinaryIO, limit_bytes: int) -> Blob:
        """Store what a stream gives, piece by piece; BadInputError when it is longer than the limit."""
        ...

    def has(self, sha256: str) -> bool:
        """Whether a file is here."""
        ...

    def open(self, sha256: str) -> BinaryIO:
        """Open a file for reading; NotFoundError. The caller closes it."""
        ...


class Signer(Protocol):
    """Signs certificates and checkpoints with this installation's Ed25519 key."""

    def key_id(self) -> str:
        """Give the key's id: the first 16 hexadecimal digits of the SHA-256 of the raw public key."""
        ...

    def public_key(self) -> str:
        """Give the raw public key, base64."""
        ...

    def sign(self, message: bytes) -> str:
        """Sign; gives the signature, base64."""
        ...


class Audit(Protocol):
    """The hash chain of everything that was decided or done."""

    def append(self, at: datetime, actor: Actor, action: str, subject: str, facts: dict[str, Any]) -> AuditEntry:
        """Add an entry in this transaction."""
        ...

    def newest(self) -> AuditEntry | None:
        """Give the last entry, or None."""
        ...

    def list(self, *, subject: str | None = None, after: int = 0, limit: int = 100) -> tuple[AuditEntry, ...]:
        """Give entries in order."""
        ...


class Certificates(Protocol):
    """The signed certificates of ended environments; never changed."""

    def add(self, certificate: SignedCertificate) -> None:
        """Store one; the same id again is ignored."""
        ...

    def find(self, environment: str) -> SignedCertificate | None:
        """Give the newest certificate of an environment, or None."""
        ...

    def list(self, *, limit: int = 100) -> tuple[SignedCertificate, ...]:
        """List, newest first."""
        ...


class Checkpoints(Protocol):
    """Signatures over the audit log, in order."""

    def add(self, checkpoint: Checkpoint) -> None:
        """Store one; a second one for the same entry is ignored."""
        ...

    def newest(self) -> Checkpoint | None:
        """Give the newest, or None."""
        ...

    def list(self, *, after: int = 0, limit: int = 1000) -> tuple[Checkpoint, ...]:
        """Give those that sign an entry above ``after``, in order."""
        ...

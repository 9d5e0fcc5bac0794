"""What proves: the audit log with its checkpoints, backups and their comparison, and holds."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from orchestrator.domain.model import Model
from orchestrator.domain.names import EnvironmentName
from orchestrator.domain.records.people import Actor


class AuditEntry(Model):
    """One line of the audit log: who did what to which thing; a link of a hash chain.

    Attributes:
        previous: Hash of the entry before; 64 zeros for the first.
        hash: SHA-256 over the canonical JSON of all other fields.
    """

    sequence: int
    at: datetime
    actor: Actor
    action: str
    subject: str
    facts: dict[str, Any]
    previous: str
    hash: str


class Checkpoint(Model):
    r"""A signature over the audit log's hash at one entry: whoever changes an earlier entry cannot sign it again.

    Attributes:
        key: Id of the signing key.
        signature: Ed25519 over ``tenure-audit-checkpoint/1\n<sequence>\n<hash>\n<at>``, base64.
    """

    sequence: int
    hash: str
    at: datetime
    key: str
    signature: str


class BackupItem(Model):
    """One volume in a backup.

    Attributes:
        volume: Its name in the environment, ``<host>-<volume>``.
        mount: Where the host mounts it.
        reference: What the cloud knows the copy by.
        files: Number of files in the manifest made at backup time.
        manifest: SHA-256 over the sorted manifest (path, size, mode, content's SHA-256) made at backup time.
    """

    volume: str
    host: str
    mount: str
    size_gib: int
    reference: str
    files: int = 0
    manifest: str = ""


class Backup(Model):
    """A copy of an environment's data.

    Attributes:
        id: ``bak-`` and a sortable unique part.
        subject: Subject of the environment's life, ``<name>@<request>``.
        final: Whether it is the last one, which outlives the environment in the office's escrow.
        place: Where it is: ``project``, or the name of the escrow project.
        until: The last day that it is kept.
        compared_at: When a restore of it was compared; a backup counts from then on (DESIGN.md decision 8).
        doubted_at: When a fault was found in what holds it; from then on it does not count, and is kept as it is.
    """

    id: str
    subject: str
    environment: EnvironmentName
    final: bool
    taken_at: datetime
    place: str
    items: tuple[BackupItem, ...]
    until: date | None = None
    compared_at: datetime | None = None
    doubted_at: datetime | None = None
    removed_at: datetime | None = None

    @property
    def sound(self) -> bool:
        """Whether it is there and nothing is known against it."""
        return self.removed_at is None and self.doubted_at is None


class Comparison(Model):
    """What came of comparing a restored backup with the manifest that was written when it was taken."""

    backup: str
    files: int
    differences: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        """Whether every file is as it was."""
        return not self.differences


class Hold(Model):
    """No further resources for a system, or for a whole unit when ``system`` is empty (Art. 46)."""

    id: str
    unit: str
    system: str = ""
    reason: str
    by: Actor
    at: datetime
    lifted_at: datetime | None = None
    lifted_by: Actor | None = None

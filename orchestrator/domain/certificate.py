"""The certificate of an environment's end: what existed, what was removed when and by whose decision (Art. 16)."""

from __future__ import annotations

import json
from datetime import datetime

from orchestrator.domain.model import Model
from orchestrator.domain.names import EnvironmentName, Stage
from orchestrator.domain.records import Backup, Decision, Evidence, Waiver


class Removed(Model):
    """One thing that existed in the project when the reclaim began, as the cloud itself said.

    Attributes:
        by: ``plan`` when the environment's own stack knew it, ``sweep`` for a leftover that nobody's state knew.
        gone_at: When it was removed, or the inventory that no longer found it.
    """

    service: str
    type: str
    id: str
    name: str
    by: str
    gone_at: datetime


class Certificate(Model):
    """What is certified.

    Attributes:
        id: ``cert-`` and a sortable unique part.
        subject: Subject of the environment's life, ``<name>@<request>``.
        requests: Every request of that life, oldest first.
        decisions: Decisions on the request that ended it (empty when its test period ended it).
        cause: ``request`` or ``period-end``.
        evidence: What was shown before anything was removed.
        waivers: Gates that the office passed without their evidence.
        existed: Everything that was there, and when it was gone.
        inventory_at: When the cloud's own APIs were asked last.
        remaining: What the inventory found then; empty in every certificate that is issued.
        project_gone_at: When quotas, users and project were seen to be gone.
        escrow: The final backup, the only thing that remains, with its last day; ``None`` where none is kept.
        audit_head: Hash of the audit log's newest entry when the certificate was made.
    """

    id: str
    environment: EnvironmentName
    subject: str
    stage: Stage
    unit: str
    unit_name: str
    system: str
    system_name: str
    project_id: str
    requests: tuple[str, ...]
    created_at: datetime
    ready_at: datetime | None
    reclaim_started_at: datetime
    ended_at: datetime
    cause: str
    decisions: tuple[Decision, ...]
    evidence: tuple[Evidence, ...]
    waivers: tuple[Waiver, ...]
    existed: tuple[Removed, ...]
    inventory_at: datetime
    remaining: tuple[str, ...]
    project_gone_at: datetime
    escrow: Backup | None
    rulebook: str
    audit_head: str

    @property
    def canonical(self) -> bytes:
        """What is signed: the canonical JSON (sorted keys, no spaces, UTF-8)."""
        content = self.model_dump(mode="json")
        return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


class SignedCertificate(Model):
    """A certificate with its Ed25519 signature (base64), the signing key's id and its raw public key (base64)."""

    certificate: Certificate
    key: str
    public_key: str
    signature: str

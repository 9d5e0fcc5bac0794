"""What Tenure keeps on record. The records are values: to change one, store a copy with other fields.

Instants are aware datetimes in UTC; dates that people read are shown in Asia/Shanghai.
"""

from orchestrator.domain.records.access import Authorisation, Grant, JobKind
from orchestrator.domain.records.dates import Deadline, DeadlineKind, Notice, Post
from orchestrator.domain.records.drift import (
    Difference,
    Drift,
    DriftClass,
    DriftScan,
    Made,
    Suppression,
    Thing,
    ThingKind,
)
from orchestrator.domain.records.environments import Environment, Evaluation, Host, Outputs
from orchestrator.domain.records.hosts_in_care import (
    Exclusion,
    Finding,
    FindingKind,
    PatchWindow,
    Report,
    ReportKind,
    Severity,
)
from orchestrator.domain.records.operations import Lease, Operation, OperationKind, StepEvent, StepStatus, StoredEvent
from orchestrator.domain.records.people import Actor, Role
from orchestrator.domain.records.proof import AuditEntry, Backup, BackupItem, Checkpoint, Comparison, Hold
from orchestrator.domain.records.requests import Decision, Evidence, EvidenceKind, Kind, Material, Request, Waiver
from orchestrator.domain.records.senders import MESSAGE_ID_PATTERN, Delivery, Scheme, Sender, SenderKey

__all__ = [
    "MESSAGE_ID_PATTERN",
    "Actor",
    "AuditEntry",
    "Authorisation",
    "Backup",
    "BackupItem",
    "Checkpoint",
    "Comparison",
    "Deadline",
    "DeadlineKind",
    "Decision",
    "Delivery",
    "Difference",
    "Drift",
    "DriftClass",
    "DriftScan",
    "Environment",
    "Evaluation",
    "Evidence",
    "EvidenceKind",
    "Exclusion",
    "Finding",
    "FindingKind",
    "Grant",
    "Hold",
    "Host",
    "JobKind",
    "Kind",
    "Lease",
    "Made",
    "Material",
    "Notice",
    "Operation",
    "OperationKind",
    "Outputs",
    "PatchWindow",
    "Post",
    "Report",
    "ReportKind",
    "Request",
    "Role",
    "Scheme",
    "Sender",
    "SenderKey",
    "Severity",
    "StepEvent",
    "StepStatus",
    "StoredEvent",
    "Suppression",
    "Thing",
    "ThingKind",
    "Waiver",
]

"""Records of an environment's end for tests: valid, small, and different only in what a test says."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from orchestrator.adapters.library import TemplateLibrary, installed_templates
from orchestrator.domain.certificate import Certificate, Removed, SignedCertificate
from orchestrator.domain.names import Stage
from orchestrator.domain.records import (
    Backup,
    BackupItem,
    Checkpoint,
    Decision,
    Evaluation,
    Evidence,
    EvidenceKind,
    Hold,
    Waiver,
)
from orchestrator.domain.rulebook import Rulebook
from tests.samples import DIGEST, OFFICER, START

SUBJECT = "water-gauge-test@req-1"
WAIVER = Waiver(gate="trial-minimum", by=OFFICER, reason="防汛期", at=START)
OFFLINE = Evidence(kind=EvidenceKind.OFFLINE, by=OFFICER, at=START, facts={"migrated": True, "note": "已下线"})
EVALUATION = Evaluation(passed=False, by=OFFICER, reason="slow", at=START)


def a_rulebook(**changes: object) -> Rulebook:
    """Give the rulebook that ships."""
    return TemplateLibrary(installed_templates()).rulebook().model_copy(update=changes)


def a_backup(backup_id: str = "bak-1", **changes: object) -> Backup:
    """Give the last backup of an environment with one volume."""
    item = BackupItem(
        volume="web-data", host="web-1", mount="/srv", size_gib=1, reference="backup-7", files=3, manifest="d" * 64
    )
    fields: dict[str, Any] = {
        "id": backup_id,
        "subject": SUBJECT,
        "environment": "water-gauge-test",
        "final": True,
        "taken_at": START,
        "place": "escrow",
        "items": (item,),
        "until": date(2028, 2, 29),
    }
    return Backup.model_validate(fields | changes)


def a_hold(hold_id: str = "hold-1", **changes: object) -> Hold:
    """Give a hold in force on one system."""
    fields: dict[str, Any] = {
        "id": hold_id,
        "unit": "water",
        "system": "gauge",
        "reason": "指标未达标",
        "by": OFFICER,
        "at": START,
    }
    return Hold.model_validate(fields | changes)


def a_checkpoint(sequence: int = 1, **changes: object) -> Checkpoint:
    """Give a signature over an entry of the audit log (not a real one)."""
    fields: dict[str, Any] = {
        "sequence": sequence,
        "hash": "e" * 64,
        "at": START,
        "key": "0123456789abcdef",
        "signature": "c2lnbmF0dXJl",
    }
    return Checkpoint.model_validate(fields | changes)


def a_certificate(certificate_id: str = "cert-1", **changes: object) -> SignedCertificate:
    """Give a certificate of an environment's end under a signature that is not a real one."""
    removed = Removed(service="compute", type="server", id="s-1", name="web-1", by="plan", gone_at=START)
    fields: dict[str, Any] = {
        "id": certificate_id,
        "environment": "water-gauge-test",
        "subject": SUBJECT,
        "stage": Stage.TEST,
        "unit": "water",
        "unit_name": "水务局",
        "system": "gauge",
        "system_name": "水位监测",
        "project_id": "p-1",
        "requests": ("req-1", "req-2"),
        "created_at": START,
        "ready_at": None,
        "reclaim_started_at": START + timedelta(days=90),
        "ended_at": START + timedelta(days=91),
        "cause": "request",
        "decisions": (Decision(by=OFFICER, verdict="approve", bound_to=DIGEST, at=START),),
        "evidence": (OFFLINE,),
        "waivers": (WAIVER,),
        "existed": (removed,),
        "inventory_at": START + timedelta(days=91, microseconds=1),
        "remaining": (),
        "project_gone_at": START + timedelta(days=91),
        "escrow": a_backup(),
        "rulebook": "default@1",
        "audit_head": "f" * 64,
    }
    certificate = Certificate.model_validate(fields | changes)
    return SignedCertificate(
        certificate=certificate, key="0123456789abcdef", public_key="cHVibGlj", signature="c2lnbmF0dXJl"
    )

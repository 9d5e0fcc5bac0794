"""Certificates for tests: a realistic one of an environment with thirty resources."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from orchestrator.domain.certificate import Certificate, Removed, SignedCertificate
from orchestrator.domain.names import Stage
from orchestrator.domain.records import (
    Actor,
    Backup,
    BackupItem,
    Decision,
    Evidence,
    EvidenceKind,
    Role,
    Waiver,
)
from orchestrator.ports import Signer
from tests.audit import SIGNER
from tests.samples import DIGEST, START

ENDED = START + timedelta(days=400)
OFFICE = Actor(name="duty officer", role=Role.OFFICE, door="hook:approvals")
UNIT = Actor(name="system owner", role=Role.UNIT, door="cli")
ENGINE = Actor(name="engine", role=Role.SYSTEM, door="engine")
ID = "6f1e2d3c-4b5a-4978-8899-aabbccdd{:04x}"
THINGS = (
    *(("compute", "server", f"water-gauge-live-{name}") for name in ("web1", "web2", "app1", "app2", "db1", "bastion")),
    *(("volume", "volume", f"water-gauge-live-{name}-data") for name in ("app1", "app2", "db1")),
    ("volume", "snapshot", "before-change-2026-11-03"),
    *(("network", "port", f"water-gauge-live-{name}") for name in ("web1", "web2", "app1", "app2", "db1", "bastion")),
    *(("network", "security_group", f"water-gauge-live-{name}") for name in ("web", "app", "db", "bastion", "all")),
    ("network", "network", "water-gauge-live"),
    ("network", "subnet", "water-gauge-live"),
    ("network", "router", "water-gauge-live"),
    ("network", "floating_ip", "203.0.113.24"),
    ("compute", "server_group", "water-gauge-live-web"),
    ("image", "image", "昨日手工导出"),
    ("identity", "user", "water-gauge-live"),
    ("identity", "role_assignment", "member"),
    ("identity", "project", "water-gauge-live"),
)


def existed() -> tuple[Removed, ...]:
    """Give thirty things; one was nobody's, three were of the tenancy."""
    return tuple(
        Removed(
            service=service,
            type=kind,
            id=ID.format(number),
            name=name,
            by="sweep" if kind in {"image", "snapshot"} else "plan",
            gone_at=ENDED - timedelta(minutes=2 if service == "identity" else 5),
        )
        for number, (service, kind, name) in enumerate(THINGS)
    )


def an_escrow() -> Backup:
    """Give the final backup of three volumes."""
    items = tuple(
        BackupItem(
            volume=f"{host}-data",
            host=host,
            mount="/srv/data",
            size_gib=size,
            reference=ID.format(size),
            files=files,
            manifest=DIGEST.removeprefix("sha256:"),
        )
        for host, size, files in (("app1", 50, 18_201), ("app2", 50, 18_199), ("db1", 200, 412))
    )
    return Backup(
        id="bak-01KJ2YV7A8W0T3",
        subject="water-gauge-live@req-01JX0",
        environment="water-gauge-live",
        final=True,
        taken_at=ENDED - timedelta(days=6),
        place="escrow",
        items=items,
        until=date(2027, 10, 8),
    )


def a_certificate(**changes: object) -> Certificate:
    """Give the certificate of a production environment that its unit gave up."""
    fields: dict[str, Any] = {
        "id": "cert-01KJ31ZC7B2Q9D",
        "environment": "water-gauge-live",
        "subject": "water-gauge-live@req-01JX0",
        "stage": Stage.PRODUCTION,
        "unit": "water",
        "unit_name": "市水务局",
        "system": "gauge",
        "system_name": "水位监测系统",
        "project_id": "0f3e5d7c9b1a48e6a2c4d6f80b9e7a51",
        "requests": ("req-01JX0B6M2N", "req-01JZ4H8QRT", "req-01KJ2XW3VE"),
        "created_at": START,
        "ready_at": START + timedelta(minutes=9),
        "reclaim_started_at": ENDED - timedelta(minutes=11),
        "ended_at": ENDED,
        "cause": "request",
        "decisions": (
            Decision(by=OFFICE, verdict="accept", bound_to=DIGEST, at=ENDED - timedelta(days=4)),
            Decision(by=OFFICE, verdict="approve", reasons="材料齐全", bound_to=DIGEST, at=ENDED - timedelta(days=1)),
        ),
        "evidence": (
            Evidence(
                kind=EvidenceKind.OFFLINE,
                by=UNIT,
                at=ENDED - timedelta(days=7),
                facts={"statement": "系统已于上周五停止对外服务，数据已迁移至新平台"},
            ),
            Evidence(
                kind=EvidenceKind.FINAL_BACKUP,
                by=ENGINE,
                at=ENDED - timedelta(days=6),
                facts={"backup": "bak-01KJ2YV7A8W0T3", "files": 36_812},
            ),
        ),
        "waivers": (
            Waiver(
                gate="restore-compared",
                by=OFFICE,
                reason="数据库已由市档案馆整体接收并核对",
                at=ENDED - timedelta(days=2),
            ),
        ),
        "existed": existed(),
        "inventory_at": ENDED - timedelta(minutes=3),
        "remaining": (),
        "project_gone_at": ENDED - timedelta(minutes=1),
        "escrow": an_escrow(),
        "rulebook": "default@1",
        "audit_head": "c" * 64,
    }
    return Certificate.model_validate(fields | changes)


def signed(certificate: Certificate, signer: Signer = SIGNER) -> SignedCertificate:
    """Sign a certificate."""
    return SignedCertificate(
        certificate=certificate,
        key=signer.key_id(),
        public_key=signer.public_key(),
        signature=signer.sign(certificate.canonical),
    )

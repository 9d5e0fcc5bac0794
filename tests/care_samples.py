"""Records of hosts in care for tests: valid, small, and different only in what a test says."""

from __future__ import annotations

from typing import Any

from orchestrator.domain.records import Actor, Authorisation, Exclusion, Finding, Grant, PatchWindow, Report, Role
from tests.life_samples import SUBJECT
from tests.samples import OFFICER, START

ENVIRONMENT = "water-gauge-test"
ENGINEER = Actor(name="zhao", role=Role.PROVIDER, door="cli")
UNIT_MEMBER = Actor(name="li", role=Role.UNIT, door="cli")


def an_authorisation(authorisation_id: str = "auth-1", **changes: object) -> Authorisation:
    """Give a standing authorisation that unit and office agreed to."""
    fields: dict[str, Any] = {
        "id": authorisation_id,
        "environment": ENVIRONMENT,
        "subject": SUBJECT,
        "jobs": ["patch", "backup"],
        "reason": "随环境申请授权",
        "at": START,
        "by_unit": UNIT_MEMBER,
        "by_office": OFFICER,
    }
    return Authorisation.model_validate(fields | changes)


def a_grant(grant_id: str = "gr-1", **changes: object) -> Grant:
    """Give a right to enter that somebody asked for."""
    fields: dict[str, Any] = {
        "id": grant_id,
        "environment": ENVIRONMENT,
        "subject": SUBJECT,
        "person": ENGINEER,
        "roles": ["web"],
        "reason": "磁盘告警排查",
        "minutes": 60,
        "state": "requested",
        "asked_at": START,
    }
    return Grant.model_validate(fields | changes)


def a_finding(finding_id: str = "find-1", **changes: object) -> Finding:
    """Give a package on one host that nobody may install."""
    fields: dict[str, Any] = {
        "id": finding_id,
        "environment": ENVIRONMENT,
        "subject": SUBJECT,
        "host": "web-1",
        "kind": "package-denied",
        "thing": "telnetd",
        "detail": "0.17-44",
        "severity": "high",
        "found_at": START,
        "seen_at": START,
    }
    return Finding.model_validate(fields | changes)


def an_exclusion(exclusion_id: str = "exc-1", **changes: object) -> Exclusion:
    """Give a hold on one package."""
    fields: dict[str, Any] = {
        "id": exclusion_id,
        "environment": ENVIRONMENT,
        "subject": SUBJECT,
        "package": "libssl*",
        "reason": "等待厂商验证",
        "by": ENGINEER,
        "at": START,
    }
    return Exclusion.model_validate(fields | changes)


def a_patch_window(window_id: str = "win-1", **changes: object) -> PatchWindow:
    """Give hours of an environment's own."""
    fields: dict[str, Any] = {
        "id": window_id,
        "environment": ENVIRONMENT,
        "subject": SUBJECT,
        "hours": {"days": [2], "begins": "01:00", "ends": "05:00"},
        "reason": "周末值班无人",
        "by": ENGINEER,
        "at": START,
    }
    return PatchWindow.model_validate(fields | changes)


def a_report(report_id: str = "rep-1", **changes: object) -> Report:
    """Give what one host has installed."""
    fields: dict[str, Any] = {
        "id": report_id,
        "environment": ENVIRONMENT,
        "subject": SUBJECT,
        "kind": "software",
        "host": "web-1",
        "operation": "op-1",
        "at": START,
        "body": {"packages": [{"name": "openssh-server", "version": "1:9.2p1"}], "note": "清查", "seconds": 0.25},
    }
    return Report.model_validate(fields | changes)

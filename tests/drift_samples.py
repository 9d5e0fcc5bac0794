"""Records of drift for tests: valid, small, and different only in what a test says."""

from __future__ import annotations

from typing import Any

from orchestrator.domain.records import Drift, DriftScan, Made, Thing
from tests.life_samples import SUBJECT
from tests.samples import START

ENVIRONMENT = "water-gauge-test"
PROJECT = "p1"


def a_thing(kind: str = "port", thing_id: str = "port-1", **changes: object) -> Thing:
    """Give a thing of the project."""
    fields: dict[str, Any] = {"kind": kind, "id": thing_id, "name": f"the-{thing_id}", "project": PROJECT}
    return Thing.model_validate(fields | changes)


def a_made(*things: Thing, **changes: object) -> Made:
    """Give the record of a project with things in it."""
    project = a_thing("project", PROJECT, properties={"name": ENVIRONMENT})
    fields: dict[str, Any] = {
        "subject": SUBJECT,
        "environment": ENVIRONMENT,
        "operation": "op-1",
        "at": START,
        "things": (project, *things),
    }
    return Made.model_validate(fields | changes)


def a_drift(drift_id: str = "drift-1", **changes: object) -> Drift:
    """Give a port that somebody switched off."""
    fields: dict[str, Any] = {
        "id": drift_id,
        "environment": ENVIRONMENT,
        "subject": SUBJECT,
        "drift": "changed",
        "kind": "port",
        "thing": "port-1",
        "name": "port-web-1",
        "properties": [{"name": "admin_state_up", "expected": "true", "found": ""}],
        "severity": "low",
        "stateful": False,
        "found_at": START,
        "seen_at": START,
    }
    return Drift.model_validate(fields | changes)


def a_scan(scan_id: str = "scan-1", **changes: object) -> DriftScan:
    """Give a look that was begun."""
    return DriftScan.model_validate({"id": scan_id, "at": START} | changes)

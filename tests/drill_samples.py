"""Records of drills for tests: all went well, but for what a test says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from orchestrator.domain.drill import Attempt, Control, DrillReport, Trial
from tests.samples import OFFICER, START


def a_trial(**changes: object) -> Trial:
    """Give a restore that went well."""
    fields: dict[str, Any] = {"backup": "bak-1", "taken_at": START, "files": 240, "seconds": 12.5}
    return Trial.model_validate(fields | changes)


def an_attempt(control: Control, *, refused: bool = True) -> Attempt:
    """Give a negative control that failed as it has to."""
    said = "wrong password or no key found" if refused else "it went through"
    return Attempt(control=control, refused=refused, said=said, seconds=1.5)


def a_report(**changes: object) -> DrillReport:
    """Give the record of a drill that passed."""
    fields: dict[str, Any] = {
        "environment": "archives-catalogue-live",
        "stage": "production",
        "unit": "市档案馆",
        "system": "档案目录检索系统",
        "operation": "op-1",
        "asked_by": OFFICER,
        "began_at": START + timedelta(hours=6),
        "ended_at": START + timedelta(hours=6, minutes=3),
        "trial": a_trial(),
        "recovery_seconds": 96.4,
        "recovery_target_seconds": 14_400.0,
        "point_seconds": 21_600.0,
        "point_target_seconds": 93_600.0,
        "controls": tuple(an_attempt(one) for one in Control),
        "throwaway": {
            "name": "archives-catalogue-drill",
            "project_id": "7c1d2f0e9ab84d53b1f0c2d4e5a69788",
            "hosts": ["db-1", "web-1"],
            "reaches": ["10.9.0.1/32:443"],
            "seconds": 41.2,
            "existed": 29,
            "gone_at": START + timedelta(hours=6, minutes=3),
        },
    }
    return DrillReport.model_validate(fields | changes)

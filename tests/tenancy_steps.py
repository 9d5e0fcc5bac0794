"""The steps of a tenancy's life over fakes, as the tests of its rules take them."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

from orchestrator.domain.names import Stage
from orchestrator.domain.records import Actor, Environment, EvidenceKind, Kind, Request, Role
from orchestrator.domain.submission import Submission, submission_from_data
from orchestrator.workflows import requests
from orchestrator.workflows.material import attach
from orchestrator.workflows.sweep import sweep
from tests.fakes.installation import APPLICATION, OFFICE, UNIT, Installation, a_submission

TEST, LIVE = "archives-catalogue-test", "archives-catalogue-live"
OTHER_OFFICER = Actor(name="zhou", role=Role.OFFICE, door="cli")
WISH: dict[str, Any] = {
    "blueprint": "single-host",
    "network": {"cidr": "10.20.0.0/24"},
    "access_from": ["198.51.100.0/24"],
}
EVIDENCE = ("mlps-grading", "performance-report", "security-report", "mlps-filing-certificate")
DAY = timedelta(days=1)
EVENING = timedelta(hours=12)
"""From the tests' morning into the change window."""


def about(kind: Kind, stage: Stage, **fields: object) -> Submission:
    """Give a submission of a kind that describes no new environment."""
    data = {"kind": kind, "stage": stage, "unit": "archives", "system": "catalogue", "reason": f"{kind} is needed"}
    return submission_from_data({name: value for name, value in (data | fields).items() if value is not None})


def a_change(stage: Stage = Stage.TRIAL, **wish: object) -> Submission:
    """Give a change of the environment; ``wish`` is what differs."""
    return about(Kind.CHANGE, stage, environment=WISH | wish, classified=False, mlps=2)


def decided(installation: Installation, request: Request) -> Request:
    """Have a request accepted and reviewed, with its plan made before."""
    installation.run_all()
    return installation.approve(request)


def done(installation: Installation, submission: Submission, actor: Actor = UNIT) -> Request:
    """Lead a request through its decisions and its work."""
    request = decided(installation, requests.submit(installation.ports, submission, actor))
    installation.run_all()
    return installation.request(request.id)


def tested(installation: Installation) -> Environment:
    """Have the system tested with success (Art. 21)."""
    installation.make_ready()
    return requests.evaluate(installation.ports, TEST, OFFICE, requests.TestVerdict.PASSED, "every case passed")


def in_trial(installation: Installation) -> Environment:
    """Lead the system into its trial (Art. 14)."""
    tested(installation)
    done(installation, a_submission(kind="trial"))
    return installation.environment(LIVE)


def pass_days(installation: Installation, days: int) -> None:
    """Let business time pass, and do what became due."""
    installation.clock.advance(days * DAY)
    sweep(installation.ports)
    installation.run_all()


def pass_hours(installation: Installation, by: timedelta) -> None:
    """Let time pass, and do what became due."""
    installation.clock.advance(by)
    sweep(installation.ports)
    installation.run_all()


def hand_in(installation: Installation, request: Request) -> Request:
    """Hand in everything that production needs (Art. 40)."""
    for kind in EVIDENCE:
        facts = {"issuer": "评测中心", "accreditation": "CNAS", "valid_until": date(2027, 3, 1)}
        request = attach_one(installation, request, kind, facts)
    return request


def attach_one(installation: Installation, request: Request, kind: str, facts: dict[str, Any]) -> Request:
    """Hand in one document."""
    stream = io.BytesIO(b"%PDF-1.7\n" + kind.encode())
    return attach(installation.ports, request.id, UNIT, kind, f"{kind}.pdf", stream, **facts)


def asked_for_production(installation: Installation) -> Request:
    """Ask for production, with the application's documents."""
    material = [{"kind": kind, "name": f"{kind}.pdf", "sha256": "5" * 64} for kind in APPLICATION]
    submission = about(Kind.PRODUCTION, Stage.PRODUCTION, material=material)
    request = requests.submit(installation.ports, submission, UNIT)
    installation.run_all()
    return request


def in_production(installation: Installation) -> Environment:
    """Lead the system into production: a trial of 30 days, and the evidence (Art. 14, 40)."""
    in_trial(installation)
    pass_days(installation, 31)
    request = hand_in(installation, asked_for_production(installation))
    installation.approve(request)
    installation.run_all()
    return installation.environment(LIVE)


def offline(installation: Installation, stage: Stage = Stage.TRIAL) -> Request:
    """Ask for the end of the live environment and confirm that the system is offline (Art. 16)."""
    request = requests.submit(installation.ports, about(Kind.TERMINATE, stage), UNIT)
    requests.confirm(installation.ports, request.id, EvidenceKind.OFFLINE, UNIT, "switched off and migrated")
    return installation.request(request.id)

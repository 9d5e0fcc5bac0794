"""What may be done about a request, for histories at random: decisions, answers, evidence."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

from orchestrator.domain.records import Actor, EvidenceKind, Request, Role
from orchestrator.domain.submission import submission_from_data
from orchestrator.workflows import requests
from orchestrator.workflows.context import Ports
from orchestrator.workflows.material import attach
from tests import history_facts as facts
from tests.fakes.installation import OFFICE, PROVIDER, UNIT

OTHER_OFFICER = Actor(name="zhou", role=Role.OFFICE, door="cli")


def waive_one(ports: Ports, request: Request) -> None:
    """Pass the first closed gate by a decision of another officer."""
    for gate in requests.outlook(ports, request.id).gates:
        if not gate.open:
            requests.waive(ports, request.id, str(gate.name), OTHER_OFFICER, "decided so")
            return


def hand_in(ports: Ports, request: Request) -> None:
    """Hand in the evidence for production (Art. 40)."""
    for kind in sorted(facts.EVIDENCE):
        stream = io.BytesIO(b"%PDF-1.7\n" + kind.encode())
        known: dict[str, Any] = {"issuer": "评测中心", "accreditation": "CNAS", "valid_until": date(2030, 3, 1)}
        attach(ports, request.id, UNIT, kind, f"{kind}.pdf", stream, **known)


type Decision = Callable[[Ports, Request], object]
DECISIONS: dict[str, Decision] = {
    "accept": lambda ports, request: requests.accept(ports, request.id, OFFICE),
    "accept-without": lambda ports, request: requests.accept(ports, request.id, OFFICE, "known to us"),
    "reject": lambda ports, request: requests.reject(ports, request.id, OFFICE, "no"),
    "review": lambda ports, request: requests.review(ports, request.id, OFFICE),
    "review-own": lambda ports, request: requests.review(ports, request.id, UNIT),
    "ask": lambda ports, request: requests.ask(ports, request.id, OFFICE, "a drawing"),
    "supply": lambda ports, request: requests.supply(ports, request.id, UNIT, "here"),
    "withdraw": lambda ports, request: requests.withdraw(ports, request.id, UNIT, "not needed"),
    "resubmit": lambda ports, request: requests.resubmit(
        ports, request.id, submission_from_data(request.content), UNIT
    ),
    "replan": lambda ports, request: requests.replan(ports, request.id, PROVIDER),
    "offline": lambda ports, request: requests.confirm(ports, request.id, EvidenceKind.OFFLINE, UNIT, "switched off"),
    "tests-passed": lambda ports, request: requests.confirm(
        ports, request.id, EvidenceKind.TESTS_PASSED, OFFICE, "all passed"
    ),
    "fixed": lambda ports, request: requests.confirm_fixed(ports, request.id, OFFICE, "patched"),
    "waive": waive_one,
    "hand-in": hand_in,
}
"""What may be done about a request; most of it is refused most of the time, and must change nothing then."""

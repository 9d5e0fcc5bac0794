"""Requests: what is wanted, with its material, decisions, waivers and evidence."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from orchestrator.domain.lifecycle import RequestState
from orchestrator.domain.model import Model
from orchestrator.domain.names import EnvironmentName, Stage
from orchestrator.domain.records.people import Actor
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.domain.texts import Line


class Kind(StrEnum):
    """Kinds of requests."""

    TEST = "test"
    EXTEND = "extend"
    TRIAL = "trial"
    PRODUCTION = "production"
    CHANGE = "change"
    SUSPEND = "suspend"
    RESUME = "resume"
    TERMINATE = "terminate"


class Decision(Model):
    """A decision on a request.

    Attributes:
        by: Who decided.
        verdict: ``accept``, ``reject`` or ``approve``.
        reasons: Needed for a rejection (Art. 12).
        bound_to: What the decision signs: a plan's digest, or the request content's digest.
        at: When.
    """

    by: Actor
    verdict: str
    reasons: str = ""
    bound_to: str = ""
    at: datetime


class Material(Model):
    """A document that an application carries (Art. 11, 40), by reference and digest."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,39}$")]
    """What it is, in the rulebook's words, for instance `construction-plan`."""

    name: Annotated[Line, Field(min_length=1, max_length=200)]
    """Its file's name."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """Of its content (hex); only a file that has it may then be handed in."""

    size: Annotated[int, Field(strict=True, ge=0)] | None = None
    """Bytes."""

    type: Annotated[Line, Field(pattern=r"^[a-z]+/[A-Za-z0-9.+-]{1,100}$")] | None = None
    """Media type."""

    issuer: Annotated[Line, Field(min_length=1, max_length=200)] | None = None
    """Who wrote or certified it."""

    accreditation: Annotated[Line, Field(min_length=1, max_length=100)] | None = None
    """By whom the issuer is accredited, for instance `CNAS` (Art. 40)."""

    issued_on: date | None = None
    """Its date."""

    valid_until: date | None = None
    """The last day on which it counts; nothing when it has no end."""


class Waiver(Model):
    """A gate that the office passed without its evidence, by name and with a reason.

    Attributes:
        gate: Name of the gate (:class:`orchestrator.domain.gates.GateName`).
    """

    gate: str
    by: Actor
    reason: str
    at: datetime


class EvidenceKind(StrEnum):
    """What a request can have shown."""

    OFFLINE = "offline"
    """The unit has taken its system offline and migrated and backed up its data (Art. 16)."""
    FINAL_BACKUP = "final-backup"
    """The last state of the data is in the office's escrow (Art. 16)."""
    RESTORE_COMPARED = "restore-compared"
    """That backup was restored and its content compared, file by file (Art. 16, 30)."""
    TESTS_PASSED = "tests-passed"
    """Performance and security tests of a major change were passed (Art. 15)."""


class Evidence(Model):
    """One thing that was shown for a request: by whom, when, and the facts of it."""

    kind: EvidenceKind
    by: Actor
    at: datetime
    facts: dict[str, Any] = Field(default_factory=dict)


class Request(Model):
    """A request: who wants what, for which system, why, and how far it has come.

    Attributes:
        id: ``req-`` and a sortable unique part.
        content_digest: SHA-256 of the canonical content; a hook's approval binds to it.
        spec: The resolved specification; set for kinds that make or change an environment.
        rulebook: Name and version of the rulebook under which it was submitted.
        plan_digest: Digest of the newest preview that was made for it.
        waivers: Gates that the office passed without their evidence.
        evidence: What was shown for it so far.
        waiting_for: What the office asked the unit for; empty unless the request waits for the unit.
        weight: Of a change: ``minor`` or ``major`` (Art. 15).
    """

    id: str
    kind: Kind
    environment: EnvironmentName
    stage: Stage
    state: RequestState
    submitted_by: Actor
    submitted_at: datetime
    reason: str
    content: dict[str, Any]
    content_digest: str
    spec: EnvironmentSpec | None = None
    material: tuple[Material, ...] = ()
    rulebook: str
    decisions: tuple[Decision, ...] = ()
    closed_at: datetime | None = None
    outcome: str = ""
    plan_digest: str = ""
    waivers: tuple[Waiver, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    waiting_for: str = ""
    weight: str = ""

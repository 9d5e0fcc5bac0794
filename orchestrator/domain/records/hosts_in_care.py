"""What is known of hosts in care: findings about them, exclusions from patching, and reports that jobs brought home."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from orchestrator.domain.blueprint_care import PatchHours
from orchestrator.domain.model import Model
from orchestrator.domain.names import EnvironmentName
from orchestrator.domain.records.people import Actor


class Severity(StrEnum):
    """How dangerous a security finding is (Art. 37)."""

    HIGH = "high"
    """Suspend until it is fixed."""
    LOW = "low"
    """Fix it by a day that the office sets."""


class Exclusion(Model):
    """A package that patching leaves alone in one environment, until a day.

    Attributes:
        package: Name of the package, or a shell pattern of names.
        until: The last day on which it is left alone; ``None`` holds it until somebody lifts the hold.
    """

    id: str
    environment: EnvironmentName
    subject: str
    package: str
    reason: str
    by: Actor
    at: datetime
    until: date | None = None
    lifted_at: datetime | None = None
    lifted_by: Actor | None = None


class PatchWindow(Model):
    """When one environment is patched, as somebody decided for it; the newest one counts.

    Attributes:
        hours: Its own hours; ``None`` goes back to those of its blueprint, or of the rulebook.
    """

    id: str
    environment: EnvironmentName
    subject: str
    hours: PatchHours | None
    reason: str
    by: Actor
    at: datetime


class ReportKind(StrEnum):
    """What a report is about."""

    PATCHES = "patches"
    SOFTWARE = "software"
    FACTS = "facts"
    VERIFICATION = "verification"
    DRILL = "drill"
    SESSIONS = "sessions"
    """Who entered and left a host, as the host's own log says (Art. 36)."""


class Report(Model):
    """What a job found out; kept as evidence and never changed.

    Attributes:
        id: ``rep-`` and a sortable unique part.
        host: The host that it is about; empty when it is about the whole environment.
        operation: The operation that brought it.
        body: The facts, as JSON.
    """

    id: str
    environment: EnvironmentName
    subject: str
    kind: ReportKind
    host: str = ""
    operation: str
    at: datetime
    body: dict[str, Any]


class FindingKind(StrEnum):
    """What is wrong on a host (Art. 39)."""

    PACKAGE_NOT_ALLOWED = "package-not-allowed"
    """The provider's own jobs installed something that the blueprint does not list."""
    PACKAGE_DENIED = "package-denied"
    SERVICE_DENIED = "service-denied"
    PORT_UNDECLARED = "port-undeclared"


class Finding(Model):
    """Something on a host that should not be there (Art. 37, 39).

    Attributes:
        id: ``find-`` and a digest of environment life, host, kind and thing: found again, it is the same finding.
        thing: The package, service or port.
        request: The request of Art. 37 that it opened, if it did.
        gone_at: When a later look did not find it any more.
    """

    id: str
    environment: EnvironmentName
    subject: str
    host: str
    kind: FindingKind
    thing: str
    detail: str = ""
    severity: Severity
    found_at: datetime
    seen_at: datetime
    request: str = ""
    gone_at: datetime | None = None

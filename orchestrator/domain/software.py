"""What may be on a host, and what should not (Art. 39): a survey is compared with blueprint and rulebook."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from pydantic import Field

from orchestrator.domain.blueprint_care import RoleCare
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.model import Model
from orchestrator.domain.records import Environment, Finding, FindingKind, Host, Severity
from orchestrator.domain.spec import Direction, EnvironmentSpec, Protocol
from orchestrator.domain.texts import visible

ADDRESS_PORTS = frozenset({68, 546})
"""UDP ports at which a host is given its address."""

SEVERITIES: dict[FindingKind, Severity] = {
    FindingKind.PACKAGE_DENIED: Severity.HIGH,
    FindingKind.SERVICE_DENIED: Severity.HIGH,
    FindingKind.PACKAGE_NOT_ALLOWED: Severity.LOW,
    FindingKind.PORT_UNDECLARED: Severity.LOW,
}
"""What endangers security is a high risk; what nobody declared is to be removed or declared by a day (policy)."""

DIGEST_LENGTH = 20


class Installed(Model):
    """A package that a job installed; ``at`` in seconds since 1970 by the host's clock."""

    package: str
    operation: str
    at: float


class Listener(Model):
    """A port that takes what comes from outside the host."""

    protocol: Protocol
    port: int
    address: str
    program: str = ""


class Survey(Model):
    """What one host says of its software.

    Attributes:
        packages: Versions by name.
        installed_by_jobs: What jobs of Tenure installed, dependencies left out.
        units: Services, sockets and timers that run or start with the host, with their state.
        programs: Names of the programs that run.
    """

    family: str
    packages: dict[str, str]
    installed_by_jobs: tuple[Installed, ...] = ()
    units: dict[str, str] = Field(default_factory=dict)
    programs: tuple[str, ...] = ()
    ports: tuple[Listener, ...] = ()


@dataclass(frozen=True)
class Seen:
    """Something that should not be on a host."""

    host: str
    kind: FindingKind
    thing: str
    detail: str = ""


@dataclass(frozen=True)
class Permitted:
    """What may be on the hosts of a role.

    Attributes:
        packages: Shell patterns of packages that jobs may install.
        denied: Shell patterns of software that nobody may have.
        ports: Protocol and port of what may listen.
    """

    packages: tuple[str, ...]
    denied: tuple[str, ...]
    ports: frozenset[tuple[Protocol, int]]

    def listens(self, listener: Listener) -> bool:
        """Whether a port may listen."""
        own_address = listener.protocol is Protocol.UDP and listener.port in ADDRESS_PORTS
        return own_address or (listener.protocol, listener.port) in self.ports


def permitted(spec: EnvironmentSpec, role: str, care: RoleCare, denied: Collection[str]) -> Permitted:
    """Give what may be on the hosts of a role by its flows, its blueprint and the rulebook."""
    inward = (flow for flow in spec.flows if flow.role == role and flow.direction is Direction.INGRESS)
    declared = {
        (flow.protocol, port)
        for flow in inward
        if flow.first_port is not None and flow.last_port is not None
        for port in range(flow.first_port, flow.last_port + 1)
    }
    beyond = {(protocol, port) for protocol in (Protocol.TCP, Protocol.UDP) for port in care.ports}
    return Permitted(care.packages, tuple(denied), frozenset(declared | beyond))


def improper(host: Host, survey: Survey, may: Permitted, suspects: Collection[str] = ()) -> tuple[Seen, ...]:
    """Give what should not be on a host, each once.

    Args:
        host: The host.
        survey: What it says.
        may: What may be there.
        suspects: Packages of which an earlier survey said that a job had installed them: the host's logs forget.
    """
    found = (
        *_denied(host.name, survey, may.denied),
        *_not_allowed(host.name, survey, may.packages, suspects),
        *_undeclared(host.name, survey.ports, may),
    )
    return tuple({(seen.kind, seen.thing): seen for seen in found}.values())


def _denied(host: str, survey: Survey, denied: tuple[str, ...]) -> Iterator[Seen]:
    for package, version in survey.packages.items():
        if _matches(package, denied):
            yield Seen(host, FindingKind.PACKAGE_DENIED, package, f"version {version} is installed")
    for unit, state in survey.units.items():
        if _matches(unit.rpartition(".")[0].partition("@")[0], denied):
            yield Seen(host, FindingKind.SERVICE_DENIED, visible(unit), f"the unit is {state}")
    for program in survey.programs:
        if _matches(program, denied):
            yield Seen(host, FindingKind.SERVICE_DENIED, visible(program), "the program runs")


def _not_allowed(host: str, survey: Survey, allowed: tuple[str, ...], suspects: Collection[str]) -> Iterator[Seen]:
    by_jobs = {installed.package: f"installed by {installed.operation}" for installed in survey.installed_by_jobs}
    remembered = {package: "a job installed it" for package in suspects if package in survey.packages}
    for package, detail in {**remembered, **by_jobs}.items():
        if not _matches(package, allowed):
            yield Seen(host, FindingKind.PACKAGE_NOT_ALLOWED, package, detail)


def _undeclared(host: str, listeners: Iterable[Listener], may: Permitted) -> Iterator[Seen]:
    for listener in listeners:
        if not may.listens(listener):
            who = visible(listener.program) or "an unknown program"
            thing = f"{listener.protocol}/{listener.port}"
            yield Seen(host, FindingKind.PORT_UNDECLARED, thing, f"{who} listens on {listener.address}")


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


@dataclass(frozen=True)
class Comparison:
    """What a survey changes about what is known.

    Attributes:
        fresh: Found for the first time, or again after it was gone.
        lasting: Known, and there still.
        gone: Known, and not there any more.
    """

    fresh: tuple[Finding, ...]
    lasting: tuple[Finding, ...]
    gone: tuple[Finding, ...]


def compared(
    environment: Environment, seen: Iterable[Seen], known: Iterable[Finding], hosts: Collection[str], now: datetime
) -> Comparison:
    """Compare what was seen on some hosts with what is on record about them.

    Args:
        environment: Whose hosts.
        seen: What should not be there.
        known: All findings of the environment's life.
        hosts: Names of the hosts that were looked at, and of those that exist no longer; of others nothing is new.
        now: When it was seen.
    """
    here = {finding.id: finding for finding in (_finding(environment, each, now) for each in seen)}
    before = {finding.id: finding for finding in known if finding.gone_at is None}
    return Comparison(
        fresh=tuple(finding for key, finding in here.items() if key not in before),
        lasting=tuple(
            before[key].model_copy(update={"seen_at": now, "detail": finding.detail})
            for key, finding in here.items()
            if key in before
        ),
        gone=tuple(
            finding.model_copy(update={"gone_at": now})
            for key, finding in before.items()
            if key not in here and finding.host in hosts
        ),
    )


def _finding(environment: Environment, seen: Seen, now: datetime) -> Finding:
    subject = subject_of(environment)
    return Finding(
        id=_finding_id(subject, seen),
        environment=environment.name,
        subject=subject,
        host=seen.host,
        kind=seen.kind,
        thing=seen.thing,
        detail=seen.detail,
        severity=SEVERITIES[seen.kind],
        found_at=now,
        seen_at=now,
    )


def _finding_id(subject: str, seen: Seen) -> str:
    text = f"{subject}\n{seen.host}\n{seen.kind}\n{seen.thing}"
    return f"find-{hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]}"


def in_words(findings: Iterable[Finding]) -> str:
    """Give findings as the reason of a request: one line each."""
    return "\n".join(f"{one.host}: {one.kind} {one.thing}{f', {one.detail}' if one.detail else ''}" for one in findings)

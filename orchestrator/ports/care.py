"""Hosts in care: who may enter them, what was found on them, and what runs there (Art. 30, 36, 38, 39, 44)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from pydantic import Field

from orchestrator.domain.model import Model
from orchestrator.domain.records import (
    Authorisation,
    Environment,
    Exclusion,
    Finding,
    Grant,
    PatchWindow,
    Report,
    ReportKind,
)
from orchestrator.ports.kept import Kept, KeptOfLives
from orchestrator.ports.work import Job


class Authorisations(KeptOfLives[Authorisation], Protocol):
    """Standing authorisations of office and unit for kinds of jobs."""


class Grants(Kept[Grant], Protocol):
    """People's rights to enter hosts."""

    def put(self, record: Grant, /, *, expected: Grant | None = None) -> None:
        """Store or replace by id; ConflictError when ``expected`` is given and is not what is on record."""
        ...

    def list(
        self, *, environment: str | None = None, states: Collection[str] | None = None, limit: int = 100
    ) -> tuple[Grant, ...]:
        """List, newest first."""
        ...


class Findings(KeptOfLives[Finding], Protocol):
    """What should not be on a host (Art. 39)."""

    def open(self, *, limit: int = 100) -> tuple[Finding, ...]:
        """Give those of all environments that are not gone, newest first."""
        ...


class Exclusions(KeptOfLives[Exclusion], Protocol):
    """Packages that patching leaves alone."""


class PatchWindows(KeptOfLives[PatchWindow], Protocol):
    """Hours that somebody decided for one environment; the newest one counts."""


class Reports(Protocol):
    """What jobs brought home; never changed."""

    def add(self, report: Report) -> None:
        """Store one; the same id again is ignored."""
        ...

    def newest(self, subject: str, kind: ReportKind, host: str = "") -> Report | None:
        """Give the newest of one life of an environment, or None."""
        ...

    def list(
        self, *, environment: str | None = None, kind: ReportKind | None = None, limit: int = 100
    ) -> tuple[Report, ...]:
        """List, newest first."""
        ...


class Play(Model):
    """One run of a playbook over hosts of one environment.

    Attributes:
        playbook: A file of playbooks/, without its suffix.
        hosts: Names of hosts; empty means all that run.
        variables: Extra variables, JSON values. No secrets: those are given beside it.
        seconds: How long it may take in all.
        rehearsal: Ansible's check mode: says what it would change and changes nothing.
    """

    playbook: str
    hosts: tuple[str, ...] = ()
    variables: dict[str, Any] = Field(default_factory=dict)
    seconds: float = 3600.0
    rehearsal: bool = False


class HostOutcome(Model):
    """What came of a play on one host.

    Attributes:
        changed: How many tasks changed something.
        failed: How many tasks failed, those that were rescued not counted.
        rescued: How many failures were rescued (a way back was taken).
        reached: Whether the host could be entered to the end.
        error: What the first failing task said, with its name; empty without one.
        told: What the play told about the host (``set_stats`` with ``per_host``).
    """

    host: str
    ok: int = 0
    changed: int = 0
    failed: int = 0
    skipped: int = 0
    rescued: int = 0
    reached: bool = True
    error: str = ""
    told: dict[str, Any] = Field(default_factory=dict)

    @property
    def succeeded(self) -> bool:
        """Whether everything ran through."""
        return self.reached and self.failed == 0


class PlayOutcome(Model):
    """What came of a play; hosts that it never came to are not in it."""

    hosts: tuple[HostOutcome, ...]
    seconds: float

    @property
    def succeeded(self) -> bool:
        """Whether everything ran through on every host."""
        return all(host.succeeded for host in self.hosts)

    @property
    def changed(self) -> int:
        """How many tasks changed something, over all hosts."""
        return sum(host.changed for host in self.hosts)


class Configurator(Protocol):
    """Runs playbooks over the hosts of an environment (Ansible; DESIGN.md decision 6)."""

    def play(
        self, environment: Environment, play: Play, job: Job, *, secrets: Mapping[str, str] | None = None
    ) -> PlayOutcome:
        """Run one playbook and give what came of it on each host.

        Every task's result on every host goes to ``job.watch`` as it comes: resource is the host, action the task.

        Args:
            environment: Whose hosts.
            play: What to run where.
            job: Cancellation, lease, and where events go.
            secrets: Extra variables that are kept from every log, event, file that stays and process argument.

        Raises:
            OperationFailedError: Nothing could be run: no host runs, a playbook is at fault, the time is over. A host
                that failed or was not reached is no error here, it stands in the outcome.
            RefusedError: Hosts cannot be entered at all on this cloud.
            CancelledError: Somebody asked to stop; nothing of it runs any more, here or on the hosts.
            ConflictError: The lease has ended; as above.
        """
        ...

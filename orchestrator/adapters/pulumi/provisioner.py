"""Provisioner by Pulumi: each operation in a process of its own (DESIGN.md decision 1)."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from orchestrator.adapters.pulumi.clouds import Cloud
from orchestrator.adapters.pulumi.confinement import Confinement, passed
from orchestrator.adapters.pulumi.marks import ENVIRONMENT_MARK, MARK, end_marked, environment_value
from orchestrator.adapters.pulumi.messages import Answer, Ended, Order, Work, Workshop
from orchestrator.adapters.pulumi.pool import ChildPool
from orchestrator.adapters.pulumi.process import lease_seconds
from orchestrator.adapters.pulumi.workspace import write_project
from orchestrator.adapters.toolchain import Toolchain, Tools
from orchestrator.adapters.toolchain.versions import PULUMI
from orchestrator.domain.errors import CancelledError, ConflictError, OperationFailedError, RefusedError, TenureError
from orchestrator.domain.plan import Plan, PlannedStep
from orchestrator.domain.records import Outputs
from orchestrator.ports import Job, Vault
from stacks.context import CloudFacts, Spread

FAULTS: dict[Ended, type[TenureError]] = {Ended.CONFLICT: ConflictError, Ended.REFUSED: RefusedError}
CLOUD_FILES = ("OS_CLIENT_CONFIG_FILE", "OS_CLIENT_SECURE_FILE")


@dataclass(frozen=True)
class PulumiSettings:
    """What an installation decides.

    Attributes:
        home: Installation's folder; ``pulumi/`` and ``logs/`` of it are ours.
        cloud: Entry of clouds.yaml of the provider's administrator.
        clouds_yaml: The file that has it; by default where OpenStack's clients look for it.
        passphrase: For the passphrase provider; reaches children by their environment alone.
        backend: Pulumi backend URL; empty means ``file://`` in ``home``.
        secrets_provider: How stacks' secrets are encrypted.
        spread: What anti-affinity means on this cloud.
        warm_children: How many children wait with their imports done.
        timeout_seconds: Bound of one order.
        extra_environment: For backends and secrets providers (``AWS_…``, ``VAULT_…``).
        confinement: What the children do not see; None when they see what this process does.
        member_role: Gives the id of the service users' role for an account that may not look it up, else nothing.
    """

    home: Path
    cloud: str
    passphrase: str
    clouds_yaml: Path | None = None
    backend: str = ""
    secrets_provider: str = "passphrase"
    spread: Spread = Spread.SOFT
    warm_children: int = 1
    timeout_seconds: float = 3600.0
    extra_environment: dict[str, str] = field(default_factory=dict)
    confinement: Confinement | None = None
    member_role: Callable[[], str] = str

    @property
    def folder(self) -> Path:
        """Pulumi's work folder."""
        return self.home / "pulumi"

    @property
    def backend_url(self) -> str:
        """Where the state is kept; files without the sidecars that a kill leaves half-written (see ADR 0004)."""
        url = self.backend or (self.home / "state").as_uri()
        if not url.startswith("file://") or "metadata=" in url:
            return url
        return f"{url}{'&' if '?' in url else '?'}metadata=skip"


class PulumiProvisioner:
    """Implements :class:`orchestrator.ports.Provisioner`.

    Args:
        settings: What the installation decides.
        toolchain: Gives the CLI and its plugins.
        vault: Derives the service users' passwords.
        pool: Children that another provisioner has too; one of its own when it is not given.
    """

    def __init__(
        self, settings: PulumiSettings, toolchain: Toolchain, vault: Vault, pool: ChildPool | None = None
    ) -> None:
        self._settings = settings
        self._toolchain = toolchain
        self._vault = vault
        self._cloud = Cloud(settings.cloud, settings.spread, settings.clouds_yaml)
        self._pool = pool or child_pool(settings)
        self._pool.fill()

    def close(self) -> None:
        """End the waiting children."""
        self._pool.close()

    def preview(self, job: Job) -> Plan:
        """Say what ``up`` would do; a stack that is not there yet is made, empty."""
        answer = self._work(Work.PREVIEW, job)
        return Plan(
            environment=job.spec.name,
            spec=job.spec,
            steps=answer.steps,
            totals=job.spec.totals,
            before=answer.before,
            made_at=datetime.now(UTC),
        )

    def recover(self, job: Job) -> None:
        """Kill what an earlier attempt left, unlock the state, adopt what it made."""
        end_marked(MARK, job.operation)
        end_marked(ENVIRONMENT_MARK, environment_value(self._settings.home, job.spec.name))
        self._work(Work.RECOVER, job)

    def up(self, job: Job) -> Outputs:
        """Make the environment what its spec says."""
        return self._made(Work.UP, job)

    def difference(self, job: Job) -> tuple[PlannedStep, ...]:
        """Say what it would take to make the cloud what the spec says again; changes nothing."""
        answer = self._work(Work.DIFFERENCE, job)
        job.made(answer.made)
        return answer.steps

    def mend(self, job: Job) -> Outputs:
        """Look at the cloud and make the environment what its spec says, where that costs no data."""
        return self._made(Work.MEND, job)

    def _made(self, work: Work, job: Job) -> Outputs:
        answer = self._work(work, job)
        if answer.outputs is None:
            raise OperationFailedError(f"{job.spec.name}: Pulumi ended without the stack's outputs")
        job.made(answer.made)
        return answer.outputs

    def destroy_resources(self, job: Job) -> None:
        """Remove everything but the tenant."""
        self._work(Work.DESTROY_RESOURCES, job)

    def destroy_tenant(self, job: Job) -> None:
        """Remove the tenant and forget the stack."""
        self._work(Work.DESTROY_TENANT, job)

    def _work(self, work: Work, job: Job) -> Answer:
        """Have a child do it; on return every process of the operation is dead.

        A child whose order ended well is as good as new, and waits for the next one.
        """
        order = self._order(work, job)
        child = self._pool.take()
        kept = False
        try:
            answer = child.work(order, job.control, job.watch, self._settings.timeout_seconds)
            if answer.ended is Ended.DONE:
                end_marked(MARK, job.operation)
                self._pool.give_back(child)
                kept = True
        finally:
            if not kept:
                child.end(job.operation)
                self._pool.fill()
        return _good(answer, job)

    def _order(self, work: Work, job: Job) -> Order:
        tools = self._toolchain.require()
        write_project(self._settings.folder, self._settings.backend_url)
        return Order(
            work=work,
            operation=job.operation,
            spec=job.spec,
            workshop=self._workshop(tools, job),
            service_password=self._vault.derive(f"service-user/{job.spec.name}"),
            secrets=(self._settings.passphrase,),
            lease_seconds=lease_seconds(job.control),
            signed=job.signed,
        )

    def _workshop(self, tools: Tools, job: Job) -> Workshop:
        if not self._settings.backend:
            (self._settings.home / "state").mkdir(parents=True, exist_ok=True, mode=0o700)
        environment = {
            **tools.environment(),
            **self._settings.extra_environment,
            "PULUMI_BACKEND_URL": self._settings.backend_url,
            "PULUMI_CONFIG_PASSPHRASE": self._settings.passphrase,
            MARK: job.operation,
            ENVIRONMENT_MARK: environment_value(self._settings.home, job.spec.name),
        }
        return Workshop(
            folder=str(self._settings.folder),
            pulumi=str(tools.pulumi),
            pulumi_version=PULUMI,
            environment=environment,
            secrets_provider=self._settings.secrets_provider,
            cloud=self._settings.cloud,
            facts=self._facts(job),
        )

    def _facts(self, job: Job) -> CloudFacts:
        known = {"member_role": self._settings.member_role()}
        return self._cloud.facts(container=job.spec.container).model_copy(update=known)


def child_pool(settings: PulumiSettings) -> ChildPool:
    """Give children for these settings, which wait for orders once the pool is filled."""
    own = _clean_environment() if settings.confinement is None else passed(os.environ)
    environment = own | ({"OS_CLIENT_CONFIG_FILE": str(settings.clouds_yaml)} if settings.clouds_yaml else {})
    if settings.confinement is not None:
        environment |= {"HOME": str(settings.confinement.folder), "TMPDIR": str(settings.confinement.folder)}
    logs = settings.home / "logs"
    return ChildPool(logs, environment, settings.warm_children, confinement=settings.confinement)


def _clean_environment() -> dict[str, str]:
    """Leave out what would choose another cloud or account for the plugins, and our own settings: some are secret."""
    ours = ("OS_", "TENURE_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours) or name in CLOUD_FILES}


def _good(answer: Answer, job: Job) -> Answer:
    """Give a good answer, or raise what a bad one means."""
    if answer.ended is Ended.DONE:
        return answer
    name = job.spec.name
    if answer.ended is Ended.CANCELLED:
        raise CancelledError(f"{name}: stopped on request", detail="what was made stays on record")
    kind = FAULTS.get(answer.ended, OperationFailedError)
    summary = answer.diagnostics[0].summary if answer.diagnostics else f"{name}: Pulumi gave no reason"
    raise kind(summary, diagnostics=answer.diagnostics)

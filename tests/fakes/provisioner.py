"""A provisioner with a state of its own beside the fake cloud, as Pulumi has one beside OpenStack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from orchestrator.domain.errors import CancelledError, ConflictError, OperationFailedError
from orchestrator.domain.plan import Action, Plan, PlannedStep
from orchestrator.domain.records import Host, Outputs, StepEvent, StepStatus
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.ports import Clock, Job
from tests.fakes.cloud import TENANCY, FakeCloud, wanted
from tests.fakes.fleet import made_in


class FakeProvisioner:
    """Implements :class:`orchestrator.ports.Provisioner`.

    A create has two points: ``create:<name>`` before anything is made, and ``created:<name>`` when the cloud has it and
    the state does not know it yet. After a death in between only :meth:`recover` keeps the next ``up`` from making a
    second one. A death also leaves the state locked, and a locked state is refused.

    Attributes:
        forgets_hosts: Whether ``up`` tells no hosts.
        on_preview: Called with the job of each preview.
    """

    def __init__(self, cloud: FakeCloud, clock: Clock) -> None:
        self.cloud = cloud
        self._clock = clock
        self.forgets_hosts = False
        self.on_preview: Callable[[Job], object] = vars

    def preview(self, job: Job) -> Plan:
        """Say what ``up`` would do, by the state."""
        self.on_preview(job)
        self.cloud.points.reach("preview")
        known = self.cloud.of(job.spec.name).known
        steps = [
            _step(job.spec.name, kind, name, Action.SAME if name in known else Action.CREATE)
            for kind, name in wanted(job.spec)
        ]
        steps += [_step(job.spec.name, kind, name, Action.DELETE) for kind, name in self._unwanted(job.spec)]
        in_order = tuple(sorted(steps, key=lambda step: step.urn))
        return Plan(
            environment=job.spec.name,
            spec=job.spec,
            steps=in_order,
            totals=job.spec.totals,
            made_at=self._clock.now(),
        )

    def difference(self, job: Job) -> tuple[PlannedStep, ...]:
        """Say what the project lacks of what the spec wants, whatever the state believes."""
        self.cloud.points.reach("difference")
        there = self.cloud.of(job.spec.name).named()
        job.made(made_in(self.cloud, job.spec.name))
        return tuple(
            _step(job.spec.name, kind, name, Action.SAME if name in there else Action.CREATE)
            for kind, name in wanted(job.spec)
        )

    def mend(self, job: Job) -> Outputs:
        """Forget what the project no longer has, and make it again."""
        self.cloud.points.reach("mend")
        with self.cloud.change(job.spec.name) as project:
            project.known = [name for name in project.known if name in project.named()]
        return self.up(job)

    def recover(self, job: Job) -> None:
        """Unlock the state, and write into it what the project holds."""
        self.cloud.points.reach("recover")
        with self.cloud.change(job.spec.name) as project:
            project.lock = ""
            names = {name for _, name in wanted(job.spec)} | set(project.known)
            project.known = [name for name in project.named() if name in names]

    def up(self, job: Job) -> Outputs:
        """Make what the state does not know."""
        with self._working(job):
            for kind, name in wanted(job.spec):
                self._stop_if_asked(job)
                if name not in self.cloud.of(job.spec.name).known:
                    self._make(job, kind, name)
            for _, name in self._unwanted(job.spec):
                self._remove(job, name)
            job.made(made_in(self.cloud, job.spec.name))
            return self._outputs(job.spec)

    def _unwanted(self, spec: EnvironmentSpec) -> list[tuple[str, str]]:
        """Give type and name of what the state knows and the spec no longer wants."""
        project, names = self.cloud.of(spec.name), {name for _, name in wanted(spec)}
        return [
            (thing.type, name) for name, thing in project.named().items() if name in project.known and name not in names
        ]

    def _make(self, job: Job, kind: str, name: str) -> None:
        job.watch(_event("up", StepStatus.STARTED, name, "create"))
        self.cloud.points.reach(f"create:{name}")
        if self.cloud.full:
            raise OperationFailedError(f"{name}: the quota is used up", detail="HTTP 413")
        self.cloud.make(job.spec.name, kind, name)
        self.cloud.points.reach(f"created:{name}")
        self.cloud.know(job.spec.name, name)
        job.watch(_event("up", StepStatus.DONE, name, "create"))

    def _outputs(self, spec: EnvironmentSpec) -> Outputs:
        things = self.cloud.of(spec.name).named()
        hosts = tuple(
            Host(name=host, role=role.name, address="10.0.0.5", server_id=things[host].id)
            for role in spec.roles
            for host in role.host_names()
        )
        return Outputs(
            project_id=things["project"].id,
            bastion_address="203.0.113.7",
            bastion_host=hosts[0].name,
            hosts=() if self.forgets_hosts else hosts,
        )

    def destroy_resources(self, job: Job) -> None:
        """Remove what the state knows but project, user and quotas."""
        self._destroy(job, tenancy=False)

    def destroy_tenant(self, job: Job) -> None:
        """Remove project, user and quotas, and forget the state."""
        self._destroy(job, tenancy=True)
        with self.cloud.change(job.spec.name) as project:
            project.known = []

    def _destroy(self, job: Job, *, tenancy: bool) -> None:
        with self._working(job):
            for kind, name in (*self._unwanted(job.spec), *reversed(wanted(job.spec))):
                if (kind in TENANCY) is tenancy and name in self.cloud.of(job.spec.name).known:
                    self._remove(job, name)

    def _remove(self, job: Job, name: str) -> None:
        self._stop_if_asked(job)
        self.cloud.points.reach(f"destroy:{name}")
        self.cloud.remove(job.spec.name, name)
        self.cloud.points.reach(f"destroyed:{name}")
        self.cloud.forget(job.spec.name, name)
        job.watch(_event("destroy", StepStatus.DONE, name, "delete"))

    def _stop_if_asked(self, job: Job) -> None:
        if job.control.cancelled():
            raise CancelledError(f"{job.operation} was stopped")

    @contextmanager
    def _working(self, job: Job) -> Iterator[None]:
        with self.cloud.change(job.spec.name) as project:
            if project.lock:
                raise ConflictError(f"the state of {job.spec.name} is locked by {project.lock}")
            project.lock = job.operation
        try:
            with self.cloud.working(job.spec.name, job.operation):
                yield
        except Exception:
            self._unlock(job)
            raise
        self._unlock(job)

    def _unlock(self, job: Job) -> None:
        with self.cloud.change(job.spec.name) as project:
            project.lock = ""


def _step(environment: str, kind: str, name: str, action: Action) -> PlannedStep:
    return PlannedStep(
        urn=f"urn:pulumi:{environment}::tenure::fake:{kind}::{name}",
        type=f"fake:{kind}",
        name=name,
        action=action,
        stateful=kind == "volume",
    )


def _event(phase: str, status: StepStatus, name: str, action: str) -> StepEvent:
    return StepEvent(phase=phase, status=status, resource=name, type="fake", action=action)

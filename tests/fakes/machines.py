"""Fakes of what acts on whole servers: inventory, power and the way back, over the fake cloud."""

from __future__ import annotations

from orchestrator.domain.errors import (
    Diagnostic,
    OperationFailedError,
)
from orchestrator.domain.records import (
    Environment,
)
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.ports import (
    Capacity,
    FoundResource,
    Job,
)
from tests.fakes.cloud import FakeCloud


class FakeInventory:
    """Implements :class:`orchestrator.ports.Inventory` over the fake cloud."""

    def __init__(self, cloud: FakeCloud) -> None:
        self._cloud = cloud
        self.faults: tuple[Diagnostic, ...] = ()
        self.notes: tuple[Diagnostic, ...] = ()
        self.stays: set[str] = set()

    def check(self, spec: EnvironmentSpec) -> Capacity:
        """Give the faults that the test set."""
        del spec
        self._cloud.points.reach("check")
        return Capacity(faults=self.faults, notes=self.notes)

    def project_id(self, environment: str) -> str | None:
        """Give the id of the project."""
        project = self._cloud.of(environment).named().get("project")
        return None if project is None else project.id

    def list_project(self, environment: str) -> tuple[FoundResource, ...]:
        """List everything in the project."""
        self._cloud.points.reach("list")
        return self._cloud.found(environment)

    def remove_leftover(self, environment: str, resource: FoundResource) -> None:
        """Remove what has that name, unless it is one that stays."""
        self._cloud.points.reach("leftover")
        if resource.name in self.stays:
            raise OperationFailedError(f"{resource.name} cannot be removed", detail="HTTP 409")
        self._cloud.remove(environment, resource.name)


class FakePower:
    """Implements :class:`orchestrator.ports.Power` over the fake cloud."""

    def __init__(self, cloud: FakeCloud) -> None:
        self._cloud = cloud

    def stop(self, environment: str, job: Job) -> None:
        """Stop every server."""
        self._turn_all(environment, job, running=False)

    def start(self, environment: str, job: Job) -> None:
        """Start every server."""
        self._turn_all(environment, job, running=True)

    def states(self, environment: str) -> dict[str, str]:
        """Say which servers run."""
        things = self._cloud.of(environment).things
        return {thing.name: "ACTIVE" if thing.running else "SHUTOFF" for thing in things if thing.type == "server"}

    def isolate(self, environment: str, job: Job) -> None:
        """Cut every server off."""
        self._connect_all(environment, job, isolated=True)

    def reconnect(self, environment: str, job: Job) -> None:
        """Open every server again."""
        self._connect_all(environment, job, isolated=False)

    def _connect_all(self, environment: str, job: Job, *, isolated: bool) -> None:
        with self._cloud.working(environment, job.operation):
            self._cloud.points.reach("connect")
            with self._cloud.change(environment) as project:
                for thing in project.things:
                    thing.isolated = isolated if thing.type == "server" else thing.isolated

    def _turn_all(self, environment: str, job: Job, *, running: bool) -> None:
        with self._cloud.working(environment, job.operation):
            self._cloud.points.reach("power")
            with self._cloud.change(environment) as project:
                for thing in project.things:
                    thing.running = running if thing.type == "server" else thing.running


class FakeRewind:
    """Implements :class:`orchestrator.ports.Rewind`: a copy is a name.

    Attributes:
        copies: Hosts that are copied, by mark.
        done: What was led back, in order.
    """

    def __init__(self, cloud: FakeCloud) -> None:
        self._cloud = cloud
        self.copies: dict[str, set[str]] = {}
        self.done: list[str] = []

    def copy(self, environment: Environment, hosts: tuple[str, ...], mark: str, job: Job) -> int:
        """Remember the names."""
        with self._cloud.working(environment.name, job.operation):
            self._cloud.points.reach("copy")
            self.copies.setdefault(mark, set()).update(hosts)
            self._cloud.points.reach("copied")
        return len(hosts)

    def rewind_server(self, environment: Environment, host: str, mark: str, job: Job) -> None:
        """Lead back what has a copy."""
        self._lead_back(environment, host, mark, job, "server")

    def rewind_volumes(self, environment: Environment, host: str, mark: str, job: Job) -> int:
        """Lead back what has a copy."""
        self._lead_back(environment, host, mark, job, "volumes")
        return 1

    def forget(self, environment: str, mark: str, job: Job) -> int:
        """Forget the names of a mark, or all."""
        del environment, job
        self._cloud.points.reach("forget")
        gone = [known for known in self.copies if mark in {"", known}]
        return sum(len(self.copies.pop(known)) for known in gone)

    def _lead_back(self, environment: Environment, host: str, mark: str, job: Job, what: str) -> None:
        with self._cloud.working(environment.name, job.operation):
            self._cloud.points.reach(f"rewind-{what}")
            if host not in self.copies.get(mark, set()):
                raise OperationFailedError(f"there is no copy of {host}")
            self.done.append(f"{what} {host}")

"""Stopping, starting and cutting off the servers of a project, all at once, and waiting until it is so."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orchestrator.adapters.openstack.cloud import Cloud, at_once
from orchestrator.adapters.openstack.faults import ask_unless, asking
from orchestrator.adapters.openstack.isolation import PORT_TYPE, Isolation
from orchestrator.adapters.openstack.patience import POLL_SECONDS, Patience
from orchestrator.adapters.openstack.telling import Telling
from orchestrator.domain.errors import CancelledError, ConflictError, OperationFailedError
from orchestrator.domain.records import StepEvent, StepStatus
from orchestrator.ports import Job

if TYPE_CHECKING:
    from openstack.compute.v2.server import Server

PHASE = "power"
TIMEOUT_SECONDS = 300.0
SERVER_TYPE = "openstack:compute/instance:Instance"
GONE = frozenset({"DELETED", "SOFT_DELETED"})
CHANGED_MEANWHILE = (404, 409)
"""Statuses of an answer to a server that is gone, or in another state than it was when it was listed."""


@dataclass(frozen=True)
class Change:
    """One way to change the power of servers, in Nova's words for their states.

    Attributes:
        action: What the events call it.
        target: Status of a server that needs nothing more.
        left_alone: Further statuses in which a server needs nothing.
        begins_from: Statuses in which the change is asked for; in others it is waited for one of these.
        hopeless: Statuses that no waiting ends.
        ask: Asks the compute service for it.
    """

    action: str
    target: str
    left_alone: frozenset[str]
    begins_from: frozenset[str]
    hopeless: frozenset[str]
    ask: Callable[[Any, str], None]


STOP = Change(
    "stop",
    target="SHUTOFF",
    left_alone=GONE | {"PAUSED", "SUSPENDED", "SHELVED", "SHELVED_OFFLOADED"},
    begins_from=frozenset({"ACTIVE", "ERROR"}),
    hopeless=frozenset(),
    ask=lambda compute, server: compute.stop_server(server),
)
START = Change(
    "start",
    target="ACTIVE",
    left_alone=GONE,
    begins_from=frozenset({"SHUTOFF"}),
    hopeless=frozenset({"ERROR", "PAUSED", "SUSPENDED", "SHELVED", "SHELVED_OFFLOADED"}),
    ask=lambda compute, server: compute.start_server(server),
)


@dataclass
class Progress:
    """What one change has done so far: when it asked for which server, and which ones have come there."""

    begun: float = field(default_factory=time.monotonic)
    asked: dict[str, float] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)


class OpenStackPower:
    """Power by the compute service, with the administrator's account.

    Args:
        cloud: The cloud, or the name of its entry in clouds.yaml.
        timeout_seconds: How long all servers together may take.
    """

    def __init__(self, cloud: Cloud | str, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._cloud = cloud if isinstance(cloud, Cloud) else Cloud(cloud)
        self._timeout_seconds = timeout_seconds

    def stop(self, environment: str, job: Job) -> None:
        """Stop every server of the project and wait until they are; harmless when they are stopped."""
        self._change(environment, job, STOP)

    def start(self, environment: str, job: Job) -> None:
        """Start every server of the project and wait until they run."""
        self._change(environment, job, START)

    def states(self, environment: str) -> dict[str, str]:
        """Give the status of each server of the project by its name; empty without a project."""
        project = self._project(environment)
        return {} if project is None else {str(one.name): str(one.status) for one in self._servers(project)}

    def isolate(self, environment: str, job: Job) -> None:
        """Close the groups: no port of a server lets anything in or out any more; harmless when closed (Art. 37)."""
        isolation = self._isolation(environment, job, "isolate")
        if isolation is not None:
            isolation.close()

    def reconnect(self, environment: str, job: Job) -> None:
        """Undo :meth:`isolate`: every port has its role's group again, as ``job.spec`` says."""
        isolation = self._isolation(environment, job, "reconnect")
        if isolation is not None:
            isolation.open(job.spec)

    def _isolation(self, environment: str, job: Job, action: str) -> Isolation | None:
        telling = Telling(job, PHASE, action, PORT_TYPE)
        project = self._project(environment)
        if project is None:
            telling.note("", f"{environment} has no project")
            return None
        patience = Patience(job, f"{action} of {environment}", self._timeout_seconds)
        return Isolation(self._cloud, project, patience, telling)

    def _change(self, environment: str, job: Job, change: Change) -> None:
        project = self._project(environment)
        if project is None:
            job.watch(_event(change, StepStatus.NOTE, detail=f"{environment} has no project"))
            return
        progress = Progress()
        while True:
            _may_go_on(job, environment)
            servers = self._servers(project)
            _tell_done(servers, progress, change, job)
            waiting = [one for one in servers if one.status not in {change.target, *change.left_alone}]
            if not waiting:
                return
            _fail_if_hopeless(waiting, change, job)
            if time.monotonic() - progress.begun > self._timeout_seconds:
                raise _late(waiting, change, self._timeout_seconds)
            self._ask([one for one in waiting if _can_be_asked(one, progress, change)], progress, change, job)
            time.sleep(POLL_SECONDS)

    def _project(self, environment: str) -> str | None:
        identity = self._cloud.identity()
        with asking("identity", self._cloud.name):
            return next((str(one.id) for one in identity.projects(name=environment)), None)

    def _servers(self, project: str) -> list[Server]:
        admin = self._cloud.admin()
        with asking("compute", self._cloud.name):
            listed = admin.compute.servers(all_projects=True, project_id=project)
            return [one for one in listed if one.project_id == project]

    def _ask(self, servers: list[Server], progress: Progress, change: Change, job: Job) -> None:
        for server in servers:
            progress.asked[server.id] = time.monotonic()
            job.watch(_event(change, StepStatus.STARTED, str(server.name)))
        taken = at_once(lambda server: self._ask_one(server, change), servers)
        for server, took in zip(servers, taken, strict=True):
            if not took:
                del progress.asked[server.id]

    def _ask_one(self, server: Server, change: Change) -> bool:
        """Ask for the change of one server; false when it changed meanwhile, so that the next look decides."""

        def ask() -> bool:
            change.ask(self._cloud.admin().compute, server.id)
            return True

        return ask_unless(CHANGED_MEANWHILE, "compute", self._cloud.name, ask) or False


def _event(
    change: Change, status: StepStatus, server: str = "", *, detail: str = "", seconds: float | None = None
) -> StepEvent:
    return StepEvent(
        phase=PHASE,
        status=status,
        resource=server,
        type=SERVER_TYPE,
        action=change.action,
        detail=detail,
        seconds=None if seconds is None else round(seconds, 2),
    )


def _may_go_on(job: Job, environment: str) -> None:
    if job.control.cancelled():
        raise CancelledError(f"the power of {environment} is no longer changed: somebody asked to stop")
    if time.monotonic() >= job.control.valid_until():
        raise ConflictError(f"the lease on {environment} has ended", hint="`tenure operation retry` goes on")


def _can_be_asked(server: Server, progress: Progress, change: Change) -> bool:
    return server.id not in progress.asked and server.status in change.begins_from and not server.task_state


def _tell_done(servers: list[Server], progress: Progress, change: Change, job: Job) -> None:
    for server in servers:
        if server.status == change.target and server.id in progress.asked and server.id not in progress.done:
            progress.done.add(server.id)
            took = time.monotonic() - progress.asked[server.id]
            job.watch(_event(change, StepStatus.DONE, str(server.name), seconds=took))


def _fail_if_hopeless(waiting: list[Server], change: Change, job: Job) -> None:
    for server in waiting:
        if server.status in change.hopeless and not server.task_state:
            said = (server.fault or {}).get("message", "")
            job.watch(_event(change, StepStatus.FAILED, str(server.name), detail=f"{server.status} {said}".strip()))
            raise OperationFailedError(
                f"server {server.name} cannot {change.action}: it is {server.status}",
                detail=said,
                hint=f"see `openstack server show {server.id}`",
            )


def _late(waiting: list[Server], change: Change, timeout_seconds: float) -> OperationFailedError:
    states = ", ".join(f"{one.name} is {one.status}" for one in waiting)
    return OperationFailedError(
        f"server {waiting[0].name} did not {change.action} in {timeout_seconds:g} seconds",
        detail=states,
        hint="`tenure operation retry` waits again",
    )

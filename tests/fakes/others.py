"""Fakes of the smaller ports: inventory, power, hosts, clock, ids, and the engine's execution."""

from __future__ import annotations

import hashlib
import io
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.errors import (
    BadInputError,
    Diagnostic,
    LeaseLostError,
    NotFoundError,
    OperationFailedError,
    RefusedError,
)
from orchestrator.domain.records import (
    Backup,
    BackupItem,
    Comparison,
    Environment,
    Grant,
    Operation,
    Outputs,
    StepEvent,
)
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.ports import (
    BackupKey,
    Blob,
    Capacity,
    Clock,
    Examination,
    FoundResource,
    HostCheck,
    HostOutcome,
    Job,
    Play,
    PlayOutcome,
    Records,
    RestoreOrder,
    Transaction,
)
from tests.fakes.cloud import FakeCloud
from tests.fakes.points import Points

START = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


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


class FakeBackups:
    """Implements :class:`orchestrator.ports.Backups`: a backup is the names of the volumes.

    Attributes:
        differs: Paths that a comparison finds to be different.
        faults: What an examination of the store finds.
        locks: How many locks dead jobs have left.
    """

    def __init__(self, cloud: FakeCloud, clock: Clock) -> None:
        self._cloud = cloud
        self._clock = clock
        self.differs: tuple[str, ...] = ()
        self.faults: tuple[str, ...] = ()
        self.locks = 0

    def take(self, environment: Environment, backup_id: str, job: Job) -> Backup:
        """Copy the names of the volumes."""
        return self._copy(environment, backup_id, job, "project")

    def escrow(self, environment: Environment, backup_id: str, job: Job) -> Backup:
        """Copy them to where they outlive the project."""
        return self._copy(environment, backup_id, job, "escrow")

    def compare(self, environment: Environment, backup: Backup, job: Job) -> Comparison:
        """Find the differences that the test set."""
        del job
        self._cloud.points.reach("compare")
        assert backup.id in self._cloud.of(environment.name).backups
        return Comparison(backup=backup.id, files=3 * len(backup.items), differences=self.differs)

    def restore(self, backup: Backup, into: Environment, order: RestoreOrder, job: Job) -> Comparison:
        """Find the differences that the test set."""
        del into, order, job
        self._cloud.points.reach("restore")
        return Comparison(backup=backup.id, files=3 * len(backup.items), differences=self.differs)

    def examine(self, environment: Environment, job: Job) -> Examination:
        """Find the faults that the test set."""
        del job
        self._cloud.points.reach("examine")
        return Examination(snapshots=len(self._cloud.of(environment.name).backups), place="project", faults=self.faults)

    def keys(self, environment: Environment) -> tuple[BackupKey, ...]:
        """Give a key that opens nothing."""
        return (BackupKey(place="project", repository=f"repository of {environment.name}", password="a password"),)

    def unlock(self, environment: Environment) -> int:
        """Remove the locks that the test set."""
        del environment
        self._cloud.points.reach("unlock")
        found, self.locks = self.locks, 0
        return found

    def remove(self, backup: Backup, job: Job | None = None) -> None:
        """Forget it."""
        del job
        self._cloud.points.reach("backup-removed")
        with self._cloud.change(backup.environment) as project:
            project.backups.pop(backup.id, None)

    def _copy(self, environment: Environment, backup_id: str, job: Job, place: str) -> Backup:
        with self._cloud.working(environment.name, job.operation):
            self._cloud.points.reach("backup")
            with self._cloud.change(environment.name) as project:
                volumes = [thing for thing in project.things if thing.type == "volume"]
                project.backups[backup_id] = [thing.name for thing in volumes]
            self._cloud.points.reach("backed-up")
        return Backup(
            id=backup_id,
            subject=subject_of(environment),
            environment=environment.name,
            final=place == "escrow",
            taken_at=self._clock.now(),
            place=place,
            items=tuple(
                BackupItem(
                    volume=thing.name,
                    host=thing.name.removesuffix("-data"),
                    mount="/srv",
                    size_gib=1,
                    reference=thing.id,
                    files=3,
                    manifest="0" * 64,
                )
                for thing in volumes
            ),
        )


class FakeBlobs:
    """Implements :class:`orchestrator.ports.Blobs` in memory."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}

    def put(self, stream: BinaryIO, limit_bytes: int) -> Blob:
        """Store what the stream gives."""
        content = stream.read()
        if len(content) > limit_bytes:
            raise BadInputError(f"more than {limit_bytes} bytes", field="file")
        digest = hashlib.sha256(content).hexdigest()
        self._files[digest] = content
        return Blob(sha256=digest, size=len(content))

    def has(self, sha256: str) -> bool:
        """Whether it is here."""
        return sha256 in self._files

    def open(self, sha256: str) -> BinaryIO:
        """Open it."""
        if sha256 not in self._files:
            raise NotFoundError(f"no file {sha256}")
        return io.BytesIO(self._files[sha256])


class FakeAccess:
    """Implements :class:`orchestrator.ports.HostAccess`: every host that the cloud has answers at once."""

    def __init__(self, cloud: FakeCloud) -> None:
        self._cloud = cloud

    def ca_public_key(self) -> str:
        """Give a key that is none."""
        return "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8Q8zHm1xq0XlJ3kT9wXc3vW0e2mN4yB6pQ7rS8tU9v user-ca"

    def wait_ready(self, environment: Environment, outputs: Outputs, job: Job) -> tuple[HostCheck, ...]:
        """Reach every host."""
        del environment, job
        self._cloud.points.reach("hosts")
        return tuple(
            HostCheck(host=host.name, reached=True, cloud_init="done", hostname=host.name) for host in outputs.hosts
        )

    def certify(
        self, environment: Environment, job: Job, vouched: Mapping[str, str] | None = None
    ) -> tuple[HostCheck, ...]:
        """Reach every host."""
        del vouched
        return self.wait_ready(environment, environment.outputs, job)

    def revocations(self, serials: tuple[int, ...]) -> str:
        """Give the numbers."""
        return " ".join(map(str, serials))

    def command(self, environment: Environment, host: str, grant: Grant) -> tuple[str, ...]:
        """Give a command."""
        del grant
        return ("ssh", f"{host}.{environment.name}")

    def configuration(self, environment: Environment, grant: Grant) -> str:
        """Give a path at which there is nothing."""
        del grant
        return f"/ssh/{environment.name}/config"

    def run(
        self, environment: Environment, host: str, script: str, job: Job, *, seconds: float, secret: str = ""
    ) -> str:
        """Print nothing: the fake cloud's hosts have no shell."""
        del environment, host, script, job, seconds, secret
        self._cloud.points.reach("host-run")
        return ""


TOLD_BY_HOSTS: dict[str, dict[str, Any]] = {
    "bootstrap": {"facts": {"system": "Debian GNU/Linux 12"}, "changes": []},
    "survey": {"survey": {"family": "debian", "packages": {"openssh-server": "1:9.2p1-2"}}},
}
"""What a host in good order tells in the plays of a playbook."""


class FakeConfigurator:
    """Implements :class:`orchestrator.ports.Configurator`: every play runs through and changes nothing.

    Attributes:
        plays: What was run, in order.
        outcomes: What comes of a host in the plays of a playbook, by (playbook, host); well without an entry.
        impossible: Whether hosts cannot be entered at all.
    """

    def __init__(self, cloud: FakeCloud) -> None:
        self._cloud = cloud
        self.plays: list[Play] = []
        self.outcomes: dict[tuple[str, str], HostOutcome] = {}
        self.impossible = False

    def play(
        self, environment: Environment, play: Play, job: Job, *, secrets: Mapping[str, str] | None = None
    ) -> PlayOutcome:
        """Run it."""
        del job, secrets
        if self.impossible:
            raise RefusedError("these hosts cannot be entered")
        self._cloud.points.reach(f"play-{play.playbook}")
        self.plays.append(play)
        names = play.hosts or tuple(host.name for host in environment.outputs.hosts)
        hosts = (self.outcomes.get((play.playbook, name), self._well(play, name)) for name in names)
        return PlayOutcome(hosts=tuple(hosts), seconds=0.0)

    def _well(self, play: Play, host: str) -> HostOutcome:
        return HostOutcome(host=host, ok=1, told=TOLD_BY_HOSTS.get(play.playbook, {}))


class FakeClock:
    """Implements :class:`orchestrator.ports.Clock`; moves only when a test moves it."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def now(self) -> datetime:
        """Give the present instant."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move on."""
        self._now += by

    def set(self, now: datetime) -> None:
        """Be at an instant."""
        self._now = now


class FakeIds:
    """Implements :class:`orchestrator.ports.Ids` by counting."""

    def __init__(self) -> None:
        self._count = 0
        self._turn = threading.Lock()

    def new(self, prefix: str) -> str:
        """Give the next."""
        with self._turn:
            self._count += 1
            return f"{prefix}-{self._count:06}"


class FakeExecution:
    """Implements :class:`orchestrator.ports.Execution` for one attempt.

    Args:
        records: Where events go.
        points: Passed around each step that is kept.
        kept: Results of earlier attempts; empty when the engine has lost its rows.
    """

    def __init__(self, records: Records, points: Points, kept: dict[str, dict[str, Any]] | None = None) -> None:
        self._records = records
        self._points = points
        self._kept = {} if kept is None else kept
        self._began = time.monotonic()
        self.cancel_asked: Callable[[], bool] = lambda: False
        self.stopping = False
        self.lost = False

    def cancelled(self) -> bool:
        """Whether the work has to stop."""
        return self.interrupted() or self.cancel_asked()

    def valid_until(self) -> float:
        """Give an end that is far away."""
        return time.monotonic() + 30

    def interrupted(self) -> bool:
        """Whether the test stopped the engine or took the lease away."""
        return self.stopping or self.lost

    def confirm(self, tx: Transaction) -> None:
        """Raise LeaseLostError when the test took the lease away."""
        del tx
        if self.lost:
            raise LeaseLostError("taken over")

    def once(self, name: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Do a step and keep its result, unless it is kept."""
        if name not in self._kept:
            result = work()
            self._points.reach(f"done:{name}")
            self._kept[name] = result
        self._points.reach(f"kept:{name}")
        return self._kept[name]

    def tell(self, operation: Operation, event: StepEvent, at: datetime) -> None:
        """Store an event at once."""
        with self._records.transaction() as tx:
            tx.operations.add_event(operation, event, at)

    def all_told(self) -> None:
        """Do nothing: every event is stored."""

    def elapsed_seconds(self) -> float:
        """Give the real time since the attempt began."""
        return time.monotonic() - self._began

"""A live environment with one real host, backed up into the cloud's object store, in an installation of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from orchestrator.bootstrap import Installation
from orchestrator.domain.blueprint import resolve
from orchestrator.domain.deadlines import subject_of
from orchestrator.domain.lifecycle import OperationState
from orchestrator.domain.names import Stage
from orchestrator.domain.records import (
    Actor,
    Authorisation,
    Backup,
    Environment,
    JobKind,
    Operation,
    OperationKind,
    Report,
    ReportKind,
    Role,
)
from orchestrator.domain.spec import Direction, Flow
from orchestrator.domain.submission import submission_from_data
from orchestrator.ports import Job
from orchestrator.settings import Settings
from orchestrator.workflows.execution import execute
from orchestrator.workflows.moves import queue_operation
from tests.cloud import CloudAccess
from tests.fakes.execution import FakeExecution
from tests.fakes.points import Points
from tests.jobs import Recorder
from tests.samples import a_request
from tools.localcloud import aptproxy

UNIT = Actor(name="li", role=Role.UNIT, door="cli")
OFFICE = Actor(name="wang", role=Role.OFFICE, door="cli")
PROVIDER = Actor(name="zhao", role=Role.PROVIDER, door="cli")
HOST = "host-1"
FILL = """
for n in $(seq 60); do mountpoint -q /srv/data && break; sleep 1; done; mountpoint -q /srv/data || exit 1
mkdir -p /srv/data/register; for n in $(seq 40); do echo "entry $n" >/srv/data/register/$n.txt; done
head -c 3000000 /dev/urandom >/srv/data/scan.bin; sync
"""


@dataclass
class House:
    """The installation and its live environment."""

    installation: Installation
    environment: Environment

    def carried_out(self, operation: Operation) -> Operation:
        """Run an operation to its end, as a worker does."""
        execution = FakeExecution(self.installation.records, Points())
        execute(self.installation.ports, operation.id, execution)
        with self.installation.records.read() as tx:
            return tx.operations.get(operation.id)

    def backed_up(self) -> Operation:
        """Take a backup."""
        ports = self.installation.ports
        with ports.records.transaction() as tx:
            name = self.environment.name
            operation = queue_operation(ports, tx, OperationKind.BACKUP, name, None, PROVIDER)
        done = self.carried_out(operation)
        assert done.state is OperationState.SUCCEEDED, done.error
        return done

    def backups(self) -> tuple[Backup, ...]:
        """Give the backups on record, newest first."""
        with self.installation.records.read() as tx:
            return tx.backups.of(subject_of(self.environment))

    def reports(self, kind: ReportKind) -> tuple[Report, ...]:
        """Give the reports of a kind, newest first."""
        with self.installation.records.read() as tx:
            return tx.reports.list(environment=self.environment.name, kind=kind)

    def on_host(self, text: str, environment: Environment | None = None) -> str:
        """Run something on the host as root."""
        access = self.installation.ports.access
        return access.run(environment or self.environment, HOST, text, Recorder().job(), seconds=120)


@contextmanager
def a_house(cloud: CloudAccess, home: Path, unit: str = "drills") -> Iterator[House]:
    """Make the environment by Pulumi, fill its volume, and remove everything at the end, its backups too.

    The process's environment has to name the cloud.
    """
    installation = Installation(settings(cloud, home))
    environment = on_record(installation, cloud, unit)
    job = Recorder().job(environment.spec)
    try:
        found = House(installation, made(installation, environment, job))
        found.on_host(FILL)
        yield found
    finally:
        remove_backups(installation, environment)
        provisioner = installation.provisioner
        provisioner.recover(job)
        provisioner.destroy_resources(job)
        provisioner.destroy_tenant(job)
        installation.close()


def remove_backups(installation: Installation, environment: Environment) -> None:
    """Leave nothing in a store that other tests use too."""
    with installation.records.read() as tx:
        known = tx.backups.of(subject_of(environment))
    for one in known:
        installation.ports.backups.remove(one)


def settings(cloud: CloudAccess, home: Path) -> Settings:
    """Give the settings: the cloud's object store, and its cache of packages as what drills may reach beside it."""
    values: dict[str, Any] = {
        "home": home,
        "OS_CLOUD": cloud.cloud,
        "backup_store": cloud.object_store,
        "backup_store_key": "drills",
        "backup_store_secret": "of-the-drills",
        "drill_reach": f"{gateway_of(cloud)}:{aptproxy.PORT}",
    }
    return Settings(**values)


def packages(cloud: CloudAccess) -> Flow:
    """Give the flow towards the local cloud's cache of packages, which is no public mirror."""
    return Flow(
        role="host",
        direction=Direction.EGRESS,
        first_port=aptproxy.PORT,
        last_port=aptproxy.PORT,
        peer_cidr=IPv4Network(gateway_of(cloud)),
    )


def gateway_of(cloud: CloudAccess) -> str:
    """Give the address at which this machine is reached by hosts."""
    return cloud.object_store.removeprefix("http://").partition(":")[0]


def on_record(installation: Installation, cloud: CloudAccess, unit: str) -> Environment:
    """Put request and environment on record as an approved application leaves them."""
    library, access = installation.library, installation.ports.access
    request_id = installation.ports.ids.new("req")  # a life of its own, with a bucket of its own
    submission = submission_from_data(
        {
            "kind": "trial",
            "unit": unit,
            "system": "kept",
            "reason": "trial",
            "classified": False,
            "mlps": 2,
            "environment": {
                "blueprint": "single-host",
                "network": {"cidr": "10.20.0.0/24"},
                "access_from": ["198.51.100.0/24"],
            },
        }
    )
    blueprint = library.blueprint("single-host")
    resolved = resolve(submission, blueprint, request_id=request_id, ca_public_key=access.ca_public_key())
    spec = resolved.model_copy(update={"flows": (*resolved.flows, packages(cloud))})
    request = a_request(request_id, kind="trial", environment=spec.name, stage=Stage.TRIAL, spec=spec)
    clock = installation.ports.clock
    environment = Environment(
        name=spec.name, stage=Stage.TRIAL, state="ready", request=request.id, spec=spec, created_at=clock.now()
    )
    with installation.records.transaction() as tx:
        tx.requests.add(request)
        tx.environments.add(environment)
        tx.authorisations.put(
            Authorisation(
                id="auth-drills",
                environment=spec.name,
                subject=subject_of(environment),
                jobs=tuple(JobKind),
                reason="tests",
                at=clock.now(),
                by_unit=UNIT,
                by_office=OFFICE,
            )
        )
    return environment


def made(installation: Installation, environment: Environment, job: Job) -> Environment:
    """Make the environment and wait for its host."""
    ports = installation.ports
    outputs = ports.provisioner.up(job)
    ports.access.wait_ready(environment, outputs, job)
    with installation.records.transaction() as tx:
        known = tx.environments.get(environment.name)
        return tx.environments.put(known.model_copy(update={"outputs": outputs, "ready_at": ports.clock.now()}))

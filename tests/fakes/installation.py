"""A whole installation over fakes, with real records and the real library: what workflows are tested on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from orchestrator.adapters.library import TemplateLibrary, installed_templates
from orchestrator.domain.lifecycle import OperationState
from orchestrator.domain.records import Actor, Environment, Operation, Request, Role
from orchestrator.domain.submission import Submission, submission_from_data
from orchestrator.ports import Clock, Ids, Records
from orchestrator.workflows import requests
from orchestrator.workflows.context import Ports
from orchestrator.workflows.execution import execute
from orchestrator.workflows.outcomes import Verdict
from tests.audit import SIGNER
from tests.fakes.clock import FakeClock, FakeIds
from tests.fakes.cloud import FakeCloud
from tests.fakes.execution import FakeExecution
from tests.fakes.fleet import FakeFleet
from tests.fakes.ground import FakeGround
from tests.fakes.hosts import FakeAccess, FakeConfigurator
from tests.fakes.machines import FakeInventory, FakePower, FakeRewind
from tests.fakes.points import PointedRecords, Points
from tests.fakes.provisioner import FakeProvisioner
from tests.fakes.stores import FakeBackups, FakeBlobs

UNIT = Actor(name="li", role=Role.UNIT, door="cli")
OFFICE = Actor(name="wang", role=Role.OFFICE, door="cli")
PROVIDER = Actor(name="zhao", role=Role.PROVIDER, door="cli")

APPLICATION = ("construction-plan", "self-test-report", "resource-needs")
"""What an application carries (Art. 11)."""

LIBRARY = TemplateLibrary(installed_templates())


def a_submission(**changes: object) -> Submission:
    """Give a submission for a test environment of one host."""
    data: dict[str, object] = {
        "kind": "test",
        "unit": "archives",
        "system": "catalogue",
        "reason": "test before migration",
        "classified": False,
        "mlps": 2,
        "material": [{"kind": kind, "name": f"{kind}.pdf", "sha256": "5" * 64} for kind in APPLICATION],
        "environment": {
            "blueprint": "single-host",
            "network": {"cidr": "10.20.0.0/24"},
            "access_from": ["198.51.100.0/24"],
        },
    }
    return submission_from_data({name: value for name, value in (data | changes).items() if value is not None})


def fake_ports(records: Records, cloud: FakeCloud, clock: Clock, ids: Ids) -> Ports:
    """Give ports over a fake cloud."""
    return Ports(
        records=records,
        provisioner=FakeProvisioner(cloud, clock),
        inventory=FakeInventory(cloud),
        fleet=FakeFleet(cloud),
        power=FakePower(cloud),
        rewind=FakeRewind(cloud),
        access=FakeAccess(cloud),
        configurator=FakeConfigurator(cloud),
        library=LIBRARY,
        clock=clock,
        ids=ids,
        backups=FakeBackups(cloud, clock),
        ground=FakeGround(cloud),
        blobs=FakeBlobs(),
        signer=SIGNER,
    )


@dataclass
class Installation:
    """Ports over fakes, and what a test does with them.

    Attributes:
        records: The records without points, for looking at them.
        kept: What the engine keeps of the steps of each operation.
    """

    records: Records
    points: Points = field(default_factory=Points)
    clock: FakeClock = field(default_factory=FakeClock)
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Put the fakes together."""
        self.cloud = FakeCloud(self.points)
        self.inventory = FakeInventory(self.cloud)
        ports = fake_ports(PointedRecords(self.records, self.points), self.cloud, self.clock, FakeIds())
        self.fleet = FakeFleet(self.cloud)
        self.provisioner = FakeProvisioner(self.cloud, self.clock)
        self.backups = FakeBackups(self.cloud, self.clock)
        self.ground = FakeGround(self.cloud)
        self.configurator = FakeConfigurator(self.cloud)
        self.ports = replace(
            ports,
            inventory=self.inventory,
            fleet=self.fleet,
            provisioner=self.provisioner,
            backups=self.backups,
            ground=self.ground,
            configurator=self.configurator,
        )

    def submit(self, **changes: object) -> Request:
        """Submit a request for a test environment; ``changes`` are fields of the document."""
        return requests.submit(self.ports, a_submission(**changes), UNIT)

    def approve(self, request: Request) -> Request:
        """Accept and review a request."""
        requests.accept(self.ports, request.id, OFFICE)
        return requests.review(self.ports, request.id, OFFICE)

    def make_ready(self, **changes: object) -> Environment:
        """Lead a request to a ready environment."""
        request = self.submit(**changes)
        self.run_all()
        self.approve(request)
        self.run_all()
        return self.environment(request.environment)

    def begin_provision(self) -> Operation:
        """Lead a request to where its provisioning is queued."""
        self.approve(self.submit())
        self.run(self.under_way()[0])
        return self.under_way()[0]

    def run_losing_the_lease(self, operation: Operation, point: str) -> Verdict:
        """Run an attempt that another worker takes over at a point."""
        executions: list[FakeExecution] = []

        def lose_it(reached: str) -> None:
            del reached
            executions[0].lost = True

        self.points.at(point, lose_it)
        return self.run(operation, executions.append)

    def run(self, operation: Operation, prepare: Callable[[FakeExecution], object] = vars) -> Verdict:
        """Run one attempt of an operation."""
        kept = self.kept.setdefault(f"{operation.id}#{operation.queued_at}", {})
        execution = FakeExecution(self.records, self.points, kept)
        execution.cancel_asked = lambda: self.operation(operation.id).cancel_asked
        prepare(execution)
        return execute(self.ports, operation.id, execution)

    def run_all(self) -> None:
        """Run what is under way, oldest first, until nothing is."""
        while waiting := self.under_way():
            self.run(waiting[0])

    def under_way(self) -> list[Operation]:
        """Give queued and running operations, oldest first."""
        with self.records.read() as tx:
            found = [
                operation
                for state in (OperationState.QUEUED, OperationState.RUNNING)
                for operation in tx.operations.list(state=state)
            ]
        return sorted(found, key=lambda operation: operation.id)

    def operation(self, operation_id: str) -> Operation:
        """Give an operation as it is on record."""
        with self.records.read() as tx:
            return tx.operations.get(operation_id)

    def newest(self, environment: str) -> Operation:
        """Give the newest operation of an environment."""
        with self.records.read() as tx:
            return tx.operations.list(environment=environment)[0]

    def operation_of(self, request: Request) -> Operation:
        """Give the newest operation of a request."""
        with self.records.read() as tx:
            return tx.operations.list(request=request.id)[0]

    def environment(self, name: str) -> Environment:
        """Give an environment as it is on record."""
        with self.records.read() as tx:
            return tx.environments.get(name)

    def request(self, request_id: str) -> Request:
        """Give a request as it is on record."""
        with self.records.read() as tx:
            return tx.requests.get(request_id)

    def actions(self, environment: str) -> list[str]:
        """Give the audit log's actions about an environment, in order."""
        with self.records.read() as tx:
            return [entry.action for entry in tx.audit.list(subject=environment, limit=1000)]

    def notices(self, environment: str) -> list[str]:
        """Give the keys of the notices about an environment, oldest first."""
        with self.records.read() as tx:
            return [notice.key for notice in reversed(tx.notices.list(environment=environment, limit=1000))]

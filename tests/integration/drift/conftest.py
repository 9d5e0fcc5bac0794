"""One environment by Pulumi on the cloud of this test run, and the fleet that it stands in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from orchestrator.adapters.openstack import Cloud, OpenStackFleet
from orchestrator.adapters.pulumi import PulumiProvisioner
from orchestrator.domain.drift import Suspect, compare
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.plan import PlannedStep
from orchestrator.domain.records import Made, Thing, ThingKind
from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.ports import Job
from tests.cloud import CloudAccess
from tests.integration.pulumi.conftest import MakeSpec, home, make_spec, provisioner, remove, settings, toolchain, vault
from tests.jobs import Recorder
from tests.samples import START

if TYPE_CHECKING:
    from openstack.connection import Connection

__all__ = ["home", "make_spec", "provisioner", "settings", "toolchain", "vault"]

UNIT = "drift"


@dataclass
class Standing:
    """The environment, what was recorded of it, and ways to look at it and to change it by hand.

    Attributes:
        admin: Plain openstacksdk, as somebody with the administrator's account has it.
        taken: What was recorded, newest last.
    """

    provisioner: PulumiProvisioner
    fleet: OpenStackFleet
    spec: EnvironmentSpec
    admin: Connection
    taken: list[tuple[Thing, ...]] = field(default_factory=list)

    def job(self, operation: str) -> Job:
        """Give work on it that keeps what is recorded."""
        return replace(Recorder().job(self.spec, operation), made=self.taken.append)

    @property
    def made(self) -> Made:
        """What stands, by the newest record."""
        return Made(
            subject=f"{self.spec.name}@req-1",
            environment=self.spec.name,
            operation="op-1",
            at=START,
            things=self.taken[-1],
        )

    @property
    def project(self) -> str:
        """The id of its project."""
        return next(thing.id for thing in self.made.things if thing.kind is ThingKind.PROJECT)

    def id_of(self, name: str) -> str:
        """Give the id in the cloud of what was made under a logical name."""
        return next(thing.id for thing in self.made.things if thing.name == name)

    def drifts(self, *others: str) -> list[Suspect]:
        """Look at the fleet, other projects too, and give what differs here."""
        sight = self.fleet.look({self.project, *others})
        assert sight.silent == {}
        return list(compare(self.made, sight, EnvironmentState.READY))

    def told(self, *others: str) -> set[tuple[str, str, tuple[str, ...]]]:
        """Give what differs as class, name and properties."""
        return {
            (str(one.drift), one.name, tuple(difference.name for difference in one.properties))
            for one in self.drifts(*others)
        }

    def exact(self) -> tuple[PlannedStep, ...]:
        """Have the engine look; gives what a mend would change."""
        steps = self.provisioner.difference(replace(self.job("op-look"), made=lambda _: None))
        return tuple(step for step in steps if step.action not in {"same", "read"})


@pytest.fixture(scope="package")
def standing(
    provisioner: PulumiProvisioner, make_spec: MakeSpec, cloud: CloudAccess, admin: Connection
) -> Iterator[Standing]:
    """Make an environment of one host; take it away at the end, whatever became of it."""
    spec = make_spec("fleet", unit=UNIT)
    fleet = OpenStackFleet(Cloud(cloud.cloud, clouds_yaml=cloud.clouds_yaml))
    made = Standing(provisioner, fleet, spec, admin)
    try:
        provisioner.up(made.job("op-up"))
        yield made
    finally:
        remove(provisioner, spec)

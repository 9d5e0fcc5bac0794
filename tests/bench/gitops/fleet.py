"""A fleet of environments without servers: some made by Pulumi, the others of the same shape by openstacksdk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from orchestrator.adapters.openstack import Cloud, OpenStackFleet
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.records import Environment, Made, Thing
from orchestrator.domain.spec import EnvironmentSpec
from tests.bench.gitops.stacks import Stacks
from tests.cloud import CloudAccess
from tests.samples import START, a_spec, an_environment
from tests.tenants import Tenant, a_tenant

UNIT: Final = "benchfleet"
PASSWORD: Final = "of-the-benchs-service-users"
AT_ONCE: Final = 8


@dataclass(frozen=True)
class Member:
    """One environment of the fleet, as records know it."""

    environment: Environment
    made: Made


@contextmanager
def a_fleet(
    cloud: CloudAccess, folder: Path, size: int, by_pulumi: int, say: Callable[[str], None]
) -> Iterator[tuple[Stacks, list[Member]]]:
    """Make so many environments, the first of them by Pulumi; take them away afterwards."""
    specs = [_spec(number, cloud.external_network) for number in range(size)]
    stacks = Stacks(folder, cloud)
    with ExitStack() as ending:
        ending.callback(stacks.remove)
        recorded = {spec.name: stacks.up(spec) for spec in specs[:by_pulumi]}
        say(f"{by_pulumi} environments are made by Pulumi")
        ids = _by_sdk(cloud, specs[by_pulumi:], ending)
        say(f"{size - by_pulumi} more are made by openstacksdk")
        recorded |= _seen(cloud, ids)
        yield stacks, [_member(spec, recorded[spec.name]) for spec in specs]


def _spec(number: int, external_network: str) -> EnvironmentSpec:
    network = {"cidr": "10.88.0.0/24", "external_network": external_network}
    return a_spec(unit=UNIT, system=f"env{number}", request=f"req-{number}", network=network)


def _by_sdk(cloud: CloudAccess, specs: list[EnvironmentSpec], ending: ExitStack) -> dict[str, str]:
    """Make tenants a few at once; gives their projects by name."""
    rooms = [a_tenant(cloud, spec, PASSWORD) for spec in specs]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        tenants = list(pool.map(lambda room: room.__enter__(), rooms))
        ending.callback(_leave, rooms)
        list(pool.map(lambda tenant: _furnish(tenant, cloud.external_network), tenants))
    return {tenant.spec.name: tenant.project_id for tenant in tenants}


def _leave(rooms: list[Any]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda room: room.__exit__(None, None, None), rooms))


def _furnish(tenant: Tenant, external_network: str) -> None:
    """Give a project what the stack has, its quotas too."""
    tenant.add_network(external_network)
    network: Any = tenant.admin.network
    storage: Any = tenant.admin.block_storage
    network.update_quota(tenant.project_id, ports=5)
    tenant.admin.compute.update_quota_set(tenant.project_id, instances=1)
    storage.update_quota_set(tenant.project_id, volumes=1)


def _seen(cloud: CloudAccess, ids: dict[str, str]) -> dict[str, tuple[Thing, ...]]:
    """Record what openstacksdk made by looking at it."""
    fleet = OpenStackFleet(Cloud(cloud.cloud, clouds_yaml=cloud.clouds_yaml))
    things = fleet.look(set(ids.values())).things
    return {name: tuple(thing for thing in things if thing.project == project) for name, project in ids.items()}


def _member(spec: EnvironmentSpec, things: tuple[Thing, ...]) -> Member:
    environment = an_environment(
        UNIT, spec.system, spec=spec, request=spec.request, state=EnvironmentState.READY, ready_at=START
    )
    subject = f"{environment.name}@{environment.request}"
    made = Made(subject=subject, environment=environment.name, operation="op-bench", at=START, things=things)
    return Member(environment, made)

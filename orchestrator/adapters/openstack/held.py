"""What an environment already takes from the cloud: a change needs only what comes on top of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from orchestrator.adapters.openstack.cloud import Cloud
from orchestrator.adapters.openstack.faults import asking

if TYPE_CHECKING:
    from openstack.compute.v2.flavor import Flavor
    from openstack.compute.v2.server import Server


@dataclass(frozen=True)
class Held:
    """What a project holds.

    Attributes:
        flavors: Names of flavors by names of servers.
        addresses: External addresses: floating ones, and those of routers.
    """

    vcpus: int = 0
    ram_mib: int = 0
    volume_gib: int = 0
    addresses: int = 0
    flavors: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


NOTHING = Held()


def held_by(cloud: Cloud, project_id: str | None) -> Held:
    """Ask what a project holds; nothing when there is no project."""
    if project_id is None:
        return NOTHING
    flavors = _flavors(cloud, project_id)
    return Held(
        vcpus=sum(one.vcpus or 0 for one in flavors.values()),
        ram_mib=sum(one.ram or 0 for one in flavors.values()),
        volume_gib=_volume_gib(cloud, project_id),
        addresses=_addresses(cloud, project_id),
        flavors=MappingProxyType({server: str(one.name) for server, one in flavors.items()}),
    )


def _flavors(cloud: Cloud, project_id: str) -> dict[str, Flavor]:
    """Give the flavor of every server; one that was removed from the cloud meanwhile still tells its size."""
    with asking("compute", cloud.name):
        compute = cloud.admin().compute
        known = {str(one.id): one for one in compute.flavors(is_public=None)}
        listed = compute.servers(all_projects=True, project_id=project_id)
        servers: list[Server] = [one for one in listed if one.project_id == project_id]
    return {str(one.name): known.get(str(one.flavor.id), _named(one.flavor, known)) for one in servers}


def _named(flavor: Flavor, known: Mapping[str, Flavor]) -> Flavor:
    """Find a flavor as newer versions of the service tell it: by its name at the time, with its figures."""
    name = flavor.original_name or flavor.name
    return next((one for one in known.values() if one.name == name), flavor)


def _volume_gib(cloud: Cloud, project_id: str) -> int:
    with asking("volume", cloud.name):
        listed = cloud.admin().block_storage.volumes(details=True, all_projects=True, project_id=project_id)
        return sum(int(one.size or 0) for one in listed if one.project_id in {None, project_id})


def _addresses(cloud: Cloud, project_id: str) -> int:
    with asking("network", cloud.name):
        network = cloud.admin().network
        floating = [one for one in network.ips(project_id=project_id) if one.project_id == project_id]
        routers = [one for one in network.routers(project_id=project_id) if one.project_id == project_id]
    return len(floating) + sum(1 for one in routers if one.external_gateway_info)

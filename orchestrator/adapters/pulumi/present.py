"""What the cloud has of an environment before it is changed: its cost, and what a change has to reckon with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.adapters.pulumi.cloud_api import CloudApi
from orchestrator.domain.quota import NOTHING
from orchestrator.domain.spec import EnvironmentSpec, FlavorSize, Totals
from stacks.context import Surplus
from stacks.naming import volume_sizes

type Thing = Mapping[str, Any]
OURS = ("managed-by", "tenure")
"""The mark that tells an environment's servers and volumes from what backups and people put beside them."""


@dataclass(frozen=True)
class Present:
    """What a project holds of its environment.

    Attributes:
        totals: Its cost; None when there is nothing yet.
        grown: Sizes of its volumes in GiB, by name.
        surplus: What it has beyond the specification.
    """

    totals: Totals | None = None
    grown: Mapping[str, int] = field(default_factory=dict)
    surplus: Surplus = field(default_factory=Surplus)


def look(cloud: CloudApi, spec: EnvironmentSpec) -> Present:
    """Ask the cloud; one call when the environment has no project yet, five when it has.

    An account that may only read what is in projects, and not over all of them, asks inside the environment's.
    """
    projects = cloud.items_if_allowed("identity", "/projects", "projects", name=spec.name)
    if projects is None:
        return _look_inside(cloud, spec)
    if not projects:
        return Present()
    project = str(projects[0]["id"])
    return _present(cloud, spec, project, {"all_tenants": "1", "project_id": project})


def _look_inside(cloud: CloudApi, spec: EnvironmentSpec) -> Present:
    own = cloud.items("identity", "/auth/projects", "projects")
    project = next((str(each["id"]) for each in own if each["name"] == spec.name), "")
    return _present(cloud.inside(project), spec, project, {}) if project else Present()


def _present(cloud: CloudApi, spec: EnvironmentSpec, project: str, of_all: dict[str, str]) -> Present:
    servers = _ours(cloud.items("compute", "/servers/detail", "servers", **of_all))
    volumes = _ours(cloud.items("block-storage", "/volumes/detail", "volumes", **of_all), "host")
    addresses = cloud.items("network", "/floatingips", "floatingips", project_id=project)
    rules = cloud.items("network", "/security-group-rules", "security_group_rules", project_id=project)
    totals = _servers(servers).plus(_volumes(volumes)).plus(NOTHING.model_copy(update={"addresses": len(addresses)}))
    return Present(
        totals=None if totals == NOTHING else totals,
        grown={str(one["name"]): int(one["size"]) for one in volumes},
        surplus=Surplus(totals=_beyond(spec, servers, volumes), rules=_rules_beyond(spec, rules)),
    )


def _ours(things: Iterable[Thing], *also: str) -> list[Thing]:
    """Leave out what has not our marks: a copy that was restored from a backup is no part of the environment."""
    key, value = OURS
    return [
        one for one in things if one["metadata"].get(key) == value and all(name in one["metadata"] for name in also)
    ]


def _servers(servers: Iterable[Thing]) -> Totals:
    sizes = [one["flavor"] for one in servers]
    return NOTHING.model_copy(
        update={
            "hosts": len(sizes),
            "vcpus": sum(size["vcpus"] for size in sizes),
            "ram_mib": sum(size["ram"] for size in sizes),
        }
    )


def _volumes(volumes: Iterable[Thing]) -> Totals:
    sizes = [one["size"] for one in volumes]
    return NOTHING.model_copy(update={"volumes": len(sizes), "volume_gib": sum(sizes)})


def _beyond(spec: EnvironmentSpec, servers: Iterable[Thing], volumes: Iterable[Thing]) -> Totals:
    """Add up what has to go, and by how much servers have to become smaller; volumes never do."""
    hosts = {host: role.size for role in spec.roles for host in role.host_names()}
    going = _servers(one for one in servers if one["name"] not in hosts)
    going = going.plus(_volumes(one for one in volumes if one["name"] not in volume_sizes(spec)))
    for one in servers:
        going = going.plus(_shrinking(one["flavor"], hosts.get(one["name"])))
    return going


def _shrinking(flavor: Thing, wanted: FlavorSize | None) -> Totals:
    if wanted is None:
        return NOTHING
    vcpus, ram_mib = max(0, flavor["vcpus"] - wanted.vcpus), max(0, flavor["ram"] - wanted.ram_mib)
    return NOTHING.model_copy(update={"vcpus": vcpus, "ram_mib": ram_mib})


def _rules_beyond(spec: EnvironmentSpec, rules: Iterable[Thing]) -> int:
    """Count rules that no flow declares any more; Neutron's own have no description."""
    keys = {flow.key for flow in spec.flows}
    return sum(1 for rule in rules if rule["description"] and rule["description"] not in keys)

"""How each kind of thing of the fleet is listed, and what of it matters, in the words of what `up` recorded.

Most lists are over all projects at once and paged by the SDK. Quotas of compute and volumes have no such list: they
are asked for project by project, in a few threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from orchestrator.adapters.openstack import copies
from orchestrator.adapters.openstack.cloud import at_once
from orchestrator.domain.drift import value_text
from orchestrator.domain.records import Thing, ThingKind

PAGE = 500
"""Things of one answer; the SDK follows to the next."""

ROUTER_INTERFACE = "network:router_interface"
OWNED_BY_THE_NETWORK = "network:"
"""Ports of gateways, of address servers and of floating addresses: the network service makes and removes them."""
DEFAULT_GROUP = "default"
"""Every project has this group; nothing of ours uses it."""

type Item = Any


@dataclass(frozen=True)
class Scene:
    """What a list works with.

    Attributes:
        admin: The administrator's connection; the SDK's proxies have no type of one version.
        projects: Ids of the projects that are looked at.
        quotas_of: Those whose quotas of compute and volumes are asked for.
    """

    admin: Any
    projects: frozenset[str]
    quotas_of: frozenset[str]

    @property
    def narrowed(self) -> dict[str, str]:
        """Ask for the one project when there is one; else for all, since one long list is cheaper than many."""
        return {"project_id": next(iter(self.projects))} if len(self.projects) == 1 else {}


@dataclass(frozen=True)
class Listing:
    """One list of one service.

    Attributes:
        service: Its name in our vocabulary.
        kinds: What it tells of; when it does not answer, nothing is known of these.
    """

    service: str
    kinds: tuple[ThingKind, ...]
    things: Callable[[Scene], Iterable[Thing]]


def _thing(kind: ThingKind, item: Item, project: str | None, part_of: str | None = None, **properties: object) -> Thing:
    """Give a thing; what the cloud itself owns has no project."""
    return Thing(
        kind=kind,
        id=str(item.id),
        name=str(getattr(item, "name", None) or item.id),
        project=project or "",
        part_of=part_of or "",
        properties={name: value_text(value) for name, value in properties.items()},
    )


def _projects(scene: Scene) -> Iterator[Thing]:
    for one in scene.admin.identity.projects():
        yield _thing(ThingKind.PROJECT, one, one.id, name=one.name, enabled=one.is_enabled, description=one.description)


def _users(scene: Scene) -> Iterator[Thing]:
    for one in scene.admin.identity.users():
        yield _thing(ThingKind.USER, one, "", name=one.name, enabled=one.is_enabled)


def _assignments(scene: Scene) -> Iterator[Thing]:
    for one in scene.admin.identity.role_assignments(include_names=True):
        project = str((one.scope or {}).get("project", {}).get("id", ""))
        holder, role = one.user or one.group or {}, one.role or {}
        yield Thing(
            kind=ThingKind.ROLE_ASSIGNMENT,
            id=f"{project}/{holder.get('id', '')}/{role.get('id', '')}",
            name=f"{role.get('name', '')} of {holder.get('name', '')}",
            project=project,
            part_of=str(holder.get("id", "")),
        )


def _networks(scene: Scene) -> Iterator[Thing]:
    for one in scene.admin.network.networks(limit=PAGE, **scene.narrowed):
        facts = {"name": one.name, "admin_state_up": one.is_admin_state_up, "shared": one.is_shared}
        yield _thing(ThingKind.NETWORK, one, one.project_id, **facts)


def _subnets(scene: Scene) -> Iterator[Thing]:
    for one in scene.admin.network.subnets(limit=PAGE, **scene.narrowed):
        facts = {
            "name": one.name,
            "cidr": one.cidr,
            "gateway": one.gateway_ip,
            "dhcp": one.is_dhcp_enabled,
            "dns": one.dns_nameservers,
        }
        yield _thing(ThingKind.SUBNET, one, one.project_id, one.network_id, **facts)


def _routers(scene: Scene) -> Iterator[Thing]:
    for one in scene.admin.network.routers(limit=PAGE, **scene.narrowed):
        external = (one.external_gateway_info or {}).get("network_id")
        facts = {"name": one.name, "admin_state_up": one.is_admin_state_up, "external_network": external}
        yield _thing(ThingKind.ROUTER, one, one.project_id, **facts)


def _ports(scene: Scene) -> Iterator[Thing]:
    """Give the ports of hosts, and what connects routers to subnets, which is a port too."""
    for one in scene.admin.network.ports(limit=PAGE, **scene.narrowed):
        owner = str(one.device_owner or "")
        addresses = [fixed["ip_address"] for fixed in one.fixed_ips or []]
        if owner == ROUTER_INTERFACE:
            subnets = [fixed["subnet_id"] for fixed in one.fixed_ips or []]
            facts = {"router": one.device_id, "subnet": subnets}
            yield _thing(ThingKind.ROUTER_INTERFACE, one, one.project_id, one.device_id, **facts)
        elif not owner.startswith(OWNED_BY_THE_NETWORK):
            facts = {
                "name": one.name,
                "admin_state_up": one.is_admin_state_up,
                "addresses": addresses,
                "groups": one.security_group_ids,
            }
            yield _thing(ThingKind.PORT, one, one.project_id, one.network_id, **facts)


def _addresses(scene: Scene) -> Iterator[Thing]:
    for one in scene.admin.network.ips(limit=PAGE, **scene.narrowed):
        facts = {"address": one.floating_ip_address, "port": one.port_id}
        yield _thing(ThingKind.ADDRESS, one, one.project_id, **facts)


def _groups(scene: Scene) -> Iterator[Thing]:
    """Give the groups and their rules, which come with them."""
    for one in scene.admin.network.security_groups(limit=PAGE, **scene.narrowed):
        if one.name == DEFAULT_GROUP:
            continue
        yield _thing(ThingKind.GROUP, one, one.project_id, name=one.name, description=one.description)
        for rule in one.security_group_rules or []:
            yield Thing(
                kind=ThingKind.RULE,
                id=str(rule["id"]),
                name=f"{_rule_text(rule)} in {one.name}",
                project=str(one.project_id),
                part_of=str(one.id),
            )


def _rule_text(rule: dict[str, Any]) -> str:
    first, last = rule.get("port_range_min"), rule.get("port_range_max")
    ports = "" if first is None else f" {first}" if first == last else f" {first}-{last}"
    peer = rule.get("remote_ip_prefix") or rule.get("remote_group_id") or "anywhere"
    way = "to" if rule["direction"] == "egress" else "from"
    return f"{rule['direction']} {rule.get('protocol') or 'any'}{ports} {way} {peer}"


def _servers(scene: Scene) -> Iterator[Thing]:
    for one in scene.admin.compute.servers(all_projects=True, limit=PAGE, **scene.narrowed):
        flavor = getattr(one.flavor, "original_name", None) or getattr(one.flavor, "id", None)
        yield _thing(ThingKind.SERVER, one, one.project_id, name=one.name, flavor=flavor, status=one.status)


def _server_groups(scene: Scene) -> Iterator[Thing]:
    for one in scene.admin.compute.server_groups(all_projects=True):
        yield _thing(ThingKind.SERVER_GROUP, one, str(one.project_id), name=one.name)


def _volumes(scene: Scene) -> Iterator[Thing]:
    """Give the volumes and where they are attached, which comes with them."""
    for one in scene.admin.block_storage.volumes(details=True, all_projects=True, limit=PAGE, **scene.narrowed):
        yield _thing(ThingKind.VOLUME, one, one.project_id, name=one.name, size=one.size)
        for attached in one.attachments or []:
            yield Thing(
                kind=ThingKind.ATTACHMENT,
                id=f"{attached['server_id']}/{one.id}",
                name=f"{one.name} at {attached['server_id']}",
                project=str(one.project_id),
                part_of=str(attached["server_id"]),
            )


def _quota(kind: ThingKind, project: str, **numbers: object) -> Thing:
    texts = {name: value_text(value) for name, value in numbers.items()}
    return Thing(kind=kind, id=project, name=str(kind), project=project, part_of=project, properties=texts)


def _network_quotas(scene: Scene) -> Iterator[Thing]:
    for one in scene.admin.network.quotas():
        yield _quota(
            ThingKind.NETWORK_QUOTA,
            str(one.project_id or one.id),
            network=one.networks,
            subnet=one.subnets,
            router=one.routers,
            floatingip=one.floating_ips,
            port=one.ports,
            security_group=one.security_groups,
            security_group_rule=one.security_group_rules,
        )


def _compute_quotas(scene: Scene) -> Iterable[Thing]:
    def of(project: str) -> Thing:
        one = scene.admin.compute.get_quota_set(project)
        names = ("instances", "cores", "ram", "server_groups", "server_group_members")
        return _quota(ThingKind.COMPUTE_QUOTA, project, **{name: getattr(one, name) for name in names})

    return at_once(of, sorted(scene.quotas_of))


def _volume_quotas(scene: Scene) -> Iterable[Thing]:
    def of(project: str) -> Thing:
        one = scene.admin.block_storage.get_quota_set(project)
        names = ("volumes", "snapshots", "gigabytes")
        return _quota(ThingKind.VOLUME_QUOTA, project, **{name: getattr(one, name) for name in names})

    return at_once(of, sorted(scene.quotas_of))


LISTINGS: tuple[Listing, ...] = (
    Listing("identity", (ThingKind.PROJECT,), _projects),
    Listing("identity", (ThingKind.USER,), _users),
    Listing("identity", (ThingKind.ROLE_ASSIGNMENT,), _assignments),
    Listing("network", (ThingKind.NETWORK,), _networks),
    Listing("network", (ThingKind.SUBNET,), _subnets),
    Listing("network", (ThingKind.ROUTER,), _routers),
    Listing("network", (ThingKind.PORT, ThingKind.ROUTER_INTERFACE), _ports),
    Listing("network", (ThingKind.ADDRESS,), _addresses),
    Listing("network", (ThingKind.GROUP, ThingKind.RULE), _groups),
    Listing("network", (ThingKind.NETWORK_QUOTA,), _network_quotas),
    Listing("compute", (ThingKind.SERVER,), _servers),
    Listing("compute", (ThingKind.SERVER_GROUP,), _server_groups),
    Listing("compute", (ThingKind.COMPUTE_QUOTA,), _compute_quotas),
    Listing("volume", (ThingKind.VOLUME, ThingKind.ATTACHMENT), _volumes),
    Listing("volume", (ThingKind.VOLUME_QUOTA,), _volume_quotas),
    Listing("volume", (ThingKind.SNAPSHOT,), copies.snapshots),
    Listing("image", (ThingKind.IMAGE,), copies.images),
)

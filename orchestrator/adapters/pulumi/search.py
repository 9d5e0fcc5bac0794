"""Looks in a project for resources whose creation was not seen to its end, by type and deterministic name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.adapters.pulumi.cloud_api import CloudApi
from orchestrator.adapters.pulumi.state import GROUP, INSTANCE, PROJECT, USER, VOLUME, Wanted


class ProjectSearch:
    """Finds the resources of one project.

    Args:
        cloud: The administrator's view.
        project_id: The project; None while it is not known.
        user_id: Its service user, who owns the keypair.
    """

    def __init__(self, cloud: CloudApi, project_id: str | None, user_id: str | None) -> None:
        self._cloud = cloud
        self._project = project_id
        self._user = user_id
        self._ways: Mapping[str, Callable[[Mapping[str, Any]], str | None]] = {
            PROJECT: self._of_this_request("/projects", "projects"),
            USER: self._of_this_request("/users", "users"),
            "openstack:networking/network:Network": self._in_project("/networks", "networks"),
            "openstack:networking/subnet:Subnet": self._in_project("/subnets", "subnets"),
            "openstack:networking/router:Router": self._in_project("/routers", "routers"),
            "openstack:networking/port:Port": self._in_project("/ports", "ports"),
            GROUP: self._in_project("/security-groups", "security_groups"),
            "openstack:networking/secGroupRule:SecGroupRule": self._rule,
            "openstack:networking/routerInterface:RouterInterface": self._interface,
            "openstack:networking/floatingIp:FloatingIp": self._address,
            "openstack:compute/keypair:Keypair": self._keypair,
            "openstack:compute/serverGroup:ServerGroup": self._server_group,
            INSTANCE: self._server,
            VOLUME: self._volume,
            "openstack:compute/volumeAttach:VolumeAttach": self._attachment,
        }

    def knows(self, kind: str) -> bool:
        """Whether resources of this type are looked for; the others are set, not made, so a second time is harmless."""
        return kind in self._ways

    def find(self, wanted: Wanted) -> str | None:
        """Give the id of the resource, if it exists."""
        way = self._ways.get(wanted.type)
        if way is None or (self._project is None and wanted.type not in {PROJECT, USER}):
            return None
        return way(wanted.inputs)

    def _of_this_request(self, path: str, key: str) -> Callable[[Mapping[str, Any]], str | None]:
        """Find a project or user by name and description, which holds the request: a stranger's is never adopted."""

        def way(inputs: Mapping[str, Any]) -> str | None:
            named = self._cloud.items("identity", path, key, name=inputs["name"])
            return _only([one for one in named if one.get("description") == inputs.get("description")])

        return way

    def _in_project(self, path: str, key: str) -> Callable[[Mapping[str, Any]], str | None]:
        return lambda inputs: _only(self._network(path, key, name=inputs["name"]))

    def _network(self, path: str, key: str, **query: str) -> list[dict[str, Any]]:
        return self._cloud.items("network", path, key, project_id=self._project or "", **query)

    def _rule(self, inputs: Mapping[str, Any]) -> str | None:
        group = inputs.get("securityGroupId")
        if not group:
            return None
        rules = self._network("/security-group-rules", "security_group_rules", security_group_id=group)
        return _only([rule for rule in rules if rule.get("description") == inputs.get("description")])

    def _interface(self, inputs: Mapping[str, Any]) -> str | None:
        router = inputs.get("routerId")
        if not router:
            return None
        ports = self._network("/ports", "ports", device_id=router)
        return _only([port for port in ports if _on_subnet(port, inputs.get("subnetId"))])

    def _address(self, inputs: Mapping[str, Any]) -> str | None:
        addresses = self._network("/floatingips", "floatingips")
        return _only([one for one in addresses if one["description"] == inputs.get("description")])

    def _keypair(self, inputs: Mapping[str, Any]) -> str | None:
        name = str(inputs["name"])
        found = self._cloud.item("compute", f"/os-keypairs/{name}", "keypair", user_id=self._user or "")
        return name if found else None

    def _server_group(self, inputs: Mapping[str, Any]) -> str | None:
        groups = self._cloud.items("compute", "/os-server-groups", "server_groups", all_projects="true")
        return _only([one for one in groups if (one["project_id"], one["name"]) == (self._project, inputs["name"])])

    def _server(self, inputs: Mapping[str, Any]) -> str | None:
        servers = self._cloud.items(
            "compute", "/servers/detail", "servers", all_tenants="1", project_id=self._project or ""
        )
        return _only([one for one in servers if one["name"] == inputs["name"]])

    def _volume(self, inputs: Mapping[str, Any]) -> str | None:
        volumes = self._cloud.items(
            "block-storage", "/volumes/detail", "volumes", all_tenants="1", project_id=self._project or ""
        )
        return _only([one for one in volumes if one["name"] == inputs["name"]])

    def _attachment(self, inputs: Mapping[str, Any]) -> str | None:
        server, volume = inputs.get("instanceId"), inputs.get("volumeId")
        if not server or not volume:
            return None
        found = self._cloud.item("compute", f"/servers/{server}", "server")
        attached = {one["id"] for one in (found or {}).get("os-extended-volumes:volumes_attached", [])}
        return f"{server}/{volume}" if volume in attached else None


def _only(found: list[dict[str, Any]]) -> str | None:
    """Give the first of what was found: names are unique, since only Tenure makes things in its projects."""
    return str(found[0]["id"]) if found else None


def _on_subnet(port: Mapping[str, Any], subnet: str | None) -> bool:
    return any(address["subnet_id"] == subnet for address in port["fixed_ips"])

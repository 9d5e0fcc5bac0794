"""Tenants made directly by openstacksdk, with one of everything, for tests of what looks at them and enters them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orchestrator.domain.records import Host, Outputs
from orchestrator.domain.spec import EnvironmentSpec
from stacks import cloud_init, naming
from tests.cloud import CloudAccess

if TYPE_CHECKING:
    from openstack.connection import Connection

WAIT_SECONDS = 120


@dataclass
class Tenant:
    """A project with its own user.

    Attributes:
        admin: The administrator's connection.
        own: The connection of the project's user.
        network_id: The project's network, once it has one.
        outputs: What a stack would tell of the hosts.
    """

    admin: Connection
    own: Connection
    spec: EnvironmentSpec
    project_id: str
    user_id: str
    network_id: str = ""
    router_id: str = ""
    group_id: str = ""
    outputs: Outputs = field(default_factory=Outputs)

    def add_network(self, external: str) -> None:
        """Make network, subnet, router and a group that lets SSH in."""
        mine = {"project_id": self.project_id}
        network: Any = self.admin.network
        made = network.create_network(name=self.spec.name, **mine)
        subnet = network.create_subnet(
            name=self.spec.name, network_id=made.id, cidr=str(self.spec.network.cidr), ip_version=4, **mine
        )
        outside = network.find_network(external, ignore_missing=False)
        gateway = {"network_id": outside.id}
        router = network.create_router(name=self.spec.name, external_gateway_info=gateway, **mine)
        network.add_interface_to_router(router, subnet=subnet.id)
        group = network.create_security_group(name="role-web", **mine)
        network.create_security_group_rule(
            security_group_id=group.id,
            direction="ingress",
            protocol="tcp",
            port_range_min=22,
            port_range_max=22,
            **mine,
        )
        self.network_id, self.router_id, self.group_id = made.id, router.id, group.id

    def add_hosts(self, access: CloudAccess, names: tuple[str, ...], user_data: dict[str, str]) -> None:
        """Boot hosts and give the first a floating address; returns when the cloud calls them active."""
        network: Any = self.admin.network
        compute: Any = self.own.compute
        image = self.own.image.find_image(access.image, ignore_missing=False)
        flavor = compute.find_flavor(access.flavor, ignore_missing=False)
        ports = [
            network.create_port(
                name=name, network_id=self.network_id, security_group_ids=[self.group_id], project_id=self.project_id
            )
            for name in names
        ]
        servers = [
            compute.create_server(
                name=name,
                image_id=image.id,
                flavor_id=flavor.id,
                networks=[{"port": port.id}],
                user_data=base64.b64encode(user_data[name].encode()).decode(),
                config_drive=True,
            )
            for name, port in zip(names, ports, strict=True)
        ]
        for server in servers:
            compute.wait_for_server(server, wait=WAIT_SECONDS, interval=0.3)
        outside = network.find_network(access.external_network, ignore_missing=False)
        address = network.create_ip(
            floating_network_id=outside.id, port_id=ports[0].id, project_id=self.project_id
        ).floating_ip_address
        hosts = [
            Host(name=name, role="web", address=port.fixed_ips[0]["ip_address"], server_id=server.id)
            for name, port, server in zip(names, ports, servers, strict=True)
        ]
        self.outputs = Outputs(
            project_id=self.project_id, bastion_address=address, bastion_host=names[0], hosts=tuple(hosts)
        )

    def allow(self, hosts: int) -> None:
        """Let the project have so many hosts, of up to two processors and 4 GiB each; clouds allow ten by default."""
        allowed = {"instances": hosts, "cores": 2 * hosts, "ram": 4096 * hosts}
        self.admin.set_compute_quotas(self.project_id, **allowed)

    def add_volume(self, host: Host) -> None:
        """Give a host its data volume for /srv as the stack does; the host mounts it by itself."""
        own: Any = self.own
        metadata = self.spec.marks() | {"host": host.name, "mount": "/srv"}
        size = self.spec.role("web").volumes[0].size_gib
        volume = own.block_storage.create_volume(size=size, name=f"{host.name}-data", metadata=metadata)
        own.block_storage.wait_for_status(volume, "available", interval=0.3, wait=30)
        own.compute.create_volume_attachment(host.server_id, volume)
        own.block_storage.wait_for_status(volume, "in-use", interval=0.3, wait=30)

    def console(self, server_id: str) -> str:
        """Give what a server printed."""
        compute: Any = self.admin.compute
        return str(compute.get_server_console_output(server_id)["output"])

    def user_data(self, names: tuple[str, ...]) -> dict[str, str]:
        """Give the user data that a stack would give the hosts."""
        role = self.spec.role("web")
        return {name: cloud_init.user_data(self.spec, role, name) for name in names}


@contextmanager
def a_tenant(access: CloudAccess, spec: EnvironmentSpec, password: str) -> Iterator[Tenant]:
    """Make a project with its service user as the tenant component does; remove all that is in it afterwards."""
    with access.connection() as admin:
        identity: Any = admin.identity
        project = identity.create_project(name=spec.name, domain_id="default")
        user = identity.create_user(name=naming.service_user(spec.name), password=password, domain_id="default")
        member = identity.find_role("member", ignore_missing=False)
        identity.assign_project_role_to_user(project, user, member)
        own = admin.connect_as(user_id=user.id, password=password, project_id=project.id)
        tenant = Tenant(admin, own, spec, project.id, user.id)
        try:
            yield tenant
        finally:
            empty(admin, project.id)
            identity.delete_user(user)
            identity.delete_project(project)


def empty(admin: Connection, project_id: str) -> None:
    """Remove what tests make in a project, in the order that the cloud wants."""
    compute: Any = admin.compute
    network: Any = admin.network
    storage: Any = admin.block_storage
    servers = list(compute.servers(all_projects=True, project_id=project_id))
    for server in servers:
        compute.delete_server(server)
    for server in servers:
        compute.wait_for_delete(server, wait=WAIT_SECONDS, interval=0.3)
    for group in compute.server_groups(all_projects=True):
        if group.project_id == project_id:
            compute.delete_server_group(group)
    for snapshot in list(storage.snapshots(all_projects=True, project_id=project_id)):
        storage.delete_snapshot(snapshot)
        storage.wait_for_delete(snapshot, wait=WAIT_SECONDS, interval=0.3)
    for volume in storage.volumes(all_projects=True, project_id=project_id):
        storage.delete_volume(volume)
    images: Any = admin.image
    for image in images.images(owner=project_id):
        images.delete_image(image)
    empty_network(network, project_id)


def empty_network(network: Any, project_id: str) -> None:  # noqa: ANN401  the SDK's proxy has no type of one version
    """Remove addresses, routers, ports, networks and groups."""
    for address in network.ips(project_id=project_id):
        network.delete_ip(address)
    for router in network.routers(project_id=project_id):
        for port in network.ports(device_id=router.id, device_owner="network:router_interface"):
            network.remove_interface_from_router(router, port=port.id)
        network.delete_router(router)
    for port in network.ports(project_id=project_id):
        network.delete_port(port)
    for one in network.networks(project_id=project_id):
        network.delete_network(one)
    for group in network.security_groups(project_id=project_id):
        network.delete_security_group(group)

"""A tenant of the local cloud as its tests see one: a project with a network, a router, servers and floating IPs."""

from __future__ import annotations

import subprocess
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

import openstack
from openstack import exceptions
from openstack.identity.v3 import _proxy as identity_v3

if TYPE_CHECKING:
    from types import TracebackType

    from openstack.connection import Connection
    from openstack.network.v2.security_group_rule import SecurityGroupRule

    from tests.cloud import CloudAccess

CIDR = "10.20.0.0/24"
WAIT_SECONDS = 90
SSH_OPTIONS = (
    "-oBatchMode=yes",
    "-oStrictHostKeyChecking=no",
    "-oUserKnownHostsFile=/dev/null",
    "-oLogLevel=ERROR",
    "-oConnectTimeout=2",
)
NO_CONNECTION = 255


def make_key(folder: Path) -> Path:
    """Make a key pair for logging in; gives the private half."""
    key = folder / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    return key


@dataclass(frozen=True)
class Server:
    """A server and the floating IP that leads to it."""

    id: str
    name: str
    fixed_ip: str
    floating_ip: str
    key: Path

    def run(self, command: str, *, patience_seconds: float = 30) -> str:
        """Run a command over SSH and give its output; waits while nothing answers."""
        end = time.monotonic() + patience_seconds
        while True:
            done = subprocess.run(self.ssh(command), check=False, capture_output=True, text=True, timeout=WAIT_SECONDS)
            if done.returncode != NO_CONNECTION:
                assert done.returncode == 0, done.stdout + done.stderr
                return done.stdout.strip()
            assert time.monotonic() < end, f"{self.name} at {self.floating_ip}: {done.stderr}"
            time.sleep(0.1)

    def ssh(self, command: str) -> list[str]:
        """The command line that logs in."""
        return ["ssh", *SSH_OPTIONS, "-i", str(self.key), f"debian@{self.floating_ip}", command]


@dataclass
class Tenancy:
    """A project with a network behind a router; everything in it goes when the ``with`` statement ends."""

    admin: Connection
    cloud: CloudAccess
    key: Path
    name: str = field(default_factory=lambda: f"test-{uuid.uuid4().hex[:8]}")

    def __enter__(self) -> Self:
        """Make project, user, network, router, security group and key."""
        self._make_account()
        self.external = self.api.network.find_network(self.cloud.external_network, ignore_missing=False)
        self.network = self.api.network.create_network(name=self.name)
        self.subnet = self.api.network.create_subnet(
            network_id=self.network.id, name=self.name, cidr=CIDR, ip_version=4, enable_dhcp=False
        )
        self.router = self.api.network.create_router(
            name=self.name, external_gateway_info={"network_id": self.external.id}
        )
        self.api.network.add_interface_to_router(self.router, subnet=self.subnet.id)
        self.group = self.api.network.create_security_group(name=self.name)
        self.allow(protocol="icmp")
        self.ssh_rule = self.allow(protocol="tcp", port_range_min=22, port_range_max=22)
        self.api.compute.create_keypair(name=self.name, public_key=self.key.with_suffix(".pub").read_text())
        return self

    def _make_account(self) -> None:
        password = uuid.uuid4().hex
        identity = self._identity()
        self.project = identity.create_project(name=self.name)
        self.user = identity.create_user(name=self.name, password=password, default_project_id=self.project.id)
        role = identity.find_role("member", ignore_missing=False)
        identity.assign_project_role_to_user(self.project, self.user, role)
        self.api = openstack.connect(
            auth_url=self.admin.config.config["auth"]["auth_url"],
            username=self.name,
            password=password,
            project_id=self.project.id,
            user_domain_name="Default",
            region_name=self.admin.config.region_name,
            load_yaml_config=False,
            load_envvars=False,
            compute_api_version="2.90",
        )

    def _identity(self) -> identity_v3.Proxy:
        identity = self.admin.identity
        assert isinstance(identity, identity_v3.Proxy)
        return identity

    def allow(self, **rule: str | int) -> SecurityGroupRule:
        """Open something inwards."""
        return self.api.network.create_security_group_rule(
            security_group_id=self.group.id, direction="ingress", ethertype="IPv4", **rule
        )

    def boot(self, name: str, *, address: str | None = None, user_data: str | None = None) -> Server:
        """Create a server with a floating IP and wait until it is ACTIVE."""
        fixed = {"fixed_ips": [{"subnet_id": self.subnet.id, "ip_address": address}]} if address else {}
        port = self.api.network.create_port(
            network_id=self.network.id, name=name, security_group_ids=[self.group.id], **fixed
        )
        floating = self.api.network.create_ip(floating_network_id=self.external.id, port_id=port.id)
        extra = {"user_data": user_data} if user_data else {}
        server = self.api.compute.create_server(
            name=name,
            image_id=self.api.image.find_image(self.cloud.image, ignore_missing=False).id,
            flavor_id=self.api.compute.find_flavor(self.cloud.flavor, ignore_missing=False).id,
            key_name=self.name,
            networks=[{"port": port.id}],
            **extra,
        )
        self.api.compute.wait_for_server(server, interval=0.2, wait=WAIT_SECONDS)
        return Server(
            id=server.id,
            name=name,
            fixed_ip=port.fixed_ips[0]["ip_address"],
            floating_ip=floating.floating_ip_address,
            key=self.key,
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove everything in the project, and the project."""
        self._remove_servers()
        self._remove_volumes()
        for floating in self.api.network.ips(project_id=self.project.id):
            self.api.network.delete_ip(floating)
        self.api.network.remove_interface_from_router(self.router, subnet=self.subnet.id)
        self.api.network.delete_router(self.router)
        for port in self.api.network.ports(network_id=self.network.id):
            self.api.network.delete_port(port)
        self.api.network.delete_network(self.network)
        self.api.network.delete_security_group(self.group)
        self.api.close()
        self._identity().delete_user(self.user)
        self._identity().delete_project(self.project)

    def _remove_servers(self) -> None:
        servers = list(self.api.compute.servers())
        for server in servers:
            self.api.compute.delete_server(server)
        for server in servers:
            self.api.compute.wait_for_delete(server, interval=0.2, wait=WAIT_SECONDS)

    def _remove_volumes(self) -> None:
        for volume in self.api.block_storage.volumes():
            self.api.block_storage.wait_for_status(volume, status="available", interval=0.2, wait=WAIT_SECONDS)
            self.api.block_storage.delete_volume(volume.id)
            end = time.monotonic() + WAIT_SECONDS
            while _exists(self.api, volume.id) and time.monotonic() < end:
                time.sleep(0.2)


def _exists(api: Connection, volume_id: str) -> bool:
    try:
        api.block_storage.get_volume(volume_id)
    except exceptions.NotFoundException:
        return False
    return True

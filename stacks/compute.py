"""Compute: server groups, ports and servers."""

from __future__ import annotations

import pulumi_openstack as openstack

from orchestrator.domain.spec import HostRole
from stacks import cloud_init, naming
from stacks.machine import Machine
from stacks.network import Network
from stacks.scope import PATIENCE, Component, Scope
from stacks.security import Security
from stacks.storage import Storage
from stacks.tenant import Tenant

FIRST_BOOT = ["userData", "keyPair", "schedulerHints"]
"""What a server takes in once, when it is made. It can't be changed in place, and no change is worth a host's disk: a
new certificate authority, another emergency key or a second host of a role concern the hosts that are made later."""


class Compute(Component):
    """The servers of all roles."""

    def __init__(self, scope: Scope, tenant: Tenant, network: Network, security: Security, storage: Storage) -> None:
        super().__init__("Compute", "compute")
        self._storage = storage
        self._scope = scope
        self._tenant = tenant
        self._network = network
        self._security = security
        self._keypair = self._emergency_key()
        self.machines = [machine for role in scope.spec.roles for machine in self._role(role)]

    def first_of(self, role: str) -> Machine:
        """Give the first host of a role."""
        return next(machine for machine in self.machines if machine.role.name == role)

    def _emergency_key(self) -> openstack.compute.Keypair | None:
        key = self._scope.spec.access.emergency_public_key
        if not key:
            return None
        return openstack.compute.Keypair(
            "emergency-key",
            name=self._scope.spec.name,
            public_key=key,
            opts=self._scope.options(self, provider=self._tenant.provider),
        )

    def _role(self, role: HostRole) -> list[Machine]:
        group = self._server_group(role) if role.anti_affinity else None
        return [self._machine(role, host, group) for host in role.host_names()]

    def _server_group(self, role: HostRole) -> openstack.compute.ServerGroup:
        """Make the group even for one host, so that a second one is kept apart from it.

        A group made anew would be empty: another policy of the installation holds for environments that are made later.
        """
        return openstack.compute.ServerGroup(
            f"spread-{role.name}",
            name=naming.group_name(role.name),
            policies=str(self._scope.context.cloud.spread),
            opts=self._scope.options(self, provider=self._tenant.provider, ignore_changes=["policies"]),
        )

    def _machine(self, role: HostRole, host: str, group: openstack.compute.ServerGroup | None) -> Machine:
        port = self._port(role, host)
        server = openstack.compute.Instance(
            f"server-{host}",
            name=host,
            image_name=role.image,
            flavor_name=role.flavor,
            networks=[openstack.compute.InstanceNetworkArgs(port=port.id)],
            config_drive=True,
            user_data=cloud_init.user_data(self._scope.spec, role, host),
            metadata=self._scope.spec.marks() | {"role": role.name},
            key_pair=self._scope.spec.name if self._keypair else None,
            scheduler_hints=[openstack.compute.InstanceSchedulerHintArgs(group=group.id)] if group else None,
            opts=self._scope.options(
                self,
                provider=self._tenant.provider,
                depends_on=[
                    self._tenant.compute_quota,
                    *([self._keypair] if self._keypair else []),
                    *self._storage.growing(host, role),
                ],
                ignore_changes=FIRST_BOOT,
                custom_timeouts=PATIENCE,
            ),
        )
        return Machine(host, role, port, server)

    def _port(self, role: HostRole, host: str) -> openstack.networking.Port:
        return openstack.networking.Port(
            f"port-{host}",
            name=host,
            tenant_id=self._tenant.project_id,
            network_id=self._network.network.id,
            admin_state_up=True,
            fixed_ips=[openstack.networking.PortFixedIpArgs(subnet_id=self._network.subnet.id)],
            security_group_ids=[self._security.groups[role.name].id],
            tags=naming.tags(self._scope.spec),
            opts=self._scope.options(self, depends_on=[self._tenant.network_quota]),
        )

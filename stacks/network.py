"""The network: one subnet behind one router, and the bastion's floating address."""

from __future__ import annotations

import pulumi
import pulumi_openstack as openstack

from stacks import naming
from stacks.scope import Component, Scope
from stacks.tenant import Tenant


class Network(Component):
    """Network, subnet, router and its interface.

    The provider's administrator makes them in the tenant's project: so they need not wait for the service user.
    """

    def __init__(self, scope: Scope, tenant: Tenant) -> None:
        super().__init__("Network", "network")
        self._scope = scope
        self._tenant = tenant
        spec = scope.spec
        self.network = openstack.networking.Network(
            "network",
            name=spec.name,
            tenant_id=tenant.project_id,
            admin_state_up=True,
            tags=naming.tags(spec),
            opts=scope.options(self),
        )
        self.subnet = openstack.networking.Subnet(
            "subnet",
            name=spec.name,
            tenant_id=tenant.project_id,
            network_id=self.network.id,
            cidr=str(spec.network.cidr),
            ip_version=4,
            dns_nameservers=list(spec.network.dns) or None,
            tags=naming.tags(spec),
            opts=scope.options(self, deleted_with=self.network),
        )
        self.interface = self._router()

    def _router(self) -> openstack.networking.RouterInterface:
        scope = self._scope
        external = openstack.networking.get_network_output(name=scope.spec.network.external_network, external=True)
        router = openstack.networking.Router(
            "router",
            name=scope.spec.name,
            tenant_id=self._tenant.project_id,
            admin_state_up=True,
            external_network_id=external.id,
            tags=naming.tags(scope.spec),
            opts=scope.options(self),
        )
        return openstack.networking.RouterInterface(
            "router-interface",
            router_id=router.id,
            subnet_id=self.subnet.id,
            opts=scope.options(self),
        )

    def floating_address(self, port: openstack.networking.Port) -> pulumi.Output[str]:
        """Give the bastion a public address; Neutron wants the router's interface before it."""
        scope = self._scope
        address = openstack.networking.FloatingIp(
            "bastion-address",
            pool=scope.spec.network.external_network,
            port_id=port.id,
            tenant_id=self._tenant.project_id,
            description=scope.spec.bastion,
            tags=naming.tags(scope.spec),
            opts=scope.options(self, depends_on=[self.interface]),
        )
        return address.address

"""Security: one group per role, and exactly the rules that the specification's flows declare."""

from __future__ import annotations

import pulumi_openstack as openstack

from orchestrator.domain.spec import Flow
from stacks import naming
from stacks.scope import Component, Scope
from stacks.tenant import Tenant


class Security(Component):
    """A security group for each role; what no flow declares stays closed, in both directions."""

    def __init__(self, scope: Scope, tenant: Tenant) -> None:
        super().__init__("Security", "security")
        self._scope = scope
        self._tenant = tenant
        self.groups = {role.name: self._group(role.name) for role in scope.spec.roles}
        for flow in sorted(set(scope.spec.flows), key=lambda flow: flow.key):
            self._rule(flow)

    def _group(self, role: str) -> openstack.networking.SecGroup:
        scope = self._scope
        return openstack.networking.SecGroup(
            f"group-{role}",
            name=naming.group_name(role),
            description=f"Hosts of role {role}",
            tenant_id=self._tenant.project_id,
            delete_default_rules=True,
            tags=naming.tags(scope.spec),
            opts=scope.options(self, depends_on=[self._tenant.network_quota]),
        )

    def _rule(self, flow: Flow) -> None:
        group = self.groups[flow.role]
        openstack.networking.SecGroupRule(
            f"rule-{flow.key}",
            description=flow.key,
            tenant_id=self._tenant.project_id,
            security_group_id=group.id,
            direction=str(flow.direction),
            ethertype="IPv4",
            protocol=str(flow.protocol),
            port_range_min=flow.first_port,
            port_range_max=flow.last_port,
            remote_group_id=self.groups[flow.peer_role].id if flow.peer_role else None,
            remote_ip_prefix=str(flow.peer_cidr) if flow.peer_cidr else None,
            opts=self._scope.options(self, deleted_with=group),
        )

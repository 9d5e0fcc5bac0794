"""Cutting the servers of a project off from everything, and connecting them again (Art. 37).

A port of a cut-off server has one group, which has no rules: with port security on, nothing comes in or goes out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from orchestrator.adapters.openstack.cloud import Cloud, at_once
from orchestrator.adapters.openstack.faults import ask_unless, asking
from orchestrator.adapters.openstack.patience import Patience
from orchestrator.adapters.openstack.telling import Telling
from orchestrator.domain.drift import CLOSED_GROUP
from orchestrator.domain.errors import OperationFailedError
from orchestrator.domain.spec import EnvironmentSpec

if TYPE_CHECKING:
    from openstack.network.v2._proxy import Proxy as Network
    from openstack.network.v2.port import Port
    from openstack.network.v2.security_group import SecurityGroup

CLOSED = CLOSED_GROUP
PLAIN = "Lets nothing in and nothing out: the environment is suspended"
RAISED = f"{PLAIN} (the quota was raised by this group)"
PORT_TYPE = "openstack:networking/port:Port"
RULES_AT_FIRST = 4
"""A new group has default rules for two directions and two address families until they are deleted."""
OVER_QUOTA = (409, 413)
SERVERS = "compute:"


def group_of(role: str) -> str:
    """Give the name of a role's group, as stacks/naming.py has it."""
    return f"role-{role}"


@dataclass(frozen=True)
class Isolation:
    """The ports of one project's servers; everything may be repeated."""

    cloud: Cloud
    project_id: str
    patience: Patience
    telling: Telling

    @property
    def _network(self) -> Network:
        return self.cloud.admin().network

    def close(self) -> None:
        """Give every port the closed group alone."""
        closed = self._closed() or self._made()
        self._remove_rules(closed)
        self._give({port.id: str(closed.id) for port in self._ports()})

    def open(self, spec: EnvironmentSpec) -> None:
        """Give every port its role's group, then remove the closed group.

        OperationFailedError names a port that belongs to no host of the specification: it stays closed.
        """
        roles = {host: group_of(role.name) for role in spec.roles for host in role.host_names()}
        groups = self._groups()
        ports = self._ports()
        known = {port.id: groups[roles[port.name]] for port in ports if roles.get(port.name) in groups}
        self._give(known)
        unknown = [str(port.name or port.id) for port in ports if port.id not in known]
        if unknown:
            raise OperationFailedError(
                f"port {unknown[0]} of {spec.name} stays closed",
                detail=f"no host of the specification and no group of its role belongs to: {', '.join(unknown)}",
                hint=f"`tenure env apply {spec.name}` makes the groups; remove ports that nobody declared",
            )
        self._remove_closed()

    def _ports(self) -> list[Port]:
        with asking("network", self.cloud.name):
            ports = list(self._network.ports(project_id=self.project_id))
        return [one for one in ports if str(one.device_owner or "").startswith(SERVERS)]

    def _groups(self) -> dict[str, str]:
        with asking("network", self.cloud.name):
            groups = self._network.security_groups(project_id=self.project_id)
            return {str(one.name): str(one.id) for one in groups if one.project_id == self.project_id}

    def _give(self, wanted: dict[str, str]) -> None:
        """Give ports their groups, all at once; those that have them are left alone."""
        ports = [one for one in self._ports() if one.id in wanted and not _has(one, wanted[one.id])]
        at_once(lambda port: self.telling.timed(str(port.name), lambda: self._update(port, wanted[port.id])), ports)

    def _update(self, port: Port, group: str) -> None:
        self.patience.may_go_on()
        with asking("network", self.cloud.name):
            self._network.update_port(port.id, security_group_ids=[group], is_port_security_enabled=True)

    def _closed(self) -> SecurityGroup | None:
        with asking("network", self.cloud.name):
            groups = self._network.security_groups(project_id=self.project_id, name=CLOSED)
            return next((one for one in groups if one.project_id == self.project_id), None)

    def _made(self) -> SecurityGroup:
        """Make the closed group; a quota that has no room for it is raised by it."""
        self.patience.may_go_on()
        made = ask_unless(OVER_QUOTA, "network", self.cloud.name, lambda: self._create(PLAIN))
        if made is not None:
            return made
        self._raise_quota(1)
        with asking("network", self.cloud.name):
            return self._create(RAISED)

    def _create(self, description: str) -> SecurityGroup:
        return self._network.create_security_group(name=CLOSED, description=description, project_id=self.project_id)

    def _raise_quota(self, groups: int) -> None:
        with asking("network", self.cloud.name):
            quota = self._network.get_quota(self.project_id)
            self._network.update_quota(
                self.project_id,
                security_groups=cast("int", quota.security_groups) + groups,
                security_group_rules=cast("int", quota.security_group_rules) + RULES_AT_FIRST * groups,
            )

    def _remove_rules(self, group: SecurityGroup) -> None:
        with asking("network", self.cloud.name):
            for rule in self._network.security_group_rules(security_group_id=group.id):
                self._network.delete_security_group_rule(rule.id)

    def _remove_closed(self) -> None:
        closed = self._closed()
        if closed is None:
            return
        with asking("network", self.cloud.name):
            self._network.delete_security_group(closed.id)
        if closed.description == RAISED:
            self._raise_quota(-1)


def _has(port: Port, group: str) -> bool:
    return port.security_group_ids == [group] and bool(port.is_port_security_enabled)

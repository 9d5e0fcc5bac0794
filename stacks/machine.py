"""A host while the program runs: what its parts are known by."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_openstack as openstack

from orchestrator.domain.spec import HostRole


@dataclass(frozen=True)
class Machine:
    """One host while the program runs."""

    name: str
    role: HostRole
    port: openstack.networking.Port
    server: openstack.compute.Instance

    def output(self) -> dict[str, pulumi.Input[str]]:
        """Give what :class:`orchestrator.domain.records.Host` holds."""
        return {
            "name": self.name,
            "role": self.role.name,
            "address": self.port.all_fixed_ips[0],
            "server_id": self.server.id,
        }

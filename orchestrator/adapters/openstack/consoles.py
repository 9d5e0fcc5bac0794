"""What servers printed on their consoles, by the compute service's API."""

from __future__ import annotations

from typing import Any

from orchestrator.adapters.openstack.cloud import Cloud
from orchestrator.adapters.openstack.faults import ask_unless

NOT_YET = (404, 409, 501)
"""Statuses of an answer about a server that has no console yet, or not any more, or a cloud that keeps none."""


class OpenStackConsoles:
    """Reads consoles with the administrator's account.

    Args:
        cloud: The cloud.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def read(self, server_id: str) -> str:
        """Give what a server printed so far, as much of it as the cloud keeps; empty when it keeps nothing."""
        compute: Any = self._cloud.admin().compute
        told = ask_unless(NOT_YET, "compute", self._cloud.name, lambda: compute.get_server_console_output(server_id))
        return str((told or {}).get("output") or "")

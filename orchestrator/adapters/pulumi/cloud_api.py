"""Plain calls of the cloud's APIs as the provider's administrator."""

from __future__ import annotations

from typing import Any

from keystoneauth1.adapter import Adapter
from keystoneauth1.exceptions.catalog import EndpointNotFound
from openstack.config.cloud_region import CloudRegion
from requests import Response

COMPUTE_VERSION = "2.60"
"""Tells server groups' projects, shows other users' keypairs, and still lists attached volumes with each server."""

VERSIONS = {"identity": "3", "network": "2", "compute": "2", "block-storage": "3", "object-store": "1"}
NOT_FOUND = 404


class CloudApi:
    """Collections and single things of a cloud, by service and path."""

    def __init__(self, region: CloudRegion) -> None:
        self._session = region.get_session()
        self._adapters = {service: self._adapter(region, service) for service in VERSIONS}

    def _adapter(self, region: CloudRegion, service: str) -> Adapter:
        return Adapter(
            self._session,
            service_type=service,
            interface=region.config.get("interface") or "public",
            region_name=region.region_name,
            min_version=VERSIONS[service],
            max_version=f"{VERSIONS[service]}.latest",
            default_microversion=COMPUTE_VERSION if service == "compute" else None,
            raise_exc=False,
        )

    def offers(self, service: str) -> bool:
        """Whether the catalogue has the service."""
        try:
            return self._adapters[service].get_endpoint() is not None
        except EndpointNotFound:
            return False

    def items(self, service: str, path: str, key: str, **query: str) -> list[dict[str, Any]]:
        """List what a collection holds."""
        answer: Response = self._adapters[service].get(path, params=query)
        answer.raise_for_status()
        return list(answer.json()[key])

    def item(self, service: str, path: str, key: str, **query: str) -> dict[str, Any] | None:
        """Give one thing, or None when it does not exist."""
        answer: Response = self._adapters[service].get(path, params=query)
        if answer.status_code == NOT_FOUND:
            return None
        answer.raise_for_status()
        return dict(answer.json()[key])

    def act(self, service: str, path: str, action: str) -> None:
        """Have something done to one thing; the cloud may refuse."""
        answer: Response = self._adapters[service].post(f"{path}/action", json={action: None})
        answer.raise_for_status()

    def remove(self, service: str, path: str) -> None:
        """Delete one thing; harmless when it is gone."""
        answer: Response = self._adapters[service].delete(path)
        if answer.status_code != NOT_FOUND:
            answer.raise_for_status()

"""Plain calls of the cloud's APIs by the account of an entry of clouds.yaml, mostly the provider's administrator."""

from __future__ import annotations

from typing import Any

from keystoneauth1.adapter import Adapter
from keystoneauth1.exceptions.catalog import EndpointNotFound
from keystoneauth1.identity.generic import Token
from keystoneauth1.session import Session
from openstack.config.cloud_region import CloudRegion
from requests import Response

COMPUTE_VERSION = "2.60"
"""Tells server groups' projects, shows other users' keypairs, and still lists attached volumes with each server."""

VERSIONS = {"identity": "3", "network": "2", "compute": "2", "block-storage": "3", "object-store": "1"}
NOT_FOUND = 404
FORBIDDEN = 403


class CloudApi:
    """Collections and single things of a cloud, by service and path.

    Args:
        region: The entry.
        session: Replaces the entry's own, which is inside of its own project.
    """

    def __init__(self, region: CloudRegion, session: Session | None = None) -> None:
        self._region = region
        self._session = session or region.get_session()
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

    def inside(self, project: str) -> CloudApi:
        """Give the same account's calls inside one project, in which it has a role."""
        return CloudApi(self._region, self._session_in(project))

    def _session_in(self, project: str) -> Session:
        known = self._session
        return Session(
            auth=Token(self._region.config["auth"]["auth_url"], token=known.get_token() or "", project_id=project),
            verify=known.verify,
            cert=known.cert,
        )

    def items(self, service: str, path: str, key: str, **query: str) -> list[dict[str, Any]]:
        """List what a collection holds."""
        return _listed(self._adapters[service].get(path, params=query), key)

    def items_if_allowed(self, service: str, path: str, key: str, **query: str) -> list[dict[str, Any]] | None:
        """List what a collection holds; None when the account may not."""
        answer: Response = self._adapters[service].get(path, params=query)
        return None if answer.status_code == FORBIDDEN else _listed(answer, key)

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


def _listed(answer: Response, key: str) -> list[dict[str, Any]]:
    answer.raise_for_status()
    return list(answer.json()[key])

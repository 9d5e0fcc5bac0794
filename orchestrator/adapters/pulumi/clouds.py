"""Reads from clouds.yaml what programs must know of the cloud; passwords stay there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.domain.errors import MissingPartError
from stacks.context import CloudFacts, Spread

if TYPE_CHECKING:
    from openstack.config.cloud_region import CloudRegion


class Cloud:
    """One entry of clouds.yaml: the provider's administrator.

    Args:
        name: The entry's name, as in ``OS_CLOUD``.
        spread: What anti-affinity means on this cloud.
        clouds_yaml: The file; by default where OpenStack's clients look for it.
    """

    def __init__(self, name: str, spread: Spread, clouds_yaml: Path | None) -> None:
        self.name = name
        self._clouds_yaml = clouds_yaml
        self._spread = spread

    def facts(self, *, container: bool) -> CloudFacts:
        """Give the facts; the catalogue is asked for object storage only when a container is wanted.

        Raises:
            MissingPartError: clouds.yaml has no such entry.
        """
        from orchestrator.adapters.pulumi.cloud_api import CloudApi  # noqa: PLC0415  loading the SDK takes a second

        region = self.region()
        auth: dict[str, Any] = region.config["auth"]
        return CloudFacts(
            auth_url=auth["auth_url"],
            region=region.region_name or "",
            user_domain=auth.get("user_domain_name") or "Default",
            project_domain=auth.get("project_domain_name") or "Default",
            ca_file=region.config.get("cacert") or "",
            interface=region.config.get("interface") or "public",
            spread=self._spread,
            object_storage=container and CloudApi(region).offers("object-store"),
        )

    def region(self) -> CloudRegion:
        """Give the entry as openstacksdk understands it."""
        from openstack.config import OpenStackConfig  # noqa: PLC0415  loading the SDK takes a second
        from openstack.exceptions import ConfigException  # noqa: PLC0415  loading the SDK takes a second

        files = [str(self._clouds_yaml)] if self._clouds_yaml else None
        try:
            config = OpenStackConfig(config_files=files, load_envvars=files is None)
            return config.get_one(cloud=self.name)
        except ConfigException as error:
            raise MissingPartError(
                f"clouds.yaml has no usable entry {self.name!r}",
                detail=str(error),
                hint="set OS_CLOUD and OS_CLIENT_CONFIG_FILE, or start the local cloud: tenure cloud up",
            ) from error

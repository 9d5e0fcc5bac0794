"""Reads from clouds.yaml what programs must know of the cloud; passwords stay there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.domain.errors import MissingPartError
from stacks.context import CloudFacts, Spread

if TYPE_CHECKING:
    from openstack.config import OpenStackConfig
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

    def role_id(self, name: str) -> str:
        """Give the id of a role; MissingPartError when the cloud has none of that name, or does not tell."""
        from requests import RequestException  # noqa: PLC0415  as above

        from orchestrator.adapters.pulumi.cloud_api import CloudApi  # noqa: PLC0415  as above

        try:
            found = CloudApi(self.region()).items("identity", "/roles", "roles", name=name)
        except RequestException as error:
            raise MissingPartError(f"{self.name} does not tell its role {name!r}", detail=str(error)) from error
        if not found:
            raise MissingPartError(f"{self.name} has no role {name!r}", hint="`openstack role create member`")
        return str(found[0]["id"])

    def region(self) -> CloudRegion:
        """Give the entry as openstacksdk understands it."""
        from openstack.exceptions import ConfigException  # noqa: PLC0415  loading the SDK takes a second

        try:
            return _configuration(self._clouds_yaml).get_one(cloud=self.name)
        except ConfigException as error:
            raise _no_entry(self.name, str(error)) from error


def entry(name: str, clouds_yaml: Path | None) -> dict[str, Any]:
    """Give one entry of clouds.yaml as it stands there, with what secure.yaml adds to it.

    Args:
        name: Of the entry; MissingPartError when there is none.
        clouds_yaml: The file; by default where OpenStack's clients look for it.
    """
    from openstack.exceptions import ConfigException  # noqa: PLC0415  loading the SDK takes a second

    try:
        clouds: dict[str, dict[str, Any]] = _configuration(clouds_yaml).cloud_config["clouds"]
    except ConfigException as error:
        raise _no_entry(name, str(error)) from error
    if name not in clouds:
        raise _no_entry(name, f"known: {', '.join(clouds)}")
    return clouds[name]


def certificates(entry: dict[str, Any]) -> tuple[Path, ...]:
    """Give the files of certificates and their keys that an entry names."""
    return tuple(Path(entry[field]).expanduser() for field in ("cacert", "cert", "key") if entry.get(field))


def _configuration(clouds_yaml: Path | None) -> OpenStackConfig:
    from openstack.config import OpenStackConfig  # noqa: PLC0415  loading the SDK takes a second

    files = [str(clouds_yaml)] if clouds_yaml else None
    return OpenStackConfig(config_files=files, load_envvars=files is None)


def _no_entry(name: str, detail: str) -> MissingPartError:
    return MissingPartError(
        f"clouds.yaml has no usable entry {name!r}",
        detail=detail,
        hint="set OS_CLOUD and OS_CLIENT_CONFIG_FILE, or start the local cloud: tenure cloud up",
    )

"""Pytest plugin: an OpenStack for the tests on real parts.

With ``OS_CLOUD`` set, the tests run on that cloud. Else the local cloud is started when the first test asks for it, and
is left running between test runs (``tenure cloud down`` ends it).
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import openstack
import pytest

from orchestrator.settings import Settings
from tools import localcloud

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openstack.connection import Connection

EXTERNAL_NETWORK = "public"


@dataclass(frozen=True)
class CloudAccess:
    """How a test reaches its cloud.

    Attributes:
        clouds_yaml: The client's file, or None where the client finds its own.
        cloud: Entry of that file, an administrator.
        hosts: Whether servers can be logged in to from here.
        root: Root of the local cloud, or None on any other.
    """

    clouds_yaml: Path | None
    cloud: str
    hosts: bool
    root: Path | None
    external_network: str = EXTERNAL_NETWORK
    image: str = "debian-12"
    flavor: str = "m1.tiny"

    @property
    def mode(self) -> str:
        """What servers are, in the local cloud's words."""
        return str(localcloud.Mode.HOSTS if self.hosts else localcloud.Mode.API_ONLY)

    def environment(self) -> dict[str, str]:
        """Variables that point a client, Pulumi or OpenTofu at this cloud."""
        variables = {"OS_CLOUD": self.cloud}
        return variables | ({"OS_CLIENT_CONFIG_FILE": str(self.clouds_yaml)} if self.clouds_yaml else {})

    def connection(self) -> Connection:
        """An administrator's connection; close it, or use it in a ``with`` statement."""
        files = [str(self.clouds_yaml)] if self.clouds_yaml else None
        config = openstack.config.OpenStackConfig(config_files=files, load_envvars=False)
        return openstack.connection.Connection(config=config.get_one(self.cloud))


def other_cloud() -> CloudAccess | None:
    """The cloud that ``OS_CLOUD`` names, if it does.

    The names of image, flavor and network are the local cloud's unless ``TENURE_TEST_IMAGE``,
    ``TENURE_TEST_FLAVOR`` and ``TENURE_TEST_EXTERNAL_NETWORK`` say otherwise.
    """
    name = os.environ.get("OS_CLOUD")
    if not name:
        return None
    file = os.environ.get("OS_CLIENT_CONFIG_FILE")
    return CloudAccess(
        clouds_yaml=Path(file) if file else None,
        cloud=name,
        hosts=True,
        root=None,
        external_network=os.environ.get("TENURE_TEST_EXTERNAL_NETWORK", EXTERNAL_NETWORK),
        image=os.environ.get("TENURE_TEST_IMAGE", "debian-12"),
        flavor=os.environ.get("TENURE_TEST_FLAVOR", "m1.tiny"),
    )


def start_local_cloud(config: pytest.Config) -> CloudAccess:
    """Make the local cloud run and tell of it on the terminal."""
    cache = Settings().cache
    root = Path(os.environ.get("TENURE_LOCALCLOUD_ROOT") or localcloud.default_root(cache))
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    begin = time.monotonic()

    def progress(line: str) -> None:
        if terminal is not None:
            terminal.write_line(f"local cloud {time.monotonic() - begin:6.1f} s  {line}")

    info = localcloud.up(root, cache, progress)
    hosts = info.mode is localcloud.Mode.HOSTS
    return CloudAccess(clouds_yaml=info.clouds_yaml, cloud=info.cloud, hosts=hosts, root=info.root)


@pytest.fixture(scope="session")
def cloud(pytestconfig: pytest.Config) -> CloudAccess:
    """The cloud of this test run."""
    return other_cloud() or start_local_cloud(pytestconfig)


@pytest.fixture(scope="session")
def local_cloud(pytestconfig: pytest.Config) -> CloudAccess:
    """The local cloud, for tests of itself, whatever ``OS_CLOUD`` says."""
    return start_local_cloud(pytestconfig)


@pytest.fixture(scope="session")
def admin(cloud: CloudAccess) -> Iterator[Connection]:
    """The administrator's connection to the cloud of this test run."""
    with cloud.connection() as connection:
        yield connection

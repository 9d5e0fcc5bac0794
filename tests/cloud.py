"""Pytest plugin: an OpenStack for the tests on real parts.

With ``OS_CLOUD`` set, the tests run on that cloud. Else the local cloud is started when the first test asks for it, and
is left running between test runs (``tenure cloud down`` ends it).

What this machine cannot show (tests marked ``hosts`` or ``drops_root``) is left out at collection: pytest
counts them as deselected, and says why in its header.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openstack
import pytest

from orchestrator.settings import Settings
from tools import localcloud
from tools.localcloud.ability import without_hosts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openstack.connection import Connection

EXTERNAL_NETWORK = "public"
LEFT_OUT = pytest.StashKey[list[str]]()
"""Lines of the header about tests that this machine cannot run."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this machine cannot show; each reason becomes a line of the header."""
    reasons = {item: reason for item in items if (reason := why_left_out(item))}
    items[:] = [item for item in items if item not in reasons]
    config.hook.pytest_deselected(items=list(reasons))
    told = sorted(set(reasons.values()))
    config.stash[LEFT_OUT] = [f"left out {list(reasons.values()).count(reason)}: {reason}" for reason in told]


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    """Tell what was left out."""
    return config.stash.get(LEFT_OUT, [])


def why_left_out(item: pytest.Item) -> str:
    """Give the reason why a test cannot run on this machine; empty when it can."""
    if item.get_closest_marker("drops_root") and os.geteuid() != 0:
        return "this run has no root's rights to drop"
    elsewhere = os.environ.get("OS_CLOUD") and "local_cloud" not in getattr(item, "fixturenames", ())
    if item.get_closest_marker("hosts") and not elsewhere and (reason := why_no_hosts()):
        return f"servers exist at the API only: {reason}"
    return ""


def why_no_hosts() -> str:
    """Give the reason why the local cloud's servers cannot be entered; empty when they can, or nobody tried yet."""
    unable = without_hosts()
    if unable is not None:
        return unable.reason
    found = localcloud.status(local_root())
    return found.mode_reason if found.mode is localcloud.Mode.API_ONLY else ""


def local_root() -> Path:
    """Give the folder of the tests' local cloud."""
    return Path(os.environ.get("TENURE_LOCALCLOUD_ROOT") or localcloud.default_root(Settings().cache))


@dataclass(frozen=True)
class CloudAccess:
    """How a test reaches its cloud.

    Attributes:
        clouds_yaml: The client's file, or None where the client finds its own.
        cloud: Entry of that file, an administrator.
        hosts: Whether servers can be logged in to from here.
        root: Root of the local cloud, or None on any other.
        object_store: URL of an object store (S3) that hosts reach, which takes any key; empty without one.
    """

    clouds_yaml: Path | None
    cloud: str
    hosts: bool
    root: Path | None
    object_store: str = ""
    external_network: str = EXTERNAL_NETWORK
    image: str = "debian-12"
    flavor: str = "m1.tiny"

    @property
    def mode(self) -> str:
        """What servers are, in the local cloud's words."""
        return str(localcloud.Mode.HOSTS if self.hosts else localcloud.Mode.API_ONLY)

    def role(self, mount: str = "/srv") -> dict[str, Any]:
        """Give a role of one host with a data volume, as specifications have it."""
        return {
            "name": "web",
            "count": 1,
            "flavor": self.flavor,
            "size": {"vcpus": 1, "ram_mib": 512},
            "image": self.image,
            "volumes": [{"name": "data", "size_gib": 1, "mount": mount}],
        }

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
    ``TENURE_TEST_FLAVOR`` and ``TENURE_TEST_EXTERNAL_NETWORK`` say otherwise; an object store is named by
    ``TENURE_TEST_OBJECT_STORE``.
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
        object_store=os.environ.get("TENURE_TEST_OBJECT_STORE", ""),
        external_network=os.environ.get("TENURE_TEST_EXTERNAL_NETWORK", EXTERNAL_NETWORK),
        image=os.environ.get("TENURE_TEST_IMAGE", "debian-12"),
        flavor=os.environ.get("TENURE_TEST_FLAVOR", "m1.tiny"),
    )


def start_local_cloud(config: pytest.Config) -> CloudAccess:
    """Make the local cloud run and tell of it on the terminal."""
    root = local_root()
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    begin = time.monotonic()

    def progress(line: str) -> None:
        if terminal is not None:
            terminal.write_line(f"local cloud {time.monotonic() - begin:6.1f} s  {line}")

    info = localcloud.up(root, Settings().cache, progress)
    hosts = info.mode is localcloud.Mode.HOSTS
    store = info.object_store or ""
    return CloudAccess(clouds_yaml=info.clouds_yaml, cloud=info.cloud, hosts=hosts, root=info.root, object_store=store)


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

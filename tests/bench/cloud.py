"""The OpenStack of the bench: the one that ``OS_CLOUD`` names, or the local cloud, started when it does not run."""

from __future__ import annotations

import os

from orchestrator.settings import Settings
from tests.cloud import CloudAccess, other_cloud
from tools import localcloud


def bench_cloud() -> CloudAccess:
    """Give the cloud, and let this process and its children find it by their environment."""
    access = other_cloud() or _local_cloud()
    os.environ.update(access.environment())
    return access


def _local_cloud() -> CloudAccess:
    cache = Settings().cache
    info = localcloud.up(localcloud.default_root(cache), cache, lambda line: print(f"local cloud: {line}"))  # noqa: T201  the bench talks to a terminal
    hosts = info.mode is localcloud.Mode.HOSTS
    store = info.object_store or ""
    return CloudAccess(clouds_yaml=info.clouds_yaml, cloud=info.cloud, hosts=hosts, root=info.root, object_store=store)

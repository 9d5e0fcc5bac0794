"""A real OpenStack on this machine, for the demo and the tests (docs/localcloud.md).

``up(root, cache)`` makes it run, ``down`` stops it, ``wipe`` removes it, ``status`` looks.
"""

from tools.localcloud.cloud import default_cache, default_root, down, purge, status, up, wipe
from tools.localcloud.report import CloudInfo, CloudStatus, ProcessStatus
from tools.localcloud.settings import CLOUD_NAME, Mode, Service, Wishes

__all__ = [
    "CLOUD_NAME",
    "CloudInfo",
    "CloudStatus",
    "Mode",
    "ProcessStatus",
    "Service",
    "Wishes",
    "default_cache",
    "default_root",
    "down",
    "purge",
    "status",
    "up",
    "wipe",
]

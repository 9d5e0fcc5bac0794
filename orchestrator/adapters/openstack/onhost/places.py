"""Files and mounts of the program on its host."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator

STATE = "/var/lib/tenure/backups"
SCRATCH = "/run"
KEPT_MANIFESTS = 20


@contextlib.contextmanager
def mounted(*arguments: str) -> Iterator[str]:
    """Mount at a folder of its own, in the mount namespace of this process alone."""
    folder = tempfile.mkdtemp(prefix="tenure-tree-", dir=SCRATCH)
    try:
        subprocess.run(["mount", *arguments, folder], check=True)
        try:
            yield folder
        finally:
            subprocess.run(["umount", "-l", folder], check=True)
    finally:
        os.rmdir(folder)


def state_file(name: str) -> str:
    """Give the file of a manifest; of earlier ones only the newest are kept."""
    os.makedirs(STATE, mode=0o700, exist_ok=True)
    files = sorted((os.path.join(STATE, one) for one in os.listdir(STATE)), key=os.path.getmtime, reverse=True)
    for old in files[KEPT_MANIFESTS:]:
        os.unlink(old)
    return os.path.join(STATE, name)

"""Looking at a restored copy: mounted read-only, read whole, compared with the manifest."""

from __future__ import annotations

import json
import os
import subprocess
import time
from typing import Any

from orchestrator.adapters.openstack.onhost.manifest import differences, entries, read, write
from orchestrator.adapters.openstack.onhost.places import mounted, state_file

DIFFERENCES_TOLD = 100
DEVICE_SECONDS = 30.0
SERIALS = "/dev/disk/by-id"


def compare(devices: str, name: str, expected: str) -> dict[str, Any]:
    """Mount the first of some devices that is there, read all of it, and name what differs from the manifest.

    The digest that was kept elsewhere decides; the list on this host only gives names to differences, if it is still
    here and is the one that has this digest.
    """
    device = _device(json.loads(devices))
    if device is None:
        return {"reason": "the copy does not appear on the host"}
    state = state_file(name)
    found = state + ".found"
    with mounted("-o", _read_only(device), device) as root:
        result = write(entries(root, iter(()), 0, float("inf")), found)
    try:
        named = write(read(state), os.devnull)["manifest"] == expected
        told = list(differences(read(state), read(found))) if named else []
    finally:
        os.unlink(found)
    if result["manifest"] != expected and not told:
        told = ["the manifest's digest differs, and its list of files is no longer on the host"]
    more = len(told) - DIFFERENCES_TOLD
    return dict(result, differences=told[:DIFFERENCES_TOLD] + ([f"and {more} more"] if more > 0 else []))


def _device(candidates: list[str]) -> str | None:
    """Find the disk by its serial number, which holds the volume's id, else by the name that the cloud gave it."""
    until = time.monotonic() + DEVICE_SECONDS
    while time.monotonic() < until:
        serials = os.listdir(SERIALS) if os.path.isdir(SERIALS) else []
        for candidate in candidates:
            for serial in serials:
                if candidate in serial and "-part" not in serial:
                    return os.path.realpath(os.path.join(SERIALS, serial))
            if candidate.startswith("/dev/") and os.path.exists(candidate):
                return candidate
        time.sleep(0.1)
    return None


def _read_only(device: str) -> str:
    """Give the options that change nothing on the disk: not even the journal is replayed."""
    with open("/proc/self/mounts", encoding="utf-8", errors="surrogateescape") as file:
        if any(line.split(" ", 1)[0] == device for line in file):
            raise OSError(device + " is in use on this host")
    kind = subprocess.run(
        ["blkid", "-p", "-s", "TYPE", "-o", "value", device], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()
    journal = {"ext4": ",noload", "ext3": ",noload", "xfs": ",norecovery,nouuid"}.get(kind, "")
    return "ro,nodev,nosuid,noexec" + journal

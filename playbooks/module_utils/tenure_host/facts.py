"""What reports need to know of a host (Art. 30, 31): its system, its size, and how much of it is used."""

from __future__ import annotations

import os
import platform
import shutil
from typing import Any

from .machine import Machine

KIB_PER_MIB = 1024
BYTES_PER_MIB = 1024 * 1024
REAL_FILE_SYSTEMS = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "zfs"})


def host_facts(machine: Machine) -> dict[str, Any]:
    """Give facts of this moment; sizes in MiB, times in seconds."""
    memory = _memory_mib(machine)
    return {
        "system": _release(machine).get("PRETTY_NAME", ""),
        "family": machine.family,
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "vcpus": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[2], 2),
        "memory_mib": memory.get("MemTotal", 0),
        "memory_free_mib": memory.get("MemAvailable", 0),
        "swap_mib": memory.get("SwapTotal", 0),
        "up_seconds": int(float((machine.read("/proc/uptime") or "0").split()[0])),
        "container": machine.is_container,
        "reboot_needed": machine.path("/run/reboot-required").exists(),
        "disks": _disks(machine),
    }


def _release(machine: Machine) -> dict[str, str]:
    lines = (machine.read("/etc/os-release") or machine.read("/usr/lib/os-release") or "").splitlines()
    pairs = (line.partition("=") for line in lines)
    return {name: value.strip('"') for name, _, value in pairs}


def _memory_mib(machine: Machine) -> dict[str, int]:
    lines = (machine.read("/proc/meminfo") or "").splitlines()
    return {line.split(":")[0]: int(line.split()[1]) // KIB_PER_MIB for line in lines if line.endswith("kB")}


def _disks(machine: Machine) -> list[dict[str, Any]]:
    """Give each file system once, under its first mount point, and the root whatever it is on."""
    seen, disks = set(), []
    for line in (machine.read("/proc/mounts") or "").splitlines():
        device, mount, kind = line.split()[:3]
        real = mount == "/" or (kind in REAL_FILE_SYSTEMS and machine.path(mount).is_dir())
        if device in seen or not real:
            continue
        seen.add(device)
        usage = shutil.disk_usage(machine.path(mount))
        disks.append(
            {
                "mount": mount,
                "kind": kind,
                "size_mib": usage.total // BYTES_PER_MIB,
                "used_mib": usage.used // BYTES_PER_MIB,
            }
        )
    return disks

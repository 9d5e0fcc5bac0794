"""The real hosts of a local cloud as the machine sees them: counting them, and taking every trace away."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from orchestrator.domain.errors import OperationFailedError
from tools.localcloud import commands
from tools.localcloud.ability import HostsFolder
from tools.localcloud.settings import Layout

CGROUPS = Path("/sys/fs/cgroup")
NAMED_SPACES = Path("/run/netns")
DEVICES = Path("/sys/class/net")
END_SECONDS = 10.0
ROUNDS = 5


def prepare(layout: Layout, folder: HostsFolder) -> None:
    """Ready the machine for many hosts.

    With the kernel's default of 128 inotify instances, host 26 hangs while it boots.
    """
    for name, value in (("max_user_instances", 8192), ("max_user_watches", 524288)):
        setting = Path("/proc/sys/fs/inotify") / name
        if int(setting.read_text()) < value:
            setting.write_text(str(value))
    if folder is HostsFolder.MEMORY and not os.path.ismount(layout.hosts):
        commands.attempt("mount", "-t", "tmpfs", "-o", "mode=700", "localcloud", layout.hosts)


def running(layout: Layout) -> int:
    """How many hosts run: each holds a mounted root."""
    return sum(os.path.ismount(host / "m") for host in _folders(layout))


def _folders(layout: Layout) -> list[Path]:
    return sorted(layout.hosts.iterdir()) if layout.hosts.is_dir() else []


def remove_all(layout: Layout) -> None:
    """End every host and take away mounts, loop devices, namespaces, bridges and cgroups of this cloud.

    Raises:
        OperationFailedError: Something could not be removed.
    """
    volumes = layout.data / "volumes"
    for _ in range(ROUNDS):
        _end_processes(layout)
        _unmount(layout)
        _detach_loops(volumes)
        _remove_network(layout.tag)
        _remove_cgroups(layout.tag)
        left = traces(layout)
        if not left:
            return
        time.sleep(0.5)
    raise OperationFailedError("the local cloud could not be removed whole", detail="\n".join(left))


def traces(layout: Layout) -> list[str]:
    """What the kernel still holds of this cloud, in words; a process counts by its cgroup."""
    return [
        *(f"process {pid}" for pid in sorted(_pids(layout.tag))),
        *(f"mount {point}" for point in _mounts(layout)),
        *(f"loop device {device}" for device in _loops(layout.data / "volumes")),
        *(f"network namespace {name}" for name in _named(NAMED_SPACES, layout.tag)),
        *(f"network device {name}" for name in _named(DEVICES, layout.tag)),
        *(f"cgroup {group}" for group in _cgroups(layout.tag)),
    ]


def _cgroups(tag: str) -> Iterator[Path]:
    """Top cgroups of this cloud, in the unified hierarchy or in each of the older ones."""
    yield from (group for group in [CGROUPS / tag, *CGROUPS.glob(f"*/{tag}")] if group.is_dir())


def _pids(tag: str) -> set[int]:
    pids: set[int] = set()
    for group in _cgroups(tag):
        for path, _, _ in os.walk(group):
            with contextlib.suppress(OSError):
                pids.update(map(int, (Path(path) / "cgroup.procs").read_text().split()))
    return pids


def _end_processes(layout: Layout) -> None:
    """Boot loops first, so that none starts its host again."""
    end = time.monotonic() + END_SECONDS
    while (pids := _pids(layout.tag)) and time.monotonic() < end:
        loops = _boot_loops(layout)
        for pid in sorted(pids, key=lambda pid: pid not in loops):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)


def _boot_loops(layout: Layout) -> set[int]:
    loops: set[int] = set()
    for host in _folders(layout):
        with contextlib.suppress(OSError, ValueError):
            loops.add(int((host / "pid").read_text()))
    return loops


def _mounts(layout: Layout) -> list[str]:
    """Mount points below this root, the deepest first."""
    points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    below = [point for point in points if Path(point).is_relative_to(layout.root)]
    return sorted(below, key=len, reverse=True)


def _unmount(layout: Layout) -> None:
    for point in _mounts(layout):
        commands.attempt("umount", point)


def _loops(folder: Path) -> list[str]:
    if commands.which("losetup") is None:
        return []
    listed = commands.attempt("losetup", "--list", "--json", "--output", "NAME,BACK-FILE").stdout
    devices = json.loads(listed)["loopdevices"] if listed.strip() else []
    return [device["name"] for device in devices if Path(device["back-file"] or "/").is_relative_to(folder)]


def _detach_loops(folder: Path) -> None:
    for device in _loops(folder):
        commands.attempt("losetup", "-d", device)


def _named(folder: Path, tag: str) -> list[str]:
    return sorted(path.name for path in folder.glob(f"{tag}[a-z]-*"))


def _remove_network(tag: str) -> None:
    for name in _named(NAMED_SPACES, tag):
        commands.attempt("ip", "netns", "del", name)
    for name in _named(DEVICES, tag):
        commands.attempt("ip", "link", "del", name)


def _remove_cgroups(tag: str) -> None:
    for group in _cgroups(tag):
        for path, _, _ in os.walk(group, topdown=False):
            with contextlib.suppress(OSError):
                Path(path).rmdir()

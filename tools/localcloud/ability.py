"""Whether servers can be real hosts on this machine: tried, not guessed."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tools.localcloud import commands
from tools.localcloud.settings import Mode


class HostsFolder(StrEnum):
    """What the hosts' folder stands on."""

    AS_IT_IS = "as it is"
    MEMORY = "memory"


@dataclass(frozen=True)
class Ability:
    """What this machine can do, with the reason in words."""

    mode: Mode
    reason: str
    hosts_folder: HostsFolder = HostsFolder.AS_IT_IS


# Everything happens in name spaces of its own, which vanish with the shell: nothing has to be undone.
DEVICES = "ip link add p0 type veth peer name p1 && ip link add b0 type bridge && nft list ruleset"
CGROUP = (
    'for g in /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/systemd/cgroup.procs; do [ -w "$g" ] && exit 0; done; exit 1'
)
LOOP = "test -e /dev/loop-control"
OVERLAY = (
    'mkdir -p "$0/l" "$0/u" "$0/w" "$0/m" && '
    'mount -t overlay probe -o "lowerdir=$0/l,upperdir=$0/u,workdir=$0/w,index=off" "$0/m"'
)
OVERLAY_IN_MEMORY = f'mount -t tmpfs probe "$0" && {OVERLAY}'


def without_hosts() -> Ability | None:
    """The reasons that need no look at the machine's programs."""
    if not sys.platform.startswith("linux"):
        return Ability(Mode.API_ONLY, "this is not Linux")
    if os.geteuid() != 0:
        return Ability(Mode.API_ONLY, "not started as root")
    return None


def try_hosts(folder: Path) -> Ability:
    """Try network devices, cgroups, loop devices and overlay mounts below ``folder``.

    Needs the programs of :data:`tools.localcloud.parts.FOR_HOSTS`.
    """
    commands.attempt("modprobe", "-a", "-q", "br_netfilter", "overlay", "loop")
    for what, script in (("network devices", DEVICES), ("cgroups", CGROUP), ("loop devices", LOOP)):
        if (why := _probe(script, folder)) is not None:
            return Ability(Mode.API_ONLY, f"this machine lets us make no {what}{why}")
    if not Path("/proc/sys/net/bridge").exists():
        return Ability(Mode.API_ONLY, "the kernel has no br_netfilter")
    if _probe(OVERLAY, folder) is None:
        return Ability(Mode.HOSTS, "root on Linux")
    if (why := _probe(OVERLAY_IN_MEMORY, folder)) is None:
        return Ability(
            Mode.HOSTS, "root on Linux; its file system takes no overlay, so hosts are in memory", HostsFolder.MEMORY
        )
    return Ability(Mode.API_ONLY, f"this machine lets us mount no overlay{why}")


def _probe(script: str, folder: Path) -> str | None:
    """None when the script worked, else why not, to be put behind a sentence."""
    scratch = folder / "probe"
    scratch.mkdir(parents=True, exist_ok=True)
    done = commands.attempt("unshare", "--mount", "--net", "sh", "-c", script, scratch)
    shutil.rmtree(scratch, ignore_errors=True)
    if done.returncode == 0:
        return None
    words = done.stderr.strip().splitlines()
    return f" ({words[-1]})" if words else ""

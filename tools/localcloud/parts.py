"""The programs of the machine that a local cloud needs, and the Debian packages that hold them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from orchestrator.domain.errors import MissingPartError
from tools.localcloud import commands
from tools.localcloud.progress import Progress

# The -core packages hold the programs without a service that would start by itself.
FOR_ANY_CLOUD = {
    "mariadbd": "mariadb-server-core",
    "mariadb-install-db": "mariadb-server-core",
    "mariadb": "mariadb-client-core",
    "setpriv": "util-linux",
}
FOR_HOSTS = {
    "systemd-nspawn": "systemd-container",
    "mmdebstrap": "mmdebstrap",
    "ip": "iproute2",
    "nft": "nftables",
    "conntrack": "conntrack",
    "sysctl": "procps",
    "ssh-keygen": "openssh-client",
    "losetup": "mount",
    "nsenter": "util-linux",
}


def missing(programs: Mapping[str, str]) -> dict[str, str]:
    """Those programs, with their packages, that are not on this machine."""
    return {program: package for program, package in programs.items() if commands.which(program) is None}


def provide(programs: Mapping[str, str], progress: Progress) -> None:
    """Install what is missing, where root may do so by apt-get.

    Raises:
        MissingPartError: It can't be installed from here; the hint names the command.
    """
    lacking = missing(programs)
    if not lacking:
        return
    packages = sorted(set(lacking.values()))
    if os.geteuid() != 0 or commands.which("apt-get") is None:
        raise MissingPartError(
            "the local cloud needs programs that are not on this machine",
            detail=", ".join(sorted(lacking)),
            hint=f"apt-get install --no-install-recommends {' '.join(packages)}",
        )
    progress(f"installing by apt-get: {' '.join(packages)}")
    _install(packages)
    if still := missing(programs):
        raise MissingPartError(f"apt-get installed the packages, yet {', '.join(sorted(still))} are not on PATH")


def _install(packages: list[str]) -> None:
    update = commands.attempt("apt-get", "-q", "update")
    done = commands.attempt(
        "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "install", "--no-install-recommends", *packages
    )
    if done.returncode:
        raise MissingPartError(
            "apt-get could not install what the local cloud needs",
            detail=f"{update.stderr.strip()}\n{done.stderr.strip()}".strip(),
            hint=f"apt-get install --no-install-recommends {' '.join(packages)}",
        )

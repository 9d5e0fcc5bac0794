"""Installing packages: what a job that was stopped left half done is brought to its end first.

A job may be stopped at any point (docs/runner.md), in the middle of its package manager too. dpkg then refuses whatever
is asked of it next, and the indexes that were being read look fresh although they are not there.
"""

from __future__ import annotations

import time

from .machine import HostError, Machine

LOCKED = (
    "Could not get lock",
    "is another process using it",
    "locked by another process",
    "already locked by",
    "can't create transaction lock",
)
LOCK_SECONDS = 120.0
LOCK_POLL_SECONDS = 2.0
KEEP_SETTINGS = ("--force-confdef", "--force-confold")
APT = (
    "apt-get",
    "--quiet",
    "--yes",
    "--no-install-recommends",
    *(f"-o=Dpkg::Options::={one}" for one in KEEP_SETTINGS),
)
DNF = ("dnf", "--quiet", "--assumeyes", "--setopt=install_weak_deps=False", "--setopt=exit_on_lock=True")


def install(machine: Machine, names: list[str], lock_seconds: float = LOCK_SECONDS) -> None:
    """Install packages; none brings only to its end what was interrupted.

    HostError when one cannot be installed, or somebody else holds the package database for longer than that.
    """
    mend(machine, lock_seconds)
    if names and machine.family == "debian":
        patiently(machine, lock_seconds, "apt-get", "--quiet", "update")
        patiently(machine, lock_seconds, *APT, "install", *names)
    elif names:
        patiently(machine, lock_seconds, *DNF, "install", *names)


def mend(machine: Machine, lock_seconds: float = LOCK_SECONDS) -> None:
    """Bring to its end what an interrupted run left half done; nobody else holds the database then."""
    if machine.family == "debian":
        patiently(machine, lock_seconds, "dpkg", *KEEP_SETTINGS, "--configure", "-a")
        if machine.run("dpkg", "--audit").strip():
            patiently(machine, lock_seconds, *APT, "--fix-broken", "install")
    else:
        if machine.try_run("rpm", "--query", "--all").code != 0:
            machine.run("rpm", "--rebuilddb")
        # A transaction that was cut off leaves the old version of a package beside its new one.
        if patiently(machine, lock_seconds, *DNF, "repoquery", "--duplicates").strip():
            patiently(machine, lock_seconds, *DNF, "remove", "--duplicates")


def patiently(machine: Machine, lock_seconds: float, *command: str) -> str:
    """Run a command once nobody else holds the package database, and give what it printed.

    HostError when it fails, or somebody else holds the database for longer than that.
    """
    ends = time.monotonic() + lock_seconds
    while (ran := machine.try_run(*command)).code != 0:
        told = [line.strip() for line in (ran.errors + ran.output).splitlines() if any(each in line for each in LOCKED)]
        if not told:
            raise HostError(f"{' '.join(command)} failed with {ran.code}: {ran.said()}")
        if time.monotonic() > ends:
            raise HostError(f"the package database is locked: {told[0]}")
        time.sleep(LOCK_POLL_SECONDS)
    return ran.output

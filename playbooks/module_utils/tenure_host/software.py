"""What is installed on a host, and what of it jobs installed: sshd's log says when they were there (Art. 39)."""

from __future__ import annotations

import gzip
import re
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .machine import Machine

ENTERED = re.compile(r"^(?P<at>[\d.]+) \S+ \S+\[(?P<session>\d+)\]: Accepted publickey for .* ID (?P<job>op-\S+) ")
LEFT = re.compile(r"^(?P<at>[\d.]+) \S+ \S+\[(?P<session>\d+)\]: pam_unix\(sshd:session\): session closed")
INSTALLED = {
    "debian": re.compile(r"^(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) install (?P<package>[^: ]+)"),
    "rpm": re.compile(r"^(?P<at>\d{4}-\d\d-\d\dT[\d:]{8}[+-]\d{4}) \S+ Installed: (?P<package>\S+?)-[^-]+-[^-]+$"),
}
LOGS = {"debian": "var/log/dpkg.log*", "rpm": "var/log/dnf.rpm.log*"}
DEPENDENCIES = "%{name} %{reason}\n"
CHOSEN = frozenset({"user", "unknown"})
"""Reasons of dnf that make a package none of another's dependencies."""


@dataclass(frozen=True)
class Visit:
    """The time that a job was on the host, in seconds since 1970, and its operation."""

    job: str
    begin: float
    end: float


def installed_packages(machine: Machine) -> dict[str, str]:
    """Give every installed package with its version."""
    if machine.family == "debian":
        told = machine.run("dpkg-query", "--show", "--showformat=${db:Status-Status} ${Package} ${Version}\\n")
        words = (line.split() for line in told.splitlines())
        return {name: version for status, name, version in words if status == "installed"}
    told = machine.run("rpm", "--query", "--all", "--queryformat", "%{NAME} %{EVR}\\n")
    return dict(line.split(" ", 1) for line in told.splitlines() if not line.startswith("gpg-pubkey "))


def jobs_packages(machine: Machine, packages: dict[str, str]) -> list[dict[str, Any]]:
    """Give what jobs installed and is still there, with the operation and the instant in seconds since 1970.

    What came along as a dependency of something else is left out: that is listed itself, or its reason is.
    """
    visits, dependencies = _visits(machine), _dependencies(machine)
    found: dict[str, dict[str, Any]] = {}
    for package, at in _installations(machine):
        visit = _visit_at(visits, at)
        if visit is None:
            found.pop(package, None)
        elif package in packages and package not in dependencies:
            found[package] = {"package": package, "operation": visit.job, "at": at}
    return [found[package] for package in sorted(found)]


def _visit_at(visits: list[Visit], at: float) -> Visit | None:
    """Give the visit during which something happened: of two within the same second, the later one.

    The package manager's log has whole seconds, and only one job works on a host at a time.
    """
    fitting = [visit for visit in visits if visit.begin <= at <= visit.end]
    return max(fitting, key=lambda visit: visit.begin, default=None)


def _visits(machine: Machine) -> list[Visit]:
    """Read from sshd's log when jobs were on the host: a job's certificate carries its operation's id."""
    told = machine.run("journalctl", "--quiet", "--no-pager", "--output=short-unix", "-t", "sshd", "-t", "sshd-session")
    open_visits: dict[str, Visit] = {}
    over = []
    for line in told.splitlines():
        entered, left = ENTERED.match(line), LEFT.match(line)
        if entered:
            begin = int(float(entered["at"]))
            open_visits[entered["session"]] = Visit(entered["job"], begin, time.time() + 1)
        elif left and left["session"] in open_visits:
            visit = open_visits.pop(left["session"])
            over.append(Visit(visit.job, visit.begin, float(left["at"]) + 1))
    return [*over, *open_visits.values()]


def _installations(machine: Machine) -> list[tuple[str, float]]:
    """Read from the package manager's log which packages were installed anew, and when."""
    family, found = machine.family, []
    for path in machine.path("/").glob(LOGS[family]):
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8", errors="replace")
        for line in text.splitlines():
            match = INSTALLED[family].match(line)
            if match:
                found.append((match["package"], _instant(match["at"])))
    return sorted(found, key=lambda installation: installation[1])


def _instant(text: str) -> float:
    """Read a time of dpkg's log, which is the host's local time, or of dnf's, which says its distance from UTC."""
    if "T" in text:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z").timestamp()
    return time.mktime(time.strptime(text, "%Y-%m-%d %H:%M:%S"))


def _dependencies(machine: Machine) -> set[str]:
    """Give the packages that are there for the sake of others only."""
    if machine.family == "debian":
        blocks = (machine.read("/var/lib/apt/extended_states") or "").split("\n\n")
        marks = (dict(line.split(": ", 1) for line in block.splitlines() if ": " in line) for block in blocks)
        return {each["Package"] for each in marks if each.get("Auto-Installed") == "1"}
    options = ("--cacheonly", "--quiet", "repoquery", "--installed", f"--queryformat={DEPENDENCIES}")
    words = (line.split() for line in machine.try_run("dnf", *options).output.splitlines() if line.strip())
    return {name for name, reason in words if reason not in CHOSEN}


def units(machine: Machine) -> dict[str, str]:
    """Give services and sockets that run or start with the host, each with its state."""
    options = ("--type=service,socket,timer", "--plain", "--no-legend", "--no-pager", "--full")
    enabled = machine.run("systemctl", "list-unit-files", "--state=enabled", *options)
    active = machine.run("systemctl", "list-units", "--state=active", *options)
    found = {line.split()[0]: "enabled" for line in enabled.splitlines()}
    return {**found, **{line.split()[0]: line.split()[3] for line in active.splitlines()}}

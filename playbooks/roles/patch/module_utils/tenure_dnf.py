"""The RPM family: the same as for Debian, by dnf; its own transaction check refuses what has no room."""

from __future__ import annotations

import fnmatch
import os
import re
from pathlib import Path

from ansible.module_utils.tenure_commands import Fault, attempt, mend_database, run, run_unlocked

UPDATE = re.compile(r"^(\S+\.\w+)\t(\S+)$", re.MULTILINE)
ADVISORY = re.compile(r"^((?:\S+-\d{4}[:-])\S+)\s+(\S+)\s+(\S+)-[^-\s]+-[^-\s]+\.(\w+)\s*$", re.MULTILINE)
UPGRADES = ["repoquery", "--upgrades", "--latest-limit=1", "--queryformat=%{name}.%{arch}\\t%{evr}"]
PUBLIC_KEYS = "gpg-pubkey."
SIDE_BY_SIDE = ","
"""Between versions of one package that are installed together."""


class Dnf:
    """The package database of one host of the RPM family; the arguments are those of :class:`Apt`."""

    def __init__(self, folder: str, excluded: list[str], lock_seconds: float) -> None:
        self._folder = Path(folder)
        self._excluded = excluded
        self._lock_seconds = lock_seconds

    def refresh(self) -> None:
        """Read the repositories' metadata; a repository that fails its signature is a fault."""
        self._unlocked(["dnf", "-q", "-y", "makecache"])

    def mend(self) -> None:
        """Bring to its end what an interrupted transaction left."""
        mend_database(self._lock_seconds)

    def versions(self) -> dict[str, str]:
        """Give every installed package, by name and architecture, with its version; several of them side by side."""
        found: dict[str, list[str]] = {}
        for line in run(["rpm", "-qa", "--qf", "%{NAME}.%{ARCH}\\t%{EVR}\\n"]).splitlines():
            name, _, version = line.partition("\t")
            if version and not name.startswith(PUBLIC_KEYS):
                found.setdefault(name, []).append(version)
        return {name: SIDE_BY_SIDE.join(sorted(versions)) for name, versions in found.items()}

    def pending(self) -> list[dict[str, object]]:
        """Give every update that the repositories have, and which of them are left alone."""
        updates = self._updates()
        installed = self.versions()
        advisories: dict[str, list[tuple[str, str]]] = {}
        for options in ([], ["--with-cve"]) if updates else ():
            add_advisories(advisories, self._unlocked(["dnf", "-q", "updateinfo", "list", "--updates", *options]))
        return [
            {
                "package": package,
                "installed": installed.get(package, ""),
                "candidate": candidate,
                "security": any("sec" in kind.lower() for _, kind in advisories.get(package, ())),
                "advisories": sorted({identity for identity, _ in advisories.get(package, ())}),
                "held": self._is_held(package),
            }
            for package, candidate in updates
        ]

    def planned(self) -> list[str]:
        """Give what is installed now, as ``name-version.architecture``."""
        return [_exact(package, candidate) for package, candidate in self._updates() if not self._is_held(package)]

    def room_needed(self, planned: list[str]) -> int:
        """Leave it to dnf, which tests its transaction before it writes anything."""
        del planned
        return 0

    def advisories(self, pending: list[dict[str, object]]) -> None:
        """Add nothing: the repositories' own list has told them."""

    def keep_old(self, planned: list[str]) -> list[str]:
        """Fetch what is installed now; gives the packages that no repository has any more."""
        self._rpms().mkdir(exist_ok=True)
        installed = self.versions()
        fetch = ["dnf", "-q", "download", "--destdir", str(self._rpms())]
        return [
            name
            for name in (package for package, candidate in self._updates() if _exact(package, candidate) in planned)
            if any(attempt([*fetch, _exact(name, one)]).returncode != 0 for one in installed[name].split(SIDE_BY_SIDE))
        ]

    def install(self, planned: list[str]) -> None:
        """Install exactly what was planned."""
        if planned:
            self._unlocked(["dnf", "-q", "-y", *self._excludes(), "upgrade", *planned])

    def go_back(self, before: dict[str, str]) -> None:
        """Lead every package back to the version that it had; what is new goes, beside an old one or by itself."""
        now = self.versions()
        beside = [_exact(name, one) for name, old in before.items() for one in _added(old, now.get(name, ""))]
        new = [_exact(name, one) for name in now if name not in before for one in now[name].split(SIDE_BY_SIDE)]
        if beside:
            attempt(["dnf", "-q", "-y", "remove", *beside])
        files = {file.name: str(file) for file in self._rpms().glob("*.rpm")}
        lost = [_exact(name, old) for name, old in before.items() if self.versions().get(name) != old]
        if lost:
            kept = [files.get(f"{_without_epoch(one)}.rpm", one) for one in lost]
            attempt(["dnf", "-q", "-y", "downgrade", *kept])
        if new:
            attempt(["dnf", "-q", "-y", "remove", *new])
        left = [name for name, version in before.items() if self.versions().get(name) != version]
        if left:
            raise Fault(f"{', '.join(sorted(left)[:5])} could not be led back to the version of before")

    def reboot_wanted(self) -> bool:
        """Whether the distribution's own tool, or a newer kernel, wants one."""
        told = attempt(["dnf", "-q", "needs-restarting", "-r"])
        if told.returncode in {0, 1} and "eboot" in told.stdout:
            return told.returncode == 1
        newest = attempt(["rpm", "-q", "--last", "kernel-core"]).stdout.split(" ", 1)[0].removeprefix("kernel-core-")
        return bool(newest) and "not installed" not in newest and newest != os.uname().release

    def _updates(self) -> list[tuple[str, str]]:
        return parse_updates(self._unlocked(["dnf", "-q", *UPGRADES]))

    def _is_held(self, package: str) -> bool:
        name = package.rpartition(".")[0]
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in self._excluded)

    def _excludes(self) -> list[str]:
        return [f"--exclude={pattern}" for pattern in self._excluded]

    def _rpms(self) -> Path:
        return self._folder / "packages"

    def _unlocked(self, command: list[str]) -> str:
        return run_unlocked([command[0], "--setopt=exit_on_lock=True", *command[1:]], self._lock_seconds)


def parse_updates(said: str) -> list[tuple[str, str]]:
    """Read what a query of :data:`UPGRADES` prints: name with architecture, and version."""
    return UPDATE.findall(said)


def add_advisories(found: dict[str, list[tuple[str, str]]], said: str) -> None:
    """Read ``dnf updateinfo list``: by name with architecture, the advisories and their kinds.

    Those of releases between what is installed and what will be count too: an update brings all of them.
    """
    for identity, kind, name, architecture in ADVISORY.findall(said):
        found.setdefault(f"{name}.{architecture}", []).append((identity, kind))


def _added(old: str, now: str) -> list[str]:
    """Give the versions that came beside all of the old ones, as kernels do; none where old ones were replaced."""
    before, after = set(old.split(SIDE_BY_SIDE)), set(now.split(SIDE_BY_SIDE))
    return sorted(after - before) if before < after else []


def _exact(package: str, version: str) -> str:
    name, _, architecture = package.rpartition(".")
    return f"{name}-{version}.{architecture}"


def _without_epoch(exact: str) -> str:
    """Give a package as its file is named."""
    return re.sub(r"-\d+:([^-]+-[^-]+)$", r"-\1", exact)

"""The RPM family: the same as for Debian, by dnf; its own transaction check refuses what has no room."""

from __future__ import annotations

import fnmatch
import os
import re
from pathlib import Path

from ansible.module_utils.tenure_commands import Fault, attempt, last_line, mend_database, run, run_unlocked

UPDATE = re.compile(r"^(\S+)\.(\w+)\s+(\S+)\s+(\S+)\s*$", re.MULTILINE)
ADVISORY = re.compile(r"^(\S+-\d{4}[:-]\S+)\s+(\S+)\s+(\S+)\s*$", re.MULTILINE)
SOME_UPDATES = 100
"""Exit status of ``dnf check-update`` when there are any."""


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
        """Give every installed package, by name and architecture, with its version."""
        said = run(["rpm", "-qa", "--qf", "%{NAME}.%{ARCH}\\t%{EPOCHNUM}:%{VERSION}-%{RELEASE}\\n"])
        return dict(line.split("\t", 1) for line in said.splitlines() if "\t" in line)

    def pending(self) -> list[dict[str, object]]:
        """Give every update that the repositories have, and which of them are left alone."""
        done = attempt(["dnf", "-q", "check-update"])
        if done.returncode not in {0, SOME_UPDATES}:
            raise Fault(f"dnf check-update ended with {done.returncode}: {last_line(done.stdout)}", done.stdout)
        advisories = parse_advisories(attempt(["dnf", "-q", "updateinfo", "list", "--updates"]).stdout)
        return [self._update(*found, advisories) for found in parse_updates(done.stdout)]

    def planned(self) -> list[str]:
        """Give what is installed now as ``name-version``."""
        return [f"{one['package']}-{one['candidate']}" for one in self.pending() if not one["held"]]

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
        names = {f"{one['package']}": str(one["installed"]) for one in self.pending()}
        wanted = [name for name in names if any(each.startswith(f"{name}-") for each in planned) and name in installed]
        fetch = ["dnf", "-q", "download", "--destdir", str(self._rpms())]
        return [name for name in wanted if attempt([*fetch, _exact(name, installed[name])]).returncode != 0]

    def install(self, planned: list[str]) -> None:
        """Install exactly what was planned."""
        if planned:
            self._unlocked(["dnf", "-q", "-y", *self._excludes(), "upgrade", *planned])

    def go_back(self, before: dict[str, str]) -> None:
        """Lead every package back to the version that it had; what is new goes."""
        now = self.versions()
        files = [str(file) for file in self._rpms().glob("*.rpm")]
        gone = [name for name in now if name not in before]
        if files:
            attempt(["dnf", "-q", "-y", "downgrade", *files])
        changed = [_exact(name, old) for name, old in before.items() if self.versions().get(name) != old]
        if changed:
            attempt(["dnf", "-q", "-y", "downgrade", *changed])
        if gone:
            attempt(["dnf", "-q", "-y", "remove", *gone])
        left = [name for name, version in before.items() if self.versions().get(name) != version]
        if left:
            raise Fault(f"{', '.join(sorted(left)[:5])} could not be led back to the version of before")

    def reboot_wanted(self) -> bool:
        """Whether the distribution's own tool, or a newer kernel, wants one."""
        told = attempt(["needs-restarting", "-r"])
        if told.returncode in {0, 1} and "eboot" in told.stdout:
            return told.returncode == 1
        newest = attempt(["rpm", "-q", "--last", "kernel-core"]).stdout.split(" ", 1)[0].removeprefix("kernel-core-")
        return bool(newest) and "not installed" not in newest and newest != os.uname().release

    def _update(
        self, name: str, architecture: str, candidate: str, advisories: dict[str, list[tuple[str, str]]]
    ) -> dict[str, object]:
        package = f"{name}.{architecture}"
        told = advisories.get(f"{name}-{candidate.rpartition(':')[2]}.{architecture}", [])
        return {
            "package": package,
            "installed": self.versions().get(package, ""),
            "candidate": candidate,
            "security": any("sec" in kind.lower() for _, kind in told),
            "advisories": sorted(identity for identity, _ in told),
            "held": any(fnmatch.fnmatchcase(name, pattern) for pattern in self._excluded),
        }

    def _excludes(self) -> list[str]:
        return [f"--exclude={pattern}" for pattern in self._excluded]

    def _rpms(self) -> Path:
        return self._folder / "packages"

    def _unlocked(self, command: list[str]) -> None:
        run_unlocked([command[0], "--setopt=exit_on_lock=True", *command[1:]], self._lock_seconds)


def parse_updates(said: str) -> list[tuple[str, str, str]]:
    """Read ``dnf check-update``: name, architecture and version; what it says of obsolete packages is none."""
    listed = said.partition("Obsoleting Packages")[0]
    return [(name, architecture, version) for name, architecture, version, _ in UPDATE.findall(listed)]


def parse_advisories(said: str) -> dict[str, list[tuple[str, str]]]:
    """Read ``dnf updateinfo list``: by package file name, its advisories and their kinds."""
    found: dict[str, list[tuple[str, str]]] = {}
    for identity, kind, package in ADVISORY.findall(said):
        found.setdefault(package, []).append((identity, kind))
    return found


def _exact(package: str, version: str) -> str:
    name, _, architecture = package.rpartition(".")
    return f"{name}-{version.removeprefix('0:')}.{architecture}"

"""A cloud in memory or in a file: it keeps what was made in it, also when the process that made it dies.

It makes a second resource of one name as willingly as OpenStack does; that is how a test sees doubled creates.
"""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path

from orchestrator.domain.spec import EnvironmentSpec
from orchestrator.ports import FoundResource
from tests.fakes.points import Points

TENANCY = frozenset({"project", "user", "quotas"})
SERVICES = {
    "project": "identity",
    "user": "identity",
    "quotas": "identity",
    "network": "network",
    "router": "network",
    "address": "network",
    "volume": "volume",
    "server": "compute",
}


@dataclass
class Thing:
    """Something in a project."""

    id: str
    project: str
    type: str
    name: str
    running: bool = True


@dataclass
class Contents:
    """All that the cloud keeps, and all that the provisioner's own state keeps.

    Attributes:
        made: How many things were ever made.
        known: The provisioner's state: names by environment.
        locks: Environments whose state is locked by an attempt that did not end.
        most: The largest number of things of one project, type and name that ever existed at once.
    """

    things: list[Thing] = field(default_factory=list)
    made: int = 0
    known: dict[str, list[str]] = field(default_factory=dict)
    locks: dict[str, str] = field(default_factory=dict)
    most: int = 0
    working: dict[str, int] = field(default_factory=dict)
    overlaps: int = 0


class FakeCloud:
    """The cloud and the state file of its provisioner."""

    def __init__(self, points: Points, file: Path | None = None) -> None:
        self.points = points
        self._file = file
        self._turn = threading.RLock()
        self.contents = _read(file) if file is not None and file.exists() else Contents()
        self.full = False

    def make(self, project: str, kind: str, name: str) -> Thing:
        """Make a thing, whether or not there is one of that name."""
        with self._turn:
            self.contents.made += 1
            thing = Thing(f"{kind}-{self.contents.made}", project, kind, name)
            self.contents.things.append(thing)
            same = [one for one in self.contents.things if (one.project, one.name) == (project, name)]
            self.contents.most = max(self.contents.most, len(same))
            self.keep()
            return thing

    def remove(self, project: str, name: str) -> None:
        """Remove what has that name."""
        with self._turn:
            self.contents.things = [one for one in self.contents.things if (one.project, one.name) != (project, name)]
            self.keep()

    def named(self, project: str) -> dict[str, Thing]:
        """Give the things of a project by name."""
        return {thing.name: thing for thing in self.contents.things if thing.project == project}

    def found(self, project: str) -> tuple[FoundResource, ...]:
        """Give everything of a project as an inventory sees it."""
        return tuple(
            FoundResource(
                service=SERVICES[thing.type],
                type=thing.type,
                id=thing.id,
                name=thing.name,
                tenancy=thing.type in TENANCY,
            )
            for thing in self.contents.things
            if thing.project == project
        )

    def know(self, project: str, name: str) -> None:
        """Write a name into the provisioner's state."""
        with self._turn:
            names = self.contents.known.setdefault(project, [])
            if name not in names:
                names.append(name)
            self.keep()

    def forget(self, project: str, name: str) -> None:
        """Strike a name from the provisioner's state."""
        with self._turn:
            names = self.contents.known.get(project, [])
            if name in names:
                names.remove(name)
            self.keep()

    def keep(self) -> None:
        """Write everything to the file, if there is one."""
        if self._file is not None:
            fresh = self._file.with_suffix(".new")
            fresh.write_text(json.dumps(asdict(self.contents)), encoding="utf-8")
            fresh.replace(self._file)


def _read(file: Path) -> Contents:
    data = json.loads(file.read_text(encoding="utf-8"))
    things = [Thing(**thing) for thing in data.pop("things")]
    return Contents(things=things, **data)


def wanted(spec: EnvironmentSpec) -> tuple[tuple[str, str], ...]:
    """Give type and name of everything that a spec wants, in the order in which it is made."""
    hosts = [name for role in spec.roles for name in role.host_names()]
    return (
        ("project", "project"),
        ("user", "service-user"),
        ("quotas", "quotas"),
        ("network", "network"),
        ("router", "router"),
        *(("volume", f"{host}-data") for host in hosts),
        *(("server", host) for host in hosts),
        ("address", "bastion-address"),
    )

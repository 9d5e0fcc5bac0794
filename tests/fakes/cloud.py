"""A cloud in memory or in a folder: it keeps what was made in it, also when the process that made it dies.

It makes a second resource of one name as willingly as OpenStack does; that is how a test sees doubled creates.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
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
    type: str
    name: str
    running: bool = True
    isolated: bool = False


@dataclass
class Project:
    """What the cloud has of one project, and what the provisioner's own state says about it.

    Attributes:
        made: How many things were ever made.
        most: The largest number of things of one name that ever existed at once.
        known: The provisioner's state: names.
        lock: Who has locked that state; empty when nobody has.
        backups: Names of the volumes in each backup, by its id; those in escrow outlive the project.
    """

    things: list[Thing] = field(default_factory=list)
    made: int = 0
    most: int = 0
    known: list[str] = field(default_factory=list)
    lock: str = ""
    backups: dict[str, list[str]] = field(default_factory=dict)

    def named(self) -> dict[str, Thing]:
        """Give the things by name."""
        return {thing.name: thing for thing in self.things}


class FakeCloud:
    """The cloud and the state of its provisioner.

    Args:
        points: What a test may let fail.
        folder: Where everything is kept for several processes; in memory without one.

    Attributes:
        full: Whether the quota is used up.
    """

    def __init__(self, points: Points, folder: Path | None = None) -> None:
        self.points = points
        self.full = False
        self._folder = folder
        self._projects: dict[str, Project] = {}
        self._turn = threading.RLock()

    def of(self, name: str) -> Project:
        """Give a project as it is now; of one that nobody made there is nothing."""
        if self._folder is None:
            return self._projects.setdefault(name, Project())
        file = self._folder / f"{name}.json"
        return _read(file) if file.exists() else Project()

    def become(self, other: FakeCloud) -> None:
        """Hold what another one in memory holds now."""
        self._projects = deepcopy(other._projects)

    @contextmanager
    def change(self, name: str) -> Iterator[Project]:
        """Change a project; what is changed survives the death of the process."""
        with self._turn:
            project = self.of(name)
            yield project
            if self._folder is not None:
                fresh = self._folder / f"{name}.{os.getpid()}"
                fresh.write_text(json.dumps(asdict(project)), encoding="utf-8")
                fresh.replace(self._folder / f"{name}.json")

    def make(self, name: str, kind: str, thing_name: str) -> Thing:
        """Make a thing, whether or not there is one of that name."""
        with self.change(name) as project:
            project.made += 1
            thing = Thing(f"{kind}-{project.made}", kind, thing_name)
            project.things.append(thing)
            project.most = max(project.most, sum(1 for one in project.things if one.name == thing_name))
            return thing

    def remove(self, name: str, thing_name: str) -> None:
        """Remove what has that name."""
        with self.change(name) as project:
            project.things = [one for one in project.things if one.name != thing_name]

    def know(self, name: str, thing_name: str) -> None:
        """Write a name into the provisioner's state."""
        with self.change(name) as project:
            if thing_name not in project.known:
                project.known.append(thing_name)

    def forget(self, name: str, thing_name: str) -> None:
        """Strike a name from the provisioner's state."""
        with self.change(name) as project:
            project.known = [one for one in project.known if one != thing_name]

    def found(self, name: str) -> tuple[FoundResource, ...]:
        """Give everything of a project as an inventory sees it."""
        return tuple(
            FoundResource(
                service=SERVICES[thing.type],
                type=thing.type,
                id=thing.id,
                name=thing.name,
                tenancy=thing.type in TENANCY,
            )
            for thing in self.of(name).things
        )

    @contextmanager
    def working(self, name: str, operation: str) -> Iterator[None]:
        """Write into the project's journal when work on it begins and ends."""
        self._note(name, f"begin {operation}")
        yield
        self._note(name, f"end {operation}")

    def _note(self, name: str, line: str) -> None:
        if self._folder is not None:
            with (self._folder / f"{name}.log").open("a", encoding="utf-8") as journal:
                journal.write(line + "\n")


def _read(file: Path) -> Project:
    data = json.loads(file.read_text(encoding="utf-8"))
    things = [Thing(**thing) for thing in data.pop("things")]
    return Project(things=things, **data)


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

"""A fleet over the fake cloud: what `up` made and what a look sees have the same ids, so that they can be compared."""

from __future__ import annotations

from collections.abc import Collection

from orchestrator.domain.drift import ONE_BY_ONE, RUNS, Sight
from orchestrator.domain.errors import Diagnostic
from orchestrator.domain.records import Thing, ThingKind
from tests.fakes.cloud import FakeCloud

KINDS = {"quotas": ThingKind.COMPUTE_QUOTA}
STOPPED = "SHUTOFF"


def things_in(cloud: FakeCloud, environment: str) -> tuple[Thing, ...]:
    """Give what stands in an environment's project; ids name the environment, since each project counts from 1."""
    there = cloud.of(environment).things
    project = next((f"{environment}:{one.id}" for one in there if one.type == "project"), "")
    return tuple(
        Thing(
            kind=KINDS.get(one.type) or ThingKind(one.type),
            id=f"{environment}:{one.id}",
            name=one.name,
            project="" if one.type == "user" else project,
            properties={"status": RUNS if one.running else STOPPED} if one.type == "server" else {"name": one.name},
        )
        for one in there
    )


def made_in(cloud: FakeCloud, environment: str) -> tuple[Thing, ...]:
    """Give what the provisioner's state knows of it: what somebody put beside it is none of that."""
    known = cloud.of(environment).known
    return tuple(thing for thing in things_in(cloud, environment) if thing.name in known)


class FakeFleet:
    """Implements :class:`orchestrator.ports.Fleet`.

    Attributes:
        changed: Properties that somebody changed by hand, by environment and name of the thing.
        silent: Kinds whose service does not answer.
        beside: Projects that carry Tenure's mark and belong to none of those that are asked for.
        looked: The projects of each look.
        asked: The projects of each look whose quotas were asked for.
    """

    def __init__(self, cloud: FakeCloud) -> None:
        self._cloud = cloud
        self.changed: dict[tuple[str, str], dict[str, str]] = {}
        self.silent: dict[ThingKind, Diagnostic] = {}
        self.beside: list[Thing] = []
        self.looked: list[frozenset[str]] = []
        self.asked: list[frozenset[str]] = []

    def look(self, projects: Collection[str], quotas_of: Collection[str] | None = None) -> Sight:
        """Give what stands there now."""
        self._cloud.points.reach("look")
        self.looked.append(frozenset(projects))
        self.asked.append(frozenset(projects if quotas_of is None else quotas_of))
        environments = sorted({project.partition(":")[0] for project in projects})
        things = [self._seen(name, thing) for name in environments for thing in things_in(self._cloud, name)]
        unasked = self.looked[-1] - self.asked[-1]
        left_out = [thing for thing in things if thing.kind in ONE_BY_ONE and thing.project in unasked]
        heard = tuple(thing for thing in things if thing.kind not in self.silent and thing not in left_out)
        return Sight(things=(*heard, *self.beside), silent=self.silent, unasked=unasked)

    def _seen(self, environment: str, thing: Thing) -> Thing:
        by_hand = self.changed.get((environment, thing.name), {})
        return thing.model_copy(update={"properties": thing.properties | by_hand})

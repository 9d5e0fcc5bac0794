"""What stands in the cloud, what `up` made of it, and where the two differ: drift."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from orchestrator.domain.model import Model
from orchestrator.domain.names import EnvironmentName
from orchestrator.domain.records.hosts_in_care import Severity
from orchestrator.domain.records.people import Actor


class ThingKind(StrEnum):
    """Kinds of things that a project holds and that are compared."""

    PROJECT = "project"
    USER = "user"
    ROLE_ASSIGNMENT = "role-assignment"
    COMPUTE_QUOTA = "compute-quota"
    NETWORK_QUOTA = "network-quota"
    VOLUME_QUOTA = "volume-quota"
    NETWORK = "network"
    SUBNET = "subnet"
    ROUTER = "router"
    ROUTER_INTERFACE = "router-interface"
    PORT = "port"
    ADDRESS = "address"
    GROUP = "security-group"
    RULE = "security-group-rule"
    SERVER_GROUP = "server-group"
    SERVER = "server"
    VOLUME = "volume"
    ATTACHMENT = "attachment"
    CONTAINER = "container"
    SNAPSHOT = "snapshot"
    IMAGE = "image"


class Thing(Model):
    """One thing of a project: as it was made, or as the cloud shows it.

    Attributes:
        id: As the cloud knows it; a quota has its project's, an attachment its server's and its volume's.
        name: What people know it by; of what was made, its logical name in the environment.
        project: Whose it is; empty for users, who belong to no project.
        part_of: Id of the thing without which it cannot be: what is told of that one says enough.
        properties: What matters of it, as texts; a list is sorted.
    """

    kind: ThingKind
    id: str
    name: str
    project: str = ""
    part_of: str = ""
    properties: dict[str, str] = Field(default_factory=dict)


class Made(Model):
    """What the newest successful ``up`` left standing in one life of an environment.

    Attributes:
        operation: The operation that made it, or that read it from the stack's state.
    """

    subject: str
    environment: EnvironmentName
    operation: str
    at: datetime
    things: tuple[Thing, ...]


class DriftClass(StrEnum):
    """How the cloud differs from what was made."""

    CHANGED = "changed"
    MISSING = "missing"
    EXTRA = "extra"
    """It stands in the project and nobody's record knows it."""


class Difference(Model):
    """One property that is no longer what it was made."""

    name: str
    expected: str
    found: str


class Suppression(Model):
    """Somebody's word that a drift is meant, until an instant."""

    by: Actor
    reason: str
    at: datetime
    until: datetime


class Drift(Model):
    """One difference between the cloud and the record.

    Attributes:
        id: ``drift-`` and a digest of life, class, thing and differences: found again, it is the same drift.
        thing: Id of the thing in the cloud.
        properties: What differs; empty for what is missing or extra.
        stateful: Whether the thing holds data, or an address that others have in their books.
        seen_at: When a scan saw it last.
        told_at: When people were told; ``None`` while it waits for the end of the quiet hours.
        exact: What a mend would do about it, by the engine's own look at the cloud; empty until it looked.
        suppression: Why nobody is told and nothing is mended for now.
        gone_at: When a later scan did not find it any more.
    """

    id: str
    environment: EnvironmentName
    subject: str
    drift: DriftClass
    kind: ThingKind
    thing: str
    name: str
    properties: tuple[Difference, ...] = ()
    severity: Severity
    stateful: bool
    found_at: datetime
    seen_at: datetime
    told_at: datetime | None = None
    exact: str = ""
    suppression: Suppression | None = None
    gone_at: datetime | None = None

    def suppressed(self, now: datetime) -> bool:
        """Whether somebody's word covers it at an instant."""
        return self.suppression is not None and now < self.suppression.until


class DriftScan(Model):
    """One look at the whole fleet.

    Attributes:
        at: When it was begun, by business time.
        finished_at: ``None`` while it runs, and for good when its process died.
        environments: How many were compared.
        left_out: Environments that were not compared, each with the reason.
        silent: Services that did not answer, each with what they said.
        found: How many drifts stand, suppressed ones included.
    """

    id: str
    at: datetime
    finished_at: datetime | None = None
    environments: int = 0
    left_out: dict[str, str] = Field(default_factory=dict)
    silent: dict[str, str] = Field(default_factory=dict)
    found: int = 0

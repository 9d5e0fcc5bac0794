"""Environments: what stands, on which hosts, and how its tests went."""

from __future__ import annotations

from datetime import datetime

from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.model import Model
from orchestrator.domain.names import EnvironmentName, ManagedBy, Stage
from orchestrator.domain.records.people import Actor
from orchestrator.domain.spec import EnvironmentSpec


class Host(Model):
    """One server of a ready environment."""

    name: str
    role: str
    address: str
    server_id: str


class Outputs(Model):
    """What a finished stack tells: the project, the bastion's floating address, the hosts."""

    project_id: str = ""
    network_id: str = ""
    bastion_address: str = ""
    bastion_host: str = ""
    hosts: tuple[Host, ...] = ()


class Evaluation(Model):
    """How a test of the system went (Art. 21): passed, or to be adjusted and tested again."""

    passed: bool
    by: Actor
    reason: str
    at: datetime


class Environment(Model):
    """One environment.

    Attributes:
        spec: What it should be; the last specification that was approved.
        plan_digest: Digest of the newest preview.
        outputs: What the stack told after the last successful operation.
        ready_at: When it became ready first.
        ends_at: End of a test period, exclusive; ``None`` when it has none.
        evaluations: How tests in it went, oldest first (Art. 21).
        promoted_at: When the trial became production.
        suspended_at: When it was suspended; ``None`` while it is not (Art. 37).
        managed_by: Whose word counts for what it shall be; ``None`` when any door's does.
        version: Counts changes, for optimistic locking.
    """

    name: EnvironmentName
    stage: Stage
    state: EnvironmentState
    request: str
    spec: EnvironmentSpec
    created_at: datetime
    plan_digest: str = ""
    outputs: Outputs = Outputs()
    ready_at: datetime | None = None
    ends_at: datetime | None = None
    retired_at: datetime | None = None
    evaluations: tuple[Evaluation, ...] = ()
    promoted_at: datetime | None = None
    suspended_at: datetime | None = None
    managed_by: ManagedBy | None = None
    version: int = 1

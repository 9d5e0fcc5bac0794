"""Plans: what a preview says would happen, immutable and with a digest that a decision can sign."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from enum import StrEnum

from orchestrator.domain.model import Model
from orchestrator.domain.spec import EnvironmentSpec, Totals


class Action(StrEnum):
    """What happens to one resource."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    READ = "read"


class PlannedStep(Model):
    """One resource of a plan.

    Attributes:
        urn: Pulumi's name of the resource.
        type: Provider token, for instance ``openstack:networking/network:Network``.
        name: Logical name within the environment.
        action: What would happen.
        changed: Properties that differ, sorted; never their values, which may be secret.
        stateful: Whether data would be lost when it is replaced or deleted.
    """

    urn: str
    type: str
    name: str
    action: Action
    changed: tuple[str, ...] = ()
    stateful: bool = False


class Plan(Model):
    """The result of a preview.

    Attributes:
        environment: Name of the environment.
        spec: What was planned.
        steps: Sorted by URN; unchanged resources included.
        totals: Cost of the whole environment after the plan.
        made_at: Instant of the preview; not part of the digest.
    """

    environment: str
    spec: EnvironmentSpec
    steps: tuple[PlannedStep, ...]
    totals: Totals
    made_at: datetime

    @property
    def digest(self) -> str:
        """SHA-256 over spec and steps in canonical JSON; the same plan made twice has the same digest."""
        content = self.model_dump(mode="json", exclude={"made_at"})
        canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()

    def count(self, action: Action) -> int:
        """How many resources the plan treats so."""
        return sum(1 for step in self.steps if step.action is action)

    @property
    def changes(self) -> tuple[PlannedStep, ...]:
        """The steps that change something."""
        return tuple(step for step in self.steps if step.action not in {Action.SAME, Action.READ})

    @property
    def destroys(self) -> tuple[PlannedStep, ...]:
        """The steps that replace or delete something that holds data."""
        return tuple(step for step in self.steps if step.stateful and step.action in {Action.REPLACE, Action.DELETE})

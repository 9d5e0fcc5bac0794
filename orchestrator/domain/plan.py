"""Plans: what a preview says would happen, immutable and with a digest that a decision can sign."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from enum import StrEnum
from typing import Any

from orchestrator.domain.model import Model
from orchestrator.domain.quota import Quota, quota_of
from orchestrator.domain.spec import EnvironmentSpec, Totals


class Action(StrEnum):
    """What happens to one resource."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    READ = "read"


LOSSES = frozenset({Action.REPLACE, Action.DELETE})
"""What costs the data of something that holds data."""


class PlannedStep(Model):
    """One resource of a plan.

    Attributes:
        urn: Pulumi's name of the resource.
        type: Provider token, for instance ``openstack:networking/network:Network``.
        name: Logical name within the environment.
        action: What would happen.
        changed: Properties that differ, sorted; never their values, which may be secret.
        replaces: Those of them that can't be changed in place, sorted: why it is a replacement. Empty when it is none,
            or when the resource only goes because something that it needs is replaced.
        stateful: Whether data would be lost when it is replaced or deleted: a volume's and a container's, and what was
            done on a server's root disk, which neither its image nor its first configuration bring back. A backup of
            Art. 30 covers the volumes alone, so a server counts although its volumes are steps of their own. A public
            address counts too: others have it in their books, and the cloud gives no promise to hand it out again.
    """

    urn: str
    type: str
    name: str
    action: Action
    changed: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    stateful: bool = False

    @property
    def loses_data(self) -> bool:
        """Whether data are lost by it."""
        return self.stateful and self.action in LOSSES


class Plan(Model):
    """The result of a preview.

    Attributes:
        environment: Name of the environment.
        spec: What was planned.
        steps: Sorted by URN; unchanged resources included.
        totals: Cost of the whole environment after the plan.
        before: Cost of what the cloud had of the environment when the plan was made; None when there was nothing.
        made_at: Instant of the preview; not part of the digest.
    """

    environment: str
    spec: EnvironmentSpec
    steps: tuple[PlannedStep, ...]
    totals: Totals
    before: Totals | None = None
    made_at: datetime

    @property
    def digest(self) -> str:
        """SHA-256 over everything but the time, in canonical JSON; the same plan made twice has the same digest.

        A field that came later stands in it only when it says something, so that plans on record keep their digest.
        """
        canonical = json.dumps(self._content(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()

    def _content(self) -> dict[str, Any]:
        content = self.model_dump(mode="json", exclude={"made_at"})
        if self.before is None:
            del content["before"]
        for step in content["steps"]:
            if not step["replaces"]:
                del step["replaces"]
        return content

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
        return tuple(step for step in self.steps if step.loses_data)

    @property
    def loses_data(self) -> bool:
        """Whether any step does."""
        return bool(self.destroys)

    @property
    def effect(self) -> Totals:
        """What the plan adds to the cloud's load; negative where it gives something back."""
        return self.totals.less(self.before) if self.before else self.totals

    @property
    def quota(self) -> Quota:
        """The quotas of the project after the plan."""
        return quota_of(self.spec)

    def unsigned_losses(self, signed: Plan | None) -> tuple[PlannedStep, ...]:
        """Give the steps that lose data and that the signed plan does not say; without one, all that lose data.

        A change may do none of them: nobody has decided that these data may go. Said is what the signed plan does to
        the same resource; and what the signed plan itself makes may be made again, or taken away on the way back.
        """
        steps = signed.steps if signed else ()
        said = {(step.urn, step.action) for step in steps if step.loses_data}
        made = {step.urn for step in steps if step.action is Action.CREATE}
        return tuple(step for step in self.destroys if step.urn not in made and (step.urn, step.action) not in said)

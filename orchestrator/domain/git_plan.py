"""What a range of commits would do to environments: the answer to a pull request, immutable and with a digest."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from enum import StrEnum

from orchestrator.domain.change import Weight
from orchestrator.domain.errors import Diagnostic
from orchestrator.domain.errors import Severity as Weighs
from orchestrator.domain.model import Model
from orchestrator.domain.names import EnvironmentName
from orchestrator.domain.plan import Action, Plan
from orchestrator.domain.records import DeadlineKind, Kind, Role
from orchestrator.domain.spec import Totals
from orchestrator.domain.tree import FileChange


class Depth(StrEnum):
    """How far a check goes."""

    VALIDATE = "validate"
    """Rules alone: nothing of the records and the cloud is told. For forks and outsiders."""

    PREVIEW = "preview"
    """Rules, records, capacity, and a preview."""


class Standing(StrEnum):
    """How a changed environment stands."""

    PLANNED = "planned"
    VALID = "valid"
    """The rules are kept; no preview was asked for."""
    SAME = "same"
    """The environment is already what the file says."""
    REFUSED = "refused"
    """A rule forbids it, or the file is wrong."""
    FAILED = "failed"
    """No plan could be made, for instance because the cloud does not answer; asking again may help."""


class FollowingDate(Model):
    """A date that follows from a merge, at the latest; it assumes that everybody takes all of his time."""

    kind: DeadlineKind
    due_at: datetime
    article: str
    provisional: bool = False


class EnvironmentPlan(Model):
    """What a range of commits would do to one environment.

    Attributes:
        path: Where its file stands, or stood.
        kind: The request that the merge submits; ``None`` when nothing follows.
        content_digest: Of that request's content, as an approval binds to it.
        plan: What would happen in the cloud; ``None`` when no preview was made.
        approvers: Who must approve the request; empty when policy decides.
    """

    environment: EnvironmentName
    change: FileChange
    path: str
    path_before: str = ""
    standing: Standing
    kind: Kind | None = None
    weight: Weight | None = None
    content_digest: str = ""
    plan: Plan | None = None
    findings: tuple[Diagnostic, ...] = ()
    dates: tuple[FollowingDate, ...] = ()
    approvers: tuple[Role, ...] = ()

    @property
    def good(self) -> bool:
        """Whether nothing stands against a merge."""
        return self.standing not in {Standing.REFUSED, Standing.FAILED}


class CheckedEnvironment(Model):
    """What a check promised of one environment: an approval of the commit is bound to it.

    Attributes:
        content_digest: Of the request that the merge submits.
        plan_digest: Of its plan; empty when nothing happens in the cloud by itself.
        told_after: The newest judgement that the forge knew when this was told: none up to it has seen this.
    """

    environment: EnvironmentName
    kind: Kind
    content_digest: str
    plan_digest: str = ""
    told_after: datetime | None = None


class GitPlan(Model):
    """What a range of commits would do.

    Attributes:
        base: Commit from which the changes count: where the head left its base.
        head: The commit that was looked at.
        environments: By name; those that changed alone.
        faults: What stands in the folder and may not, and what else belongs to no single environment.
    """

    base: str
    head: str
    depth: Depth
    environments: tuple[EnvironmentPlan, ...] = ()
    faults: tuple[Diagnostic, ...] = ()
    made_at: datetime

    @property
    def promises(self) -> tuple[CheckedEnvironment, ...]:
        """What a merge would ask for; an approval of the head is one of these, and of nothing else."""
        return tuple(
            CheckedEnvironment(
                environment=one.environment,
                kind=one.kind,
                content_digest=one.content_digest,
                plan_digest="" if one.plan is None else one.plan.digest,
            )
            for one in self.environments
            if one.kind is not None
        )

    @property
    def good(self) -> bool:
        """Whether nothing stands against a merge."""
        errors = any(fault.severity is Weighs.ERROR for fault in self.faults)
        return not errors and all(one.good for one in self.environments)

    @property
    def has_changes(self) -> bool:
        """Whether a merge would ask for anything."""
        return any(one.kind is not None for one in self.environments)

    @property
    def digest(self) -> str:
        """SHA-256 over head, requests and plans, in canonical JSON: what an approval of the pull request binds to."""
        content = {
            "head": self.head,
            "environments": [
                [one.environment, one.kind, one.content_digest, one.plan.digest if one.plan else ""]
                for one in self.environments
            ],
        }
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()

    def count(self, action: Action) -> int:
        """How many resources are treated so, over all environments."""
        return sum(one.plan.count(action) for one in self.environments if one.plan is not None)

    @property
    def effect(self) -> Totals:
        """What all of it adds to the cloud's load; negative where it gives something back."""
        effect = Totals(hosts=0, vcpus=0, ram_mib=0, volumes=0, volume_gib=0, addresses=0)
        for one in self.environments:
            effect = effect.plus(one.plan.effect) if one.plan is not None else effect
        return effect

    @property
    def approvers(self) -> tuple[Role, ...]:
        """Everybody who must approve something."""
        asked = {role for one in self.environments for role in one.approvers}
        return tuple(role for role in Role if role in asked)

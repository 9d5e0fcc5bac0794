"""A desk for pull requests over fakes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from orchestrator.domain.errors import Diagnostic
from orchestrator.domain.forge import EventKind, ForgeDelivery, PullCheck
from orchestrator.domain.git_plan import EnvironmentPlan, Standing
from orchestrator.domain.plan_comment_words import Language
from orchestrator.domain.tree import FileChange
from orchestrator.ports import Records
from orchestrator.workflows.pull_requests import PullDesk
from tests.fakes.forge import FakeForge, FakePlanner
from tests.forges.model import START, ForgeModel, ModelWorld
from tests.forges.world import SERVICE


def an_environment(standing: Standing = Standing.PLANNED, name: str = "water-gauge-test") -> EnvironmentPlan:
    """Give what a plan says about one environment."""
    findings = (Diagnostic(summary="the network is too large"),) if standing is Standing.REFUSED else ()
    return EnvironmentPlan(
        environment=name,
        change=FileChange.ADDED,
        path=f"environments/{name}.yaml",
        standing=standing,
        findings=findings,
    )


@dataclass
class House:
    """A desk over fakes, and what a test does with it."""

    records: Records
    now: datetime = START
    model: ForgeModel = field(default_factory=ForgeModel)

    def __post_init__(self) -> None:
        """Put the fakes together."""
        self.forge = FakeForge(self.model)
        self.world = ModelWorld(self.model, self.forge)
        self.planner = FakePlanner(lambda: self.now)
        self.planner.environments = (an_environment(),)
        self.desk = PullDesk(self.forge, self.records, self.planner, "main", Language.EN, lambda: self.now)

    def deliver(self, delivery: str, number: int) -> None:
        """Let a delivery come in."""
        event = ForgeDelivery(forge="gitea", id=delivery, kind=EventKind.PULL_REQUEST, pull=number, at=self.now)
        with self.records.transaction() as tx:
            tx.deliveries.claim(event)

    def check(self, number: int) -> PullCheck | None:
        """Give the newest check on record."""
        with self.records.read() as tx:
            return tx.pulls.find("gitea", number)

    def waiting(self) -> int:
        """Count deliveries whose pull request was not looked at."""
        with self.records.read() as tx:
            return len(tx.deliveries.waiting("gitea"))

    def own_comments(self, number: int) -> list[str]:
        """Give what Tenure said."""
        return [text for by, text in self.world.said(number) if by == SERVICE]

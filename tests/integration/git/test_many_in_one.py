"""A pull request that brings many environments costs the forge no more calls than one that brings a single one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from orchestrator.domain.forge import Comment, Review
from orchestrator.domain.merges import MergeState
from orchestrator.workflows.merged import lead_on
from tests.fakes.forge import FakeForge
from tests.forges.model import ForgeModel
from tests.integration.git.merging import House, wanted

COUNT = 12


class CountingForge(FakeForge):
    """A forge that counts how often it is asked what people said.

    Attributes:
        asked: The calls, in order.
    """

    def __init__(self, model: ForgeModel) -> None:
        super().__init__(model)
        self.asked: list[str] = []

    def reviews(self, number: int) -> tuple[Review, ...]:
        """Give the judgements."""
        self.asked.append("reviews")
        return super().reviews(number)

    def comments(self, number: int, since: datetime) -> tuple[Comment, ...]:
        """Give the comments."""
        self.asked.append("comments")
        return super().comments(number, since)


def test_what_people_said_is_asked_once_in_a_look(house: House) -> None:
    """For all of its environments together."""
    files = {
        f"environments/archives-s{n}x-test.yaml": wanted().replace("system: catalogue", f"system: s{n}x")
        for n in range(COUNT)
    }
    house.merged(files)
    house.follow()
    house.installation.run_all()
    forge = CountingForge(house.model)
    moved = lead_on(replace(house.desired, forge=forge))
    assert [merge.state for merge in moved] == [MergeState.APPROVED] * COUNT
    assert sorted(forge.asked) == ["comments", "reviews"]

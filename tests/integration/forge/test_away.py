"""A forge that is down for an hour, really: in the middle of a check, of a merge, and of what is written back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from orchestrator.adapters.forge.gitea import GiteaForge
from orchestrator.adapters.forge.gitea_api import Answer, GiteaApi
from orchestrator.adapters.forge.settings import ForgeSettings
from orchestrator.domain.errors import BusyError
from orchestrator.domain.forge import CheckOutcome
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.merges import MergeState
from orchestrator.domain.plan_comment import MARKER
from orchestrator.workflows.merged import COMMENT, lead_on
from orchestrator.workflows.reconcile import reconcile
from orchestrator.workflows.write_back import write_back
from tests.forges.world import INSIDER, REVIEWER, SERVICE
from tests.gitea import Gitea
from tests.integration.forge.house import HOUR, House
from tests.integration.git.merging import NAME, PATH, wanted


@contextmanager
def away(house: House) -> Iterator[None]:
    """Whatever the block does finds no forge sooner or later; afterwards an hour has passed, and it is back."""
    gitea = house.world.town.gitea
    try:
        with pytest.raises(BusyError):
            yield
        with pytest.raises(BusyError):
            house.rounds.poll()
        house.clock.later += HOUR
    finally:
        gitea.stop()
        gitea.start()


def test_in_the_middle_of_a_check(house: House) -> None:
    """While the preview is made: what was found is told when the forge is back, once."""
    number = house.world.open(INSIDER, "catalogue", {PATH: wanted()})
    head = house.world.forge.pull_request(number).head
    house.previews.meanwhile = house.world.town.gitea.stop
    with away(house):
        house.rounds.poll()
    house.previews.meanwhile = bool
    house.rounds.poll()
    assert (house.check(number).head, house.check(number).outcome) == (head, CheckOutcome.GOOD)
    assert house.world.statuses(head)["tenure"].good
    assert len(house.said(number, MARKER)) == 1


def test_in_the_middle_of_a_merge(house: House) -> None:
    """Merged, and nobody there to say so; then asked for, and nobody there to be told: each time it goes on."""
    number = house.world.open(INSIDER, "catalogue", {PATH: wanted()})
    house.rounds.poll()
    house.world.approve(number, REVIEWER)
    merged = house.world.merge(number)
    with away(house):
        house.world.town.gitea.stop()
        reconcile(house.desired)
    assert house.merges() == []
    (merge,) = reconcile(house.desired).merges
    house.installation.run_all()
    with away(house):
        house.world.town.gitea.stop()
        lead_on(house.desired)
    assert [one.state for one in house.merges()] == [MergeState.ASKED]
    house.carried_out()
    assert [one.id for one in house.requests()] == [merge.request]
    assert house.installation.environment(NAME).state is EnvironmentState.READY
    assert len(house.said(number, COMMENT)) == 1
    assert house.world.statuses(merged)["tenure/apply"].good


def test_in_the_middle_of_what_is_written_back(house: House) -> None:
    """The branch was pushed, the pull request was not opened yet: it is, once, and says what it should."""
    house.installation.make_ready()
    api = EndingApi(house.world.settings, house.world.town.gitea)
    ending = replace(house.desired, forge=GiteaForge(house.world.settings, api))
    with away(house):
        write_back(ending)
    api.close()
    house.main()
    left = house.written.git("rev-parse", f"refs/heads/tenure/{NAME}")
    house.rounds.poll()
    house.rounds.poll()
    (pull,) = house.world.forge.open_pull_requests()
    assert (pull.author, pull.head_branch, pull.head) == (SERVICE, f"tenure/{NAME}", left)
    assert f"unit: {NAME.split('-')[0]}" in str(house.world.content(pull.head_branch, PATH))


class EndingApi(GiteaApi):
    """Calls of a Gitea that ends when a pull request is to be opened."""

    def __init__(self, settings: ForgeSettings, gitea: Gitea) -> None:
        super().__init__(settings)
        self._gitea = gitea

    def send[A: Answer](self, kind: type[A], method: str, path: str, body: dict[str, Any]) -> A:
        """Make or change something, but a pull request."""
        if (method, path) == ("POST", "pulls"):
            self._gitea.stop()
        return super().send(kind, method, path, body)

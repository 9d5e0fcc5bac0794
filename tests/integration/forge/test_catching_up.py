"""What another door, or somebody's hand, changed comes to a real Gitea as one pull request of the service user."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.domain.forge import PullRequest, PullState
from orchestrator.domain.merges import MergeState
from orchestrator.domain.plan_comment import MARKER
from orchestrator.ports import Records
from orchestrator.workflows.write_back import COMMENT
from tests.forges.gitea_world import GiteaWorld
from tests.forges.world import INSIDER, REVIEWER, SERVICE
from tests.integration.forge.house import House, a_house
from tests.integration.git.merging import NAME, PATH, wanted
from tests.integration.git.other_doors import changed, kept, resized
from tests.store import database_template, records

__all__ = ["database_template", "records"]
REMARK = "# ask the duty office before it grows\n"


@pytest.fixture
def house(world: GiteaWorld, records: Records, tmp_path: Path) -> House:
    """Give an environment that came by a merge and is what its file says."""
    house = a_house(world, records, tmp_path)
    house.merged("catalogue", {PATH: REMARK + wanted(1)})
    house.carried_out()
    assert house.world.forge.open_pull_requests() == ()
    return house


def the_proposal(house: House) -> PullRequest:
    """Look, and give the only open pull request: the service user's."""
    house.rounds.poll()
    (pull,) = house.world.forge.open_pull_requests()
    assert (pull.author, pull.head_branch) == (SERVICE, f"tenure/{NAME}")
    return pull


def test_a_change_at_the_command_line_comes_to_the_file(house: House) -> None:
    """One field, in one pull request that follows the environment; its merge asks for nothing and ends it all."""
    changed(house.installation, 3)
    first = the_proposal(house)
    assert house.world.content(first.head_branch, PATH) == REMARK + wanted(3)
    changed(house.installation, 4)
    again = the_proposal(house)
    assert (again.number, again.head != first.head) == (first.number, True)
    assert "roles.web.count: 1 -> 4" in house.world.described(again.number)[1]
    before = house.requests()
    house.rounds.poll()
    (plan,) = house.said(again.number, MARKER)
    assert "0 to create" in plan
    house.world.merge(again.number)
    house.rounds.poll()
    assert house.merges()[-1].state is MergeState.NOTHING
    assert house.requests() == before
    assert house.world.forge.open_pull_requests() == ()


def test_what_was_changed_by_hand_is_put_before_people(house: House) -> None:
    """Once it is mended the pull request closes by itself; its merge asks unit and office to approve what was found."""
    drift = resized(house.installation)
    pull = the_proposal(house)
    assert "db: {flavor: m1.tiny}" in str(house.world.content(pull.head_branch, PATH))
    kept(house.installation, drift, gone_at=house.installation.clock.now())
    house.rounds.poll()
    assert house.world.forge.pull_request(pull.number).state is PullState.CLOSED
    assert len(house.said(pull.number, COMMENT)) == 1
    resized(house.installation)
    again = the_proposal(house)
    assert again.number > pull.number
    house.rounds.poll()
    for person in (INSIDER, REVIEWER):
        house.world.approve(again.number, person)
    house.world.merge(again.number)
    house.carried_out()
    assert house.installation.environment(NAME).spec.role("db").flavor == "m1.tiny"
    assert house.requests()[0].submitted_by.name == "li"
    assert house.world.forge.open_pull_requests() == ()

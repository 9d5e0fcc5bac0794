"""A repository of 2,000 environments on a real Gitea, and a branch in which 500 of their files are changed."""

from __future__ import annotations

import pytest

from orchestrator.domain.forge import MAXIMUM_COMMENT_CHARACTERS, CheckOutcome
from orchestrator.domain.merges import Followed, MergeState
from orchestrator.domain.plan_comment import MARKER
from orchestrator.workflows.git_plan import MOST_PREVIEWS
from orchestrator.workflows.merged import COMMENT
from tests.forges.world import INSIDER, REVIEWER
from tests.git import a_file
from tests.integration.forge.house import House

COUNT, CHANGED = 2000, 500
UNITS = [f"unit{number}" for number in range(1000, 1000 + COUNT)]


def path_of(unit: str) -> str:
    """Give where a unit's file stands."""
    return f"environments/{unit}/{unit}-system-test.yaml"


@pytest.fixture
def city(house: House) -> House:
    """Give a house that has followed a branch with all of the files."""
    main = house.written.commit({path_of(unit): a_file(unit, "system") for unit in UNITS})
    house.world.send(house.written, main, "main")
    with house.installation.records.transaction() as tx:
        tx.followed.put(Followed(forge="gitea", branch="main", commit=main, at=house.clock.now()))
    return house


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_500_changed_files_of_2000(city: House) -> None:
    """All of them are checked, a bounded number is previewed, and each becomes one request; one comment tells it."""
    files = {path_of(unit): a_file(unit, "system") for unit in UNITS}
    files |= {path_of(unit): files[path_of(unit)].replace("migration", "the move") for unit in UNITS[:CHANGED]}
    head = city.written.commit(files, city.main())
    city.world.send(city.written, head, "many")
    number = city.world.propose(INSIDER, city.world.path, "many")
    city.rounds.poll()
    check = city.check(number)
    assert (check.outcome, len(check.environments)) == (CheckOutcome.GOOD, MOST_PREVIEWS)
    assert len(city.previews.asked) == MOST_PREVIEWS
    (plan,) = city.said(number, MARKER)
    assert len(plan) <= MAXIMUM_COMMENT_CHARACTERS
    city.world.approve(number, REVIEWER)
    city.world.merge(number)
    city.rounds.poll()
    assert [merge.state for merge in city.merges()] == [MergeState.ASKED] * CHANGED
    assert len({merge.request for merge in city.merges()}) == CHANGED
    (told,) = city.said(number, COMMENT)
    assert len(told) <= MAXIMUM_COMMENT_CHARACTERS
    assert city.rounds.desk.forge.pull_request(number).merge_commit

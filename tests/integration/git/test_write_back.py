"""What came by another door is proposed to the repository, once, and a merge of it changes nothing."""

from __future__ import annotations

from orchestrator.adapters.documents.environments import EnvironmentFiles
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.merges import MergeState
from orchestrator.domain.names import ManagedBy, Stage
from orchestrator.domain.records import Actor, Role
from orchestrator.workflows import requests
from orchestrator.workflows.write_back import write_back
from tests.fakes.installation import UNIT, a_submission
from tests.forges.world import SERVICE
from tests.integration.git.merging import NAME, PATH, House, wanted

HOOK = Actor(name="oa", role=Role.UNIT, door="hook:oa")


def proposed(house: House, name: str = NAME) -> dict[str, str]:
    """Give the files as the service user's branch would leave them."""
    return house.model.trees[house.model.branches[f"tenure/{name}"]]


def test_an_environment_of_another_door_gets_its_file(house: House) -> None:
    """The file says what the environment is: its merge asks for nothing, and from then on it counts."""
    house.installation.make_ready()
    (written,) = write_back(house.desired)
    assert house.model.pulls[written.pull].by == SERVICE
    text = proposed(house)[PATH]
    found = EnvironmentFiles().read(text, PATH).declaration
    assert (found.managed_by, found.stage, found.reason) == (ManagedBy.GIT, Stage.TEST, "test before migration")
    house.merged({PATH: text})
    assert [merge.state for merge in house.follow().merges] == [MergeState.NOTHING]
    assert write_back(house.desired) == ()


def test_what_came_by_the_hook_stays_the_hook_s(house: House) -> None:
    """The file then shows it only, and says so."""
    request = requests.submit(house.installation.ports, a_submission(), HOOK)
    house.installation.run_all()
    house.installation.approve(request)
    house.installation.run_all()
    write_back(house.desired)
    assert EnvironmentFiles().read(proposed(house)[PATH], PATH).declaration.managed_by is ManagedBy.HOOK


def test_what_was_proposed_once_is_not_proposed_again(house: House) -> None:
    """Whoever closes the pull request has decided; another life of the same name is another matter."""
    house.installation.make_ready()
    (written,) = write_back(house.desired)
    house.model.pulls[written.pull].open = False
    assert write_back(house.desired) == ()
    assert len(house.model.pulls) == 1


def test_what_is_not_there_yet_is_not_proposed(house: House) -> None:
    """A request that is not decided may never become an environment."""
    house.installation.submit()
    house.installation.run_all()
    assert write_back(house.desired) == ()


def test_the_file_of_what_was_ended_elsewhere_is_proposed_to_go(house: House) -> None:
    """Its merge asks for nothing: the environment is gone."""
    house.merged({PATH: wanted()})
    house.carried_out()
    requests.terminate(house.installation.ports, NAME, UNIT, "not needed any more")
    house.installation.run_all()
    assert house.installation.environment(NAME).state is EnvironmentState.RETIRED
    house.model.move("main", {PATH: wanted()}, "main")
    (written,) = write_back(house.desired)
    assert PATH not in proposed(house)
    assert house.model.pulls[written.pull].by == SERVICE
    house.merged({"README.md": "desired state\n"})
    assert [merge.state for merge in house.follow().merges] == [MergeState.NOTHING]
    assert write_back(house.desired) == ()

"""Who manages an environment: on record since it was founded, handed over by a merge, told by a clear conflict."""

from __future__ import annotations

import pytest

from orchestrator.domain.errors import ConflictError
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.merges import MergeState
from orchestrator.domain.names import ManagedBy
from orchestrator.domain.records import Actor, Kind, Role
from orchestrator.workflows import requests
from orchestrator.workflows.managers import MANAGED_RULE
from orchestrator.workflows.write_back import write_back
from tests.fakes.installation import UNIT, a_submission
from tests.forges.world import OUTSIDER
from tests.git import a_file
from tests.integration.git.merging import MATERIAL, NAME, PATH, House, wanted

HOOK = Actor(name="oa", role=Role.UNIT, door="hook:oa")
OTHERWISE = a_file(extra=MATERIAL).replace("[198.51.100.0/24]", "[198.51.100.0/24, 10.0.0.0/8]")
WIDER = {"blueprint": "single-host", "network": {"cidr": "10.20.0.0/24"}, "access_from": ["10.0.0.0/8"]}


def manager(house: House) -> ManagedBy | None:
    """Give who manages the environment, as it is on record."""
    return house.installation.environment(NAME).managed_by


def founded_by_the_hook(house: House) -> str:
    """Make an environment by the hook; gives the file that shows it."""
    request = requests.submit(house.installation.ports, a_submission(), HOOK)
    house.installation.run_all()
    house.installation.approve(request)
    house.installation.run_all()
    write_back(house.desired)
    return house.model.trees[house.model.branches[f"tenure/{NAME}"]][PATH]


def newest(house: House) -> tuple[MergeState, str]:
    """Give how the newest merge stands, and why."""
    merge = house.merges()[-1]
    return merge.state, merge.detail


def test_the_hook_may_not_change_or_end_what_git_manages(house: House) -> None:
    """The conflict names who manages it and the way out; what stands in no file may be asked for by every door."""
    house.merged({PATH: wanted()})
    house.carried_out()
    assert manager(house) is ManagedBy.GIT
    ports = house.installation.ports
    change = a_submission(kind="change", stage="test", environment=WIDER)
    with pytest.raises(ConflictError, match="is managed by git") as refused:
        requests.submit(ports, change, HOOK)
    assert (refused.value.diagnostic.field, refused.value.diagnostic.rule) == ("managed_by", MANAGED_RULE)
    assert "pull request" in str(refused.value.diagnostic.hint)
    with pytest.raises(ConflictError, match="may not ask for: terminate"):
        requests.terminate(ports, NAME, HOOK, "over")
    longer = a_submission(kind="extend", days=5, classified=None, mlps=None, material=None, environment=None)
    assert requests.submit(ports, longer, HOOK).kind is Kind.EXTEND
    assert requests.terminate(ports, NAME, UNIT, "over").kind is Kind.TERMINATE, "the command line binds nobody"


def test_a_file_may_not_change_what_the_hook_manages(house: House) -> None:
    """Neither in the check nor after the merge, whatever the file says of itself; and its removal ends nothing."""
    founded_by_the_hook(house)
    assert manager(house) is ManagedBy.HOOK
    number = house.merged({PATH: OTHERWISE})
    with house.desk.records.read() as tx:
        known = tx.pulls.find("gitea", number)
    assert known is not None
    assert known.environments == (), "nothing was promised"
    house.follow()
    assert newest(house)[0] is MergeState.REFUSED
    assert "managed by the hook" in newest(house)[1]
    house.merged({"README.md": "nothing is left\n"})
    house.follow()
    assert newest(house)[0] is MergeState.REFUSED
    assert house.installation.environment(NAME).state is EnvironmentState.READY
    assert [request.kind for request in house.requests()] == [Kind.TEST]


def test_a_file_takes_over_by_a_merge_of_its_own_and_gives_back(house: House) -> None:
    """It says just what is there, by somebody of the unit's side; then its word counts, and the hook's does not."""
    shown = founded_by_the_hook(house)
    ours = shown.replace("managed_by: hook\n", "")
    house.merged({PATH: ours})
    house.follow()
    assert (newest(house)[0], manager(house)) == (MergeState.NOTHING, ManagedBy.GIT)
    with pytest.raises(ConflictError, match="is managed by git"):
        requests.submit(house.installation.ports, a_submission(kind="change", stage="test", environment=WIDER), HOOK)
    house.merged({PATH: shown})
    house.follow()
    assert manager(house) is ManagedBy.HOOK
    assert requests.submit(
        house.installation.ports, a_submission(kind="change", stage="test", environment=WIDER), HOOK
    ).id
    with house.installation.records.read() as tx:
        handed = [one for one in tx.audit.list(subject=NAME) if one.action == "environment.handed-over"]
    assert {(one.facts["from"], one.facts["to"], one.actor.name) for one in handed} == {
        ("hook", "git", "li"),
        ("git", "hook", "li"),
    }


def test_nobody_takes_over_without_the_unit(house: House) -> None:
    """Who may only merge could else shut the approval system out."""
    ours = founded_by_the_hook(house).replace("managed_by: hook\n", "")
    files = {PATH: ours}
    house.merge(house.propose(files, by=OUTSIDER), files)
    house.follow()
    assert (newest(house)[0], manager(house)) == (MergeState.REFUSED, ManagedBy.HOOK)


def test_what_the_command_line_founded_is_managed_by_the_first_file_that_says_so(house: House) -> None:
    """The command line binds nobody."""
    house.installation.make_ready()
    assert manager(house) is None
    house.push({PATH: a_file()})
    house.follow()
    assert (newest(house)[0], manager(house)) == (MergeState.NOTHING, ManagedBy.GIT)


def test_the_check_tells_the_conflict(house: House) -> None:
    """Before anybody merges."""
    founded_by_the_hook(house)
    number = house.propose({PATH: OTHERWISE})
    said = [note.text for note in house.model.pulls[number].notes]
    assert any(MANAGED_RULE in text and "managed by the hook" in text for text in said), said

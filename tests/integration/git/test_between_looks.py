"""What happened between two looks at the branch counts step by step, not only by what is left of it."""

from __future__ import annotations

from orchestrator.adapters.git import GitRepository
from orchestrator.domain.lifecycle import EnvironmentState
from orchestrator.domain.merges import MergeState
from orchestrator.domain.records import Kind
from tests.git import Written, a_file
from tests.integration.git.merging import NAME, PATH, House, wanted

SHOWN = "managed_by: hook\n" + wanted()
NOTHING = {"README.md": "nothing is left\n"}


def test_a_file_that_was_handed_to_the_hook_and_then_went_ends_nothing(house: House) -> None:
    """Both merges came while nobody looked: the removal is of a file that only showed what the hook manages."""
    house.merged({PATH: wanted()})
    house.carried_out()
    house.merged({PATH: SHOWN})
    house.merged(NOTHING)
    (merge,) = house.follow().merges
    assert (merge.state, "managed by the hook" in merge.detail) == (MergeState.REFUSED, True)
    house.carried_out()
    assert house.installation.environment(NAME).state is EnvironmentState.READY


def test_a_file_that_moved_on_its_way_is_known_again(house: House) -> None:
    """It was handed over at its new place, and went from there."""
    house.merged({PATH: wanted()})
    house.carried_out()
    house.merged({f"environments/archives/{NAME}.yaml": SHOWN})
    house.merged(NOTHING)
    assert [merge.state for merge in house.follow().merges] == [MergeState.REFUSED]


def test_a_file_that_was_taken_back_to_git_and_then_went_ends_its_environment(house: House) -> None:
    """What it said last counts."""
    house.merged({PATH: wanted()})
    house.carried_out()
    house.merged({PATH: SHOWN})
    house.merged({PATH: wanted()})
    house.merged(NOTHING)
    house.follow()
    assert house.requests()[0].kind is Kind.TERMINATE


def test_removals_are_told_along_the_branch_newest_first(written: Written) -> None:
    """What a branch did before its merge is not told, nor what is beside the folder."""
    first = written.commit({PATH: a_file(), "other.txt": "x"})
    side = written.commit({"README.md": "gone"}, first)
    back = written.commit({PATH: a_file(extra="# back\n")}, side)
    merged = written.commit({PATH: a_file(extra="# back\n")}, first, back)
    last = written.commit({"README.md": "gone"}, merged)
    repository = GitRepository(written.folder)
    (removal,) = repository.removals(first, last)
    assert (removal.path, removal.after) == (PATH, None)
    assert removal.before is not None
    assert repository.read(removal.before.blob).endswith("# back\n")
    again = written.commit({PATH: a_file()}, last)
    end = written.commit({}, again)
    assert [one.path for one in repository.removals(first, end)] == [PATH, PATH]

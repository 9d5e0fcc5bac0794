"""What changed in the folder of environments, whatever happened to its files."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.errors import Severity
from orchestrator.domain.tree import ChangedFile, FileChange, TreeChange, TreeEntry, sort_changes

NAMES = ["archives-catalogue-test", "archives-catalogue-live", "civil-eldercare-test", "water-gauge-live"]
FOLDERS = ["environments", "environments/archives", "environments/2026"]
ENTRIES = st.builds(TreeEntry, mode=st.sampled_from(["100644", "100755"]), blob=st.sampled_from(["a", "b"]))
TREES = st.dictionaries(st.sampled_from([f"{folder}/{name}.yaml" for folder in FOLDERS for name in NAMES]), ENTRIES)


def between(before: dict[str, TreeEntry], after: dict[str, TreeEntry]) -> list[TreeChange]:
    """Give what differs between two trees, as git tells it."""
    paths = sorted(before.keys() | after.keys())
    changed = (path for path in paths if before.get(path) != after.get(path))
    return [TreeChange(path=path, before=before.get(path), after=after.get(path)) for path in changed]


def environments(tree: dict[str, TreeEntry]) -> dict[str, set[str]]:
    """Give the paths of each environment."""
    return {name: {path for path in tree if path.endswith(f"/{name}.yaml")} for name in NAMES}


def by_name(files: tuple[ChangedFile, ...]) -> dict[str, ChangedFile]:
    """Give the changed files by their environment."""
    return {file.environment: file for file in files}


@given(TREES, TREES)
def test_every_change_is_told_once_under_its_environment(
    before: dict[str, TreeEntry], after: dict[str, TreeEntry]
) -> None:
    """Added, changed, removed or renamed, by where the environment's file was and is."""
    found = sort_changes(between(before, after), after)
    told = by_name(found.files)
    assert len(told) == len(found.files)
    was, will = environments(before), environments(after)
    for name in NAMES:
        if was[name] == will[name] and all(before[path] == after[path] for path in was[name]):
            assert name not in told
            continue
        if will[name] and all(before.get(path) == after[path] for path in will[name]):
            assert name not in told, "a file that stays keeps its environment"
            assert any(fault.rule == "git/twice" and name in fault.summary for fault in found.faults)
            continue
        file = told[name]
        if not will[name]:
            assert file.change is FileChange.REMOVED
        elif not was[name]:
            assert file.change is FileChange.ADDED
        if len(will[name]) > 1 and file.change is not FileChange.REMOVED:
            assert any(fault.rule == "git/twice" and name in fault.summary for fault in found.faults)


@given(TREES)
def test_a_tree_differs_in_nothing_from_itself(tree: dict[str, TreeEntry]) -> None:
    """Whatever stands in it."""
    found = sort_changes(between(tree, tree), tree)
    assert found.files == ()
    assert found.faults == ()


def test_the_second_file_of_an_environment_may_go_without_ending_it() -> None:
    """Two pull requests may bring one each; who mends that asks for no end."""
    name = NAMES[0]
    gone = TreeChange(path=f"environments/more/{name}.yaml", before=TreeEntry(mode="100644", blob="b"))
    found = sort_changes([gone], [f"environments/{name}.yaml"])
    assert found.files == ()
    assert [(fault.rule, fault.severity) for fault in found.faults] == [("git/twice", Severity.WARNING)]


def test_companions_are_nobodys_environment() -> None:
    """A page for people may stand beside environments."""
    page = TreeEntry(mode="100644", blob="a")
    found = sort_changes([TreeChange(path="environments/README.md", after=page)], ["environments/README.md"])
    assert not found.files
    assert not found.faults


def test_what_should_never_have_been_there_may_go() -> None:
    """Removing a link is no fault."""
    link = TreeEntry(mode="120000", blob="a")
    found = sort_changes([TreeChange(path="environments/link", before=link)], [])
    assert found.faults == ()

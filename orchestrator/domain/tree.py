"""What changed in the folder of environments between two commits, and what may stand there at all.

A file is called ``<unit>-<system>-<test|live>.yaml``, so every environment is known by its path alone, removed ones
too, and nothing but what changed is ever read. Whatever else stands in the folder is refused in plain words: links,
submodules, names that only look like another, the same environment twice.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum

from pydantic import ConfigDict

from orchestrator.domain.errors import Diagnostic, Place, Severity
from orchestrator.domain.model import Model
from orchestrator.domain.names import EnvironmentName
from orchestrator.domain.texts import visible

FOLDER = "environments"
SUFFIX = ".yaml"
COMPANIONS = frozenset({"README.md", ".gitkeep"})
"""Files that may stand beside environments; nobody reads them."""

MOST_CHANGED = 1000
"""Changed files of one range; more are no review, and each costs time."""

LARGEST_BYTES = 64 * 1024
"""Of one environment's file; a common one has 400 bytes."""

LONGEST_PATH = 300
STEM = re.compile(r"[a-z][a-z0-9]{1,19}-[a-z][a-z0-9]{1,19}-(test|live)")
FOLDER_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
PLAIN_FILES = frozenset({"100644", "100755"})
FORBIDDEN_MODES = {
    "120000": "a symbolic link",
    "160000": "a submodule",
}
LOOK_ALIKES = (("rn", "m"), ("vv", "w"), ("0", "o"), ("1", "l"), ("i", "l"), ("5", "s"))
"""What people read as the same in many typefaces; the right side stands for both."""


class TreeRule(StrEnum):
    """What the folder of environments refuses."""

    NAME = "git/name"
    LOOK_ALIKE = "git/look-alike"
    MODE = "git/mode"
    SIZE = "git/size"
    COUNT = "git/count"
    TWICE = "git/twice"


class FileChange(StrEnum):
    """What happened to an environment's file."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    RENAMED = "renamed"


class TreeEntry(Model):
    """What stands at a path: git's mode, and the id of its content."""

    mode: str
    blob: str


class TreeChange(Model):
    """A path that differs between two trees; ``None`` where nothing stands there."""

    model_config = ConfigDict(str_strip_whitespace=False)  # a name with a blank at its end is another name

    path: str
    before: TreeEntry | None = None
    after: TreeEntry | None = None


class ChangedFile(Model):
    """An environment whose file differs.

    Attributes:
        path: Where it stands now; of a removed one, where it stood.
        path_before: Where a renamed one stood; empty otherwise.
    """

    environment: EnvironmentName
    change: FileChange
    path: str
    path_before: str = ""
    before: TreeEntry | None = None
    after: TreeEntry | None = None


class TreeChanges(Model):
    """What changed, by environment, and what is refused."""

    files: tuple[ChangedFile, ...] = ()
    faults: tuple[Diagnostic, ...] = ()


def sort_changes(changes: Iterable[TreeChange], paths: Iterable[str], *, most: int = MOST_CHANGED) -> TreeChanges:
    """Tell which environments changed.

    Args:
        changes: Every path below the folder that differs.
        paths: Every path below the folder as it will be.
        most: How many files may be changed at once.
    """
    found = tuple(changes)
    if len(found) > most:
        summary = f"{len(found)} files are changed at once; permitted are {most}"
        fault = _fault(TreeRule.COUNT, FOLDER, summary, "change fewer in one pull request")
        return TreeChanges(faults=(fault,))
    relevant = tuple(change for change in found if _leaf(change.path) not in COMPANIONS)
    refused = {change.path: why for change in relevant if (why := _refusal(change)) is not None}
    sound = tuple(change for change in relevant if change.path not in refused and STEM.fullmatch(stem(change.path)))
    times = Counter(stem(path) for path in paths if path.endswith(SUFFIX))
    left, stays = _parted(_by_environment(sound), times)
    faults = (*refused.values(), *_clashes(left, times), *stays)
    return TreeChanges(files=left, faults=faults)


def _parted(files: Iterable[ChangedFile], times: Counter[str]) -> tuple[tuple[ChangedFile, ...], list[Diagnostic]]:
    """Keep out an environment of which one file went while another stays: that is nobody's wish to end it."""
    left, stays = [], []
    for file in files:
        if file.change is FileChange.REMOVED and times[file.environment]:
            summary = f"a file of {file.environment} goes and another one stays; the environment does not end by that"
            hint = "a change of the file that stays is followed"
            fault = _fault(TreeRule.TWICE, file.path, summary, hint)
            stays.append(fault.model_copy(update={"severity": Severity.WARNING}))
        else:
            left.append(file)
    return tuple(left), stays


def stem(path: str) -> str:
    """Give the name of a path's file without its ending: the environment's."""
    return _leaf(path).removesuffix(SUFFIX)


def _leaf(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _refusal(change: TreeChange) -> Diagnostic | None:
    """Say why a path may not stand there; what goes away may have been anything."""
    if change.after is None:
        return None
    if change.after.mode not in PLAIN_FILES:
        what = FORBIDDEN_MODES.get(change.after.mode, f"mode {change.after.mode}")
        hint = "only plain files may stand here"
        return _fault(TreeRule.MODE, change.path, f"{what} stands where an environment's file is expected", hint)
    return _name_fault(change.path)


def _name_fault(path: str) -> Diagnostic | None:
    foreign = next((character for character in path if not character.isascii() or not character.isprintable()), None)
    if foreign is not None:
        name = unicodedata.name(foreign, "a character without a name")
        summary = f"the name of this file holds U+{ord(foreign):04X} {name}; permitted are a to z, 0 to 9 and hyphens"
        return _fault(TreeRule.LOOK_ALIKE, path, summary)
    *folders, leaf = path.split("/")
    hint = f"call it <unit>-<system>-<test|live>{SUFFIX}, in small letters"
    well = STEM.fullmatch(stem(path)) and leaf.endswith(SUFFIX) and len(path) <= LONGEST_PATH
    if not well or not all(FOLDER_NAME.fullmatch(folder) for folder in folders):
        return _fault(TreeRule.NAME, path, "this is no name of an environment's file", hint)
    return None


def _by_environment(changes: tuple[TreeChange, ...]) -> Iterator[ChangedFile]:
    """Join what left one path and came to another: the same environment, renamed."""
    by_name: dict[str, list[TreeChange]] = {}
    for change in sorted(changes, key=lambda one: one.path):
        by_name.setdefault(stem(change.path), []).append(change)
    for name, several in sorted(by_name.items()):
        gone = next((one for one in several if one.after is None), None)
        there = next((one for one in several if one.after is not None), None)
        yield _changed(name, gone, there)


def _changed(name: str, gone: TreeChange | None, there: TreeChange | None) -> ChangedFile:
    if there is None:
        path, before = (gone.path, gone.before) if gone else ("", None)
        return ChangedFile(environment=name, change=FileChange.REMOVED, path=path, before=before)
    if there.before is not None:
        kind, before, path_before = FileChange.CHANGED, there.before, ""
    elif gone is not None:
        kind, before, path_before = FileChange.RENAMED, gone.before, gone.path
    else:
        kind, before, path_before = FileChange.ADDED, None, ""
    return ChangedFile(
        environment=name, change=kind, path=there.path, path_before=path_before, before=before, after=there.after
    )


def _clashes(files: tuple[ChangedFile, ...], times: Counter[str]) -> Iterator[Diagnostic]:
    """Tell of environments that stand in two files, and of new ones that read like one that is there."""
    read_as: dict[str, set[str]] = {}
    for name in times:
        read_as.setdefault(_read(name), set()).add(name)
    for file in files:
        if file.change is FileChange.REMOVED:
            continue
        if times[file.environment] > 1:
            summary = f"{file.environment} stands in {times[file.environment]} files"
            yield _fault(TreeRule.TWICE, file.path, summary, "keep one of them")
        others = sorted(read_as.get(_read(file.environment), set()) - {file.environment})
        if file.change is FileChange.ADDED and others:
            summary = f"{file.environment} reads like {others[0]}, which is another environment"
            yield _fault(TreeRule.LOOK_ALIKE, file.path, summary, "choose an id that nobody can mistake")


def _read(name: str) -> str:
    for written, seen in LOOK_ALIKES:
        name = name.replace(written, seen)
    return name


def _fault(rule: TreeRule, path: str, summary: str, hint: str | None = None) -> Diagnostic:
    return Diagnostic(summary=summary, rule=rule, place=Place(file=visible(path)), hint=hint)

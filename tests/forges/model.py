"""A forge in memory: what two small servers show in the forms that GitHub and GitLab document."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from orchestrator.ports.forge import Forge
from tests.forges.world import INSIDER, REVIEWER, SERVICE, Told

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
type Tree = dict[str, str]


@dataclass
class Judged:
    """A review of a commit."""

    id: int
    by: str
    approved: bool
    commit: str
    at: datetime
    withdrawn: bool = False


@dataclass
class Note:
    """A comment, or, of the forge's own, a line about what somebody did."""

    id: int
    by: str
    text: str
    created: datetime
    updated: datetime
    system: bool = False


@dataclass
class Pull:
    """A pull request."""

    number: int
    by: str
    branch: str
    base: str
    forked: bool
    versions: list[tuple[str, datetime]]
    updated: datetime
    title: str = ""
    text: str = ""
    open: bool = True
    merge_commit: str | None = None
    merged_at: datetime | None = None
    reviews: list[Judged] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    @property
    def head(self) -> str:
        """The newest commit."""
        return self.versions[-1][0]


@dataclass
class ForgeModel:
    """One repository. Its time goes on by a second with everything that happens."""

    writers: tuple[str, ...] = (SERVICE, INSIDER, REVIEWER)
    now: datetime = START
    trees: dict[str, Tree] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    pulls: dict[int, Pull] = field(default_factory=dict)
    statuses: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    ids: int = 0

    def __post_init__(self) -> None:
        """Begin with a commit."""
        self.branches["main"] = self.commit({"README.md": "hello\n"}, None)

    def tick(self) -> datetime:
        """Let a second go by."""
        self.now += timedelta(seconds=1)
        return self.now

    def new_id(self) -> int:
        """Give a number that was not given before."""
        self.ids += 1
        return self.ids

    def commit(self, tree: Tree, parent: str | None) -> str:
        """Keep a commit of a tree."""
        content = json.dumps([tree, parent, self.new_id()], sort_keys=True)
        sha = hashlib.sha1(content.encode(), usedforsecurity=False).hexdigest()
        self.trees[sha] = dict(tree)
        return sha

    def move(self, branch: str, files: dict[str, str | None], start: str) -> str:
        """Commit changes on a branch; what is proposed from it moves on."""
        before = self.branches[start]
        tree = {name: text for name, text in {**self.trees[before], **files}.items() if text is not None}
        self.set_branch(branch, self.commit(tree, before))
        return self.branches[branch]

    def set_branch(self, branch: str, sha: str) -> None:
        """Let a branch end with a commit."""
        self.branches[branch] = sha
        for pull in self.pulls.values():
            if pull.open and pull.branch == branch:
                pull.updated = self.tick()
                pull.versions.append((sha, pull.updated))

    def open_pull(self, by: str, branch: str, base: str) -> Pull:
        """Open a pull request."""
        at = self.tick()
        number = len(self.pulls) + 1
        forked = by not in self.writers
        self.pulls[number] = Pull(number, by, branch, base, forked, [(self.branches[branch], at)], at)
        return self.pulls[number]

    def describe(self, pull: Pull, title: str, text: str) -> None:
        """Write what a pull request is about; the same again changes nothing."""
        if (pull.title, pull.text) != (title, text):
            pull.title, pull.text, pull.updated = title, text, self.tick()

    def close(self, pull: Pull) -> None:
        """Close without a merge."""
        if pull.open:
            pull.open, pull.updated = False, self.tick()

    def note(self, pull: Pull, by: str, text: str, *, system: bool = False) -> Note:
        """Write a comment, or a line of the forge's own."""
        pull.updated = at = self.tick()
        pull.notes.append(Note(self.new_id(), by, text, at, at, system))
        return pull.notes[-1]

    def edit(self, note: Note, text: str) -> Note:
        """Change a comment."""
        note.text, note.updated = text, self.tick()
        return note

    def set_status(self, sha: str, context: str, state: str, description: str) -> None:
        """Put a status beside a commit."""
        self.statuses.setdefault(sha, {})[context] = (state, description)


@dataclass
class ModelWorld:
    """Implements :class:`tests.forges.world.World` on a forge in memory."""

    model: ForgeModel
    forge: Forge

    def open(self, by: str, branch: str, files: dict[str, str]) -> int:
        """Propose files for ``main``."""
        self.model.move(branch, dict(files), "main")
        return self.model.open_pull(by, branch, "main").number

    def push(self, number: int, files: dict[str, str]) -> str:
        """Add a commit."""
        branch = self.model.pulls[number].branch
        return self.model.move(branch, dict(files), branch)

    def approve(self, number: int, by: str) -> None:
        """Approve the newest commit."""
        self._judge(number, by, "approved this merge request", approved=True)

    def object(self, number: int, by: str) -> None:
        """Ask for changes."""
        self._judge(number, by, "requested changes", approved=False)

    def withdraw(self, number: int, by: str) -> None:
        """Take the newest judgement back."""
        pull = self.model.pulls[number]
        [each for each in pull.reviews if each.by == by][-1].withdrawn = True
        self.model.note(pull, by, "unapproved this merge request", system=True)

    def merge(self, number: int) -> str:
        """Merge by a commit of its own."""
        pull = self.model.pulls[number]
        tree = {**self.model.trees[self.model.branches[pull.base]], **self.model.trees[pull.head]}
        pull.merge_commit = self.model.commit(tree, self.model.branches[pull.base])
        self.model.set_branch(pull.base, pull.merge_commit)
        pull.open, pull.merged_at = False, self.model.tick()
        pull.updated = pull.merged_at
        return pull.merge_commit

    def close(self, number: int) -> None:
        """Close without a merge."""
        self.model.close(self.model.pulls[number])

    def described(self, number: int) -> tuple[str, str]:
        """Give title and text."""
        return self.model.pulls[number].title, self.model.pulls[number].text

    def say(self, number: int, by: str, text: str) -> None:
        """Write a comment."""
        self.model.note(self.model.pulls[number], by, text)

    def said(self, number: int) -> list[tuple[str, str]]:
        """Give author and text of every comment."""
        return [(each.by, each.text) for each in self.model.pulls[number].notes if not each.system]

    def statuses(self, commit: str) -> dict[str, Told]:
        """Give what stands beside a commit."""
        found = self.model.statuses.get(commit, {})
        return {name: Told(state == "success", description) for name, (state, description) in found.items()}

    def content(self, branch: str, path: str) -> str | None:
        """Give a file of a branch."""
        return self.model.trees[self.model.branches[branch]].get(path)

    def _judge(self, number: int, by: str, line: str, *, approved: bool) -> None:
        pull = self.model.pulls[number]
        at = self.model.note(pull, by, line, system=True).created
        pull.reviews.append(Judged(self.model.new_id(), by, approved, pull.head, at))

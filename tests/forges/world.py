"""What people do on a forge, so that one set of tests can ask every adapter what it sees of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from orchestrator.ports.forge import Forge

SERVICE = "tenure"
INSIDER = "li"
REVIEWER = "wang"
OUTSIDER = "zhao"
REPOSITORY = "city/environments"


@dataclass(frozen=True)
class Told:
    """A status as people see it beside a commit."""

    good: bool
    description: str


class World(Protocol):
    """One repository with its people: a service user, two who may write, and one who may not."""

    @property
    def forge(self) -> Forge:
        """The adapter, as the service user."""
        ...

    def open(self, by: str, branch: str, files: dict[str, str]) -> int:
        """Propose files for ``main``; an outsider does it from a fork. Gives the number."""
        ...

    def push(self, number: int, files: dict[str, str]) -> str:
        """Add a commit to what is proposed."""
        ...

    def approve(self, number: int, by: str) -> None:
        """Approve the newest commit."""
        ...

    def object(self, number: int, by: str) -> None:
        """Ask for changes."""
        ...

    def withdraw(self, number: int, by: str) -> None:
        """Let the newest judgement of somebody no longer count."""
        ...

    def merge(self, number: int) -> str:
        """Merge; gives the commit that did it."""
        ...

    def close(self, number: int) -> None:
        """Close without a merge."""
        ...

    def described(self, number: int) -> tuple[str, str]:
        """Give title and text of a pull request."""
        ...

    def say(self, number: int, by: str, text: str) -> None:
        """Write a comment."""
        ...

    def said(self, number: int) -> list[tuple[str, str]]:
        """Give author and text of every comment, oldest first."""
        ...

    def statuses(self, commit: str) -> dict[str, Told]:
        """Give what stands beside a commit, by context."""
        ...

    def content(self, branch: str, path: str) -> str | None:
        """Give a file of a branch; None when it is not there."""
        ...

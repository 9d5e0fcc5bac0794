"""What is on record about merges, and where branches were followed to."""

from __future__ import annotations

from typing import Protocol

from orchestrator.domain.comment_commands import CommandAnswer
from orchestrator.domain.merges import Followed, Merge, WrittenBack


class FollowedBranches(Protocol):
    """How far branches were followed."""

    def put(self, followed: Followed) -> None:
        """Store or replace by forge and branch."""
        ...

    def find(self, forge: str, branch: str) -> Followed | None:
        """Give where a branch stood when it was followed last."""
        ...


class Merges(Protocol):
    """What merges asked for."""

    def put(self, merge: Merge) -> None:
        """Store or replace by id."""
        ...

    def find(self, merge_id: str) -> Merge | None:
        """Give one."""
        ...

    def open(self, forge: str) -> tuple[Merge, ...]:
        """Give those of a forge that are not at their end, or that nobody was told of yet, oldest first."""
        ...

    def of_pull(self, forge: str, number: int) -> tuple[Merge, ...]:
        """Give those of one pull request, oldest first."""
        ...

    def of_environment(self, forge: str, environment: str) -> tuple[Merge, ...]:
        """Give those of one environment, newest first, those that are over included."""
        ...

    def list(self, forge: str, *, limit: int = 100) -> tuple[Merge, ...]:
        """List, newest first, those that are over included."""
        ...


class CommandAnswers(Protocol):
    """What came of commands in comments."""

    def put(self, answer: CommandAnswer) -> None:
        """Store or replace by id."""
        ...

    def of_pull(self, forge: str, number: int) -> tuple[CommandAnswer, ...]:
        """Give those of one pull request, oldest first."""
        ...


class WrittenBackProposals(Protocol):
    """What was proposed to the repository, the newest for each environment."""

    def put(self, proposal: WrittenBack) -> None:
        """Store or replace by id."""
        ...

    def list(self, forge: str) -> tuple[WrittenBack, ...]:
        """List those of a forge, newest first."""
        ...

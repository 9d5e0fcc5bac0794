"""Fakes of what checks of pull requests work with: a forge in memory, and somebody who makes plans."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from orchestrator.adapters.forge.marking import is_marked, marked
from orchestrator.domain.errors import BusyError, NotFoundError, TenureError
from orchestrator.domain.forge import (
    CheckState,
    Comment,
    Commit,
    CommitStatus,
    Origin,
    Proposal,
    PullRequest,
    PullState,
    Review,
    Verdict,
    newest_of_each,
)
from orchestrator.domain.git_plan import Depth, EnvironmentPlan, GitPlan
from tests.forges.model import ForgeModel, Note, Pull
from tests.forges.world import SERVICE


class FakeForge:
    """Implements :class:`orchestrator.ports.forge.Forge` on a forge in memory.

    Attributes:
        away: Whether it does not answer.
        told: Context and state of each status, in order.
    """

    name = "gitea"

    def __init__(self, model: ForgeModel) -> None:
        self.model = model
        self.away = False
        self.told: list[tuple[str, CheckState]] = []

    def open_pull_requests(self) -> tuple[PullRequest, ...]:
        """List those that are open."""
        self._answer()
        return tuple(_pull(each) for each in self.model.pulls.values() if each.open)

    def changed_pull_requests(self, since: datetime) -> tuple[PullRequest, ...]:
        """List those in any state that changed at or after an instant."""
        self._answer()
        return tuple(_pull(each) for each in self.model.pulls.values() if each.updated >= since)

    def pull_request(self, number: int) -> PullRequest:
        """Give one as it is now."""
        self._answer()
        if number not in self.model.pulls:
            raise NotFoundError(f"there is no pull request {number}")
        return _pull(self.model.pulls[number])

    def head_ref(self, number: int) -> str:
        """Give the ref that holds a pull request's commits."""
        return f"refs/pull/{number}/head"

    def reviews(self, number: int) -> tuple[Review, ...]:
        """Give the newest judgement of each reviewer, oldest first."""
        self._answer()
        return newest_of_each(
            Review(
                reviewer=each.by,
                verdict=Verdict.WITHDRAWN
                if each.withdrawn
                else (Verdict.APPROVED if each.approved else Verdict.CHANGES_WANTED),
                commit=each.commit,
                at=each.at,
            )
            for each in self.model.pulls[number].reviews
        )

    def may_write(self, account: str) -> bool:
        """Tell whether an account may push."""
        self._answer()
        return account in self.model.writers

    def set_status(self, commit: Commit, status: CommitStatus) -> None:
        """Put a status beside a commit."""
        self._answer()
        self.told.append((status.context, status.state))
        self.model.set_status(commit, status.context, str(status.state), status.description)

    def put_comment(self, number: int, marker: str, text: str) -> Comment:
        """Write the one comment with this marker, or edit it in place."""
        self._answer()
        pull, whole = self.model.pulls[number], marked(marker, text)
        mine = [each for each in pull.notes if each.by == SERVICE and is_marked(marker, each.text)]
        if mine:
            return _comment(mine[0] if mine[0].text == whole else self.model.edit(mine[0], whole))
        return _comment(self.model.note(pull, SERVICE, whole))

    def comments(self, number: int, since: datetime) -> tuple[Comment, ...]:
        """List what others wrote at or after an instant."""
        self._answer()
        notes = [each for each in self.model.pulls[number].notes if not each.system and each.by != SERVICE]
        return tuple(_comment(each) for each in notes if each.created >= since)

    def propose(self, proposal: Proposal) -> PullRequest:
        """Open a pull request with these files, or bring the open one of that branch to them."""
        self._answer()
        files = {file.path: file.content for file in proposal.files}
        known = [each for each in self.model.pulls.values() if each.open and each.branch == proposal.branch]
        tree = self.model.trees[self.model.branches[proposal.branch if known else proposal.base_branch]]
        if not known or any(tree.get(path) != content for path, content in files.items()):
            self.model.move(proposal.branch, files, proposal.branch if known else proposal.base_branch)
        pull = known[0] if known else self.model.open_pull(SERVICE, proposal.branch, proposal.base_branch)
        self.model.describe(pull, proposal.title, proposal.text)
        return _pull(pull)

    def withdraw(self, number: int) -> None:
        """Close a pull request without a merge."""
        self._answer()
        self.model.close(self.model.pulls[number])

    def close(self) -> None:
        """Nothing to let go."""

    def _answer(self) -> None:
        if self.away:
            raise BusyError("forge gitea does not answer just now")


class FakePlanner:
    """Implements :class:`orchestrator.workflows.pull_requests.Planner`.

    Attributes:
        environments: What every plan says.
        error: Raised instead of a plan.
        meanwhile: Called while a plan is made.
        asked: Refs, commit and depth of each call.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.environments: tuple[EnvironmentPlan, ...] = ()
        self.error: TenureError | None = None
        self.meanwhile: Callable[[], object] = bool
        self.asked: list[tuple[str, str, str, Depth]] = []

    def plan(self, base: str, head: str, commit: Commit, depth: Depth) -> GitPlan:
        """Give a plan of a commit."""
        self.asked.append((base, head, commit, depth))
        self.meanwhile()
        if self.error is not None:
            raise self.error
        return GitPlan(base="0" * 40, head=commit, depth=depth, environments=self.environments, made_at=self._now())


def _pull(pull: Pull) -> PullRequest:
    state = PullState.OPEN if pull.open else PullState.MERGED if pull.merge_commit else PullState.CLOSED
    return PullRequest(
        number=pull.number,
        state=state,
        head=pull.head,
        head_branch=pull.branch,
        base_branch=pull.base,
        merge_commit=pull.merge_commit,
        author=pull.by,
        origin=Origin.FORK if pull.forked else Origin.SAME_REPOSITORY,
        updated_at=pull.updated,
    )


def _comment(note: Note) -> Comment:
    edited = note.updated > note.created
    return Comment(id=str(note.id), author=note.by, text=note.text, created_at=note.created, edited=edited)

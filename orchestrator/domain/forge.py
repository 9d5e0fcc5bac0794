"""What a forge (Gitea, GitHub, GitLab) says about pull requests, and what Tenure says there.

A pull request is written by people whom Tenure may not know: every text of it is foreign, and none is acted on here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from orchestrator.domain.git_plan import CheckedEnvironment
from orchestrator.domain.model import Model

COMMIT_PATTERN = r"^([0-9a-f]{40}|[0-9a-f]{64})$"
MAXIMUM_COMMENT_CHARACTERS = 65_536
"""The least that the three forges take (GitHub's bound)."""
MAXIMUM_DESCRIPTION_CHARACTERS = 140
"""Of a commit status; the least that the three forges take (GitHub's bound)."""

type Commit = Annotated[str, StringConstraints(pattern=COMMIT_PATTERN)]
type ForgeName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,39}$")]


class ForgeKind(StrEnum):
    """Whose API a forge speaks; Forgejo speaks Gitea's."""

    GITEA = "gitea"
    GITHUB = "github"
    GITLAB = "gitlab"


class PullState(StrEnum):
    """Whether a pull request is still to be decided."""

    OPEN = "open"
    MERGED = "merged"
    CLOSED = "closed"
    """Without a merge."""


class Origin(StrEnum):
    """Where the commits of a pull request stand."""

    SAME_REPOSITORY = "same-repository"
    FORK = "fork"
    """In another repository, or in one that is gone."""


class PullRequest(Model):
    """A pull request as the forge told it at one moment.

    Attributes:
        number: As people know it, in its repository.
        head: The newest commit of what is proposed.
        base_branch: What it is proposed for; where that branch stands is the repository's to say.
        merge_commit: The commit that brought it into that branch; None while it is not merged.
        author: Name of the account that opened it.
        updated_at: When anything about it changed last; forges count their own changes too.
    """

    number: Annotated[int, Field(ge=1)]
    state: PullState
    head: Commit
    head_branch: str
    base_branch: str
    merge_commit: Commit | None = None
    author: str
    origin: Origin
    updated_at: datetime

    @model_validator(mode="after")
    def _merged_by_a_commit(self) -> Self:
        """A merge without its commit could not be applied, and a commit without a merge would be somebody's wish."""
        if (self.state is PullState.MERGED) is not (self.merge_commit is not None):
            raise ValueError("a merged pull request, and no other, has a merge commit")
        return self


class Verdict(StrEnum):
    """What a review says; a later one of the same person takes the place of an earlier one."""

    APPROVED = "approved"
    CHANGES_WANTED = "changes-wanted"
    WITHDRAWN = "withdrawn"
    """Dismissed by somebody who may, or taken back."""


class Review(Model):
    """One person's judgement of one commit of a pull request.

    Attributes:
        commit: What was looked at; an approval of another commit than the head approves nothing.
    """

    reviewer: str
    verdict: Verdict
    commit: Commit
    at: datetime


def newest_of_each(reviews: Iterable[Review]) -> tuple[Review, ...]:
    """Give the newest review of each reviewer, oldest first; of two of one moment the one that is told later counts."""
    newest: dict[str, Review] = {}
    for review in sorted(reviews, key=lambda each: each.at):
        newest[review.reviewer] = review
    return tuple(sorted(newest.values(), key=lambda each: each.at))


class CheckState(StrEnum):
    """How a check of a commit stands."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILURE = "failure"
    """The change is refused as it is."""
    ERROR = "error"
    """The check itself could not be done."""


class CommitStatus(Model):
    """A line beside a commit.

    Attributes:
        context: Its name; a later status of the same name takes its place.
        description: One line for people.
        address: Where more is told; empty for nowhere.
    """

    context: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    state: CheckState
    description: Annotated[str, StringConstraints(max_length=MAXIMUM_DESCRIPTION_CHARACTERS)] = ""
    address: str = ""


class Comment(Model):
    """What somebody wrote under a pull request."""

    id: str
    author: str
    text: str
    created_at: datetime
    edited: bool = False


class ProposedFile(Model):
    """One file of a proposal; ``content`` is None when the file goes."""

    path: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$")]
    content: Annotated[str, StringConstraints(strip_whitespace=False)] | None


class Proposal(Model):
    """A pull request that Tenure itself opens.

    Attributes:
        branch: Of its own; the same proposal made again finds its branch and its pull request there.
        base_branch: What it is proposed for.
    """

    branch: Annotated[str, StringConstraints(pattern=r"^tenure/[a-z0-9][a-z0-9-]{0,99}$")]
    base_branch: str
    title: str
    text: str
    files: Annotated[tuple[ProposedFile, ...], Field(min_length=1)]


class EventKind(StrEnum):
    """What happened, as far as Tenure cares."""

    PULL_REQUEST = "pull-request"
    REVIEW = "review"
    COMMENT = "comment"
    PUSH = "push"
    OTHER = "other"


class ForgeEvent(Model):
    """A delivery of a forge's webhook that proved genuine.

    It only says where to look again: what it tells of states and commits is not believed, since deliveries come late,
    twice, in another order, or not at all.

    Attributes:
        delivery: The forge's own id of it.
        number: The pull request; None when it is about none.
        branch: Of a push: which branch moved.
    """

    delivery: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,128}$")]
    kind: EventKind
    number: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    branch: str = ""


class ForgeDelivery(Model):
    """A delivery on record: a pull request that is to be looked at.

    Attributes:
        id: The forge's own.
        at: When it came, in real time.
        done_at: When its pull request was looked at after it had come.
    """

    forge: str
    id: str
    kind: EventKind
    pull: int
    at: datetime
    done_at: datetime | None = None


class CheckOutcome(StrEnum):
    """How a check of a pull request ended."""

    GOOD = "good"
    REFUSED = "refused"
    """A file of it breaks a rule, or a plan of it could not be made."""
    FAILED = "failed"
    """It could not be checked at all."""
    CLOSED = "closed"
    """It was closed or merged; nothing is checked any more."""


class PullCheck(Model):
    """The newest check of one pull request.

    Attributes:
        head: The commit that was checked.
        digest: Of the plan, as an approval binds to it; empty when there is none.
        outcome: How it ended.
        summary: One line for people.
        environments: What was promised, for every environment that a merge would ask something for.
        answered: Ids of the comments that asked for something and were answered; the newest alone.
        seen_at: The pull request's own moment of its last change, as the forge told it before the check.
        at: When the check ended, in real time.
    """

    forge: str
    pull: int
    head: Commit
    digest: str = ""
    outcome: CheckOutcome
    summary: str = ""
    environments: tuple[CheckedEnvironment, ...] = ()
    answered: tuple[str, ...] = ()
    seen_at: datetime
    at: datetime


class PlanPage(Model):
    """The whole plan of a pull request's newest check: what its comment may have no room for.

    Attributes:
        text: Markdown, already safe to show.
        at: When it was made, in real time.
    """

    forge: str
    pull: int
    text: str
    at: datetime

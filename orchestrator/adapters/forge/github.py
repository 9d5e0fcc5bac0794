"""GitHub, and servers of its own kind in a house of one's own, by PyGithub."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from itertools import takewhile
from typing import Final
from urllib.parse import urlsplit

import requests
from github import (
    Auth,
    BadAttributeException,
    Github,
    GithubException,
    InputGitTreeElement,
    RateLimitExceededException,
    UnknownObjectException,
)
from github.IssueComment import IssueComment
from github.PullRequest import PullRequest as Pull
from github.PullRequestReview import PullRequestReview
from github.Repository import Repository
from pydantic import ValidationError
from urllib3.util import Retry

from orchestrator.adapters.forge.faults import away, refused, unreadable
from orchestrator.adapters.forge.marking import is_marked, marked
from orchestrator.adapters.forge.settings import ATTEMPTS, PAGE_LENGTH, TIMEOUT_SECONDS, ForgeSettings
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

PUBLIC_HOST: Final = "github.com"
PUBLIC_API: Final = "https://api.github.com"
WRITERS: Final = frozenset({"write", "admin"})
"""GitHub tells ``maintain`` as ``write`` and ``triage`` as ``read`` here."""
STATES: Final = {
    CheckState.PENDING: "pending",
    CheckState.SUCCESS: "success",
    CheckState.FAILURE: "failure",
    CheckState.ERROR: "error",
}
VERDICTS: Final = {
    "APPROVED": Verdict.APPROVED,
    "CHANGES_REQUESTED": Verdict.CHANGES_WANTED,
    "DISMISSED": Verdict.WITHDRAWN,
}
RETRY: Final = Retry(
    total=ATTEMPTS - 1,
    backoff_factor=0.2,
    status_forcelist=(500, 502, 503, 504),
    allowed_methods=("GET", "PATCH", "PUT"),
    raise_on_status=False,
    respect_retry_after_header=False,
)
"""Without the waits that GitHub asks for when it bounds calls: these take minutes, and a later round asks again."""


class GithubForge:
    """Implements :class:`orchestrator.ports.forge.Forge`.

    Args:
        settings: Which repository, and as whom.
    """

    def __init__(self, settings: ForgeSettings) -> None:
        self.name = settings.name
        self._github = Github(
            base_url=_api(settings.url),
            auth=Auth.Token(settings.token),
            timeout=int(TIMEOUT_SECONDS),
            per_page=PAGE_LENGTH,
            verify=True if settings.certificates is None else str(settings.certificates),
            retry=RETRY,
            seconds_between_requests=0,
            seconds_between_writes=settings.write_pause_seconds,
            lazy=True,
        )
        self._path = settings.repository

    def open_pull_requests(self) -> tuple[PullRequest, ...]:
        """List those that are open."""
        with self._explained():
            return tuple(_pull(each) for each in self._repository.get_pulls(state="open"))

    def changed_pull_requests(self, since: datetime) -> tuple[PullRequest, ...]:
        """List those in any state that changed at or after an instant."""
        with self._explained():
            newest_first = self._repository.get_pulls(state="all", sort="updated", direction="desc")
            return tuple(takewhile(lambda each: each.updated_at >= since, map(_pull, newest_first)))

    def pull_request(self, number: int) -> PullRequest:
        """Give one as it is now."""
        with self._explained():
            return _pull(self._pull_of(number))

    def head_ref(self, number: int) -> str:
        """Give the ref that holds a pull request's commits."""
        return f"refs/pull/{number}/head"

    def reviews(self, number: int) -> tuple[Review, ...]:
        """Give the newest judgement of each reviewer, oldest first."""
        with self._explained():
            found = self._pull_of(number).get_reviews()
            return newest_of_each(_review(each) for each in found if each.state in VERDICTS and each.user)

    def may_write(self, account: str) -> bool:
        """Tell whether an account may push."""
        with self._explained():
            try:
                return self._repository.get_collaborator_permission(account) in WRITERS
            except UnknownObjectException:
                return False

    def set_status(self, commit: Commit, status: CommitStatus) -> None:
        """Put a status beside a commit."""
        more = {"target_url": status.address} if status.address else {}
        with self._explained():
            self._repository.get_commit(commit).create_status(
                STATES[status.state], description=status.description, context=status.context, **more
            )

    def put_comment(self, number: int, marker: str, text: str) -> Comment:
        """Write the one comment with this marker, or edit it in place."""
        whole = marked(marker, text)
        with self._explained():
            pull = self._pull_of(number)
            for each in pull.get_issue_comments():
                if each.user.login == self._account and is_marked(marker, each.body):
                    if each.body != whole:
                        each.edit(whole)
                    return _comment(each)
            return _comment(pull.create_issue_comment(whole))

    def comments(self, number: int, since: datetime) -> tuple[Comment, ...]:
        """List what others wrote at or after an instant, oldest first."""
        with self._explained():
            found = self._repository.get_issue(number).get_comments(since=since.astimezone(UTC))
            mine = self._account
            return tuple(_comment(each) for each in found if each.created_at >= since and each.user.login != mine)

    def propose(self, proposal: Proposal) -> PullRequest:
        """Open a pull request with these files and texts, or bring the open one of that branch to them."""
        with self._explained():
            head = f"{self._path.split('/', maxsplit=1)[0]}:{proposal.branch}"
            found = self._repository.get_pulls(state="open", head=head, base=proposal.base_branch)
            open_one = next(iter(found), None)
            self._bring(proposal, proposal.base_branch if open_one is None else proposal.branch)
            if open_one is not None:
                if (open_one.title, open_one.body) != (proposal.title, proposal.text):
                    open_one.edit(title=proposal.title, body=proposal.text)
                return _pull(self._pull_of(open_one.number))
            return _pull(
                self._repository.create_pull(
                    base=proposal.base_branch, head=proposal.branch, title=proposal.title, body=proposal.text
                )
            )

    def withdraw(self, number: int) -> None:
        """Close a pull request without a merge."""
        with self._explained():
            pull = self._pull_of(number)
            if pull.state == "open":
                pull.edit(state="closed")

    def close(self) -> None:
        """Let connections go."""
        self._github.close()

    @cached_property
    def _repository(self) -> Repository:
        return self._github.get_repo(self._path)

    @cached_property
    def _account(self) -> str:
        return self._github.get_user().login

    def _pull_of(self, number: int) -> Pull:
        pull = self._repository.get_pull(number)
        pull.complete()
        return pull

    def _bring(self, proposal: Proposal, start: str) -> None:
        """Let the proposal's branch be the start with the proposal's files; nothing when it is that already."""
        tip = self._repository.get_git_commit(self._repository.get_branch(start).commit.sha)
        elements = [_element(file.path, file.content) for file in proposal.files]
        tree = self._repository.create_git_tree(elements, base_tree=tip.tree)
        if tree.sha == tip.tree.sha and start == proposal.branch:
            return
        made = self._repository.create_git_commit(proposal.title, tree, [tip])
        try:
            # What an earlier proposal left, closed or interrupted; nobody else writes to branches of this name.
            known = self._repository.get_git_ref(f"heads/{proposal.branch}")
            known.complete()
            known.edit(made.sha, force=True)
        except UnknownObjectException:
            self._repository.create_git_ref(f"refs/heads/{proposal.branch}", made.sha)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except RateLimitExceededException as error:
            raise away(self.name, "GitHub bounds how often it is asked") from error
        except GithubException as error:
            told = error.data.get("message", "") if isinstance(error.data, dict) else ""
            raise refused(self.name, error.status, str(told)) from error
        except (BadAttributeException, AttributeError, TypeError, ValidationError) as error:
            # What an answer lacks is None in the library's objects, whatever its types say.
            raise unreadable(self.name, type(error).__name__) from error
        except requests.RequestException as error:
            raise away(self.name, type(error).__name__) from error


def _api(url: str) -> str:
    """Give the address of the API: a server of its own kind has it below its own address."""
    return PUBLIC_API if urlsplit(url).hostname == PUBLIC_HOST else f"{url.rstrip('/')}/api/v3"


def _element(path: str, content: str | None) -> InputGitTreeElement:
    if content is None:
        return InputGitTreeElement(path, "100644", "blob", sha=None)
    return InputGitTreeElement(path, "100644", "blob", content=content)


def _pull(pull: Pull) -> PullRequest:
    merged = pull.merged_at is not None
    state = PullState.MERGED if merged else PullState.OPEN if pull.state == "open" else PullState.CLOSED
    # A fork that is gone is no repository at all, whatever the library's types say.
    home: Repository | None = pull.head.repo
    same = home is not None and home.id == pull.base.repo.id
    return PullRequest(
        number=pull.number,
        state=state,
        head=pull.head.sha,
        head_branch=pull.head.ref,
        base_branch=pull.base.ref,
        merge_commit=pull.merge_commit_sha if merged else None,
        author=pull.user.login,
        origin=Origin.SAME_REPOSITORY if same else Origin.FORK,
        updated_at=pull.updated_at,
    )


def _review(review: PullRequestReview) -> Review:
    return Review(
        reviewer=review.user.login, verdict=VERDICTS[review.state], commit=review.commit_id, at=review.submitted_at
    )


def _comment(comment: IssueComment) -> Comment:
    return Comment(
        id=str(comment.id),
        author=comment.user.login,
        text=comment.body,
        created_at=comment.created_at,
        edited=comment.updated_at > comment.created_at,
    )

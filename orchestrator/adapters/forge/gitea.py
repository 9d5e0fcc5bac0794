"""Gitea and Forgejo, by their own API: no kept Python library speaks it (docs/adr/0016-forges.md)."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from itertools import takewhile
from typing import Final
from urllib.parse import quote

from orchestrator.adapters.forge.gitea_api import (
    Account,
    Answer,
    CommentAnswer,
    ComparisonAnswer,
    FileAnswer,
    GiteaApi,
    PullAnswer,
    ReviewAnswer,
)
from orchestrator.adapters.forge.marking import is_marked, marked
from orchestrator.adapters.forge.settings import ForgeSettings
from orchestrator.domain.errors import NotFoundError
from orchestrator.domain.forge import (
    CheckState,
    Comment,
    Commit,
    CommitStatus,
    Origin,
    Proposal,
    ProposedFile,
    PullRequest,
    PullState,
    Review,
    Verdict,
    newest_of_each,
)

STATES: Final = {
    CheckState.PENDING: "pending",
    CheckState.SUCCESS: "success",
    CheckState.FAILURE: "failure",
    CheckState.ERROR: "error",
}
VERDICTS: Final = {"APPROVED": Verdict.APPROVED, "REQUEST_CHANGES": Verdict.CHANGES_WANTED}
"""Reviews in other states are remarks, or requests for a review."""


class GiteaForge:
    """Implements :class:`orchestrator.ports.forge.Forge`.

    Args:
        settings: Which repository, and as whom.
        api: Calls below that repository.
    """

    def __init__(self, settings: ForgeSettings, api: GiteaApi | None = None) -> None:
        self.name = settings.name
        self._api = api or GiteaApi(settings)

    def open_pull_requests(self) -> tuple[PullRequest, ...]:
        """List those that are open."""
        return tuple(_pull(each) for each in self._api.pages(PullAnswer, "pulls", state="open"))

    def changed_pull_requests(self, since: datetime) -> tuple[PullRequest, ...]:
        """List those in any state that changed at or after an instant."""
        newest_first = self._api.pages(PullAnswer, "pulls", state="all", sort="recentupdate")
        return tuple(takewhile(lambda each: each.updated_at >= since, map(_pull, newest_first)))

    def pull_request(self, number: int) -> PullRequest:
        """Give one as it is now."""
        return _pull(self._api.get(PullAnswer, f"pulls/{number}"))

    def head_ref(self, number: int) -> str:
        """Give the ref that holds a pull request's commits."""
        return f"refs/pull/{number}/head"

    def reviews(self, number: int) -> tuple[Review, ...]:
        """Give the newest judgement of each reviewer, oldest first."""
        return newest_of_each(_reviews(self._api.pages(ReviewAnswer, f"pulls/{number}/reviews")))

    def may_write(self, account: str) -> bool:
        """Tell whether an account may push.

        Those who can be assigned are those who may: the permission of one account is told to administrators alone,
        and the service user need not be one.
        """
        return any(each.login == account for each in self._api.listed(Account, "assignees"))

    def set_status(self, commit: Commit, status: CommitStatus) -> None:
        """Put a status beside a commit."""
        body = {"context": status.context, "state": STATES[status.state], "description": status.description}
        body |= {"target_url": status.address} if status.address else {}
        self._api.send(Answer, "POST", f"statuses/{commit}", body)

    def put_comment(self, number: int, marker: str, text: str) -> Comment:
        """Write the one comment with this marker, or edit it in place."""
        body = {"body": marked(marker, text)}
        for each in self._comments(number):
            if each.author == self._account and is_marked(marker, each.body):
                # Gitea answers an edit that changes nothing without saying whose comment it is.
                same = each.body == body["body"]
                path = f"issues/comments/{each.id}"
                return _comment(each if same else self._api.send(CommentAnswer, "PATCH", path, body))
        return _comment(self._api.send(CommentAnswer, "POST", f"issues/{number}/comments", body))

    def comments(self, number: int, since: datetime) -> tuple[Comment, ...]:
        """List what others wrote at or after an instant, oldest first."""
        found = (each for each in self._comments(number) if each.created_at >= since)
        return tuple(_comment(each) for each in found if each.author != self._account)

    def propose(self, proposal: Proposal) -> PullRequest:
        """Open a pull request with these files and texts, or bring the open one of that branch to them."""
        open_one = self._open_of(proposal)
        if open_one is not None:
            self._bring(proposal, {"branch": proposal.branch}, proposal.branch)
            if (open_one.title, open_one.body) != (proposal.title, proposal.text):
                texts = {"title": proposal.title, "body": proposal.text}
                self._api.send(Answer, "PATCH", f"pulls/{open_one.number}", texts)
            return self.pull_request(open_one.number)
        if not self._was_interrupted(proposal):
            # What an earlier proposal left that was closed; nobody else writes to branches of this name.
            self._api.remove(f"branches/{quote(proposal.branch)}")
            start = {"branch": proposal.base_branch, "new_branch": proposal.branch}
            self._bring(proposal, start, proposal.base_branch)
        body = {"base": proposal.base_branch, "head": proposal.branch, "title": proposal.title, "body": proposal.text}
        return _pull(self._api.send(PullAnswer, "POST", "pulls", body))

    def withdraw(self, number: int) -> None:
        """Close a pull request without a merge."""
        if self.pull_request(number).state is PullState.OPEN:
            self._api.send(Answer, "PATCH", f"pulls/{number}", {"state": "closed"})

    def close(self) -> None:
        """Let connections go."""
        self._api.close()

    @cached_property
    def _account(self) -> str:
        return self._api.account()

    def _comments(self, number: int) -> list[CommentAnswer]:
        found = self._api.listed(CommentAnswer, f"issues/{number}/comments")
        return sorted(found, key=lambda each: (each.created_at, each.id))

    def _open_of(self, proposal: Proposal) -> PullAnswer | None:
        found = self._api.pages(PullAnswer, "pulls", state="open")
        return next((each for each in found if _is_of(_pull(each), proposal)), None)

    def _was_interrupted(self, proposal: Proposal) -> bool:
        """Whether the branch is just what is proposed: then it stays.

        Gitea closes the pull requests of a removed branch a moment later, and would close the new one too.
        """
        base, branch = proposal.base_branch, proposal.branch
        try:
            ahead, behind = (self._commits_between(*ends) for ends in ((base, branch), (branch, base)))
        except NotFoundError:
            return False
        return (ahead, behind) == (1, 0) and not any(self._operation(file, branch) for file in proposal.files)

    def _commits_between(self, base: str, head: str) -> int:
        return self._api.get(ComparisonAnswer, f"compare/{quote(base)}...{quote(head)}").total_commits

    def _bring(self, proposal: Proposal, start: dict[str, str], branch: str) -> None:
        """Commit what a branch lacks of the proposal's files; nothing when it lacks none."""
        operations = [each for file in proposal.files if (each := self._operation(file, branch))]
        if operations:
            self._api.send(Answer, "POST", "contents", {**start, "message": proposal.title, "files": operations})

    def _operation(self, file: ProposedFile, branch: str) -> dict[str, str] | None:
        """Give the change that brings a file of a branch to what is proposed; None when it is that already."""
        try:
            known = self._api.get(FileAnswer, f"contents/{quote(file.path)}", ref=branch)
        except NotFoundError:
            known = None
        if file.content is None:
            return None if known is None else {"operation": "delete", "path": file.path, "sha": known.sha}
        content = base64.b64encode(file.content.encode()).decode()
        if known is None:
            return {"operation": "create", "path": file.path, "content": content}
        if known.content == content:
            return None
        return {"operation": "update", "path": file.path, "content": content, "sha": known.sha}


def _is_of(pull: PullRequest, proposal: Proposal) -> bool:
    return (pull.head_branch, pull.base_branch, pull.origin) == (
        proposal.branch,
        proposal.base_branch,
        Origin.SAME_REPOSITORY,
    )


def _pull(answer: PullAnswer) -> PullRequest:
    state = PullState.MERGED if answer.merged else PullState.OPEN if answer.state == "open" else PullState.CLOSED
    home = answer.base.repo
    same = answer.head.repo is not None and home is not None and answer.head.repo.id == home.id
    return PullRequest(
        number=answer.number,
        state=state,
        head=answer.head.sha,
        head_branch=answer.head.ref,
        base_branch=answer.base.ref,
        merge_commit=answer.merge_commit_sha if answer.merged else None,
        author=answer.user.login,
        origin=Origin.SAME_REPOSITORY if same else Origin.FORK,
        updated_at=answer.updated_at,
    )


def _reviews(answers: Iterable[ReviewAnswer]) -> Iterable[Review]:
    for answer in answers:
        if answer.user is None or answer.state not in VERDICTS:
            continue
        verdict = Verdict.WITHDRAWN if answer.dismissed else VERDICTS[answer.state]
        yield Review(reviewer=answer.user.login, verdict=verdict, commit=answer.commit_id, at=answer.submitted_at)


def _comment(answer: CommentAnswer) -> Comment:
    return Comment(
        id=str(answer.id),
        author=answer.author,
        text=answer.body,
        created_at=answer.created_at,
        edited=answer.updated_at > answer.created_at,
    )

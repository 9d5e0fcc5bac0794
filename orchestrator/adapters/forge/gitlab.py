"""GitLab, by python-gitlab. Its merge requests are what the others call pull requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Any, Final

import gitlab
import requests
from gitlab.exceptions import GitlabError, GitlabGetError, GitlabHttpError
from gitlab.v4.objects import Project, ProjectMergeRequest
from pydantic import ValidationError

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
    ProposedFile,
    PullRequest,
    PullState,
    Review,
    Verdict,
    newest_of_each,
)

DEVELOPER: Final = 30
"""The least access level that may push to branches that are not protected."""
BAD_REQUEST: Final = 400
NOT_FOUND: Final = 404
SAME_STATE: Final = "Cannot transition status"
"""What GitLab says to a status that is set a second time."""
STATES: Final = {
    CheckState.PENDING: "running",
    CheckState.SUCCESS: "success",
    CheckState.FAILURE: "failed",
    CheckState.ERROR: "failed",
}
PULL_STATES: Final = {"merged": PullState.MERGED, "closed": PullState.CLOSED}
"""``opened``, and ``locked`` while a merge is under way, are open."""
NOTES: Final = {
    "approved this merge request": Verdict.APPROVED,
    "unapproved this merge request": Verdict.WITHDRAWN,
    "requested changes": Verdict.CHANGES_WANTED,
}
"""Notes that GitLab itself writes about judgements; they are in English whatever the language of the pages."""


class PatientGitlab(gitlab.Gitlab):
    """A client that gives up soon: a later round asks again, and nobody waits until a bound on calls is lifted."""

    def http_request(self, verb: str, path: str, *args: Any, **options: Any) -> requests.Response:  # noqa: ANN401  the library's own signature
        """Make one request."""
        chosen = {"max_retries": ATTEMPTS - 1, "obey_rate_limit": False, "retry_transient_errors": verb != "post"}
        return super().http_request(verb, path, *args, **(chosen | options))


class GitlabForge:
    """Implements :class:`orchestrator.ports.forge.Forge`.

    GitLab does not say which commit an approval is of, but when it was given: it is of the version of the merge
    request that was the newest at that moment.

    Args:
        settings: Which repository, and as whom.
    """

    def __init__(self, settings: ForgeSettings) -> None:
        self.name = settings.name
        self._gitlab = PatientGitlab(
            settings.url,
            private_token=settings.token,
            timeout=TIMEOUT_SECONDS,
            per_page=PAGE_LENGTH,
            ssl_verify=True if settings.certificates is None else str(settings.certificates),
        )
        self._project: Project = self._gitlab.projects.get(settings.repository, lazy=True)

    def open_pull_requests(self) -> tuple[PullRequest, ...]:
        """List those that are open."""
        with self._explained():
            return tuple(_pull(each) for each in self._project.mergerequests.list(state="opened", iterator=True))

    def changed_pull_requests(self, since: datetime) -> tuple[PullRequest, ...]:
        """List those in any state that changed at or after an instant."""
        with self._explained():
            found = self._project.mergerequests.list(state="all", updated_after=since.isoformat(), iterator=True)
            return tuple(_pull(each) for each in found)

    def pull_request(self, number: int) -> PullRequest:
        """Give one as it is now."""
        with self._explained():
            return _pull(self._project.mergerequests.get(number))

    def head_ref(self, number: int) -> str:
        """Give the ref that holds a merge request's commits."""
        return f"refs/merge-requests/{number}/head"

    def reviews(self, number: int) -> tuple[Review, ...]:
        """Give the newest judgement of each reviewer, oldest first."""
        with self._explained():
            request = self._project.mergerequests.get(number, lazy=True)
            versions = [(_instant(each.created_at), each.head_commit_sha) for each in request.diffs.list(get_all=True)]
            notes = request.notes.list(sort="asc", order_by="created_at", iterator=True)
            standing = {each["user"]["username"] for each in request.approvals.get().approved_by}
            return newest_of_each(_judgements(notes, sorted(versions), standing))

    def may_write(self, account: str) -> bool:
        """Tell whether an account may push."""
        with self._explained():
            found = self._project.members_all.list(query=account, iterator=True)
            return any(each.username == account and each.access_level >= DEVELOPER for each in found)

    def set_status(self, commit: Commit, status: CommitStatus) -> None:
        """Put a status beside a commit."""
        body = {"state": STATES[status.state], "name": status.context, "description": status.description}
        body |= {"target_url": status.address} if status.address else {}
        with self._explained():
            try:
                self._project.commits.get(commit, lazy=True).statuses.create(body)
            except GitlabError as error:
                if error.response_code != BAD_REQUEST or SAME_STATE not in str(error.error_message):
                    raise

    def put_comment(self, number: int, marker: str, text: str) -> Comment:
        """Write the one comment with this marker, or edit it in place."""
        whole = marked(marker, text)
        with self._explained():
            notes = self._project.mergerequests.get(number, lazy=True).notes
            for each in notes.list(sort="asc", order_by="created_at", iterator=True):
                if each.author["username"] == self._account and is_marked(marker, each.body):
                    if each.body != whole:
                        each.body = whole
                        each.save()
                    return _comment(each)
            return _comment(notes.create({"body": whole}))

    def comments(self, number: int, since: datetime) -> tuple[Comment, ...]:
        """List what others wrote at or after an instant, oldest first."""
        with self._explained():
            notes = self._project.mergerequests.get(number, lazy=True).notes
            found = notes.list(sort="asc", order_by="created_at", iterator=True)
            said = [_comment(each) for each in found if not each.system]
            return tuple(each for each in said if each.created_at >= since and each.author != self._account)

    def propose(self, proposal: Proposal) -> PullRequest:
        """Open a merge request with these files and texts, or bring the open one of that branch to them."""
        ends = {"source_branch": proposal.branch, "target_branch": proposal.base_branch}
        with self._explained():
            open_one = next(iter(self._project.mergerequests.list(state="opened", iterator=True, **ends)), None)
            if open_one is not None:
                self._bring(proposal, proposal.branch, {})
                if (open_one.title, open_one.description) != (proposal.title, proposal.text):
                    said = {"title": proposal.title, "description": proposal.text}
                    self._project.mergerequests.update(open_one.iid, said)
                return _pull(self._project.mergerequests.get(open_one.iid))
            # ``force`` takes the place of what an earlier proposal left; nobody else writes to branches of this name.
            self._bring(proposal, proposal.base_branch, {"start_branch": proposal.base_branch, "force": True})
            texts = {"title": proposal.title, "description": proposal.text, "remove_source_branch": True}
            return _pull(self._project.mergerequests.create(ends | texts))

    def withdraw(self, number: int) -> None:
        """Close a merge request without a merge."""
        with self._explained():
            if self._project.mergerequests.get(number).state not in PULL_STATES:
                self._project.mergerequests.update(number, {"state_event": "close"})

    def close(self) -> None:
        """Let connections go."""
        self._gitlab.session.close()

    @cached_property
    def _account(self) -> str:
        self._gitlab.auth()
        user = self._gitlab.user
        if user is None:
            raise unreadable(self.name, "who the token belongs to")
        return str(user.username)

    def _bring(self, proposal: Proposal, known: str, more: dict[str, Any]) -> None:
        """Commit what a branch lacks of the proposal's files; nothing when it lacks none."""
        actions = [action for file in proposal.files if (action := self._action(file, known))]
        if actions:
            body = {"branch": proposal.branch, "commit_message": proposal.title, "actions": actions}
            self._project.commits.create(body | more)

    def _action(self, file: ProposedFile, branch: str) -> dict[str, str] | None:
        """Give the change that brings a file of a branch to what is proposed; None when it is that already."""
        known = self._content(file.path, branch)
        if file.content is None:
            return None if known is None else {"action": "delete", "file_path": file.path}
        if known == file.content:
            return None
        action = "create" if known is None else "update"
        return {"action": action, "file_path": file.path, "content": file.content}

    def _content(self, path: str, branch: str) -> str | None:
        try:
            return str(self._project.files.get(path, branch).decode().decode())
        except GitlabGetError as error:
            if error.response_code == NOT_FOUND:
                return None
            raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except GitlabHttpError as error:
            raise refused(self.name, error.response_code or BAD_REQUEST, str(error.error_message)) from error
        except GitlabError as error:
            if error.response_code is None:
                raise unreadable(self.name, type(error).__name__) from error
            raise refused(self.name, error.response_code, str(error.error_message)) from error
        except (AttributeError, KeyError, TypeError, ValidationError) as error:
            # What an answer lacks is missing in the library's objects, which have no types.
            raise unreadable(self.name, type(error).__name__) from error
        except requests.RequestException as error:
            raise away(self.name, type(error).__name__) from error


def _pull(request: ProjectMergeRequest | Any) -> PullRequest:  # noqa: ANN401  lists give rows without a type
    state = PULL_STATES.get(request.state, PullState.OPEN)
    # A merge that only moved the branch on makes no commit of its own: then the branch ends with what was proposed.
    merge_commit = request.merge_commit_sha or request.squash_commit_sha or request.sha
    same = request.source_project_id == request.target_project_id
    return PullRequest(
        number=request.iid,
        state=state,
        head=request.sha,
        head_branch=request.source_branch,
        base_branch=request.target_branch,
        merge_commit=merge_commit if state is PullState.MERGED else None,
        author=request.author["username"],
        origin=Origin.SAME_REPOSITORY if same else Origin.FORK,
        updated_at=_instant(request.updated_at),
    )


def _judgements(notes: Iterable[Any], versions: list[tuple[datetime, str]], standing: set[str]) -> Iterator[Review]:
    """Read the judgements out of GitLab's own notes; an approval that does not stand any more was withdrawn."""
    for note in notes:
        verdict = NOTES.get(note.body) if note.system else None
        at = _instant(note.created_at)
        seen = [commit for since, commit in versions if since <= at]
        if verdict is None or not seen:
            continue
        reviewer = str(note.author["username"])
        if verdict is Verdict.APPROVED and reviewer not in standing:
            verdict = Verdict.WITHDRAWN
        yield Review(reviewer=reviewer, verdict=verdict, commit=seen[-1], at=at)


def _comment(note: Any) -> Comment:  # noqa: ANN401  the library's rows have no types
    created, updated = _instant(note.created_at), _instant(note.updated_at)
    author = str(note.author["username"])
    return Comment(id=str(note.id), author=author, text=note.body, created_at=created, edited=updated > created)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)

"""What merges asked for: which commit was followed, which request came of it, and how far that has gone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from orchestrator.domain.errors import Diagnostic
from orchestrator.domain.faults import Fault, SchemaRule, refuse
from orchestrator.domain.forge import Commit, ForgeName, PullRequest, Review, Verdict, newest_of_each
from orchestrator.domain.git_plan import CheckedEnvironment
from orchestrator.domain.model import Model
from orchestrator.domain.names import EnvironmentName
from orchestrator.domain.records import Actor, Role
from orchestrator.domain.submission import Submission

GIT_DOOR = "git"
APPLICANTS = frozenset({Role.UNIT, Role.OFFICE})
"""Whose word makes a file an application (Art. 11)."""

ID_DIGITS = 20


class MergeState(StrEnum):
    """How far a merge has gone for one environment."""

    WAITING = "waiting"
    """The environment is busy, or another request is under way; it is asked for again by itself."""
    ASKED = "asked"
    """The request is on record; its plan, or a decision, is awaited."""
    ASKS_AGAIN = "asks-again"
    """The plan is no longer the one that was approved: nothing is done until the new one is."""
    APPROVED = "approved"
    """The approval of the pull request was taken over; the work goes on."""
    OVER = "over"
    """The request is closed or rejected."""
    NOTHING = "nothing"
    """The environment is what its file says."""
    REFUSED = "refused"
    """A rule forbids what was merged; the next commit that mends it is followed."""


OPEN_STATES = frozenset({MergeState.WAITING, MergeState.ASKED, MergeState.ASKS_AGAIN, MergeState.APPROVED})
"""States that change by themselves, or by somebody's decision."""


class Followed(Model):
    """How far a branch was followed."""

    forge: ForgeName
    branch: str
    commit: Commit
    at: datetime


class Merge(Model):
    """What one merge asked for one environment.

    Attributes:
        id: Commit and environment; the same merge followed twice is one record.
        commit: Where the branch stood when it was followed.
        pull: The pull request that brought the file; None when somebody pushed it.
        head: What of that pull request was reviewed.
        path: The environment's file; of a removed one, where it stood.
        blob: The file's content, as git names it; empty when the file was removed.
        applicant: Who asks; None when nobody of the unit's side is known to have a part in it.
        request: Its id; empty while there is none.
        checked: What the pull request's check had promised; None when the file came without one, or differs from it.
        detail: One line for people.
        told: Digest of what the forge was told last.
    """

    id: str
    forge: ForgeName
    commit: Commit
    pull: Annotated[int, Field(ge=1)] | None = None
    head: Commit | None = None
    environment: EnvironmentName
    path: str
    blob: str = ""
    applicant: Actor | None = None
    request: str = ""
    checked: CheckedEnvironment | None = None
    state: MergeState
    detail: str = ""
    told: str = ""
    at: datetime


class WrittenBack(Model):
    """What was proposed to the repository for an environment that came, or ended, by another door.

    Attributes:
        digest: Of what was proposed: the same is not proposed again, whatever became of it.
        pull: The service user's pull request.
    """

    id: str
    forge: ForgeName
    environment: EnvironmentName
    digest: str
    pull: Annotated[int, Field(ge=1)]
    at: datetime


class Reconciliation(Model):
    """What came of following a branch once.

    Attributes:
        before: Where it stood when it was followed last; empty the first time.
        faults: What stands in the folder and may not.
    """

    forge: ForgeName
    branch: str
    before: Commit | None = None
    commit: Commit
    merges: tuple[Merge, ...] = ()
    faults: tuple[Diagnostic, ...] = ()


class Account(Model):
    """Who a forge's account is to Tenure."""

    account: Annotated[str, Field(min_length=1, max_length=100)]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]

    def acting(self, role: Role) -> Actor:
        """Give this person in one of the roles."""
        return Actor(name=self.name, role=role, door=GIT_DOOR)


class Accounts(Model):
    """All accounts that mean somebody; others are strangers, whatever the forge lets them do."""

    accounts: tuple[Account, ...] = ()

    @model_validator(mode="after")
    def _each_is_one_person(self) -> Self:
        """Refuse an account that stands there twice: which of the two counts would be chance."""
        seen: set[str] = set()
        for place, one in enumerate(self.accounts):
            name = one.account.casefold()
            if name in seen:
                refuse(Fault(SchemaRule.VALUE, ("accounts", place, "account"), f"{one.account} stands here twice"))
            seen.add(name)
        return self

    def find(self, account: str) -> Account | None:
        """Give who an account is; forges ignore the case of letters in accounts."""
        return next((one for one in self.accounts if one.account.casefold() == account.casefold()), None)


def merge_id(commit: str, environment: str) -> str:
    """Name what a commit asks for an environment."""
    return f"{commit[:ID_DIGITS]}/{environment}"


def request_id_of(submission: Submission, head: str) -> str:
    """Name the request that a reviewed commit leads to.

    The check of a pull request previews under the same name, so that the plan that is made after the merge has the
    digest that was shown; and a merge that is followed twice submits one request.
    """
    text = f"{submission.environment_name} {submission.digest} {head}"
    return f"req-git-{hashlib.sha256(text.encode()).hexdigest()[:ID_DIGITS]}"


def applicant(pull: PullRequest, approvals: Iterable[Review], accounts: Accounts) -> Actor | None:
    """Give who asks: the author when he is of the unit's side, else the first approver of that side."""
    for account in (pull.author, *(review.reviewer for review in approvals)):
        known = accounts.find(account)
        role = None if known is None else next((one for one in known.roles if one in APPLICANTS), None)
        if known is not None and role is not None:
            return known.acting(role)
    return None


def approvals_of(reviews: Iterable[Review], head: str | None) -> tuple[Review, ...]:
    """Give the approvals of one commit, oldest first; whoever changed his mind approves nothing."""
    newest = newest_of_each(reviews)
    return tuple(one for one in newest if one.verdict is Verdict.APPROVED and one.commit == head)


def office_among(names: Iterable[str], accounts: Accounts, but_not: str) -> Actor | None:
    """Give the first account that decides for the office; nobody decides on what he asked for himself."""
    known = (accounts.find(name) for name in names)
    return next(
        (one.acting(Role.OFFICE) for one in known if one and Role.OFFICE in one.roles and one.name != but_not), None
    )

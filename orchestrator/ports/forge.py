"""Where people propose changes of environments: one repository of a forge, and its webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from orchestrator.domain.forge import (
    Comment,
    Commit,
    CommitStatus,
    ForgeDelivery,
    ForgeEvent,
    PlanPage,
    Proposal,
    PullCheck,
    PullRequest,
    Review,
)


class Forge(Protocol):
    """One repository of a forge, as the service user sees it.

    Every call raises BusyError when the forge does not answer or bounds how often it is asked (the same call may work
    later), NotFoundError for what is not there, RefusedError when the service user may not, and BadInputError when
    the forge does not take what it is given.
    """

    @property
    def name(self) -> str:
        """The forge's name in this installation."""
        ...

    def open_pull_requests(self) -> tuple[PullRequest, ...]:
        """List those that are open, in no stated order."""
        ...

    def changed_pull_requests(self, since: datetime) -> tuple[PullRequest, ...]:
        """List those in any state that changed at or after an instant; what a lost webhook would have told."""
        ...

    def pull_request(self, number: int) -> PullRequest:
        """Give one as it is now."""
        ...

    def head_ref(self, number: int) -> str:
        """Give the ref of the repository itself that holds a pull request's commits, from forks too."""
        ...

    def reviews(self, number: int) -> tuple[Review, ...]:
        """Give the newest judgement of each reviewer, oldest first; remarks without a judgement are left out."""
        ...

    def may_write(self, account: str) -> bool:
        """Tell whether an account may push to the repository; everybody else is an outsider."""
        ...

    def set_status(self, commit: Commit, status: CommitStatus) -> None:
        """Put a status beside a commit; the same one again changes nothing."""
        ...

    def put_comment(self, number: int, marker: str, text: str) -> Comment:
        """Write the service user's one comment with this marker, or edit it in place.

        Args:
            number: The pull request.
            marker: Small letters, digits, colons and hyphens; stands in the comment where nobody sees it.
            text: Markdown, already safe to show.
        """
        ...

    def comments(self, number: int, since: datetime) -> tuple[Comment, ...]:
        """List what others than the service user wrote at or after an instant, oldest first."""
        ...

    def propose(self, proposal: Proposal) -> PullRequest:
        """Open a pull request of the service user, or bring the open one of that branch to its files and texts."""
        ...

    def withdraw(self, number: int) -> None:
        """Close a pull request of the service user without a merge; one that is closed already stays as it is."""
        ...

    def close(self) -> None:
        """Let connections go; harmless when there are none."""
        ...


class ForgeHooks(Protocol):
    """Reads deliveries of one forge's webhook."""

    def read(self, headers: Mapping[str, str], body: bytes) -> ForgeEvent:
        """Give what a delivery says.

        Args:
            headers: By lower-case name; a header that came twice is left out.
            body: The raw body, which the signature is over.

        Raises:
            NotAuthenticError: The signature is not by the secret that was agreed on.
            BadInputError: A genuine delivery that cannot be read.
        """
        ...


class ForgeDeliveries(Protocol):
    """What forges' webhooks told; each is one look at a pull request, and is kept until that was done."""

    def claim(self, delivery: ForgeDelivery) -> bool:
        """Store it unless the same forge has sent this id before; whether it was new."""
        ...

    def waiting(self, forge: str) -> tuple[ForgeDelivery, ...]:
        """Give those whose pull request was not looked at since, oldest first."""
        ...

    def done(self, deliveries: tuple[ForgeDelivery, ...], at: datetime) -> None:
        """Say that their pull request was looked at."""
        ...

    def forget(self, before: datetime) -> int:
        """Remove what was done before an instant; gives how many."""
        ...


class PullChecks(Protocol):
    """The newest check of each pull request, and the page of its plan."""

    def put(self, check: PullCheck) -> None:
        """Store or replace by forge and number."""
        ...

    def find(self, forge: str, number: int) -> PullCheck | None:
        """Give the newest one of a pull request."""
        ...

    def list(self, forge: str) -> tuple[PullCheck, ...]:
        """List those of a forge, by number, the highest first."""
        ...

    def put_page(self, page: PlanPage) -> None:
        """Store or replace by forge and number."""
        ...

    def page(self, forge: str, number: int) -> PlanPage | None:
        """Give the page of a pull request; None when none was kept."""
        ...

    def forget_pages(self, before: datetime) -> int:
        """Remove the pages that were made before an instant; gives how many."""
        ...

"""The rounds of a forge's watch: pull requests are checked, the branch is followed, and merges are led on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from orchestrator.domain.errors import ConflictError
from orchestrator.domain.records import Role
from orchestrator.workflows.comment_commands import answer_commands
from orchestrator.workflows.desired import Desired
from orchestrator.workflows.merged import Depth, lead_on
from orchestrator.workflows.notices import tell
from orchestrator.workflows.one_by_one import one_by_one
from orchestrator.workflows.pull_requests import PullDesk, look_again, poll, told_of
from orchestrator.workflows.reconcile import REWRITTEN, reconcile
from orchestrator.workflows.write_back import Settled, write_back


@dataclass(frozen=True)
class Rounds:
    """What one forge's watch does.

    Attributes:
        settled: Environments of which git says what is, as far as this process has seen.
    """

    desk: PullDesk
    desired: Desired
    settled: Settled = field(default_factory=dict)

    def look(self) -> None:
        """Look at what webhooks told of; without any, only at plans and work that have moved on here."""
        if not told_of(self.desk):
            lead_on(self.desired, Depth.RECORDS)
            return
        self._each(partial(look_again, self.desk))

    def poll(self) -> None:
        """Look at everything: webhooks may have been lost."""
        self._each(partial(poll, self.desk), last=partial(write_back, self.desired, self.settled))

    def _each(self, first: Callable[[], object], last: Callable[[], object] = bool) -> None:
        """Do everything there is to do about pull requests and branch; what cannot go on keeps nothing else from it."""
        further = (partial(answer_commands, self.desired), partial(lead_on, self.desired, Depth.PEOPLE))
        one_by_one((first, self._follow, *further, last))

    def _follow(self) -> None:
        """Follow the branch; one that was written anew waits for somebody, and keeps nothing else from going on."""
        try:
            reconcile(self.desired)
        except ConflictError as error:
            if error.diagnostic.rule != REWRITTEN:
                raise
            _tell_rewritten(self.desired, error)


def _tell_rewritten(desired: Desired, error: ConflictError) -> None:
    branch = f"{desired.forge.name}/{desired.branch}"
    facts = {"branch": branch, "why": error.diagnostic.summary, "hint": error.diagnostic.hint or ""}
    with desired.ports.records.transaction() as tx:
        followed = tx.followed.find(desired.forge.name, desired.branch)
        cause = f"{branch}@{followed.commit if followed else ''}"
        tell(tx, "branch-rewritten", cause, "", (Role.PROVIDER,), facts, desired.ports.clock.now())

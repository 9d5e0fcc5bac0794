"""The rounds of a forge's watch: pull requests are checked, the branch is followed, and merges are led on."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.domain.errors import ConflictError
from orchestrator.domain.records import Role
from orchestrator.workflows.comment_commands import answer_commands
from orchestrator.workflows.desired import Desired
from orchestrator.workflows.merged import Depth, lead_on
from orchestrator.workflows.notices import tell
from orchestrator.workflows.pull_requests import PullDesk, look_again, poll
from orchestrator.workflows.reconcile import REWRITTEN, reconcile
from orchestrator.workflows.write_back import write_back


@dataclass(frozen=True)
class Rounds:
    """What one forge's watch does."""

    desk: PullDesk
    desired: Desired

    def look(self) -> None:
        """Look at what webhooks told of; without any, only at plans and work that have moved on here."""
        looked_at = look_again(self.desk)
        if looked_at:
            self._follow()
            answer_commands(self.desired)
        lead_on(self.desired, Depth.PEOPLE if looked_at else Depth.RECORDS)

    def poll(self) -> None:
        """Look at everything: webhooks may have been lost."""
        poll(self.desk)
        self._follow()
        answer_commands(self.desired)
        lead_on(self.desired, Depth.PEOPLE)
        write_back(self.desired)

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

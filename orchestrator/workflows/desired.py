"""What following the branch of desired state works with, and how one of its files becomes a request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from orchestrator.domain.errors import BadInputError, ConflictError, RefusedError, TenureError
from orchestrator.domain.git_plan import Depth
from orchestrator.domain.merges import Accounts, Merge, MergeState, request_id_of
from orchestrator.domain.plan_comment_words import Language
from orchestrator.domain.records import Actor, Role
from orchestrator.domain.submission import Submission
from orchestrator.ports.forge import Forge
from orchestrator.ports.repository import DeclarationReader, Repository
from orchestrator.workflows.context import Ports
from orchestrator.workflows.git_intent import Intent, intended, named_well, only_rules, termination
from orchestrator.workflows.managers import MANAGED_RULE, hand_over
from orchestrator.workflows.manner import Manner
from orchestrator.workflows.submissions import submit

APPLICANT_RULE: Final = "git/applicant"
AS_IT_SHALL_BE: Final = "the environment is what its file says"
FOLLOWER: Final = Actor(name="follower", role=Role.SYSTEM, door="git")


@dataclass(frozen=True)
class Desired:
    """The branch of desired state, and where people speak about it.

    Attributes:
        accounts: Who the forge's accounts are.
        language: Of comments and statuses.
        now: Real time: business time may be driven.
    """

    ports: Ports
    repository: Repository
    reader: DeclarationReader
    forge: Forge
    accounts: Accounts
    branch: str
    language: Language
    now: Callable[[], datetime]


def ask(desired: Desired, merge: Merge, manner: Manner = Manner.FOR_GOOD) -> Merge:
    """Submit what a merged file asks for; gives the merge with what came of it.

    What a rule forbids is refused; what only has to wait (a busy environment, another request) is asked for again.
    """
    try:
        intent = _intent(desired, merge)
        if manner is Manner.FOR_GOOD:
            _hand_over(desired, merge, intent)
        if intent.submission is None:
            return merge.model_copy(update={"state": MergeState.NOTHING, "detail": AS_IT_SHALL_BE})
        asked = merge.model_copy(
            update={
                "state": MergeState.ASKED,
                "request": request_id_of(intent.submission, merge.head or merge.commit),
                "detail": "",
            }
        )
        if manner is Manner.FOR_GOOD:
            _submit(desired, asked, intent.submission)
    except ConflictError as error:
        if error.diagnostic.rule == MANAGED_RULE:
            return merge.model_copy(update={"state": MergeState.REFUSED, "detail": line_of(error)})
        return merge.model_copy(update={"state": MergeState.WAITING, "detail": line_of(error)})
    except (BadInputError, RefusedError) as error:
        return merge.model_copy(update={"state": MergeState.REFUSED, "detail": line_of(error)})
    return asked


def line_of(error: TenureError) -> str:
    """Give an error's first finding in one line."""
    first = error.diagnostic
    return f"{first.summary}: {first.detail}" if first.detail else first.summary


def _intent(desired: Desired, merge: Merge) -> Intent:
    if not merge.blob:
        return termination(desired.ports, merge.environment, Depth.PREVIEW)
    written = desired.reader.read(desired.repository.read(merge.blob), merge.path)
    try:
        named_well(written.declaration, merge.environment)
        only_rules(desired.ports, written.declaration)
        return intended(desired.ports, written.declaration, merge.head or merge.commit)
    except TenureError as error:
        raise written.locate(error) from None


def _hand_over(desired: Desired, merge: Merge, intent: Intent) -> None:
    """Let the file's word count from now on; what another door managed is taken over by somebody of the unit's side."""
    environment = intent.environment
    if environment is None or intent.manager is None or environment.managed_by is intent.manager:
        return
    by = FOLLOWER if environment.managed_by is None else _applicant(merge)
    with desired.ports.records.transaction() as tx:
        hand_over(desired.ports, tx, environment.name, intent.manager, by)


def _submit(desired: Desired, merge: Merge, submission: Submission) -> None:
    """Put the request on record, once; the merge goes with it, so that nothing is asked for that nobody follows."""
    with desired.ports.records.transaction() as tx:
        if tx.requests.find(merge.request) is None:
            submit(desired.ports, tx, submission, _applicant(merge), merge.request)
        tx.merges.put(merge)


def _applicant(merge: Merge) -> Actor:
    if merge.applicant is not None:
        return merge.applicant
    raise RefusedError(
        f"nobody of the unit's side asks for {merge.environment}",
        rule=APPLICANT_RULE,
        detail="neither the author of the pull request nor an approving reviewer is an account of unit or office",
        hint="let somebody of the unit propose or approve the change; accounts stand in TENURE_FORGE_ACCOUNTS",
    )

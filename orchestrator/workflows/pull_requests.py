"""Pull requests: each new head is checked once, and the answer stands beside the commit and in one comment.

A webhook's delivery only says at which pull request to look again; what is there is asked of the forge itself. So
deliveries that are lost, doubled, late or in another order do no harm, and a poll finds what no delivery told.
Nothing is changed in the cloud or on record here but the check's own record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from orchestrator.domain import pull_words
from orchestrator.domain.errors import BusyError, CancelledError, NotFoundError, TenureError
from orchestrator.domain.forge import (
    CheckOutcome,
    CheckState,
    Commit,
    CommitStatus,
    ForgeDelivery,
    Origin,
    PlanPage,
    PullCheck,
    PullRequest,
    PullState,
)
from orchestrator.domain.git_plan import Depth, GitPlan
from orchestrator.domain.plan import Plan
from orchestrator.domain.plan_comment import MARKER, comment
from orchestrator.domain.plan_comment_words import Language
from orchestrator.domain.records import Actor, Role
from orchestrator.ports import Records, RunControl
from orchestrator.ports.forge import Forge
from orchestrator.workflows.git_plan import GitCheck, plan_range
from orchestrator.workflows.one_by_one import one_by_one
from orchestrator.workflows.promises import promised
from orchestrator.workflows.pull_questions import answered_by_this, asks_again, questions

COMMENT = MARKER.removeprefix("<!-- ").removesuffix(" -->")
KEEP = timedelta(days=30)
"""How long a delivery is known after its look: forges send one again for hours, at most for days."""
KEEP_PAGES = timedelta(days=180)
"""How long the page of a plan is there after its check."""
PAGE_CHARACTERS = 4_000_000
"""Longest page; what is longer still is cut like a comment."""
AGAIN = timedelta(minutes=10)
"""After this a check that could not be done is tried once more, whether somebody asks for it or not."""


def _no_page(_number: int) -> str:
    return ""


class Planner(Protocol):
    """Makes plans of what pull requests propose."""

    def plan(self, base: str, head: str, commit: Commit, depth: Depth) -> GitPlan:
        """Give the plan of a commit.

        Args:
            base: The ref that it is proposed for.
            head: The ref under which the forge has it.
            commit: The very commit.
            depth: How far the check goes.
        """
        ...


@dataclass(frozen=True)
class GitPlanner:
    """Implements :class:`Planner` over a local copy of the repository."""

    check: GitCheck
    control: RunControl

    def plan(self, base: str, head: str, commit: Commit, depth: Depth) -> GitPlan:
        """Bring both refs here, and give the plan."""
        self.check.repository.fetch((base, head))
        return plan_range(self.check, base, commit, depth, self.control)


@dataclass(frozen=True)
class PullDesk:
    """What checks of pull requests work with.

    Attributes:
        branch: The branch whose files are desired state; what is proposed for another one is nobody's business here.
        language: Of statuses and comments.
        now: Real time: business time may be driven.
        link: Gives the address of a pull request's page; nothing where people cannot reach one.
    """

    forge: Forge
    records: Records
    planner: Planner
    branch: str
    language: Language
    now: Callable[[], datetime]
    link: Callable[[int], str] = _no_page


def told_of(desk: PullDesk) -> int:
    """Count the pull requests that a delivery named since the last look."""
    with desk.records.read() as tx:
        return len({each.pull for each in tx.deliveries.waiting(desk.forge.name)})


def look_again(desk: PullDesk) -> int:
    """Look at every pull request that a delivery named since the last look; gives how many.

    One at which nobody can look keeps no other from it. BusyError when the forge is away: what was not looked at goes
    on waiting.
    """
    with desk.records.read() as tx:
        waiting = tx.deliveries.waiting(desk.forge.name)
    numbers = tuple(dict.fromkeys(each.pull for each in waiting))
    one_by_one(
        partial(_look_for, desk, number, tuple(one for one in waiting if one.pull == number)) for number in numbers
    )
    return len(numbers)


def _look_for(desk: PullDesk, number: int, deliveries: tuple[ForgeDelivery, ...]) -> None:
    look_at(desk, number)
    with desk.records.transaction() as tx:
        tx.deliveries.done(deliveries, desk.now())


def poll(desk: PullDesk) -> int:
    """Look at every pull request that is not as the newest check saw it; gives how many.

    What was told is the least of it: those that were closed meanwhile are noticed too.
    """
    open_ones = {each.number: each for each in desk.forge.open_pull_requests() if each.base_branch == desk.branch}
    with desk.records.transaction() as tx:
        tx.deliveries.forget(desk.now() - KEEP)
        tx.pulls.forget_pages(desk.now() - KEEP_PAGES)
        known = {check.pull: check for check in tx.pulls.list(desk.forge.name)}
    gone = [n for n, check in known.items() if n not in open_ones and check.outcome is not CheckOutcome.CLOSED]
    moved = [n for n, pull in open_ones.items() if n not in known or not _settled(desk, known[n], pull)]
    one_by_one(partial(look_at, desk, number) for number in (*gone, *sorted(moved)))
    return len(gone) + len(moved)


def look_at(desk: PullDesk, number: int) -> PullCheck | None:
    """See what a pull request is now, and check its head unless that was done; gives the newest check.

    None for what is proposed for another branch, and for what nobody has checked before it was closed.
    """
    with desk.records.read() as tx:
        known = tx.pulls.find(desk.forge.name, number)
    try:
        pull = desk.forge.pull_request(number)
    except NotFoundError:
        return _closed(desk, known, desk.now())
    if pull.state is not PullState.OPEN or pull.base_branch != desk.branch:
        return _closed(desk, known, pull.updated_at)
    asked = questions(desk.forge, number)
    answered = answered_by_this(asked)
    if known is not None and _checked(desk, known, pull) and not asks_again(desk.forge, pull, asked, known):
        return _keep(desk, known.model_copy(update={"seen_at": pull.updated_at, "answered": answered}))
    return _check(desk, pull, known, answered)


def _checked(desk: PullDesk, known: PullCheck, pull: PullRequest) -> bool:
    """Whether the head has its answer: one that it was checked, or that it could not be just now."""
    answered = known.outcome in {CheckOutcome.GOOD, CheckOutcome.REFUSED} or desk.now() - known.at < AGAIN
    return known.head == pull.head and known.outcome is not CheckOutcome.CLOSED and answered


def _settled(desk: PullDesk, known: PullCheck, pull: PullRequest) -> bool:
    return _checked(desk, known, pull) and known.seen_at == pull.updated_at


def _closed(desk: PullDesk, known: PullCheck | None, seen_at: datetime) -> PullCheck | None:
    if known is None or known.outcome is CheckOutcome.CLOSED:
        return known
    return _keep(desk, known.model_copy(update={"outcome": CheckOutcome.CLOSED, "seen_at": seen_at}))


def _depth(desk: PullDesk, pull: PullRequest) -> Depth:
    """Strangers learn what the rules say about their own file, and nothing of records and cloud."""
    ours = pull.origin is Origin.SAME_REPOSITORY and desk.forge.may_write(pull.author)
    return Depth.PREVIEW if ours else Depth.VALIDATE


def _voice(desk: PullDesk, pull: PullRequest, depth: Depth) -> Callable[[CommitStatus], None]:
    """Give what puts a status beside the head.

    Statuses belong to commits: a stranger who proposes somebody else's commit must not turn its refusal into a success
    by a check that looks at less.
    """
    with desk.records.read() as tx:
        others = (one for one in tx.pulls.list(desk.forge.name) if one.pull != pull.number)
        shared = any(one.head == pull.head and one.outcome is not CheckOutcome.CLOSED for one in others)
    return _say_nothing if shared and depth is Depth.VALIDATE else partial(desk.forge.set_status, pull.head)


def _say_nothing(_status: CommitStatus) -> None:
    """Leave what stands there."""


def _check(desk: PullDesk, pull: PullRequest, known: PullCheck | None, answered: tuple[str, ...]) -> PullCheck | None:
    """Check one head. What was pushed meanwhile has the last word: then nothing is said about this one."""
    depth = _depth(desk, pull)
    say = _voice(desk, pull, depth)
    say(pull_words.pending(desk.language))
    base, head = f"refs/heads/{desk.branch}", desk.forge.head_ref(pull.number)
    try:
        plan = desk.planner.plan(base, head, pull.head, depth)
    except (BusyError, CancelledError):
        raise
    except TenureError as error:
        desk.forge.put_comment(pull.number, COMMENT, pull_words.failure(error, depth, desk.language))
        say(pull_words.failed(desk.language))
        return _recorded(desk, pull, _failed(desk, pull, answered, error))
    if desk.forge.pull_request(pull.number).head != pull.head:
        return None
    promises = promised(desk.forge, pull.number, known, plan)
    _tell_plan(desk, pull, plan, say)
    good = pull_words.state_of(plan) is CheckState.SUCCESS
    made = PullCheck(
        forge=desk.forge.name,
        pull=pull.number,
        head=pull.head,
        digest=plan.digest,
        outcome=CheckOutcome.GOOD if good else CheckOutcome.REFUSED,
        summary=pull_words.summary(plan, desk.language),
        environments=promises,
        answered=answered,
        seen_at=pull.updated_at,
        at=desk.now(),
    )
    return _recorded(desk, pull, made, tuple(one.plan for one in plan.environments if one.plan is not None))


def _tell_plan(desk: PullDesk, pull: PullRequest, plan: GitPlan, say: Callable[[CommitStatus], None]) -> None:
    """Say it; the status of all of it comes last: whoever waits for it finds everything else in its place."""
    link = _keep_page(desk, pull, plan)
    *each, of_all = pull_words.statuses(plan, desk.language)
    for status in each:
        say(status)
    desk.forge.put_comment(pull.number, COMMENT, comment(plan, desk.language, link=link))
    say(of_all)


def _keep_page(desk: PullDesk, pull: PullRequest, plan: GitPlan) -> str:
    """Keep the whole plan as a page; gives where it is, nothing where people cannot reach it."""
    link = desk.link(pull.number)
    if link:
        text = comment(plan, desk.language, longest_characters=PAGE_CHARACTERS)
        with desk.records.transaction() as tx:
            tx.pulls.put_page(PlanPage(forge=desk.forge.name, pull=pull.number, text=text, at=desk.now()))
    return link


def _failed(desk: PullDesk, pull: PullRequest, answered: tuple[str, ...], error: TenureError) -> PullCheck:
    return PullCheck(
        forge=desk.forge.name,
        pull=pull.number,
        head=pull.head,
        outcome=CheckOutcome.FAILED,
        summary=error.diagnostic.summary,
        answered=answered,
        seen_at=pull.updated_at,
        at=desk.now(),
    )


def _recorded(desk: PullDesk, pull: PullRequest, check: PullCheck, plans: tuple[Plan, ...] = ()) -> PullCheck:
    """Store a check that was made, the plans that it showed, and its line in the audit log."""
    actor = Actor(name=pull.author, role=Role.SYSTEM, door=f"forge:{check.forge}")
    facts = check.model_dump(mode="json", include={"pull", "head", "digest", "outcome"})
    with desk.records.transaction() as tx:
        for plan in plans:
            tx.operations.store_plan(plan)
        tx.pulls.put(check)
        tx.audit.append(check.at, actor, "pull.checked", f"{check.forge}/{check.pull}", facts)
    return check


def _keep(desk: PullDesk, check: PullCheck) -> PullCheck:
    with desk.records.transaction() as tx:
        tx.pulls.put(check)
    return check

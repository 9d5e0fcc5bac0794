"""What was merged, led on: approvals of the pull request are taken over, and the pull request is told what came of it.

An approval holds for the commit that was reviewed and for the plan that its check had shown. When the plan of the
request is another one, nothing is done: the pull request says what has changed and asks again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property, partial
from itertools import groupby
from typing import Final

from orchestrator.domain import merge_words
from orchestrator.domain.difference import explain_difference
from orchestrator.domain.errors import ConflictError, NotFoundError, RefusedError
from orchestrator.domain.forge import Comment, Review
from orchestrator.domain.lifecycle import RequestState
from orchestrator.domain.merge_words import AWAITED
from orchestrator.domain.merges import Merge, MergeState, approvals_of, office_among
from orchestrator.domain.records import Actor, Request
from orchestrator.ports import Transaction
from orchestrator.ports.forge import Forge
from orchestrator.workflows.decisions import accept, review
from orchestrator.workflows.desired import Desired, ask, line_of
from orchestrator.workflows.moves import under_way
from orchestrator.workflows.one_by_one import one_by_one


class Depth(StrEnum):
    """How far a look goes."""

    RECORDS = "records"
    """What has moved on here: plans that were made, work that ended. The forge is asked only when it is about that."""
    PEOPLE = "people"
    """Whatever people may have said, too."""


APPLY_COMMAND: Final = ("tenure", "apply")
COMMENT: Final = "tenure:merge"
NOBODY_TO_TELL: Final = "-"
ENDED: Final = frozenset({RequestState.CLOSED, RequestState.REJECTED})
DECIDED: Final = frozenset({RequestState.REVIEWED, RequestState.EXECUTING})
MOST_EXPLAINED: Final = 5
CLOCKS_DIFFER: Final = timedelta(minutes=10)
"""How far the forge's clock may be behind: a word that was said after the merge counts all the same."""


def lead_on(desired: Desired, depth: Depth = Depth.PEOPLE) -> tuple[Merge, ...]:
    """Look at every merge that is not at its end, and tell its pull request; gives them as they are now.

    May be repeated at any time. BusyError when the forge is away: what was decided meanwhile is told later.
    """
    with desired.ports.records.read() as tx:
        waiting = tx.merges.open(desired.forge.name)
    looked_at = [one for one in waiting if depth is Depth.PEOPLE or not _waits_for_people(one)]
    kept: list[Merge] = []
    of_pulls = groupby(sorted(looked_at, key=lambda one: one.pull or 0), key=lambda one: one.pull)
    one_by_one([partial(_led_on, desired, pull, tuple(group), kept) for pull, group in of_pulls])
    return tuple(kept)


def _waits_for_people(merge: Merge) -> bool:
    return merge.told != "" and (merge.state is MergeState.ASKS_AGAIN or merge.detail == AWAITED)


class _Said:
    """What people said under one pull request, asked of the forge once in a look: it may have brought much.

    Args:
        forge: Where they said it.
        pull: The pull request; None for what came without one.
        since: When the first of its merges was followed: nobody approves one by a comment before.
    """

    def __init__(self, forge: Forge, pull: int | None, since: datetime) -> None:
        self._forge = forge
        self._pull = pull
        self._since = since

    @cached_property
    def reviews(self) -> tuple[Review, ...]:
        """The judgements."""
        return () if self._pull is None else self._forge.reviews(self._pull)

    @cached_property
    def comments(self) -> tuple[Comment, ...]:
        """What was said and never edited."""
        if self._pull is None:
            return ()
        said = self._forge.comments(self._pull, self._since - CLOCKS_DIFFER)
        return tuple(one for one in said if not one.edited)


def _moved(desired: Desired, said: _Said, merge: Merge) -> Merge:
    if merge.state is MergeState.WAITING:
        return _asked_again(desired, merge)
    if not merge.request:
        return merge
    with desired.ports.records.read() as tx:
        request = tx.requests.get(merge.request)
        busy = under_way(tx, merge.environment)
    if request.state in ENDED:
        return _now(merge, MergeState.OVER, request.outcome or str(request.state))
    if request.state in DECIDED:
        work = next((f"{one.kind} {one.id}" for one in busy if one.request == request.id), "")
        return _now(merge, MergeState.APPROVED, work)
    return _Decision(desired, said, merge, request).taken(plan_is_made=not busy)


def _asked_again(desired: Desired, waiting: Merge) -> Merge:
    """Ask once more, unless a later commit has said something else since."""
    with desired.ports.records.read() as tx:
        others = tx.merges.of_environment(waiting.forge, waiting.environment)
    later = [one for one in others if one.at > waiting.at]
    if later:
        return _now(waiting, MergeState.OVER, f"commit {later[0].commit[:12]} changed the file again")
    return ask(desired, waiting)


def _now(merge: Merge, state: MergeState, detail: str) -> Merge:
    return merge.model_copy(update={"state": state, "detail": detail})


@dataclass(frozen=True)
class _Decision:
    """The office's word on one request, looked for where people gave it."""

    desired: Desired
    said: _Said
    merge: Merge
    request: Request

    def taken(self, *, plan_is_made: bool) -> Merge:
        """Sign the plan for whoever approved just this one; else say what is awaited."""
        if self.request.spec is None:
            return _now(self.merge, MergeState.ASKED, "waits for its own steps: tenure request show")
        if not (plan_is_made and self.request.plan_digest):
            return _now(self.merge, MergeState.ASKED, "its plan is being made")
        office = self._by_comment()
        if office is None:
            office, why = self._by_review()
            if why:
                return _now(self.merge, MergeState.ASKS_AGAIN, why)
        if office is None:
            state = self.merge.state if self.merge.state is MergeState.ASKS_AGAIN else MergeState.ASKED
            return _now(self.merge, state, self._awaited(state))
        return self._signed(office)

    @property
    def _as_promised(self) -> bool:
        promised = self.merge.checked
        return promised is not None and (promised.content_digest, promised.plan_digest) == (
            self.request.content_digest,
            self.request.plan_digest,
        )

    def _by_review(self) -> tuple[Actor | None, str]:
        """Give who of the office approved the commit, and why that does not count; empty when it does."""
        approvals = approvals_of(self.said.reviews, self.merge.head)
        office = self._office(review.reviewer for review in approvals)
        if office is None:
            return None, ""
        if not self._as_promised:
            return office, self._difference()
        told = self.merge.checked.told_after if self.merge.checked else None
        seen = self._office(one.reviewer for one in approvals if told is None or one.at > told)
        return (seen, "") if seen else (office, f"{office.name} approved before this plan was shown")

    def _by_comment(self) -> Actor | None:
        """Give who wrote, after the merge, that just this plan is to be applied."""
        wanted = (*APPLY_COMMAND, self.request.plan_digest)
        since = self.merge.at - CLOCKS_DIFFER
        said = (one for one in self.said.comments if one.created_at >= since)
        return self._office(one.author for one in said if tuple(one.text.split()) == wanted)

    def _office(self, names: Iterator[str]) -> Actor | None:
        return office_among(names, self.desired.accounts, but_not=self.request.submitted_by.name)

    def _difference(self) -> str:
        """Say what is no longer as it was shown; the first sentences of it."""
        if self.merge.checked is None:
            return f"no check had shown this plan: {self.request.plan_digest}"
        with self.desired.ports.records.read() as tx:
            fresh = tx.operations.plan(self.request.plan_digest)
            try:
                shown = tx.operations.plan(self.merge.checked.plan_digest)
            except NotFoundError:
                return f"the plan is now {self.request.plan_digest}"
        return "; ".join(explain_difference(shown, fresh)[:MOST_EXPLAINED])

    def _awaited(self, state: MergeState) -> str:
        if state is MergeState.ASKS_AGAIN:
            return self.merge.detail
        return AWAITED

    def _signed(self, office: Actor) -> Merge:
        ports, request = self.desired.ports, self.request
        try:
            with ports.records.transaction() as tx:
                if request.state is RequestState.SUBMITTED:
                    accept(ports, tx, request.id, office)
                review(ports, tx, request.id, office, request.plan_digest)
        except (RefusedError, ConflictError) as error:  # one that cannot go on just now keeps no other from it
            return _now(self.merge, MergeState.ASKED, line_of(error))
        return _now(self.merge, MergeState.APPROVED, f"approved by {office.name}")


def _led_on(desired: Desired, pull: int | None, waiting: tuple[Merge, ...], kept: list[Merge]) -> None:
    """Tell a pull request once what came of it, then store: a crash between the two tells it again, in place."""
    said = _Said(desired.forge, pull, min(merge.at for merge in waiting))
    merges = tuple(_moved(desired, said, merge) for merge in waiting)
    told = NOBODY_TO_TELL if pull is None else _told(desired, pull, merges)
    with desired.ports.records.transaction() as tx:
        for merge in merges:
            done = merge.model_copy(update={"told": told})
            tx.merges.put(done)
            kept.append(done)


def _told(desired: Desired, pull: int, moved: tuple[Merge, ...]) -> str:
    with desired.ports.records.read() as tx:
        all_of_it = _of_pull(tx, desired, pull, moved)
        requests = {one.request: tx.requests.get(one.request) for one in all_of_it if one.request}
    text = merge_words.comment(all_of_it, requests, desired.language)
    digest = hashlib.sha256(text.encode()).hexdigest()
    if any(merge.told != digest for merge in moved):
        desired.forge.put_comment(pull, COMMENT, text)
        desired.forge.set_status(moved[-1].commit, merge_words.status(all_of_it, desired.language))
    return digest


def _of_pull(tx: Transaction, desired: Desired, pull: int, moved: tuple[Merge, ...]) -> tuple[Merge, ...]:
    """Give every merge of a pull request, those at their end too, by environment."""
    newest = {one.id: one for one in tx.merges.of_pull(desired.forge.name, pull)}
    newest |= {one.id: one for one in moved}
    return tuple(sorted(newest.values(), key=lambda one: one.environment))
